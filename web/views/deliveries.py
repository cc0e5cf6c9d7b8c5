"""What became of every mail and post: the list with its search, and one recipient's timeline. Admins may look."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, current_app, render_template, request
from flask_login import login_required

from engine.config import Settings
from engine.inbound.queries import waiting
from engine.outbound import report
from engine.outbound.kinds import KINDS
from engine.outbound.settle import doubts
from engine.people import contacts, queries
from web import auth, transaction

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@blueprint.get("")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def index() -> str:
    """The list, narrowed by address, state, kind and run; every word of the search is in the URL."""
    conn, who = transaction.conn(), auth.principal()
    search = _search()
    runs = report.numbers(conn, who, search.run_id)
    return render_template(
        "deliveries.html",
        found=report.find(conn, who, search),
        runs=report.with_why(conn, who, runs, _settings(), transaction.now()),
        search=search,
        states=report.STATES,
        kinds=tuple(KINDS),
        held=len(waiting.unsettled(conn, who.workspace_id)),
        doubts=sum(group.n for group in doubts.counted(conn, doubts.Which(who.workspace_id), 0)),
        zone=viewer_zone(),
    )


@blueprint.get("/<int:run_id>/<int:seq>")
@login_required  # type: ignore[untyped-decorator]
def one(run_id: int, seq: int) -> str:
    """One recipient's timeline, with the receiver's own words."""
    now = transaction.now()
    found = report.chain(transaction.conn(), auth.principal(), run_id, seq, _settings(), now)
    return render_template(
        "delivery.html", chain=found, people=people(s.actor for s in found.steps), zone=viewer_zone()
    )


def people(actors: Iterable[str]) -> dict[str, str]:
    """The names of those who did something, by the word that the rows carry for them ("account:7")."""
    return queries.actor_names(transaction.conn(), auth.principal().workspace_id, [who for who in actors if who])


def viewer_zone() -> str:
    """The zone in which the signed-in person reads instants: their own, else UTC."""
    who = auth.principal()
    if who.contact_id is None:
        return "UTC"
    return contacts.get(transaction.conn(), who.workspace_id, who.contact_id).zone or "UTC"


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found


def _search() -> report.Search:
    asked = request.args
    before_run, before_seq = number(asked.get("before_run")), number(asked.get("before_seq"))
    return report.Search(
        address=asked.get("q", "")[:320],
        state=asked.get("state", ""),
        kind=asked.get("kind", ""),
        run_id=number(asked.get("run")),
        before=(before_run, before_seq) if before_run is not None and before_seq is not None else None,
    )


def number(text: str | None) -> int | None:
    """A whole number as URLs and forms carry it, or None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
