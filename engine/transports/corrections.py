"""Mends a post that is out: in place where its service can, else by a second post that says so.

Both are safe to do twice where the service edits. Somebody who removed the post in the chat has decided: it is neither
posted again nor corrected.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import CannotEdit, TransportError
from engine.transports import failure
from engine.transports.base import Editor, Outcome, Post, Receipt, SendTransport, Verdict
from engine.transports.failure import Ended

STAYS = "the post stays as it was: its service does not let it be changed"


def update(transport: SendTransport, post: Post, remote_id: str | None, correction: Post | None) -> Ended:
    """Give the post `remote_id` the text of `post`; where that cannot be done, send `correction` if there is one."""
    if remote_id and isinstance(transport, Editor):
        editor = transport
        return _mend(transport, lambda: editor.update(post, remote_id), post, correction)
    return _correct(transport, post, correction, "")


def retract(transport: SendTransport, post: Post, remote_id: str | None, correction: Post | None) -> Ended:
    """Take the post `remote_id` away; where that cannot be done, send `correction` if there is one.

    `post` says where it is and whose outcome this is.
    """
    if remote_id and isinstance(transport, Editor):
        editor = transport
        return _mend(transport, lambda: editor.retract(post, remote_id), post, correction)
    return _correct(transport, post, correction, "")


def _mend(transport: SendTransport, edit: Callable[[], Receipt], post: Post, correction: Post | None) -> Ended:
    try:
        return Ended(failure.sent(post.key, edit()), None)
    except CannotEdit as error:
        return _correct(transport, post, correction, str(error))
    except TransportError as error:
        return failure.failed(post.key, error)


def _correct(transport: SendTransport, post: Post, correction: Post | None, words: str) -> Ended:
    """A channel is not to blame for a post that is too old to change: without a correction the row alone fails."""
    if correction is not None:
        return failure.call(transport, correction)
    reason = f"{STAYS}. {words}".strip()
    return Ended(Outcome(post.key, Verdict.FAILED, reply=reason), None)
