"""People who come in: accounts, invitations, links that are good and one that is used, and a day of acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine import config, db
from engine.config import required
from engine.db import Conn
from engine.people import accounts, acts
from engine.people.accounts import Account
from engine.people.entrance import invitations, sessions, tickets
from engine.people.entrance.tickets import Use
from engine.tokens import Keys, Purpose, sign
from tests.web.scene import Scene

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1"


@dataclass(frozen=True, slots=True)
class Coming:
    """Tokens of links, and the account to which one may hand over."""

    heir: int
    link: str
    used: str
    reset: str
    invitation: str


def build(conn: Conn, owner: Account, evening: Scene) -> Coming:
    """An admin, a user, three invitations (one is over), and what they did."""
    now, keys = db.now(conn), Keys.of(required(config.settings().secret_key, "secret_key"))
    bikram, carla = evening.members[0], evening.members[1]
    heir = accounts.make(conn, owner.workspace_id, bikram.contact_id, "admin", "a long enough secret")
    user = accounts.make(conn, owner.workspace_id, carla.contact_id, "user", None)
    sessions.begin(conn, owner, "link", PHONE, "203.0.113.9", now - timedelta(days=2))
    sessions.begin(conn, user, "invitation", PHONE, "203.0.113.24", now - timedelta(hours=3))
    invitations.invite(conn, owner.principal, "late@example.org", "user", None, now - timedelta(days=9))
    done = invitations.invite(conn, owner.principal, "ines@example.org, jo@example.org", "user", evening.team.id, now)
    _day(conn, owner, heir, evening)

    def ticket(use: Use) -> str:
        made = tickets.make(conn, bikram.email, use, now)[0]
        return tickets.token(keys, owner.workspace_id, made.opens, bikram.contact_id)

    used = ticket("signin")
    tickets.use_up(conn, keys, used, "signin", now)
    until = done.until.date()
    invitation = sign(keys, Purpose.INVITATION, owner.workspace_id, done.contact_ids[0], until)
    return Coming(heir.id, ticket("signin"), used, ticket("reset"), invitation)


def _day(conn: Conn, owner: Account, admin: Account, evening: Scene) -> None:
    now, team = db.now(conn), evening.team
    told = (
        (owner, "signed_in", "account", owner.id, owner.email, "by password"),
        (owner, "changed_schedule", "team", team.id, team.name, "prompt at: 18:00 → 17:30; weekdays: Mon to Fri → Mon"),
        (owner, "invited", "account", None, "ines@example.org, jo@example.org", "2 as user"),
        (admin, "paused", "membership", evening.members[2].id, "Daniel Wright", team.name),
        (admin, "requeued", "run", evening.run, f"run {evening.run}", "12 mails: the addresses were mended"),
        (admin, "settled_doubts", "run", evening.run, "3 deliveries", "arrived"),
    )
    for minutes, (who, act, noun, ident, about, detail) in enumerate(told):
        acts.note(conn, who.principal, act, now - timedelta(minutes=60 - minutes), noun, ident, about, detail)
