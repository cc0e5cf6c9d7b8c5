"""The mails of the benchmarks: a personal letter of 6 KB in two parts, and a digest of 20 entries, 18 KB.

They are kinds of run like the product's own: registered here, planned, claimed, rendered and recorded by its code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from jinja2 import FileSystemLoader
from sqlalchemy import text

from bench.words import TEMPLATE, WEEK, personal
from engine import db
from engine.db import Conn
from engine.outbound.drafts import Draft, MailDraft, Row
from engine.outbound.kinds import KINDS, Kind
from engine.outbound.templates import environment, watching
from engine.tasks.contents import CONTENTS

UNTIL = date(2026, 4, 4)

TEAM = 20  # people in a team, and entries in its digest

_SAID = (
    "Moved the nightly import to the new queue; it ends before six.",
    "Read three offers for the printers, two are good.",
)


def register() -> None:
    """Make the kinds known to this process."""
    KINDS["letter"] = Kind("letter", 9, "hold")
    KINDS["bench_digest"] = Kind("bench_digest", 4, "hold")
    CONTENTS["letter"] = letters
    CONTENTS["bench_digest"] = digests
    for templates in (environment(), watching()):
        assert isinstance(templates.loader, FileSystemLoader)
        if str(TEMPLATE.parent) not in templates.loader.searchpath:
            templates.loader.searchpath.append(str(TEMPLATE.parent))


def letters(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """A letter by seq: one text for all of them, a name, a town and a number for each."""
    names = _names(conn, workspace_id, rows)
    return {row.seq: _letter(row, names[row.recipient]) for row in rows if row.recipient in names}


def digests(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """A digest by seq: the same for the people of one team, by the template of the product's own."""
    names = _names(conn, workspace_id, rows)
    shared = {team: _team_digest(team) for team in {row.recipient // TEAM for row in rows}}
    return {row.seq: _digest(row, names[row.recipient], shared) for row in rows if row.recipient in names}


def _names(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> dict[int, str]:
    statement = text("SELECT id, name FROM contact WHERE workspace_id = :w AND id = ANY(cast(:ids AS bigint[]))")
    found = conn.execute(statement, {"w": workspace_id, "ids": db.numbers([row.recipient for row in rows])})
    return {ident: name for ident, name in found.all()}  # noqa: C416  # dict() of rows has no types


def _letter(row: Row, name: str) -> MailDraft:
    own = personal(row.recipient, name)
    return MailDraft("letter", WEEK, name, own, membership_id=row.recipient, list_id="letters")


def _digest(row: Row, name: str, shared: Mapping[int, Mapping[str, Any]]) -> MailDraft:
    team = row.recipient // TEAM
    return MailDraft(
        "digest", shared[team], name, {"recorded": "", "mend": ""}, row.recipient, list_id=f"team-{team}",
        reply_until=UNTIL,
    )  # fmt: skip


def _team_digest(team: int) -> Mapping[str, Any]:
    """Half of the team wrote two entries each, the others nothing: 20 entries."""
    day = {"day": "Wednesday 4 March", "date": "2026-03-04", "question": ""}
    people: list[dict[str, Any]] = [{"name": f"Person {team * TEAM + n}", "note": "", "said": []} for n in range(TEAM)]
    for person in people:
        person |= {"count": 0, "more": 0}
    for n, person in enumerate(people[: TEAM // 2]):
        person["said"] = [{**day, "texts": [f"({team}.{n}) {text}" for text in _SAID], "ids": [n + 1] * len(_SAID)}]
        person["count"] = len(_SAID)
    return {
        "thread": "", "team": f"Team {team}", "day": "Thursday 5 March", "days": "Wednesday 4 March",
        "several_days": False, "answered": people[: TEAM // 2], "not_answered": people[TEAM // 2 :],
        "away": [], "not_asked": [], "also": [], "comments": [], "more_comments": 0, "team_id": team + 1,
        "comments_until": "2026-04-04", "summary": f"{TEAM // 2} of {TEAM} wrote",
    }  # fmt: skip
