"""STORY one's own days, by the day: be away on one, take one back; and come back to a team that one has left."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from engine.db import Conn
from engine.errors import Invalid
from engine.people import access, members
from engine.people.principal import Principal
from engine.rounds import schedule
from engine.rounds.queries import hours as statements
from engine.rounds.queries import own

REGRET = timedelta(days=7)  # so long one may come back to a team by oneself


def away_on(conn: Conn, principal: Principal, membership_id: int, day: date, now: datetime) -> None:
    """Be away on that day too; spans that touch become one. Raises Invalid(last_day) for a day that is over."""
    schedule.set_away(conn, principal, membership_id, day, day, now)
    own.join_away(conn, principal.workspace_id, members.contact_of(conn, principal.workspace_id, membership_id), day)


def back_on(conn: Conn, principal: Principal, membership_id: int, day: date, now: datetime) -> None:
    """Be asked on that day after all; what is left of a span it lay in stays. Harmless on a day that is not away."""
    access.require_self_or_manager(conn, principal, membership_id)
    contact_id = members.contact_of(conn, principal.workspace_id, membership_id)
    everywhere = statements.memberships_of(conn, principal.workspace_id, contact_id)
    own.cut_away(conn, principal.workspace_id, contact_id, day)
    schedule.reschedule(conn, principal.workspace_id, everywhere, now)


def may_come_back(conn: Conn, principal: Principal, membership_id: int, now: datetime) -> bool:
    """Whether this person left by themselves, a week ago at most: nobody comes back whom a manager removed."""
    return own.left_alone(conn, principal.workspace_id, membership_id, now - REGRET)


def come_back(conn: Conn, principal: Principal, membership_id: int, now: datetime) -> bool:
    """Undo having left; False for somebody who is in the team. Raises Invalid where only a manager can add them."""
    access.require_self_or_manager(conn, principal, membership_id)
    if own.is_member(conn, principal.workspace_id, membership_id):
        return False
    if not may_come_back(conn, principal, membership_id, now):
        raise Invalid("Ask a manager of the team to add you again.")
    own.rejoin(conn, principal.workspace_id, membership_id)
    schedule.reschedule(conn, principal.workspace_id, [membership_id], now)
    return True
