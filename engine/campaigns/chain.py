"""STORY chain: one recipient of a campaign, from the query that meant them to the conversation their answer is in.

Each link says when it happened; where the chain ends, it says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.campaigns import reminding
from engine.campaigns.queries import chaining
from engine.campaigns.reminding import Standing
from engine.campaigns.tracking import reading
from engine.campaigns.tracking.reading import Hit
from engine.db import Conn
from engine.errors import NotFound
from engine.outbound import report
from engine.outbound.report import Sent
from engine.people import rights
from engine.people.principal import Principal

GOT = ("sent", "delivered", "complained")
WAITS = ("queued", "deferred", "sending", "in_doubt")


@dataclass(frozen=True, slots=True)
class Asked:
    """The campaign and the person: `contact_id` None where nothing is left of them."""

    campaign_id: int
    name: str
    state: str
    shape: str
    query: str
    needs_consent: bool
    topic: str | None
    segment_id: int | None
    segment: str | None
    version_no: int
    subject: str | None
    launched_at: datetime | None
    launched_by: str
    deadline_at: datetime | None
    reminder_at: datetime | None
    reminded_at: datetime | None
    person: str
    address: str
    contact_id: int | None


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the campaign to the person, with its timeline and its hits. `sent` None: retention has dropped it."""

    run_id: int
    seq: int
    part: str  # launch, rest, reminder, talk
    sent: Sent | None
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What they answered. `inbound_id`: the mail as it came."""

    conversation_id: int
    no: int
    at: datetime
    kind: str
    subject: str
    body: str
    proof: str
    inbound_id: int | None
    deleted_at: datetime | None
    run_id: int | None
    seq: int | None


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation it stands in."""

    id: int
    status: str
    messages: int
    moved_at: datetime | None
    team: str | None
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """All links. `standing` is how they stand to the campaign; empty for who never got it."""

    asked: Asked
    mails: tuple[Mail, ...]
    replies: tuple[Reply, ...]
    talks: tuple[Talk, ...]
    standing: Standing | None

    @property
    def reached(self) -> bool:
        """Whether a mail was accepted."""
        return any(mail.sent is not None and mail.sent.state in GOT for mail in self.mails)

    @property
    def waits(self) -> bool:
        """Whether a mail is still to leave, or may have."""
        return any(mail.sent is not None and mail.sent.state in WAITS for mail in self.mails)

    @property
    def hits(self) -> int:
        """How many there are."""
        return sum(len(mail.hits) for mail in self.mails)

    @property
    def actors(self) -> set[str]:
        """Everybody who did something, by the word that rows carry for them."""
        steps = {step.actor for mail in self.mails if mail.sent for step in mail.sent.steps}
        return (steps | {self.asked.launched_by}) - {""}


def is_one(conn: Conn, principal: Principal, run_id: int, seq: int) -> bool:
    """Whether a delivery is a campaign's. Raises NotAllowed."""
    rights.require(principal, "see_deliveries")
    return chaining.asked(conn, principal.workspace_id, run_id, seq) is not None


def chain(conn: Conn, principal: Principal, run_id: int, seq: int, now: datetime) -> Chain:
    """The chain of the person to whom a delivery of a campaign is. Raises NotAllowed, NotFound."""
    rights.require(principal, "see_deliveries")
    w = principal.workspace_id
    row = chaining.asked(conn, w, run_id, seq)
    if row is None:
        raise NotFound("There is no such mail of a campaign here. Old runs are removed after a while.")
    mails = _mails(conn, principal, row)
    replies = tuple(Reply(*one) for one in chaining.replies(conn, w, row.id, row.recipient))
    talks = tuple(Talk(*one) for one in chaining.conversations(conn, w, row.id, row.recipient))
    got = any(mail.sent is not None and mail.sent.state in GOT for mail in mails)
    standing = reminding.standing(bool(replies), row.deadline_at, now) if got or replies else None
    return Chain(_asked(row), mails, replies, talks, standing)


def _mails(conn: Conn, principal: Principal, row: Any) -> tuple[Mail, ...]:
    found = chaining.mails(conn, principal.workspace_id, row.id, row.recipient)
    keys = [(one.run_id, one.seq) for one in found]
    sent = report.sent(conn, principal, keys)
    hits = reading.of_deliveries(conn, principal.workspace_id, keys)
    return tuple(
        Mail(one.run_id, one.seq, one.part, sent.get((one.run_id, one.seq)), hits.get((one.run_id, one.seq), ()))
        for one in found
    )


def _asked(row: Any) -> Asked:
    names: Sequence[str] = Asked.__dataclass_fields__.keys()  # type: ignore[assignment]
    values = row._asdict() | {"campaign_id": row.id}
    return Asked(**{name: values[name] for name in names})


__all__ = ["Asked", "Chain", "Mail", "Reply", "Talk", "chain", "is_one"]
