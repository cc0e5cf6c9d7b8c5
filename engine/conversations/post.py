"""STORY post: what somebody wrote becomes the next message of a conversation, once.

Numbers are dense. What the service that brought it has brought before is known by its id there and changes nothing. A
reply opens a closed conversation again.
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
    author = f"{said.author_kind}:{said.author_id}"
    no = posting.insert_message(conn, thread, said, standing.last_no + 1, author)
    if no is None:
        return None
    reopened = standing.status == "closed"
    told = {"kind": said.kind, "author": author}  # the words are fetched: retention then has one place to empty
    change = Change(thread.workspace_id, "message.posted", thread.id, "message", no, who=author, patch=told)
    if not reopened:
        return Posted(no, False, (change,))
    opened = Change(
        thread.workspace_id, "conversation.reopened", thread.id, "conversation", thread.id, patch={"status": "open"}
    )
    return Posted(no, True, (change, opened))
