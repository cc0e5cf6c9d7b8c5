"""What became of every mail and post: the search through them, and one recipient's timeline. Admins may look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask_login import current_user, login_required

from engine import db
from engine.config import Settings
from engine.outbound import report, search
from engine.outbound.kinds import KINDS
from engine.outbound.search import Search
from engine.outbound.settle import doubts
from engine.people import contacts, queries
from engine.people.principal import Principal
from web import auth, sheets, shown, transaction

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")

WORDS = ("q", "person", "state", "kind", "run", "words", "team", "since", "until", "address")
HEAD = ("run", "no", "kind", "address", "name", "team", "state", "attempt", "code", "said")


@blueprint.get("")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def index() -> str:
    """The list and its search, every word of which is in the URL. The newest runs stand above it until one searches."""
    conn, who, zone = transaction.conn(), auth.principal(), viewer_zone()
    words, wanted = _words(), _search(zone)
    person = contacts.get(conn, who.workspace_id, wanted.person) if wanted.person is not None else None
    alone = not words or words.keys() == {"run"}
    runs = report.numbers(conn, who, wanted.run_id) if alone else ()
    return render_template(
        "deliveries.html",
        found=search.find(conn, who, wanted),
        runs=report.with_why(conn, who, runs, _settings(), transaction.now()) if runs else (),
        alone=alone,
        person=person,
        counts=search.counts_of_person(conn, who, person.id) if person else {},
        words=words,
        search=wanted,
        states=report.STATES,
        kinds=tuple(KINDS),
        teams=search.teams(conn, who),
        doubts=sum(group.n for group in doubts.counted(conn, doubts.Which(who.workspace_id), 0)),
        zone=zone,
    )


@blueprint.get("/list.csv")
@login_required  # type: ignore[untyped-decorator]
def as_csv() -> Response:
    """What the search finds, however far back that is; at most as many rows as sheets can take at once."""
    zone = viewer_zone()
    head = (*HEAD, f"planned ({zone})", f"sent ({zone})", "sent (UTC)")
    return sheets.download("deliveries", head, _rows(auth.principal(), _search(zone), zone))


def _rows(who: Principal, wanted: Search, zone: str) -> Iterator[tuple[object, ...]]:
    count = 0
    for row in search.told(db.begin, who, wanted):
        count += 1
        sent = (shown.local(row.sent_at, zone), shown.local(row.sent_at, "UTC")) if row.sent_at else ("", "")
        yield (
            row.run_id, row.seq, row.kind, row.address, row.name, row.team or "", row.state, row.attempt + 1, row.code,
            row.words, shown.local(row.made_at, zone), *sent,
        )  # fmt: skip
    if count >= search.SHEET:
        yield (f"Only the newest {count:,} are here. Narrow the search by days to get the others.",)


@blueprint.get("/<int:run_id>/<seq:seq>")
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
    """The zone in which the signed-in person reads instants: their own, else their team's, else UTC."""
    auth.principal()
    zone: str | None = current_user.account.zone
    return zone or "UTC"


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found


def _words() -> dict[str, Any]:
    """The search as words of a URL."""
    found = {name: request.args.get(name, "")[:320].strip() for name in WORDS}
    return {name: value for name, value in found.items() if value}


def _search(zone: str) -> Search:
    words, until = _words(), shown.asked_day("until")
    before_run, before_seq = number(request.args.get("before_run")), number(request.args.get("before_seq"))
    return Search(
        who=words.get("q", ""),
        state=words.get("state", ""),
        kind=words.get("kind", ""),
        run_id=number(words.get("run")),
        words=words.get("words", ""),
        team_id=number(words.get("team")),
        person=number(words.get("person")),
        since=shown.begins(shown.asked_day("since"), zone),
        until=shown.begins(until + timedelta(days=1) if until else None, zone),
        address="address" in words,
        before=(before_run, before_seq) if before_run is not None and before_seq is not None else None,
    )


def number(text: str | None) -> int | None:
    """A whole number as URLs and forms carry it, or None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
