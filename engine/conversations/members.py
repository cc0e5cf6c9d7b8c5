"""How far each member of a conversation, and each account that looks after it, has read: it only moves up by itself."""

from __future__ import annotations

from engine.conversations.parts import Change
from engine.conversations.queries import posting
from engine.db import Conn


def read(conn: Conn, workspace_id: int, conversation_id: int, who: str, no: int) -> tuple[Change, ...]:
    """Let a member ("contact:7", "account:3") have read up to message `no`; what that changed.

    The conversation itself is not locked: a reader never waits for a writer's commit.
    """
    raised = posting.staff_read if who.startswith("account:") else posting.raise_read
    if not raised(conn, workspace_id, conversation_id, who, no):
        return ()
    return _told(workspace_id, "member.read", conversation_id, who, no)


def unread(conn: Conn, workspace_id: int, conversation_id: int, who: str, no: int) -> tuple[Change, ...]:
    """Let message `no` and all after it be unread again for a member; what that changed."""
    if not posting.lower_read(conn, workspace_id, conversation_id, who, no):
        return ()
    return _told(workspace_id, "member.unread", conversation_id, who, no - 1)


def _told(workspace_id: int, kind: str, conversation_id: int, who: str, no: int) -> tuple[Change, ...]:
    ident = int(who.partition(":")[2])
    told = {"who": who, "read_no": no}
    return (Change(workspace_id, kind, conversation_id, "member", ident, who=who, patch=told),)
