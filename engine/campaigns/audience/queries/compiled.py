"""A query as one select: linear in its size, every value a bound parameter.

What lies in other tables is hashed and joined in any case, never looked up for each contact. What must hold for all is
a semi join, what must not an anti join, both in parallel. What stands under "or" is joined from the left and asked
whether it is there, in parallel too, and each contact is told once in the end: as a subselect it would run anew for
each row once it outgrows its memory, and made unique before it is joined it would be read by each process whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import FromClause, Select, Subquery, and_, exists, func, literal, not_, or_, select, true, union_all

from engine.campaigns.audience.queries import fields, joined
from engine.campaigns.audience.queries.days import Days
from engine.campaigns.audience.queries.fields import Condition
from engine.campaigns.audience.queries.joined import Ids
from engine.campaigns.audience.syntax import (
    Among,
    And,
    Answered,
    Compare,
    Consent,
    Everyone,
    Got,
    Has,
    InTeam,
    Node,
    Not,
    Or,
    Query,
)
from engine.models import Contact

# Written into the statement, so that the index of those who may be written to fits it under any plan.
KNOWN = literal("known", literal_execute=True)


def contacts(query: Query, workspace_id: int, now: datetime) -> Select[int]:
    """The ids of the contacts that a query means, each once, in no order: those known to the workspace, not erased.

    To be counted, or to be read by INSERT … SELECT. `now` is the business instant that relative days count from.
    """
    parts = _Parts(Days(workspace_id, now))
    condition = parts.must(query.where)
    found = select(Contact.id).select_from(parts.source()).where(
        Contact.workspace_id == workspace_id, Contact.standing == KNOWN, Contact.erased_at.is_(None), condition
    )  # fmt: skip
    return found.group_by(Contact.id) if parts.joins else found


Joined = InTeam | Consent | Answered | Got
Asked = Callable[[object, Ids, bool], Condition]


@dataclass
class _Parts:
    """What a query joins, each condition once, however often it is asked."""

    days: Days
    joins: dict[object, Subquery] = field(default_factory=dict)

    def source(self) -> FromClause:
        """The contacts with all that is joined."""
        found: FromClause = Contact.__table__
        for rows in self.joins.values():
            found = found.outerjoin(rows, rows.c.id == Contact.id)
        return found

    def must(self, node: Node) -> Condition:
        """The condition of a part that has to hold whatever else does."""
        match node:
            case And(parts):
                return and_(*map(self.must, parts))
            case Not(InTeam() | Consent() | Answered() | Got(did=None) as leaf) | (
                InTeam() | Consent() | Answered() | Got() as leaf
            ):
                return self._of_others(leaf, _is_among, opposite=isinstance(node, Not))
        return self.condition(node)

    def condition(self, node: Node) -> Condition:  # noqa: PLR0911  # one line for each kind of condition
        """The condition of a part."""
        match node:
            case And(parts):
                return and_(*map(self.condition, parts))
            case Or(parts):
                return or_(*map(self.condition, parts))
            case Not(part):
                return not_(self.condition(part))
            case Everyone():
                return true()
            case Compare():
                return fields.compare(node, self.days)
            case Among():
                return fields.among(node, self.days)
            case Has():
                return fields.has(node)
            case InTeam() | Consent() | Answered() | Got():
                return self._of_others(node, self._is_joined)

    def _of_others(self, leaf: Joined, asked: Asked, opposite: bool = False) -> Condition:
        """A condition on other tables, asked in one of two ways."""
        match leaf:
            case InTeam():
                return asked(leaf, joined.in_team(leaf, self.days), opposite)
            case Consent(state=state):
                return asked(leaf, joined.consent(leaf, self.days), opposite is not (state == "unknown"))
            case Answered():
                return asked(leaf, joined.answered(leaf, self.days), opposite)
            case Got(campaign, since, did):
                got = asked(Got(campaign, since), joined.got(leaf, self.days), opposite)
                if did is None:
                    return got
                return and_(got, self._acted(leaf, asked, did))

    def _acted(self, leaf: Got, asked: Asked, did: bool) -> Condition:
        """Who acted is found in any of several places; who did not, in none: each is an anti join of its own."""
        found = joined.acted(leaf, self.days)
        if did:
            found = [select(union_all(*found).subquery().c.id)] if found[1:] else found
        return and_(*(asked((leaf.campaign, leaf.since, leaf.acts, did, n), ids, not did)
                      for n, ids in enumerate(found)))  # fmt: skip

    def _is_joined(self, key: object, ids: Ids, opposite: bool) -> Condition:
        if key not in self.joins:
            self.joins[key] = ids.subquery(f"j{len(self.joins)}")
        found = self.joins[key].c.id
        return found.is_(None) if opposite else found.is_not(None)


def _is_among(_: object, ids: Ids, opposite: bool) -> Condition:
    rows = ids.subquery()
    if opposite:
        return not_(exists(select(literal(1)).select_from(rows).where(rows.c.id == Contact.id)))
    return Contact.id.in_(select(rows.c.id))


def counted(query: Query, workspace_id: int, now: datetime) -> Select[int]:
    """How many contacts a query means."""
    return select(func.count()).select_from(contacts(query, workspace_id, now).subquery())
