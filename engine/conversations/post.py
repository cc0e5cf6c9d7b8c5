"""STORY post: what somebody wrote becomes the next message of a conversation, once.

Numbers are dense. What the service that brought it has brought before is known by its id there and changes nothing.
The last word decides who is waited for: a person's opens the conversation, ours lets it wait for them; a note, which
nobody outside sees, and what the engine writes leave it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.conversations.parts import Change, Said, Thread
from engine.conversations.queries import posting
from engine.db import Conn


@dataclass(frozen=True, slots=True)
class Posted:
    """The message's number, and what changed."""

    no: int
    reopened: bool
    changes: tuple[Change, ...]


def post(conn: Conn, thread: Thread, said: Said) -> Posted | None:
    """Write the next message; None where it is there already. The conversation stays locked until the commit.

    The caller hands `changes` to `events.write`, last of all.
    """
    standing = posting.lock(conn, thread.workspace_id, thread.id)
    author, status = f"{said.author_kind}:{said.author_id}", _status(said, standing.status)
    no = posting.insert_message(conn, thread, said, standing.last_no + 1, author, status)
    if no is None:
        return None
    if said.author_kind == "account":
        posting.staff_read(conn, thread.workspace_id, thread.id, author, no)
    told = {"kind": said.kind, "author": author}  # the words are fetched: retention then has one place to empty
    actor = said.author_id if said.author_kind == "account" else None
    change = Change(
        thread.workspace_id, "message.posted", thread.id, "message", no, who=author, patch=told, actor_id=actor
    )
    if status == standing.status:
        return Posted(no, False, (change,))
    kind = "conversation.reopened" if status == "open" else f"conversation.{status}"
    moved = Change(
        thread.workspace_id, kind, thread.id, "conversation", thread.id, patch={"status": status}, actor_id=actor
    )
    return Posted(no, status == "open", (change, moved))


def _status(said: Said, before: str) -> str:
    """How the conversation stands after these words."""
    if said.author_kind == "contact":
        return "open"
    return "waiting" if said.author_kind == "account" and said.kind in ("mail", "sms", "chat") else before
