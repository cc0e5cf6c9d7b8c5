"""What the pages of an import show: its form as typed or as kept, its numbers, its faults, its state in words."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Invalid
from engine.people.imports import deciding, file, options
from engine.people.imports.columns import TARGETS, of_json
from engine.people.imports.queries import jobs
from engine.people.imports.queries.jobs import Job
from engine.people.imports.values import CHOICES
from web import auth, transaction
from web.import_forms import Typed, typed
from web.views.deliveries import number, people, viewer_zone

Page = str | tuple[str, int] | AnyResponse
PAGE = 50
SOME = 20  # faults on the page
BUSY = ("checking", "running", "undoing")
# What comes of a stop, by the state it finds.
STAYS = "Who came in until now stays. Afterwards you can take that back too."
NOBODY = "Nobody was changed so far. To go on later, bring the file once more."


def job_of(import_id: int) -> Job:
    """The import, of the workspace of whoever looks."""
    return deciding.get(transaction.conn(), auth.principal(), import_id)


def typed_of(job: Job) -> Typed:
    """The form as it was sent."""
    return typed(request.form, job.header["names"], job.header)


def of_row(job: Job) -> Typed:
    """The form as it was kept, or as it is guessed."""
    known = jobs.attributes(transaction.conn(), job.workspace_id)
    columns = of_json(job.mapping) or file.guess(job, known)
    chosen = options.of_json(job.options)
    return Typed(columns, chosen, job.header["encoding"], job.header["separator"], ", ".join(chosen.tags))


def refused(job: Job, given: Typed, error: Invalid) -> tuple[str, int]:
    """The page with what was typed, and why it is refused."""
    if error.field:
        given.wrong[error.field] = str(error)
    else:
        given.said = str(error)
    return page(job, given), 422


def kept(job: Job, given: Typed) -> Page:
    """The form with what the first rows become; its faults are those the story would find."""
    if given.wrong:
        return page(job, given), 422
    try:
        with transaction.step() as step:
            deciding.say(step, auth.principal(), job.id, given.columns, given.options, transaction.now())
    except Invalid as error:
        return refused(job, given, error)
    return redirect(url_for(".one", import_id=job.id, _anchor="preview"), 303)


def index(wrong: str = "") -> str:
    """The list of imports, and the field for a file with what was wrong about the last one."""
    before = number(request.args.get("before"))
    found = deciding.listed(transaction.conn(), auth.principal(), before, PAGE + 1)
    return render_template(
        "contacts_imports.html", jobs=found[:PAGE], more=found[PAGE - 1].id if len(found) > PAGE else None,
        before=before, people=people(job.made_by for job in found), zone=viewer_zone(), wrong=wrong, **words(),
    )  # fmt: skip


def page(job: Job, given: Typed | None = None) -> str:
    """One import; `given` is the form as it was typed, where it was."""
    settled = job.state in deciding.SETTLED
    form = (given or of_row(job)) if settled else None
    conn = transaction.conn()
    wrong = jobs.faults(conn, job.workspace_id, job.id, 0, SOME) if job.state not in (*BUSY, "uploaded") else []
    return render_template(
        "contacts_import.html", form=form, targets=TARGETS, kinds=CHOICES, existing=options.EXISTING,
        encodings=file.ENCODINGS, separators=file.SEPARATORS, wrong=wrong, by=people([job.made_by]),
        becomes=deciding.preview_or_none(job, form.columns, form.options) if form else None, **shown(job),
    )  # fmt: skip


def shown(job: Job) -> dict[str, object]:
    """How far it is."""
    done = job.read_to / job.size if job.size else 1.0
    if job.state == "undoing":
        back = sum(int(job.counts.get(name, 0)) for name in ("removed", "restored", "kept"))
        done = back / max(job.made + job.changed, 1)
    return {"job": job, "percent": min(100, round(100 * done)), "busy": job.state in BUSY, "zone": viewer_zone(),
            **words()}  # fmt: skip


def words() -> dict[str, object]:
    """What every page of imports says."""
    return {"states": STATES, "stopping": {"checking": NOBODY, "running": STAYS}}


# States as people read them, with the state of a mark whose tone they have.
STATES = {
    "uploaded": ("waiting", "columns to be said"), "checking": ("open", "being tried"),
    "checked": ("waiting", "tried, not imported"), "running": ("open", "being imported"), "done": ("done", "imported"),
    "undoing": ("open", "being taken back"), "undone": ("cancelled", "taken back"),
    "cancelled": ("cancelled", "stopped"), "failed": ("failed", "failed"),
}  # fmt: skip
