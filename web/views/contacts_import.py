"""Lists of people brought in from CSV files: uploaded, columns said, tried, run, stopped, taken back. Admins.

One page follows an import through its states; a part of it looks again by itself while a task works.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from engine import db
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.people.imports import deciding, file
from engine.people.imports.queries import jobs
from engine.people.imports.queries.jobs import Job
from web import auth, guard, sheets, transaction
from web.confirm import unsure
from web.views import import_page
from web.views.import_page import Page

blueprint = Blueprint("contacts_import", __name__, url_prefix="/contacts/import")
auth.for_admins(blueprint)

AT_ONCE = 1000  # faults that a download reads in one statement


@blueprint.get("")
def index() -> str:
    """The imports of the workspace, and the field for a file."""
    return import_page.index()


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
        return import_page.index(str(error)), 422
    guard.note("import", made, deciding.get(transaction.conn(), auth.principal(), made).name)
    return redirect(url_for(".one", import_id=made), 303)


@blueprint.get("/<int:import_id>")
def one(import_id: int) -> str:
    """One import, as far as it is."""
    return import_page.page(import_page.job_of(import_id))


@blueprint.get("/<int:import_id>/numbers")
def numbers(import_id: int) -> str:
    """How far it is, for the page that looks again by itself."""
    return render_template(
        "contacts_import_numbers.html", polled=True, **import_page.shown(import_page.job_of(import_id))
    )


@blueprint.post("/<int:import_id>/preview")
def preview(import_id: int) -> Page:
    """What the first rows would become with these columns; a file that is to be read otherwise is read so first."""
    job = import_page.job_of(import_id)
    given = import_page.typed_of(job)
    if (given.encoding, given.separator) == (job.header["encoding"], job.header["separator"]):
        return import_page.kept(job, given)
    try:
        with transaction.step() as step:
            deciding.read_as(step, auth.principal(), import_id, given.encoding, given.separator)
    except Invalid as error:
        return import_page.refused(job, given, error)
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
    job, who, now = import_page.job_of(import_id), auth.principal(), transaction.now()
    given = import_page.typed_of(job) if "to-0" in request.form else None
    if given and given.wrong:
        return import_page.page(job, given), 422
    try:
        with transaction.step() as step:
            if given:
                deciding.say(step, who, import_id, given.columns, given.options, now)
            (deciding.check if how == "check" else deciding.start)(step, who, import_id, now)
    except Invalid as error:
        return import_page.refused(job, given or import_page.of_row(job), error)
    transaction.follow(FollowUp(imports=(import_id,)))
    guard.note("import", import_id, job.name)
    return redirect(url_for(".one", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/cancel")
def cancel(import_id: int) -> Page:
    """Stop it. Asks first."""
    job = import_page.job_of(import_id)
    then = import_page.STAYS if job.state == "running" else import_page.NOBODY
    if page := unsure(f"Stop the import of {job.name}?", then, "Stop it", url_for(".one", import_id=import_id)):
        return page
    deciding.cancel(transaction.conn(), auth.principal(), import_id, transaction.now())
    guard.note("import", import_id, job.name)
    flash("Stopped.", "success")
    return redirect(url_for(".one", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/undo")
def undo(import_id: int) -> Page:
    """Take it back. Asks first, with what it will do."""
    job = import_page.job_of(import_id)
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
    job = import_page.job_of(import_id)
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
