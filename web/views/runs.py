"""A run's page: its numbers, why rows wait, pause and cancel, sending the rest, and who got it as a sheet. Admins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from flask import Blueprint, Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import db
from engine.config import Settings
from engine.errors import Invalid
from engine.outbound import report, stop
from engine.outbound.kinds import KINDS
from engine.outbound.report import export
from engine.outbound.report.waits import Wait, waits
from engine.outbound.settle import rest
from engine.outbound.settle.rest import Rest
from engine.people.principal import Principal
from web import auth, guard, sheets, shown, transaction
from web.confirm import unsure
from web.views.deliveries import viewer_zone

blueprint = Blueprint("runs", __name__, url_prefix="/deliveries/run")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | AnyResponse
HOURS = 24 * 30  # the longest a row may be useful again
HEAD = ("no", "address", "name", "state", "attempt", "code", "reply", "reason")
NO_CHOICE = "Tick at least one line of what is to be sent again."
NO_HOURS = f"Say for how many hours it is useful: a number from 1 to {HOURS}."


@blueprint.get("/<int:run_id>")
def show(run_id: int) -> Page:
    """The page."""
    return _page(run_id)


@blueprint.get("/<int:run_id>/numbers")
def numbers(run_id: int) -> str:
    """The part of the page that moves, fetched every few seconds while the run does."""
    run = report.run(transaction.conn(), auth.principal(), run_id)
    return render_template("run_numbers.html", run=run, waits=_waits(run_id), zone=viewer_zone())


@blueprint.get("/<int:run_id>.json")
def as_json(run_id: int) -> Response:
    """The run's numbers: `states` add up to `size`; `doubt_resent` is counted apart."""
    run = report.run(transaction.conn(), auth.principal(), run_id)
    answer: Response = jsonify(
        run=run.run_id, kind=run.kind, state=run.state, reason=run.reason, size=run.size, states=dict(run.counts),
        balanced=run.balanced, doubts=run.doubts, doubt_policy=run.doubt_policy, doubt_resent=run.doubt_resent,
        made_at=shown.iso(run.made_at),
    )  # fmt: skip
    return answer


@blueprint.get("/<int:run_id>.csv")
def as_csv(run_id: int) -> Response:
    """Every recipient: who got it, and what was said. Instants in the viewer's zone and in UTC."""
    who, zone = auth.principal(), viewer_zone()
    report.run(transaction.conn(), who, run_id)
    head = (*HEAD, f"sent at ({zone})", "sent at (UTC)")
    return sheets.download(f"run-{run_id}", head, _rows(who, run_id, zone))


def _rows(who: Principal, run_id: int, zone: str) -> Iterator[tuple[object, ...]]:
    for row in export.told(db.begin, who, run_id):
        sent = (shown.local(row.sent_at, zone), shown.local(row.sent_at, "UTC")) if row.sent_at else ("", "")
        yield (row.seq, row.address, row.name, row.state, row.attempt, row.code, row.reply, row.reason, *sent)


@blueprint.post("/<int:run_id>/pause")
def pause(run_id: int) -> AnyResponse:
    """Nothing more leaves until somebody resumes it."""
    report.run(transaction.conn(), auth.principal(), run_id)
    stop.pause(transaction.conn(), run_id, transaction.now(), auth.principal().actor)
    guard.note("run", run_id, f"run {run_id}")
    return _back(run_id, "Paused. What a worker had already handed over may still arrive.")


@blueprint.post("/<int:run_id>/resume")
def resume(run_id: int) -> AnyResponse:
    """Let a paused or held run go on."""
    report.run(transaction.conn(), auth.principal(), run_id)
    stop.resume(transaction.conn(), run_id, transaction.now(), auth.principal().actor)
    guard.note("run", run_id, f"run {run_id}")
    return _back(run_id, "It goes on. Rows that are no longer useful expire instead of being sent.")


