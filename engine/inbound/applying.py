"""The chosen differences become what is so: entries changed, added and removed with their histories, comments and
messages with their new text, mails run again.

One after the other, each in a step of its own, for each mends posts of its own and may find that a person was faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine import move
from engine.conversations import events
from engine.conversations.parts import Change
from engine.db import Conn
from engine.errors import SixpmError
from engine.inbound import fanout
from engine.inbound.queries import amending, answers, rereading_rows, waiting, whose
from engine.inbound.queries.rereading import Progress
from engine.inbound.queries.rereading_rows import Wanted
from engine.outbound.followup import FollowUp

MEANWHILE = "A person has changed it meanwhile."


def apply(conn: Conn, at: Progress, wanted: Sequence[Wanted], now: datetime) -> FollowUp:
    """Apply these; what a person was faster with is marked as kept.

    Comments and messages come in a slice of their own, and the rest in the next: conversations are locked before a
    team's numbers, and an order by mail locks entries before either.
    """
    if said := [one for one in wanted if "words" in one.before]:
        _resay_all(conn, at, said, now)
        return FollowUp()
    left = FollowUp()
    rereading_rows.hold(conn, at.workspace_id, [one.answer_id for one in wanted if one.answer_id is not None])
    for one in wanted:
        if one.answer_id is None:
            left += _run_again(conn, at, one, now)
        else:
            left += _rewrite(conn, at, one, now)
    return left


def _resay_all(conn: Conn, at: Progress, said: Sequence[Wanted], now: datetime) -> None:
    rereading_rows.hold_conversations(conn, at.workspace_id, [one.inbound_id for one in said])
    changes = [change for one in said for change in _resay(conn, at, one, now)]
    events.write(conn, changes, now)  # the very last: it holds the workspace's log until the commit


def _resay(conn: Conn, at: Progress, one: Wanted, now: datetime) -> list[Change]:
    """A comment or message gets its new text; nobody is mailed again, and what it is about stays."""
    done = rereading_rows.set_comment(conn, at.workspace_id, one)
    messages = [] if done else rereading_rows.set_message(conn, at.workspace_id, one)
    if done or messages:
        rereading_rows.set_version(conn, [one.inbound_id], at.version)
    rereading_rows.set_applied(conn, one.id, "" if done or messages else MEANWHILE, now)
    by = {"by": rereading_rows.actor(at.version)}
    return [Change(at.workspace_id, "message.reread", talk, "message", no, patch=by) for talk, no in messages]


def _run_again(conn: Conn, at: Progress, one: Wanted, now: datetime) -> FollowUp:
    which = waiting.these(at.workspace_id, [one.inbound_id])
    values = {"reason": "", "kills": 0, "workspace_id": at.workspace_id}
    moved = move.many(conn, "inbound", "again", which, now, actor=at.approved_by, values=values)
    rereading_rows.set_applied(conn, one.id, "" if moved else MEANWHILE, now)
    return FollowUp(inbound=tuple(row.id for row in moved))


def _rewrite(conn: Conn, at: Progress, one: Wanted, now: datetime) -> FollowUp:
    assert one.answer_id is not None
    old = rereading_rows.lock_entries(conn, at.workspace_id, one.answer_id)
    if [(entry.id, entry.text) for entry in old] != [(e["id"], e["text"]) for e in one.before["entries"]]:
        rereading_rows.set_applied(conn, one.id, MEANWHILE, now)
        return FollowUp()
    actor, new = rereading_rows.actor(at.version), one.after["entries"]
    changed: list[int] = []
    for entry, fresh in zip(old, new, strict=False):
        if (entry.text, entry.kind, list(entry.tags), entry.question) == _values(fresh):
            continue
        amending.note_change(conn, entry.written, "edited", actor, now)
        amending.rewrite(conn, entry.written, fresh["text"], fresh["kind"], fresh["tags"], now)
        rereading_rows.set_question(conn, at.workspace_id, entry.id, fresh["question"])
        changed.append(entry.id)
    for entry in old[len(new) :]:
        amending.note_change(conn, entry.written, "removed", actor, now)
        amending.set_removed(conn, entry.written, now)
        changed.append(entry.id)
    rereading_rows.set_answer(conn, at.workspace_id, one.answer_id, one.after["text"], one.after["cut"])
    rereading_rows.set_version(conn, [one.inbound_id], at.version)
    rereading_rows.set_applied(conn, one.id, "", now)
    left = FollowUp()
    for entry_id in changed:
        left += fanout.posts_to_mend(conn, at.workspace_id, [entry_id], now)
    _add(conn, at, one.answer_id, new[len(old) :])
    return left


def _values(fresh: dict[str, Any]) -> tuple[str, str, list[str], int | None]:
    return fresh["text"], fresh["kind"], fresh["tags"], fresh["question"]


def _add(conn: Conn, at: Progress, answer_id: int, new: Sequence[dict[str, Any]]) -> None:
    """Entries that the old reading missed come with new numbers, so that the next digests tell of them."""
    part_id, said_at = rereading_rows.answered(conn, at.workspace_id, answer_id)
    part = whose.part(conn, at.workspace_id, part_id)
    if part is None:
        raise SixpmError("The round of this answer is gone.")
    if new:
        rows = [(entry["kind"], entry["question"], entry["text"], entry["tags"]) for entry in new]
        answers.insert_entries(conn, part, answer_id, rows, said_at)
