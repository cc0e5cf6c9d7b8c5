"""A workspace in mid-evening, written by factories: what the page tests and the screenshots look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from engine import config, db, move
from engine.config import required
from engine.db import Conn
from engine.models import Delivery, DeliveryEvent, Membership, Participation
from engine.outbound.queries.flushing import these
from engine.people.accounts import Account
from engine.rounds import schedule
from engine.rounds.queries import hours
from engine.tokens import Keys, Purpose, sign
from tests import factories as make
from tests.factories import Member, Team, Workspace

QUESTION = "What did you get done today?"
PEOPLE = (
    ("Bikram Thapa", "Asia/Kathmandu", "answered"),
    ("Carla Nunes", "America/Sao_Paulo", None),
    ("Daniel Wright", "America/New_York", None),
    ("Emi Sato", "Asia/Tokyo", "missed"),
    ("Farid Haddad", "Europe/Berlin", "asked"),
    ("Grace Lin", "America/New_York", "excused"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Ids to find things by. `members` are in the order of PEOPLE; `run` is the prompts', `now` when it was made."""

    team: Team
    members: tuple[Member, ...]
    run: int
    part: int
    now: datetime

    def link(self, member: Member, purpose: Purpose = Purpose.MEMBER) -> str:
        """A member's signed token."""
        return token(member.workspace_id, member.id, purpose)


def token(workspace_id: int, membership_id: int, purpose: Purpose = Purpose.MEMBER) -> str:
    """A signed token, good for years."""
    keys = Keys.of(required(config.settings().secret_key, "secret_key"))
    return sign(keys, purpose, workspace_id, membership_id, date(2099, 1, 1))


def build(conn: Conn, owner: Account, now: datetime) -> Scene:
    """A team in five zones, half of them asked: answers, a bounce, a deferral, a doubt, a channel that fails."""
    ws = Workspace(owner.workspace_id, "Acme")
    team = make.team(conn, ws, "Platform", zone="Europe/Berlin", questions=(QUESTION,))
    make.member(conn, team, contact_id=owner.contact_id, email=owner.email, role="manager", prompt_at=time(17, 30))
    members = tuple(make.member(conn, team, name, zone) for name, zone, _ in PEOPLE)
    make.member(conn, team, "Oscar Observer", role="observer")
    part, run = _today(conn, team, members, now)
    _yesterday(conn, team, members, now)
    make.away(conn, members[5], now.date() - timedelta(days=1), now.date() + timedelta(days=3))
    schedule.pause(conn, owner.principal, members[2].id, now, by="manager")
    make.channel(conn, team, "slack", "#platform", config={"channel": "C0PLATFORM"})
    broken = make.channel(conn, team, "webhook", "Dashboard", config={"url": "https://hooks.example.org/in"})
    move.one(conn, "channel", broken, "fail", now, values={"failure": "404 no such hook"})
    ids = hours.members_of(conn, ws.id, team.id)
    schedule.reschedule(conn, ws.id, ids, now)
    return Scene(team, members, run, part, now)


def _today(conn: Conn, team: Team, members: tuple[Member, ...], now: datetime) -> tuple[int, int]:
    day = now.astimezone(ZoneInfo("Asia/Kathmandu")).date()
    asked = now - timedelta(minutes=40)
    held = make.round_of(conn, team, day, opened_at=asked)
    run = make.run(conn, team.workspace_id, made_at=asked, size=4)
    batch = make.batch(conn, team.workspace_id, run, next_at=asked, horizon=3, epoch=1)
    parts = {}
    for member, (_, _, state) in zip(members, PEOPLE, strict=True):
        if state is not None:
            reason = "away" if state == "excused" else ""
            parts[member.id] = make.participation(conn, held, member, state=state, due_at=asked, reason=reason)
    for seq, (member, outcome) in enumerate(zip(_asked(members), OUTCOMES, strict=True), start=1):
        about = parts[member.id]
        make.delivery(
            conn, team.workspace_id, run, batch, seq, recipient=member.id, about=about, address=member.email,
            useful_until=now + timedelta(hours=14), **outcome,
        )  # fmt: skip
        _prompted(conn, about, run, seq)
    later = make.batch(conn, team.workspace_id, run, next_at=now + timedelta(minutes=5))
    move.deliveries(
        conn, "defer", these(run, [4]), asked + timedelta(seconds=2),
        values={"code": "451", "reply": "451 4.7.1 Greylisted, come again later", "attempt": 1, "batch_id": later},
    )  # fmt: skip
    first = update(DeliveryEvent).where(DeliveryEvent.run_id == run, DeliveryEvent.seq == 4)
    conn.execute(first.values(attempt=0))  # an event names the attempt that was refused, the row the one that follows
    lost = "its worker mail1:7 stopped before an answer was recorded"
    move.deliveries(conn, "doubt", these(run, [2]), asked + timedelta(minutes=1), reason=lost)
    move.deliveries(
        conn, "bounce", these(run, [3]), asked + timedelta(seconds=3),
        values={"code": "550", "reply": "550 5.1.1 <emi@example.org>: no such user"},
    )  # fmt: skip
    answer = make.answer(conn, parts[members[0].id], "Fixed the login bug.\nReviewed two branches.", at=now)
    for text in ("Fixed the login bug.", "Reviewed two branches."):
        make.entry(conn, parts[members[0].id], text, answer_id=answer, at=now)
    return parts[members[4].id], run


OUTCOMES: tuple[dict[str, Any], ...] = (
    {"state": "sent", "code": "250", "reply": "250 2.0.0 Ok: queued as 4bC1x", "queue_id": "4bC1x"},
    {},
    {},
    {},
)


def _asked(members: tuple[Member, ...]) -> tuple[Member, ...]:
    return (members[0], members[4], members[3], members[5])


def _prompted(conn: Conn, part: int, run: int, seq: int) -> None:
    conn.execute(update(Participation).where(Participation.id == part).values(prompt_run_id=run, prompt_seq=seq))
    conn.execute(
        update(Delivery)
        .where(Delivery.run_id == run, Delivery.seq == seq, Delivery.state == "sent")
        .values(sent_at=Delivery.useful_until - timedelta(hours=14, minutes=39))
    )


def _yesterday(conn: Conn, team: Team, members: tuple[Member, ...], now: datetime) -> None:
    before = now - timedelta(days=1)
    held = make.round_of(conn, team, before.date() - timedelta(days=1), opened_at=before, state="closed")
    for member, text in ((members[0], "Wrote the migration plan."), (members[1], "Sketched the new onboarding mail.")):
        part = make.participation(conn, held, member, state="answered", due_at=before, answered_at=before)
        make.entry(conn, part, text, at=before)


def row(member: Member) -> Membership:
    """A membership as it is now."""
    with db.begin() as conn:
        return conn.execute(select(Membership.__table__).where(Membership.id == member.id)).one()  # type: ignore[return-value]
