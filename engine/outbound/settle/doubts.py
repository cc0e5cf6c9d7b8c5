"""Doubts, listed and ended: by proof, by a relay that drops copies, by the run's policy, or by a person's word.

Callers check who asks; `actor` is written into the event of every row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engine import move
from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.kinds import KINDS
from engine.outbound.settle import again
from engine.outbound.settle.queries import doubting, laying
from engine.outbound.settle.which import CAUSES, Which

LIMIT = 50_000  # rows one act takes; who has more repeats it
PAGE = 100
SWEEP = 1000

How = Literal["reply", "auto-reply", "click", "unsubscribe"]
PROOF: dict[How, str] = {
    "reply": "A reply to it proves it.",
    "auto-reply": "An automatic answer to it proves it.",
    "click": "A click on a link in it proves it.",
    "unsubscribe": "Its unsubscribe link was used, which proves it.",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One row in doubt. `transcript` is what was said on the wire where its process lived; else `cause` says more.

    `young`: bytes of its first copy may still be on their way (H15), so that nobody should send it again yet.
    """

    run_id: int
    seq: int
    kind: str
    policy: str
    address: str
    name: str
    transport: str
    provider: str
    attempt: int
    at: datetime
    cause: str
    transcript: str
    relay: str
    queue_id: str
    resends: int
    young: bool

    @property
    def why(self) -> str:
        """The cause as a sentence."""
        return CAUSES[self.cause]


@dataclass(frozen=True, slots=True)
class Group:
    """Doubts that share run, kind, provider and cause; `young` of the `n` are too young to be sent again."""

    run_id: int
    kind: str
    provider: str
    cause: str
    n: int
    young: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A person's word about a doubt that may still be taken back."""

    run_id: int
    seq: int
    kind: str
    address: str
    state: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class Resent:
    """What came of sending once more: `rows` are queued, `young` ones were left in doubt (H15)."""

    rows: int
    young: int
    followup: FollowUp


def listed(
    conn: Conn, which: Which, after: float, limit: int = PAGE, before: tuple[int, int] | None = None
) -> tuple[Doubt, ...]:
    """Doubts, newest run first; `before` is the last row of the page before."""
    return tuple(_doubt(row) for row in doubting.listed(conn, which, after, limit, before))


def counted(conn: Conn, which: Which, after: float) -> tuple[Group, ...]:
    """The same as numbers, by run, kind, provider and cause."""
    return tuple(
        Group(row.run_id, row.kind, row.provider, row.cause, row.n, row.young)
        for row in doubting.counted(conn, which, after)
    )


def arrived(conn: Conn, which: Which, now: datetime, actor: str) -> int:
    """A person knows that these arrived (the relay's log, the recipient): they are sent. How many."""
    values = {"sent_at": laying.doubted_at(now)}
    return _ruled(conn, "mark_arrived", which, now, actor, "somebody says that it arrived", values)


def give_up(conn: Conn, which: Which, now: datetime, actor: str) -> int:
    """These did not arrive and need not, says a person: they are failed. How many."""
    return _ruled(conn, "give_up", which, now, actor, "given up: it may not have arrived", {})


def _ruled(
    conn: Conn, trigger: str, which: Which, now: datetime, actor: str, reason: str, values: dict[str, Any]
) -> int:
    rows = [(row.run_id, row.seq) for row in doubting.chosen(conn, which, 0, LIMIT)]
    if not rows:
        return 0
    return len(move.deliveries(conn, trigger, laying.pairs(rows), now, actor=actor, reason=reason, values=values))


def take_back(conn: Conn, rows: Sequence[tuple[int, int]], workspace_id: int, now: datetime, actor: str) -> int:
    """Undo a person's word about these rows while nothing has followed it: in doubt again. How many."""
    where = laying.within(workspace_id, doubting.last_word_is_a_persons(rows))
    reason = "a person's word about it was taken back"
    return len(move.deliveries(conn, "take_back", where, now, actor=actor, reason=reason, values={"sent_at": None}))


