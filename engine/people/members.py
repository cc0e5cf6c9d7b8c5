"""Who is in a team. Changes membership rows only: the caller then calls rounds.schedule.reschedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import access, contacts, queries
from engine.people.principal import Principal

ROLES = ("manager", "member", "observer")


@dataclass(frozen=True, slots=True)
class Member:
    """One person's part in one team."""

    id: int
    team_id: int
    contact_id: int
    role: str
    email: str
    name: str
    left: bool


def add(
    conn: Conn, principal: Principal, team_id: int, email: str, name: str = "", zone: str | None = None,
    role: str = "member",
) -> Member:  # fmt: skip
    """Put the person with this address into a team; one who had left starts anew. Managers may.

    A person already known to the workspace keeps their name and zone. Raises Invalid(email, name, zone or role),
    NotAllowed, NotFound.
    """
    access.require_manager(conn, principal, team_id)
    _check_role(role)
    contact_id = contacts.add(conn, principal.workspace_id, email, name, zone)
    membership_id = queries.put_membership(conn, principal.workspace_id, team_id, contact_id, role)
    if membership_id is None:
        raise Invalid("This person is already in the team.", "email")
    return get(conn, principal, membership_id)


def get(conn: Conn, principal: Principal, membership_id: int) -> Member:
    """One member of a team the principal may see. Raises NotFound."""
    found = queries.membership(conn, principal.workspace_id, membership_id)
    if found is None:
        raise NotFound("There is no such member here.")
    access.require_seeing(conn, principal, found.team_id)
    return Member(found.id, found.team_id, found.contact_id, found.role, found.email, found.name, bool(found.left_at))


def change_role(conn: Conn, principal: Principal, membership_id: int, role: str) -> Member:
    """Make a member a manager, a member or an observer. Managers may. Raises Invalid(role), NotAllowed, NotFound."""
    _check_role(role)
    member = get(conn, principal, membership_id)
    access.require_manager(conn, principal, member.team_id)
    queries.update_role(conn, principal.workspace_id, membership_id, role)
    return get(conn, principal, membership_id)


def remove(conn: Conn, principal: Principal, membership_id: int, now: datetime) -> bool:
    """End a membership: a manager removes, or the person leaves. What they wrote stays. False when it had ended."""
    access.require_self_or_manager(conn, principal, membership_id)
    return queries.end_membership(conn, principal.workspace_id, membership_id, now)


def contact_of(conn: Conn, workspace_id: int, membership_id: int) -> int:
    """The contact of a membership, ended or not: the way from a signed link to its principal. Raises NotFound."""
    found = queries.membership(conn, workspace_id, membership_id)
    if found is None:
        raise NotFound("This link's team or person is gone.")
    contact_id: int = found.contact_id
    return contact_id


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(f"The role is one of {', '.join(ROLES)}.", "role")
