"""The people behind each number of a campaign's report: every list is a select of (contact_id, run_id, seq).

A row is one mail: who got the launch and a reminder is in a list of mails twice, in a list of what people did once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from engine.campaigns.queries.rows import People
from engine.db import Conn
from engine.models import Campaign, Contact, Delivery, Message, Run
from engine.outbound.providers import DOMAINS, OTHER

WAITING = ("queued", "deferred")
ACCEPTED = ("sent", "delivered", "complained")
UNSENT = ("expired", "cancelled")
NOT_MEANT = ("test", "talk")  # parts that are no sends to the audience

Rows = Select[Any]  # contact_id, run_id, seq
_D = Delivery
ROW: tuple[Any, ...] = (_D.recipient.label("contact_id"), _D.run_id, _D.seq)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which mails a report is of: some runs of one campaign."""

    workspace_id: int
    campaign_id: int
    topic_id: int
    runs: tuple[int, ...]
    since: datetime | None  # launched


def scope(conn: Conn, workspace_id: int, campaign_id: int) -> Scope | None:
    """A campaign with all its runs but tests and single letters; None where there is no such campaign."""
    no_jit = func.set_config("jit", "off", True)  # compiling a list's statement takes longer than a page of it
    query = select(Campaign.topic_id, Campaign.launched_at, _runs(workspace_id, campaign_id), no_jit).where(
        Campaign.id == campaign_id, Campaign.workspace_id == workspace_id
    )
    row = conn.execute(query).one_or_none()
    return Scope(workspace_id, campaign_id, row[0] or 0, tuple(row[2] or ()), row[1]) if row else None


def _runs(workspace_id: int, campaign_id: int) -> Any:
    found = select(func.array_agg(Run.id)).where(
        Run.workspace_id == workspace_id, Run.campaign_id == campaign_id, Run.kind == "campaign",
        Run.part.not_in(NOT_MEANT), Run.id >= Campaign.run_id,  # a launch that was taken back is none
    ).correlate(Campaign)  # fmt: skip
    return found.scalar_subquery()


def mails(of: Scope, *conditions: ColumnElement[bool]) -> Rows:
    """The mails of a scope that meet all conditions."""
    return select(*ROW).where(within(_D, of), *conditions)


def within(d: Any, of: Scope) -> ColumnElement[bool]:
    """Written out, since partitions are pruned by constants."""
    return and_(d.run_id.in_(of.runs), d.workspace_id == of.workspace_id)


def _once(of: Scope, d: Any, *same: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    """Of a person with several such mails, the first."""
    if len(of.runs) < 2:
        return literal(True)
    before = aliased(Delivery)
    earlier = [before.recipient == d.recipient, before.run_id < d.run_id, within(before, of)]
    return not_(exists().where(*earlier, *(one(before) for one in same)))


def _accepted(d: Any) -> ColumnElement[bool]:
    return d.state.in_(ACCEPTED)  # type: ignore[no-any-return]


def in_states(of: Scope, states: Sequence[str]) -> Rows:
    """Mails by how they stand."""
    return mails(of, _D.state.in_(states))


def _answered(of: Scope) -> Any:
    """Who has written back, each once: few beside those who were written to, so lists begin with them."""
    m = Message
    found = select(m.author_id.label("id")).where(
        m.workspace_id == of.workspace_id, m.campaign_id == of.campaign_id, m.author_kind == "contact",
        m.deleted_at.is_(None), m.author_id.is_not(None),
    )  # fmt: skip
    return found.group_by(m.author_id).subquery("answered")


def replied(of: Scope) -> Rows:
    """People who answered, with the first mail they got."""
    who = _answered(of)
    return mails(of, _once(of, _D)).join(who, who.c.id == _D.recipient)


def reached_and_replied(of: Scope) -> Rows:
    """Those of them whose mail counts as accepted: accepted people are these and the silent ones."""
    who = _answered(of)
    return mails(of, _accepted(_D), _once(of, _D, _accepted)).join(who, who.c.id == _D.recipient)


def silent(of: Scope) -> Rows:
    """People who got it and have not answered."""
    who = _answered(of)
    return mails(of, _accepted(_D), not_(exists().where(who.c.id == _D.recipient)), _once(of, _D, _accepted))


def by_reason(of: Scope, state: str, code: str, reason: str) -> Rows:
    """Mails of one state and code; without a code the reason is all there is (as settle.queries.resting has it)."""
    why = _D.reason == reason if not code else literal(True)
    return mails(of, _D.state == state, _D.code == code, why)


def by_provider(of: Scope, provider: str, states: Sequence[str] | None = None) -> Rows:
    """Mails to one receiver, told by the domain; all of them, or those in some states."""
    domain = func.lower(func.split_part(_D.address, "@", -1))
    if provider == OTHER:
        whose = domain.not_in(tuple(DOMAINS))
    else:
        whose = domain.in_(tuple(name for name, known in DOMAINS.items() if known == provider))
    return mails(of, whose, *([_D.state.in_(states)] if states is not None else []))


def by_hour(of: Scope, since: datetime, until: datetime) -> Rows:
    """Mails that were accepted within a span of time."""
    return mails(of, _D.sent_at >= since, _D.sent_at < until)


def rest(of: Scope, meant: People | None) -> Rows:
    """Those whom the campaign means, by its rows or by its query `meant`, and no mail of it has reached, is on its way
    to, or may have reached. Who has no row has no run_id and seq."""
    other = aliased(Delivery)
    has = exists().where(
        within(other, of), other.recipient == _D.recipient, other.state.in_((*ACCEPTED, *WAITING, "in_doubt"))
    )
    rows = mails(of, _D.state.not_in((*ACCEPTED, *WAITING, "in_doubt")), not_(has), _last(of))
    if meant is None:
        return rows
    ids = meant.subquery()
    who = ids.c[0]
    new = select(who.label("contact_id"), cast(null(), BigInteger).label("run_id"), cast(null(), BigInteger)).where(
        not_(exists().where(within(other, of), other.recipient == who))
    )
    both = union_all(rows, new).subquery()
    return select(both.c.contact_id, both.c.run_id, both.c.seq)


def _last(of: Scope) -> ColumnElement[bool]:
    later = aliased(Delivery)
    return not_(exists().where(within(later, of), later.recipient == _D.recipient, later.run_id > _D.run_id))


def people(of: Scope, rows: Rows) -> People:
    """The contacts of a list, each once: those known and not erased. What a freeze takes."""
    found = rows.subquery()
    return select(Contact.id).where(
        Contact.workspace_id == of.workspace_id, Contact.standing == "known", Contact.erased_at.is_(None),
        Contact.id.in_(select(found.c.contact_id)),
    )  # fmt: skip
