"""Sends one post and turns what the service said into the ledger's words."""

from __future__ import annotations

from typing import NamedTuple

from engine.errors import TransportError
from engine.transports.base import Key, Outcome, Post, Receipt, Scope, SendTransport, Trouble, Verdict


class Ended(NamedTuple):
    """The outcome of one post, and a trouble when everything behind the same connection is hit."""

    outcome: Outcome
    trouble: Trouble | None


def call(transport: SendTransport, post: Post) -> Ended:
    """Send `post`, whose permit the caller has checked (H3); never raises TransportError.

    Blocks for as long as the service takes, so run it in a thread, never in the sending loop.
    """
    try:
        receipt = transport.send(post)
    except TransportError as error:
        return failed(post.key, error)
    return Ended(sent(post.key, receipt), None)


def sent(key: Key, receipt: Receipt) -> Outcome:
    """The outcome of an accepted post."""
    return Outcome(key, Verdict.SENT, receipt.code, reply=receipt.reply, remote_id=receipt.remote_id)


def failed(key: Key, error: TransportError) -> Ended:
    """The outcome of a TransportError.

    What is refused for good is the channel's own, a revoked token too: it fails, and the other channels of its service
    go on. A fault of the service as a whole defers the row and raises the trouble. So does a limit of the service: the
    row is deferred, and the others rest as long as it asks.
    """
    verdict = Verdict.BOUNCED if error.permanent else Verdict.DEFERRED
    trouble = None
    if error.scope == Scope.RATE or (error.scope == Scope.TRANSPORT and not error.permanent):
        verdict = Verdict.DEFERRED
        trouble = Trouble(Scope(error.scope), error.code, str(error), error.retry_after)
    if error.in_doubt:
        verdict = Verdict.IN_DOUBT
    return Ended(Outcome(key, verdict, error.code, reply=str(error), retry_after=error.retry_after), trouble)
