"""How far each member of a conversation has read: it only moves up."""

from __future__ import annotations

from engine.conversations.parts import Change
from engine.conversations.queries import posting
from engine.db import Conn


def read(conn: Conn, workspace_id: int, conversation_id: int, who: str, no: int) -> tuple[Change, ...]:
    """Let a member ("contact:7", "account:3") have read up to message `no`; what that changed.

    The conversation itself is not locked: a reader never waits for a writer's commit.
    """
    if not posting.raise_read(conn, workspace_id, conversation_id, who, no):
        return ()
    ident = int(who.partition(":")[2])
    told = {"who": who, "read_no": no}
    return (Change(workspace_id, "member.read", conversation_id, "member", ident, who=who, patch=told),)