@blueprint.post("/<int:run_id>/cancel")
def cancel(run_id: int) -> Page:
    """Cancel what has not left, after asking."""
    run = report.run(transaction.conn(), auth.principal(), run_id)
    then = (
        f"{_mails(run.open)} not left so far will not leave. What has left stays sent. Send the rest brings them back."
    )
    if page := unsure(f"Cancel run {run_id}?", then, "Cancel the run", url_for(".show", run_id=run_id)):
        return page
    count = stop.cancel(transaction.conn(), run_id, transaction.now(), auth.principal().actor)
    guard.note("run", run_id, f"run {run_id}", f"{count} had not left")
    return _back(run_id, f"Cancelled; {count} had not left.")


@blueprint.post("/<int:run_id>/requeue")
def requeue(run_id: int) -> Page:
    """Queue the chosen rows again, after saying how many that are."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    run = report.run(conn, who, run_id)
    picks, hours = _picks(), request.form.get("hours", type=int)
    if not picks or hours is None or not 1 <= hours <= HOURS:
        return _page(run_id, NO_HOURS if picks else NO_CHOICE), 422
    which = rest.only(Rest(who.workspace_id, run_id), picks)
    seen = rest.preview(conn, which)
    if page := unsure(f"Send {_mails(seen.rows)} of run {run_id} once more?", _then(run, seen, hours),
                      f"Send {_mails(seen.rows)}", url_for(".show", run_id=run_id), danger=False):  # fmt: skip
        return page
    why = " ".join(request.form.get("why", "").split())[:200]
    try:
        with transaction.step() as step:
            done = rest.requeue(step, which, now, who.actor, now + timedelta(hours=hours), why)
    except Invalid as error:
        return _page(run_id, str(error)), 422
    guard.note("run", run_id, f"run {run_id}", f"{_mails(done.rows)}{': ' + why if why else ''}")
    transaction.follow(done.followup)
    return _back(run_id, f"{_mails(done.rows)} queued again.")


def _picks() -> list[tuple[str, str, str]]:
    found = []
    for pick in request.form.getlist("pick"):
        state, _, words = pick.partition("|")
        code, _, reason = words.partition("|")
        found.append((state, code, reason))
    return found


def _then(run: report.Numbers, seen: rest.Preview, hours: int) -> str:
    said = [", ".join(f"{n} {shown.words(state)}" for state, n in sorted(seen.states.items())) or "None"]
    said[0] += f". Each may leave within {hours} hours, as a new attempt of the same delivery; after that it expires."
    if seen.suppressed:
        said.append(f"{seen.suppressed} stay as they are: their address still gets nothing.")
    if seen.more:
        said.append(f"There are more than {rest.LIMIT:,}; the others are sent by doing this again.")
    if run.state in ("paused", "held"):
        said.append(f"The run is {run.state}: they wait until somebody resumes it.")
    if run.state == "cancelled":
        said.append("The cancelled run is opened for these alone; its other rows stay cancelled.")
    return " ".join(said)


def _page(run_id: int, wrong: str = "") -> str:
    conn, who = transaction.conn(), auth.principal()
    run = report.run(conn, who, run_id)
    return render_template(
        "run.html",
        run=run,
        waits=_waits(run_id),
        reasons=rest.reasons(conn, who.workspace_id, run_id),
        given_up=rest.given_up(conn, who.workspace_id, run_id),
        hours=request.form.get("hours") or int(KINDS[run.kind].again.total_seconds() // 3600),
        picked=request.form.getlist("pick"),
        why=request.form.get("why", ""),
        wrong=wrong,
        zone=viewer_zone(),
    )


def _waits(run_id: int) -> tuple[Wait, ...]:
    settings: Settings = current_app.extensions["sixpm_settings"]
    return waits(transaction.conn(), settings, auth.principal().workspace_id, run_id, transaction.now())


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count:,} mails"


def _back(run_id: int, said: str) -> AnyResponse:
    flash(said, "success")
    return redirect(url_for(".show", run_id=run_id), 303)
