"""What a principal may do in a team. A team it may not see is NotFound, as if it were not there."""

from __future__ import annotations

from engine.db import Conn
from engine.errors import NotAllowed, NotFound
from engine.people import queries
from engine.people.principal import Principal
from engine.people.queries import team_role

_NO_TEAM = "There is no such team here. It may have been removed, or you are not in it."


def require_seeing(conn: Conn, principal: Principal, team_id: int) -> str:
    """The principal's role in the team (manager, member, observer). Raises NotFound when it may not see it."""
    role = team_role(conn, principal, team_id)
    if role is None:
        raise NotFound(_NO_TEAM)
    return role


def require_manager(conn: Conn, principal: Principal, team_id: int) -> None:
    """Raise NotFound or NotAllowed unless the principal manages the team."""
    if require_seeing(conn, principal, team_id) != "manager":
        raise NotAllowed("Only a manager of the team may do this. Ask one of them.")


def require_self_or_manager(conn: Conn, principal: Principal, membership_id: int) -> int:
    """The team of a membership that is the principal's own, or in a team it manages."""
    found = queries.membership(conn, principal.workspace_id, membership_id)
    if found is None:
        raise NotFound("There is no such member here.")
    own = (
        principal.membership_id == membership_id
        if principal.kind == "link"
        else principal.contact_id is not None and principal.contact_id == found.contact_id
    )
    if not own:
        require_manager(conn, principal, found.team_id)
    team_id: int = found.team_id
    return team_id


__all__ = ["require_manager", "require_seeing", "require_self_or_manager", "team_role"]
