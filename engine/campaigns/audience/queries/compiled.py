"""A query as one select: linear in its size, every value a bound parameter."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import FromClause, Select, Subquery, and_, func, not_, or_, select, true

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


def contacts(query: Query, workspace_id: int, now: datetime) -> Select[int]:
    """The ids of the contacts that a query means, each once, in no order: those known to the workspace, not erased.

    To be counted, or to be read by INSERT … SELECT. `now` is the business instant that relative days count from.
    """
    parts = _Parts(Days(workspace_id, now))
    condition = parts.condition(query.where)
    return select(Contact.id).select_from(parts.source()).where(
        Contact.workspace_id == workspace_id, Contact.standing == "known", Contact.erased_at.is_(None), condition
    )  # fmt: skip


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
            case InTeam():
                return self._is_in(node, joined.in_team(node, self.days))
            case Consent():
                said = self._is_in(node, joined.consent(node, self.days))
                return not_(said) if node.state == "unknown" else said
            case Answered():
                return self._is_in(node, joined.answered(node, self.days))
            case Got():
                return self._got(node)

    def _got(self, one: Got) -> Condition:
        reached = self._is_in(Got(one.campaign, one.since), joined.got(one, self.days))
        if one.did is None:
            return reached
        acted = self._is_in(Got(one.campaign, one.since, True, one.acts), joined.acted(one, self.days))
        return and_(reached, acted if one.did else not_(acted))

    def _is_in(self, key: object, ids: Ids) -> Condition:
        rows = self.joins.setdefault(key, ids.subquery(f"j{len(self.joins)}"))
        return rows.c.id.is_not(None)


def counted(query: Query, workspace_id: int, now: datetime) -> Select[int]:
    """How many contacts a query means."""
    return select(func.count()).select_from(contacts(query, workspace_id, now).subquery())
