"""Conversations as pages show them: admins see all of the workspace, a team's managers those with their team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.conversations.queries import listing
from engine.db import Conn
from engine.errors import NotFound
from engine.people import rights
from engine.people.principal import Principal

PAGE = 50
MESSAGES = 100  # of one conversation on a page


@dataclass(frozen=True, slots=True)
class Line:
    """A conversation in a list, with its latest message. `team` None: with the workspace."""

    id: int
    team_id: int | None
    team: str | None
    person: str
    address: str
    standing: str
    status: str
    messages: int
    subject: str
    text: str
    at: datetime
    proof: str
    emptied: bool  # retention has taken its words
    kind: str
    author_kind: str
    assignee: str | None
    unread: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `proof`: as at engine.models.conversations.Message; `inbound_id`: the mail it came as."""

    no: int
    at: datetime
    kind: str
    author_kind: str
    author: str
    subject: str
    body: str
    proof: str
    inbound_id: int | None
    deleted_at: datetime | None
    campaign: str | None = None  # that it is, or answers
    campaign_id: int | None = None
    delivery: str | None = None  # the state of the mail that carries it out
    reason: str | None = None
    run_id: int | None = None
    author_id: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. `status` "" is any; `assignee` and `team` "" anybody's, "0" nobody's, else an id."""

    person: str = ""
    status: str = ""
    assignee: str = ""
    team: str = ""
    campaign_id: int | None = None
    unread: bool = False


ALL = Wanted()


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation with the messages of one page, in order. `more`: there are earlier ones."""

    id: int
    team_id: int | None
    team: str | None
    contact_id: int
    person: str
    address: str
    standing: str
    status: str
    count: int
    platform: str
    assignee_id: int | None
    assignee: str | None
    closed_at: datetime | None
    closed_by: str
    read_no: int
    unread: int
    door_until: datetime | None  # of the person's own link, where one is good
    email: str
    messages: tuple[Message, ...]

    @property
    def more(self) -> bool:
        """Whether there are messages before those shown."""
        return bool(self.messages) and self.messages[0].no > 1

    @property
    def subject(self) -> str:
        """What the first message shown is about."""
        return next((message.subject for message in self.messages if message.subject), "")


def listed(
    conn: Conn, principal: Principal, team_id: int | None = None, wanted: Wanted = ALL, before: int | None = None,
    limit: int = PAGE,
) -> list[Line]:  # fmt: skip
    """Those of the workspace, or of one team, with a person whose name or address has `person` in it; latest first.

    `before`: the last one seen. Raises NotFound, NotAllowed.
    """
    _require(conn, principal, team_id)
    part = wanted.person.replace("\0", "").strip()
    for special in "\\%_":
        part = part.replace(special, "\\" + special)
    words = {
        "like": f"%{part}%" if part else "", "with": wanted.team, "status": wanted.status,
        "assignee": wanted.assignee, "campaign": wanted.campaign_id, "unread": wanted.unread, "before": before,
        "limit": limit, **_reader(principal),
    }  # fmt: skip
    return [Line(*tuple(row)) for row in listing.listed(conn, principal.workspace_id, team_id, words)]


def opened(
    conn: Conn, principal: Principal, conversation_id: int, now: datetime, team_id: int | None = None,
    before: int | None = None,
) -> Opened:  # fmt: skip
    """One conversation with its latest messages, or those before a number. Raises NotFound, NotAllowed."""
    _require(conn, principal, team_id)
    words = {**_reader(principal), "now": now}
    row = listing.one(conn, principal.workspace_id, team_id, conversation_id, words)
    if row is None:
        raise NotFound("There is no such conversation here.")
    found = listing.messages(conn, principal.workspace_id, conversation_id, before, MESSAGES)
    shown = tuple(Message(*tuple(message)) for message in found)
    return Opened(**row._asdict(), messages=shown)


def _reader(principal: Principal) -> dict[str, object]:
    return {"me": principal.actor, "account": principal.account_id or 0}


def of_mail(conn: Conn, principal: Principal, inbound_id: int) -> tuple[int, int] | None:
    """(conversation, number) of the message that a mail became. Raises NotAllowed."""
    rights.require(principal, "read_conversations")
    return listing.of_mail(conn, principal.workspace_id, inbound_id)


def _require(conn: Conn, principal: Principal, team_id: int | None) -> None:
    if team_id is None:
        rights.require(principal, "read_conversations")
    else:
        rights.require_in_team(conn, principal, "read_team_conversations", team_id)
