"""The demo's team on its stage: loaded so that everybody is due now, at whatever time, and moved through its day.

The hours are chosen, not waited for: due now, nudged three hours later, and a digest at one instant of the next
morning at which it is not about to be midnight for anybody, for a digest is good until the end of the local day.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine import db
from engine.db import Conn
from engine.people.principal import SYSTEM, Principal
from engine.rounds import demo, schedule
from engine.rounds.demo import PEOPLE, SOON
from engine.rounds.schedule import OwnHours

Transaction = Callable[[], AbstractContextManager[Conn]]

HOUR = timedelta(hours=1)
NIGHT = timedelta(hours=15)  # from the question to the digest
MOMENT = timedelta(minutes=1)
LATE = time(23, 30)  # a digest due after this has too little of its day left
NAMES = tuple(name for name, _, _ in PEOPLE)
ZONES = tuple(dict.fromkeys(zone for _, zone, _ in PEOPLE))


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person replies, with which mail program, and the entries that must come of it."""

    name: str
    client: str
    text: str
    entries: tuple[str, ...]


ANSWERS = (
    Answer(
        "Ada Keller", "gmail", "- Moved the invoices to the new ledger\n- Wrote the release note",
        ("Moved the invoices to the new ledger", "Wrote the release note"),
    ),
    Answer("Bikram Thapa", "outlook", "Signing in works on tablets again.", ("Signing in works on tablets again.",)),
    Answer(
        "Carla Nunes", "apple",
        "Talked with four customers about the export. Two want it as a\n"
        "spreadsheet, so that is our next step.",
        ("Talked with four customers about the export. Two want it as a spreadsheet, so that is our next step.",),
    ),
    Answer(
        "Daniel Wright", "thunderbird", "Cut the nightly build from 40 to 12 minutes.",
        ("Cut the nightly build from 40 to 12 minutes.",),
    ),
    Answer("Emi Sato", "mobile", "Reviewed the new icons.\n\nOff to the dentist.",
           ("Reviewed the new icons.", "Off to the dentist.")),
    Answer("Farid Haddad", "attachments", "The build numbers are attached.", ("The build numbers are attached.",)),
)  # fmt: skip
NOT_ANSWERING = ("Grace Lin", "Hana Rai")


def beginning(now: datetime) -> datetime:
    """The first instant from `now` on, by hours, that no clock of the team shows for the second time.

    A slot in a repeated hour fires the first time alone, so nothing chosen within the second could fall due today.
    """
    while any((now + SOON).astimezone(ZoneInfo(zone)).fold for zone in ZONES):
        now += HOUR
    return now


def morning(due: datetime) -> datetime:
    """When everybody's digest falls due: about 15 hours after `due`, and not in the last half hour of anybody's day."""
    at = due + NIGHT
    while any(at.astimezone(ZoneInfo(zone)).time() >= LATE for zone in ZONES):
        at += HOUR / 2
    return at


@dataclass(frozen=True, slots=True)
class Stage:
    """The loaded team, and the way to move its business time."""

    owner: Principal
    team_id: int
    addresses: tuple[str, ...]
    due: datetime
    transaction: Transaction

    @classmethod
    def load(cls, conn: Conn, transaction: Transaction, begin: datetime | None = None) -> Stage:
        """Make the demo team, everybody due in two seconds, their digests the next morning."""
        real = db.now(conn)
        now = beginning(begin or real)
        db.shift_clock(conn, now - real)
        due = now + SOON
        made = demo.load(conn, now, due_at=due)
        who = SYSTEM(made.workspace_id)
        for (member, _), (_, zone, _) in zip(made.members, PEOPLE, strict=True):
            asked, told = (instant.astimezone(ZoneInfo(zone)).time() for instant in (due, morning(due)))
            schedule.change_hours(conn, who, member, OwnHours(asked, told, zone=zone), now)
        return cls(who, made.team_id, tuple(address for _, address in made.members), due, transaction)

    def address_of(self, name: str) -> str:
        """The address of one of PEOPLE."""
        return self.addresses[NAMES.index(name)]

    def move_to_nudge(self) -> None:
        """Let the evening come at which who has not answered is reminded."""
        self._move(self.due + 3 * HOUR + MOMENT)

    def move_to_morning(self) -> None:
        """Let the morning come with everybody's digest."""
        self._move(morning(self.due) + MOMENT)

    def _move(self, to: datetime) -> None:
        with self.transaction() as conn:
            db.shift_clock(conn, timedelta(0))
            db.shift_clock(conn, to - db.now(conn))
