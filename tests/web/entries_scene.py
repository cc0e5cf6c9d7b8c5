"""A team that has written for two weeks: what the pages of entries and of the next digest are tested and shown with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.db import Conn
from engine.inbound import amend
from engine.people.accounts import Account
from engine.rounds import schedule
from engine.rounds.queries import hours
from tests import factories as make
from tests.factories import Member, Team, Workspace

QUESTIONS = ("What did you get done today?", "What holds you up?")
PEOPLE = (("Hana Ito", "Asia/Tokyo"), ("Ivo Marek", "Europe/Prague"), ("Judith Okafor", "Africa/Lagos"))
SAID = (
    (("Shipped the export of invoices #billing", "done"), ("Waiting for the review of #billing by Ivo", "blocked")),
    (
        ("Reviewed the export and found two rounding faults #billing #review", "done"),
        ("The staging relay is slow", "note"),
    ),
    (
        ("Answered eleven letters about the new login page", "done"),
        ("Draft of the help page on sign-in #docs", "doing"),
    ),
)
DAYS = 8


@dataclass(frozen=True, slots=True)
class Written:
    """Ids to find things by. `edited` was changed twice, `removed` taken away by the manager; both are Hana's.
    `comments`: of Ivo and of Hana on `edited`, and of Judith on the last day.

    Hana's last digest had all but the last two days."""

    team: Team
    members: tuple[Member, ...]
    entries: tuple[int, ...]
    edited: int
    removed: int
    comments: tuple[int, ...]


def build(conn: Conn, owner: Account, now: datetime) -> Written:
    """A team of three that answers two questions a day; its manager is the owner."""
    ws = Workspace(owner.workspace_id, "Acme")
    team = make.team(conn, ws, "Billing & Support", zone="Europe/Prague", questions=QUESTIONS)
    make.member(conn, team, contact_id=owner.contact_id, email=owner.email, role="manager")
    members = tuple(make.member(conn, team, name, zone) for name, zone in PEOPLE)
    entries: list[int] = []
    for back in range(DAYS, 0, -1):
        at = now - timedelta(days=back)
        held = make.round_of(conn, team, at.date(), opened_at=at, state="closed")
        for member, said in zip(members, SAID, strict=True):
            part = make.participation(conn, held, member, state="answered", due_at=at, answered_at=at)
            for question, (text, kind) in enumerate(said):
                tags = [word[1:] for word in text.split() if word.startswith("#")]
                entries.append(make.entry(conn, part, text, at=at, kind=kind, question=question, tags=tags))
    edited, removed = entries[-6], entries[-5]
    amend.edit(conn, owner.principal, edited, "Shipped the export of invoices, and of reminders #billing", now)
    amend.edit(conn, owner.principal, edited, "Shipped the exports of invoices and reminders #billing", now)
    amend.remove(conn, owner.principal, removed, now)
    hana, seen = members[0], now - timedelta(days=2)
    last = (now - timedelta(days=1)).date()
    comments = (
        make.comment(conn, members[1], edited, "All of them? Even those of last March?", day=last, at=now),
        make.comment(conn, hana, edited, "All of them, since Monday.\nThank you for asking.", day=last, at=now),
        make.comment(conn, members[2], None, "A good week. Let us keep Friday free of meetings.", day=last, at=now),
    )
    make.digest(conn, hana, seen.date(), 0, len(entries) - 12, made_at=seen)
    schedule.reschedule(conn, ws.id, hours.members_of(conn, ws.id, team.id), now)
    return Written(team, members, tuple(entries), edited, removed, comments)
