"""Mends a post that is out: in place where its service can, else by a second post that says so.

Both are safe to do twice where the service edits. Somebody who removed the post in the chat has decided: it is neither
posted again nor corrected.
"""

from __future__ import annotations

from engine.errors import CannotEdit, TransportError
from engine.transports import failure
from engine.transports.base import Editor, Post, SendTransport
from engine.transports.failure import Ended


def update(transport: SendTransport, post: Post, remote_id: str | None, correction: Post) -> Ended:
    """Give the post `remote_id` the text of `post`; where that cannot be done, send `correction`."""
    if remote_id and isinstance(transport, Editor):
        try:
            return Ended(failure.sent(post.key, transport.update(post, remote_id)), None)
        except CannotEdit:
            return failure.call(transport, correction)
        except TransportError as error:
            return failure.failed(post.key, error)
    return failure.call(transport, correction)


def retract(transport: SendTransport, remote_id: str | None, correction: Post) -> Ended:
    """Take the post `remote_id` away; where that cannot be done, send `correction`."""
    if remote_id and isinstance(transport, Editor):
        try:
            return Ended(failure.sent(correction.key, transport.retract(correction, remote_id)), None)
        except CannotEdit:
            return failure.call(transport, correction)
        except TransportError as error:
            return failure.failed(correction.key, error)
    return failure.call(transport, correction)
