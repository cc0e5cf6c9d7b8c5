"""Who may look after a conversation: admins all of them, a team's managers those with their team. Nobody else."""

from __future__ import annotations

from engine.conversations.parts import Thread
from engine.conversations.queries import looking_after
from engine.conversations.queries.looking_after import Cared
from engine.db import Conn
from engine.errors import NotFound
from engine.people import rights
from engine.people.principal import Principal

GONE = "There is no such conversation here."


def to_answer(conn: Conn, principal: Principal, conversation_id: int, team_id: int | None = None) -> Cared:
    """The conversation, which this principal may answer, assign and close. Raises NotFound, NotAllowed.

    `team_id`: the team under which it is asked for, where it is.
    """
    found = looking_after.one(conn, principal.workspace_id, conversation_id)
    if found is None or (team_id is not None and found.team_id != team_id):
        raise NotFound(GONE)
    require(conn, principal, found.team_id)
    return found


def require(conn: Conn, principal: Principal, team_id: int | None) -> None:
    """Raise NotFound or NotAllowed unless the principal may answer what is with this team, or (None) the workspace."""
    if team_id is None:
        rights.require(principal, "answer_conversations")
    else:
        rights.require_in_team(conn, principal, "answer_team_conversations", team_id)


def thread(found: Cared) -> Thread:
    """The conversation, to be written to."""
    return Thread(found.id, found.workspace_id, found.team_id)
