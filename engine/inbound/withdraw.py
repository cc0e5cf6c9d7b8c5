"""A comment is taken away, or put back: by who wrote it, or by those who moderate the team.

Digests and mails that were not made yet leave it out. A mail that is out stays as it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.errors import NotAllowed, NotFound
from engine.inbound.amend import may_amend
from engine.inbound.queries import remarking
from engine.people import rights
from engine.people.access import team_role
from engine.people.principal import Principal


def remove(conn: Conn, principal: Principal, comment_id: int, now: datetime) -> bool:
    """Take a comment away; False when it is away already. Raises NotFound, NotAllowed."""
    comment = _held(conn, principal, comment_id)
    if comment.removed_at is None:
        remarking.set_removed(conn, comment.id, now, principal.actor)
    return comment.removed_at is None


def restore(conn: Conn, principal: Principal, comment_id: int) -> bool:
    """Put a comment back; its writer may unless somebody else took it away. False when it is there.

    Raises NotFound, NotAllowed.
    """
    comment = _held(conn, principal, comment_id)
    if comment.removed_at is None:
        return False
    role = team_role(conn, principal, comment.team_id)
    if not (comment.removed_by_writer or rights.may(principal, "moderate_entries", role)):
        raise NotAllowed("A manager of the team removed this comment. Ask one of them to put it back.")
    remarking.set_removed(conn, comment.id, None, None)
    return True


def _held(conn: Conn, principal: Principal, comment_id: int) -> Any:
    comment = remarking.lock(conn, principal.workspace_id, comment_id)
    role = team_role(conn, principal, comment.team_id) if comment else None
    if comment is None or role is None:
        raise NotFound("There is no such comment here.")
    if not may_amend(principal, (comment.membership_id, comment.contact_id), role):
        raise NotAllowed("Only the person who wrote this, or a manager of the team, may take it away.")
    return comment


__all__ = ["remove", "restore"]
