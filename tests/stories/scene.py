"""Teams for stories: made by the factories, asked and answered by the real processes."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from engine import db, tokens
from engine.outbound.plan import Planned
from engine.people import queries
from engine.rounds import schedule
from engine.tokens import Purpose
from sixpm.replies import reply_to
from tests import factories
from tests.factories import Member, Team
from tests.stories.instance import REPLIES, Instance

ZONES = ("Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo", "America/New_York", "Asia/Tokyo")
SOON = timedelta(seconds=1)  # a slot must lie ahead of the instant it is planned at
MORNING = timedelta(hours=15)  # after the prompt everybody's digest falls due

PLANNING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO participation%'
"""


@dataclass(frozen=True)
class Crew:
    """A team whose members all fall due at `due`, each at their own local hour."""

    team: Team
    members: tuple[Member, ...]
    due: datetime


def crew(house: Instance, size: int, prepare: Callable[[db.Conn, Team], object] = lambda conn, team: None) -> Crew:
    """A team of `size` in five zones, everybody's prompt due in a second, everybody's digest 15 hours later.

    `prepare` may do more in the same transaction, before anybody can be asked.
    """
    with house.engine.begin() as conn:
        now = db.now(conn)
        due = now + SOON
        ws = factories.workspace(conn)
        made = factories.team(conn, ws, weekdays=127, made_at=now)
        prepare(conn, made)
        found = [_member(house, made, n, due, conn, now) for n in range(size)]
        ids = [member.id for member in found]
        hours = [due.astimezone(ZoneInfo(ZONES[n % len(ZONES)])).time() for n in range(size)]
        queries.set_prompt_hours(conn, ws.id, ids, hours)
        schedule.reschedule(conn, ws.id, ids, now)
    return Crew(made, tuple(found), due)


def _member(house: Instance, team: Team, n: int, due: datetime, conn: db.Conn, now: datetime) -> Member:
    zone = ZONES[n % len(ZONES)]
    digest: time = (due + MORNING).astimezone(ZoneInfo(zone)).time()
    return factories.member(
        conn, team, f"Person {n}", zone, email=f"p{n}@t{team.id}.test", digest_at=digest, made_at=now
    )


def prompts(house: Instance, crew: Crew) -> list[Planned]:
    """The runs of the team's prompts."""
    found = house.values(
        "SELECT DISTINCT d.run_id FROM delivery d JOIN run r ON r.id = d.run_id"
        " WHERE r.workspace_id = :w AND r.kind = 'prompt' ORDER BY 1",
        w=crew.team.workspace_id,
    )
    size = "SELECT size FROM run WHERE id = :run"
    return [Planned(run, (), house.value(size, run=run)) for run in found]


def asked(house: Instance, crew: Crew) -> int:
    """How many prompts the team has got planned."""
    return sum(run.size for run in prompts(house, crew))


@dataclass(frozen=True)
class Asked:
    """One member's open question: its participation, and the delivery that is its prompt."""

    member: Member
    part: int
    run_id: int
    seq: int


def asked_round(house: Instance, size: int, closes_in: timedelta) -> tuple[int, list[Asked]]:
    """A round whose prompts were sent, and which can close when `closes_in` is over. Business time is moved there."""
    with house.engine.begin() as conn:
        real = db.now(conn)
        day = real.date()
        end = datetime(day.year, day.month, day.day, tzinfo=real.tzinfo) + timedelta(hours=36)
        db.shift_clock(conn, end - real - closes_in)
        ws = factories.workspace(conn)
        team = factories.team(conn, ws, made_at=real)
        round_id = factories.round_of(conn, team, day, opened_at=real)
        run = factories.run(conn, ws.id, "prompt", made_at=real, state="done", size=size)
        batch = factories.batch(conn, ws.id, run, next_at=real, state="done")
        found = []
        for seq in range(1, size + 1):
            who = factories.member(conn, team, f"Person {seq}", email=f"p{seq}@t{team.id}.test", made_at=real)
            part = factories.participation(
                conn, round_id, who, due_at=real, closes_at=end, prompt_run_id=run, prompt_seq=seq
            )
            factories.delivery(
                conn, ws.id, run, batch, seq, recipient=who.id, about=part, address=who.email, state="sent",
                useful_until=end,
            )  # fmt: skip
            found.append(Asked(who, part, run, seq))
    return round_id, found


def reply_address(house: Instance, asked: Asked) -> str:
    """Where answers to a prompt go."""
    until = house.now().date() + timedelta(days=7)
    return f"r+{tokens.sign(house.keys, Purpose.REPLY, asked.run_id, asked.seq, until)}@{REPLIES}"


def reply(house: Instance, asked: Asked, words: str) -> tuple[str, bytes]:
    """(address, raw mail): an answer as a mail program writes it."""
    to = reply_address(house, asked)
    mail = EmailMessage()
    mail["From"] = "Stories <checkin@stories.test>"
    mail["To"] = asked.member.email
    mail["Reply-To"] = to
    mail["Subject"] = "What did you get done today?"
    mail["Message-ID"] = tokens.message_id(house.keys, asked.run_id, asked.seq, "stories.test")
    mail["Date"] = format_datetime(house.now())
    mail.set_content("Hello,\n\nWhat did you get done today?\n")
    return to, reply_to(mail.as_bytes(), "apple", words, asked.member.email, at=house.now())


def deliver(house: Instance, mails: Sequence[tuple[str, str, bytes]]) -> None:
    """Hand (from, to, raw) mails to the listener, over one connection."""
    with smtplib.SMTP("127.0.0.1", house.settings.smtpd_port, timeout=30) as client:
        for sender, to, raw in mails:
            client.sendmail(sender, [to], raw)


def entries(house: Instance, team_id: int) -> list[str]:
    """The team's entries in their order."""
    return house.values("SELECT text FROM entry WHERE team_id = :team ORDER BY no", team=team_id)
