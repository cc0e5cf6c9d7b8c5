"""The demo team: eight people in five zones, so that an evening and a morning are always near for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.db import Conn
from engine.people import accounts, contacts, members, queries, teams, workspaces
from engine.people.principal import Principal
from engine.rounds import schedule

TEAM_ZONE = "Europe/Berlin"
QUESTIONS = ("What did you get done today?",)
EVERY_DAY = 127
SOON = timedelta(seconds=2)  # a slot must lie ahead of the instant it is planned at
DOMAIN = "demo.sixpm.localhost"  # reserved (RFC 6761): it resolves nowhere but here

# name, zone, role; Kathmandu is 5:45 ahead of UTC. The first is the workspace's owner.
PEOPLE = (
    ("Ada Keller", "Europe/Berlin", "manager"),
    ("Bikram Thapa", "Asia/Kathmandu", "member"),
    ("Carla Nunes", "America/Sao_Paulo", "member"),
    ("Daniel Wright", "America/New_York", "member"),
    ("Emi Sato", "Asia/Tokyo", "member"),
    ("Farid Haddad", "Europe/Berlin", "member"),
    ("Grace Lin", "America/New_York", "member"),
    ("Hana Rai", "Asia/Kathmandu", "member"),
)


@dataclass(frozen=True, slots=True)
class Demo:
    """What was loaded: ids, and each person's (membership id, address) in the order of PEOPLE."""

    workspace_id: int
    team_id: int
    account_id: int
    members: tuple[tuple[int, str], ...]


def load(
    conn: Conn, now: datetime, *, due_at: datetime | None = None, digest_at: time = time(9), password: str | None = None
) -> Demo:
    """Make the demo workspace. Raises NotAllowed when the instance has a workspace.

    `due_at`: everybody's next prompt falls due at that instant, whatever their zone (`now` or later); without it each
    is asked at 6 pm their own time. Without a `password` the owner can be signed in by the set-up page alone.
    """
    owner = _owner(conn, password)
    team_id = teams.make(conn, owner, "Demo", TEAM_ZONE, teams.Times(QUESTIONS, EVERY_DAY, time(18), digest_at))
    made = [_member(conn, owner, team_id, person) for person in PEOPLE]
    if due_at is not None:
        hours = [due_at.astimezone(ZoneInfo(zone)).time() for _, zone, _ in PEOPLE]
        queries.set_prompt_hours(conn, owner.workspace_id, [m.id for m in made], hours)
    schedule.reschedule(conn, owner.workspace_id, [m.id for m in made], now)
    assert owner.account_id is not None  # it was made with an account
    return Demo(owner.workspace_id, team_id, owner.account_id, tuple((m.id, m.email) for m in made))


def address(name: str) -> str:
    """The demo address of a person."""
    return f"{name.split(maxsplit=1)[0].lower()}@{DOMAIN}"


def _owner(conn: Conn, password: str | None) -> Principal:
    name = PEOPLE[0][0]
    workspace_id = workspaces.make_first(conn, "Demo", demo=True)
    contact_id = contacts.add(conn, workspace_id, address(name), name, PEOPLE[0][1])
    return accounts.make(conn, workspace_id, contact_id, "owner", password).principal


def _member(conn: Conn, owner: Principal, team_id: int, person: tuple[str, str, str]) -> members.Member:
    name, zone, role = person
    return members.add(conn, owner, team_id, address(name), name, zone, role)
