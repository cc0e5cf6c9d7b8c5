"""What a slot does for one row of a channel: a new post, or one that is out mended."""

from __future__ import annotations

from dataclasses import dataclass

from engine.transports import corrections, failure
from engine.transports.base import Post, SendTransport
from engine.transports.failure import Ended


@dataclass(frozen=True, slots=True)
class Posting:
    """One call, or the two that a mending may take. The permit for its key is the caller's to check (H3)."""

    transport: SendTransport
    post: Post
    mends: bool = False
    remote_id: str | None = None
    correction: Post | None = None
    gone: bool = False

    @classmethod
    def mend(
        cls, transport: SendTransport, post: Post, remote_id: str | None, correction: Post | None, *, gone: bool
    ) -> Posting:
        """Give the post `remote_id` the text of `post`, or take it away (`gone`)."""
        return cls(transport, post, True, remote_id, correction, gone)

    def send(self) -> Ended:
        """Do it; blocks for as long as the service takes, and never raises TransportError."""
        if not self.mends:
            return failure.call(self.transport, self.post)
        change = corrections.retract if self.gone else corrections.update
        return change(self.transport, self.post, self.remote_id, self.correction)
