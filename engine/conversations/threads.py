"""The thread of a set of parties: the same parties always get the same one, whoever comes first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from engine.conversations.parts import Change, Thread
from engine.conversations.queries import threading
from engine.db import Conn


def with_contact(
    conn: Conn, workspace_id: int, platform: str, contact_id: int, team_id: int | None
) -> tuple[Thread, tuple[Change, ...]]:
    """The conversation of a person with a team, or (None) with the workspace, made if new; what that changed.

    The team or workspace is its other party: staff have access by their role and are no members.
    """
    person, key = f"contact:{contact_id}", direct_key(workspace_id, platform, contact_id, team_id)
    made = threading.insert_conversation(conn, workspace_id, key, platform, "direct", team_id, [person], contact_id)
    ident = made if made is not None else threading.conversation_id(conn, workspace_id, key)
    change = Change(workspace_id, "conversation.made", ident, "conversation", ident)
    return Thread(ident, workspace_id, team_id), (change,) if made is not None else ()


def direct_key(workspace_id: int, platform: str, contact_id: int, team_id: int | None) -> str:
    """The key of the conversation of a person with a team, or with the workspace."""
    other = f"workspace:{workspace_id}" if team_id is None else f"team:{team_id}"
    return channel_key(platform, "direct", (f"contact:{contact_id}", other))


def channel_key(platform: str, kind: str, parties: Iterable[str]) -> str:
    """platform.type.id, where the id is a hash of the parties in order."""
    digest = hashlib.sha256("\n".join(sorted(set(parties))).encode()).hexdigest()
    return f"{platform}.{kind}.{digest[:32]}"
