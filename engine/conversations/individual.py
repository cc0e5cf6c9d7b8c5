"""STORY individual: what a campaign mailed to somebody is a message of their conversation, found or made.

An individual campaign does so for everybody, a batch of at most 500 in a transaction, once its mails have left. Of a
one-way campaign it is done for whoever answers, so that their words stand under what they answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from engine.conversations import events, threads
from engine.conversations.parts import Change, Thread
from engine.conversations.queries import individual
from engine.conversations.queries.individual import Mailed
from engine.db import Conn


class Wording(NamedTuple):
    """What a mail said to one person."""

    subject: str
    text: str


Words = Callable[[Conn, int, Sequence[Mailed]], Mapping[int, Wording]]
"""(connection, workspace, rows of one run) → the words by seq."""


def as_saved(conn: Conn, workspace_id: int, rows: Sequence[Mailed]) -> Mapping[int, Wording]:
    """The words of the campaign's version as somebody wrote them, the same for all."""
    found = individual.saved(conn, workspace_id, rows[0].run_id) if rows else None
    return {row.seq: Wording(*found) for row in rows} if found else {}


def tell_batch(conn: Conn, batch_id: int, now: datetime, words: Words = as_saved) -> int:
    """Write the messages of a batch that is done; how many. Twice, or by two at once, writes nothing twice."""
    if not individual.take(conn, batch_id, now):
        return 0
    rows = individual.mailed(conn, batch_id)
    _, changes = _tell(conn, rows, words)
    events.write(conn, changes, now)
    return len(rows)


def answered(conn: Conn, run_id: int, seq: int, words: Words = as_saved) -> tuple[Thread, tuple[Change, ...]] | None:
    """The conversation of a mail that somebody answers, that mail being in it; None where no campaign sent it."""
    row = individual.one(conn, run_id, seq)
    if row is None:
        return None
    found, changes = _tell(conn, [row], words)
    return Thread(found[row.seq], row.workspace_id, row.team_id), tuple(changes)


def campaign_of(conn: Conn, run_id: int) -> int | None:
    """The campaign that a run is of."""
    return individual.campaign_of(conn, run_id)


def _tell(conn: Conn, rows: Sequence[Mailed], words: Words) -> tuple[dict[int, int], list[Change]]:
    """The conversation of each row by seq, and what changed; what is a message already changes nothing.

    All rows are of one run, so that nobody is among them twice. The order of locks: conversations by key when they are
    made, then all of them by id.
    """
    if not rows:
        return {}, []
    w, team_id = rows[0].workspace_id, rows[0].team_id
    keys = {row.seq: threads.direct_key(w, "mail", row.contact_id, team_id) for row in rows}
    made = individual.make(conn, w, team_id, rows[0].campaign_id, [(keys[row.seq], row.contact_id) for row in rows])
    standing = individual.lock(conn, w, list(keys.values()))
    new = [row for row in rows if row.message_no is None]
    said = words(conn, w, new)
    nothing = Wording("", "")
    written = individual.insert(conn, [(standing[keys[row.seq]], row, said.get(row.seq, nothing)) for row in new])
    changes = [*_made(w, made), *_posted(w, written)]
    return {row.seq: standing[keys[row.seq]].id for row in rows}, changes


def _made(workspace_id: int, ids: Iterable[int]) -> Iterable[Change]:
    for ident in ids:
        yield Change(workspace_id, "conversation.made", ident, "conversation", ident)


def _posted(workspace_id: int, written: Iterable[tuple[int, int]]) -> Iterable[Change]:
    for ident, no in written:
        told = {"kind": "mail", "author": "engine"}
        yield Change(workspace_id, "message.posted", ident, "message", no, patch=told)


__all__ = ["Mailed", "Wording", "Words", "answered", "as_saved", "campaign_of", "tell_batch"]