def settled(conn: Conn, workspace_id: int, limit: int = 20) -> tuple[Settled, ...]:
    """What people said lately and may take back."""
    return tuple(
        Settled(row.run_id, row.seq, row.kind, row.address, row.state, row.at, row.actor)
        for row in doubting.settled(conn, workspace_id, limit)
    )


def resend(conn: Conn, which: Which, now: datetime, actor: str, after: float) -> Resent:
    """Send these once more: the same rows with the same Message-ID, each listed as a resend.

    Those in doubt for less than `after` seconds stay so: their first copy may still arrive (H15). Raises Invalid while
    a cancel of their run goes on.
    """
    rows = doubting.chosen(conn, which, after, LIMIT)
    by_run: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row in rows:
        if not row.young:
            by_run[row.run_id, row.kind].append(row.seq)
    sent = 0
    batches: list[int] = []
    for (run_id, kind), seqs in sorted(by_run.items()):
        again.lock_run(conn, run_id)
        laid = _lay(conn, run_id, seqs, now, actor, "sent once more after a doubt, by a person", kind)
        again.reopen(conn, run_id, now, actor=actor, note="doubts are sent once more")
        sent += laid.rows
        batches += laid.batch_ids
    return Resent(sent, sum(row.young for row in rows), FollowUp(batches=tuple(batches)))


def resend_by_policy(conn: Conn, now: datetime, after: float, keyed: str) -> FollowUp:
    """Send once more what needs nobody's word; once for each row, ever. `keyed` names the instance's relay where it
    drops copies by their key, and is noted: doubts about mails from before it was so wait for the policy."""
    doubting.note_keyed(conn, keyed)
    by_run: dict[int, list[int]] = defaultdict(list)
    for run_id, seq in doubting.to_resend(conn, now, after, keyed, SWEEP):
        by_run[run_id].append(seq)
    batches: list[int] = []
    for run_id, seqs in sorted(by_run.items()):
        batches += _lay(conn, run_id, seqs, now, "", "sent a second time after a doubt", "").batch_ids
        move.many(conn, "run", "reopen", laying.done_run(run_id), now)
    return FollowUp(batches=tuple(batches))


def _lay(conn: Conn, run_id: int, seqs: Sequence[int], now: datetime, actor: str, reason: str, kind: str) -> again.Laid:
    values: dict[str, Any] = {"attempt": laying.next_attempt()}
    if kind in KINDS:  # a person wants it to arrive, though it is late
        values["useful_until"] = laying.later_of(now + KINDS[kind].again)
    return again.lay(conn, run_id, seqs, "resend", now, actor=actor, reason=reason, values=values)


def proved_by(conn: Conn, run_id: int, seq: int, how: How, now: datetime) -> bool:
    """Somebody acted on this very delivery, so it arrived: a doubt about it is over. False when there was none."""
    values = {"sent_at": laying.doubted_at(now)}
    where = laying.among(run_id, [seq])
    return bool(move.deliveries(conn, "prove_sent", where, now, reason=PROOF[how], values=values))


def proved_by_member(
    conn: Conn, run_id: int, seq: int, how: How, now: datetime, *, workspace_id: int, membership_id: int
) -> bool:
    """The same by a link that names both the member and the delivery: they must belong to each other.

    Links are followed far more often than mails are in doubt, so this asks first and then costs one read.
    """
    if not laying.is_doubt_of(conn, run_id, seq, workspace_id, membership_id):
        return False
    return proved_by(conn, run_id, seq, how, now)


def _doubt(row: Any) -> Doubt:
    relay = row.relay_name or row.relay_host
    return Doubt(
        row.run_id, row.seq, row.kind, row.doubt_policy, row.address, row.name, row.transport, row.provider,
        row.attempt, row.at, row.cause, row.reply, relay, row.queue_id, row.resends, row.young,
    )  # fmt: skip


__all__ = [
    "CAUSES", "LIMIT", "PAGE", "Doubt", "Group", "How", "Resent", "Settled", "Which", "arrived", "counted", "give_up",
    "listed", "proved_by", "proved_by_member", "resend", "resend_by_policy", "settled", "take_back",
]  # fmt: skip
