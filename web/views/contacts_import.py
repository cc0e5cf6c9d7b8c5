"""Lists of people brought in from CSV files: uploaded, columns said, tried, run, stopped, taken back. Admins.

One page follows an import through its states; a part of it looks again by itself while a task works.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import db
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.people.imports import deciding, file, options
from engine.people.imports.columns import TARGETS, of_json
from engine.people.imports.queries import jobs
from engine.people.imports.queries.jobs import Job
from engine.people.imports.values import CHOICES
from web import auth, guard, sheets, transaction
from web.confirm import unsure
from web.import_forms import Typed, typed
from web.views.deliveries import number, people, viewer_zone

blueprint = Blueprint("contacts_import", __name__, url_prefix="/contacts/import")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | AnyResponse
PAGE = 50
AT_ONCE = 1000  # faults that a download reads in one statement
SOME = 20  # faults on the page
BUSY = ("checking", "running", "undoing")


@blueprint.get("")
def index() -> str:
    """The imports of the workspace, and the field for a file."""
    return _index()


@blueprint.post("")
def upload() -> Page:
    """Take a file in, piece by piece."""
    found = request.files.get("file")
    try:
        if found is None or not found.filename:
            raise Invalid("Choose a file first.", "file")
        with transaction.step() as step:
            made = file.take_in(step, auth.principal(), found.filename, found.stream.read, transaction.now())
    except Invalid as error:
        return _index(str(error)), 422
    guard.note("import", made, deciding.get(transaction.conn(), auth.principal(), made).name)
    return redirect(url_for(".one", import_id=made), 303)


@blueprint.get("/<int:import_id>")
def one(import_id: int) -> str:
    """One import, as far as it is."""
    return _page(_job(import_id))


@blueprint.get("/<int:import_id>/numbers")
def numbers(import_id: int) -> str:
    """How far it is, for the page that looks again by itself."""
    return render_template("contacts_import_numbers.html", polled=True, **_shown(_job(import_id)))


@blueprint.post("/<int:import_id>/preview")
def preview(import_id: int) -> Page:
    """What the first rows would become with these columns; a file that is to be read otherwise is read so first."""
    job = _job(import_id)
    given = _typed(job)
    if (given.encoding, given.separator) == (job.header["encoding"], job.header["separator"]):
        return _kept(job, given)
    try:
        with transaction.step() as step:
            deciding.read_as(step, auth.principal(), import_id, given.encoding, given.separator)
    except Invalid as error:
        return _refused(job, given, error)
    return redirect(url_for(".one", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/check")
def check(import_id: int) -> Page:
    """Keep the columns and begin a dry run, which changes nobody."""
    return _begin(import_id, "check")


@blueprint.post("/<int:import_id>/start")
def start(import_id: int) -> Page:
    """Begin to import; from the form, or as it was tried."""
    return _begin(import_id, "start")


def _begin(import_id: int, how: str) -> Page:
    job, who, now = _job(import_id), auth.principal(), transaction.now()
    given = _typed(job) if "to-0" in request.form else None
    if given and given.wrong:
        return _page(job, given), 422
    try:
        with transaction.step() as step:
            if given:
                deciding.say(step, who, import_id, given.columns, given.options, now)
            (deciding.check if how == "check" else deciding.start)(step, who, import_id, now)
    except Invalid as error:
        return _refused(job, given or _of_row(job), error)
    transaction.follow(FollowUp(imports=(import_id,)))
    guard.note("import", import_id, job.name)
    return redirect(url_for(".one", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/cancel")
def cancel(import_id: int) -> Page:
    """Stop it. Asks first."""
    job = _job(import_id)
    then = "Who came in until now stays. Afterwards you can take that back too."
    if page := unsure(f"Stop the import of {job.name}?", then, "Stop it", url_for(".one", import_id=import_id)):
        return page
    deciding.cancel(transaction.conn(), auth.principal(), import_id, transaction.now())
    guard.note("import", import_id, job.name)
    flash("Stopped.", "success")
    return redirect(url_for(".one", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/undo")
def undo(import_id: int) -> Page:
    """Take it back. Asks first, with what it will do."""
    job = _job(import_id)
    then = (
        "People it made are removed, people it changed get back what they had. Whoever was changed, written to or"
        " used since stays as they are, and is listed."
    )
    facts = (f"{job.made:,} made and {job.changed:,} changed by this import.",)
    back = url_for(".one", import_id=import_id)
    if page := unsure(f"Take the import of {job.name} back?", then, "Take it back", back, facts=facts):
        return page
    deciding.undo(transaction.conn(), auth.principal(), import_id, transaction.now())
    transaction.follow(FollowUp(imports=(import_id,)))
    guard.note("import", import_id, job.name)
    return redirect(back, 303)


@blueprint.get("/<int:import_id>/faults.csv")
def faults(import_id: int) -> Response:
    """Every line that was not taken, with what is wrong and the line as it stood."""
    job = _job(import_id)
    head = ("Line", "Column", "What is wrong", "The line as it stood")
    return sheets.download(f"faults-{job.id}", head, _faults(job))


def _faults(job: Job) -> Iterator[Sequence[object]]:
    after = 0
    while True:
        with db.begin() as conn:
            rows = jobs.faults(conn, job.workspace_id, job.id, after, AT_ONCE)
        for row in rows:
            yield row.line, row.column, row.words, row.raw
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].line


def _job(import_id: int) -> Job:
    return deciding.get(transaction.conn(), auth.principal(), import_id)


def _typed(job: Job) -> Typed:
    return typed(request.form, job.header["names"], job.header)


def _of_row(job: Job) -> Typed:
    """The form as it was kept, or as it is guessed."""
    known = jobs.attributes(transaction.conn(), job.workspace_id)
    columns = of_json(job.mapping) or file.guess(job, known)
    chosen = options.of_json(job.options)
    return Typed(columns, chosen, job.header["encoding"], job.header["separator"], ", ".join(chosen.tags))


def _refused(job: Job, given: Typed, error: Invalid) -> tuple[str, int]:
    if error.field:
        given.wrong[error.field] = str(error)
    else:
        given.said = str(error)
    return _page(job, given), 422


def _kept(job: Job, given: Typed) -> Page:
    """The form with what the first rows become; its faults are those the story would find."""
    if given.wrong:
        return _page(job, given), 422
    try:
        with transaction.step() as step:
            deciding.say(step, auth.principal(), job.id, given.columns, given.options, transaction.now())
    except Invalid as error:
        return _refused(job, given, error)
    return redirect(url_for(".one", import_id=job.id, _anchor="preview"), 303)


def _index(wrong: str = "") -> str:
    before = number(request.args.get("before"))
    found = deciding.listed(transaction.conn(), auth.principal(), before, PAGE + 1)
    return render_template(
        "contacts_imports.html", jobs=found[:PAGE], more=found[PAGE - 1].id if len(found) > PAGE else None,
        before=before, people=people(job.made_by for job in found), zone=viewer_zone(), wrong=wrong, **_words(),
    )  # fmt: skip


def _page(job: Job, given: Typed | None = None) -> str:
    settled = job.state in deciding.SETTLED
    form = (given or _of_row(job)) if settled else None
    conn = transaction.conn()
    wrong = jobs.faults(conn, job.workspace_id, job.id, 0, SOME) if job.state not in (*BUSY, "uploaded") else []
    return render_template(
        "contacts_import.html", form=form, targets=TARGETS, kinds=CHOICES, existing=options.EXISTING,
        encodings=file.ENCODINGS, separators=file.SEPARATORS, wrong=wrong, by=people([job.made_by]),
        becomes=deciding.preview_or_none(job, form.columns, form.options) if form else None, **_shown(job),
    )  # fmt: skip


def _shown(job: Job) -> dict[str, object]:
    done = job.read_to / job.size if job.size else 1.0
    if job.state == "undoing":
        back = sum(int(job.counts.get(name, 0)) for name in ("removed", "restored", "kept"))
        done = back / max(job.made + job.changed, 1)
    return {"job": job, "percent": min(100, round(100 * done)), "busy": job.state in BUSY, "zone": viewer_zone(),
            **_words()}  # fmt: skip


def _words() -> dict[str, object]:
    return {"states": STATES}


# States as people read them, with the state of a mark whose tone they have.
STATES = {
    "uploaded": ("waiting", "columns to be said"), "checking": ("open", "being tried"),
    "checked": ("waiting", "tried, not imported"), "running": ("open", "being imported"), "done": ("done", "imported"),
    "undoing": ("open", "being taken back"), "undone": ("cancelled", "taken back"),
    "cancelled": ("cancelled", "stopped"), "failed": ("failed", "failed"),
}  # fmt: skip
