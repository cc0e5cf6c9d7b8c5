"""The books: each function is one transaction's worth of what a desk does with the database.

claim → lay; flush; renew; let go. The caller owns the transaction and tells the desk only after the commit.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from engine import db, log, move
from engine.db import Conn
from engine.move import Raised
from engine.outbound import retry
from engine.outbound.drafts import Row
from engine.outbound.held import Flush, Held, Learnt
from engine.outbound.queries import claiming, flushing, sending, sweeping
from engine.outbound.queries.claiming import Claimed, Gates, Left
from engine.transports.base import Outcome, Verdict
from engine.transports.smtp.replies import suppresses

logger = log.get(__name__)

TRIGGERS: dict[Verdict, str] = {
    Verdict.SENT: "accept",
    Verdict.DEFERRED: "defer",
    Verdict.BOUNCED: "bounce",
    Verdict.FAILED: "fail",
    Verdict.IN_DOUBT: "doubt",
    Verdict.SUPPRESSED: "suppress",
    Verdict.EXPIRED: "expire",
}
POISON = 5  # take-overs after which a batch is not offered again

AddressHash = Callable[[str], bytes]
Later = dict[tuple[int, str, datetime, str], int]  # the retry batches of one flush


def claim(
    conn: Conn, owner: str, now: datetime, limit: int, lease: float, gates: Gates = claiming.OPEN_GATES
) -> list[tuple[Claimed, list[Row]]]:
    """Lease batches and read their rows; what the last owner left between sent and unsaid becomes a doubt (H10)."""
    batches = claiming.claim(conn, owner, now, limit, lease, gates)
    if not batches:
        return []
    take_over(conn, [Left(b.id, b.run_id, b.horizon, b.before) for b in batches if b.horizon], now)
    rows = claiming.open_rows(conn, batches)
    return [(batch, rows[batch.id]) for batch in batches]


def take_over(conn: Conn, batches: Sequence[Left], now: datetime) -> int:
    """Turn the open rows at or below the horizons into doubts that name the worker and keep the relay that it had.

    None after a clean release. The batches are locked, and still name the relay of their last owner.
    """
    if not batches:
        return 0
    words = {left.batch_id: f"its worker {_place(left.owner)}stopped before an answer was recorded" for left in batches}
    where, reason = claiming.at_or_below(batches), claiming.by_batch(words)
    values = {"relay_id": claiming.relay_of_batch()}
    return len(move.deliveries(conn, "doubt", where, now, reason=reason, values=values))


def _place(owner: str | None) -> str:
    """The host and process of an owner (host:pid:random), with a space after them."""
    return f"{':'.join(owner.split(':')[:2])} " if owner else ""


def flush(
    conn: Conn, owner: str, what: Flush, now: datetime, address_hash: AddressHash, dice: random.Random
) -> dict[int, Raised]:
    """Write one snapshot: batches first (H8), then outcomes of those still held, then the others as proof (H13).

    When there are no `others` in it, this is one statement, and needs no transaction around it.
    """
    plain, others = what.plain, [*what.others]
    raised = move.raise_horizons(conn, owner, what.asked, [_accepted(x) for x in plain], now) if what.asked else {}
    others += [x for x in plain if x.claimed.id not in raised]
    if others:
        _flush_others(conn, what, raised, [_storable(x) for x in others], now, address_hash, dice)
    return raised


def flush_apart(
    conn: Conn, owner: str, what: Flush, now: datetime, address_hash: AddressHash, dice: random.Random
) -> dict[int, Raised]:
    """Write a snapshot that was refused as a whole, each outcome by itself, so that one keeps no other from the ledger.

    One that is refused is written without its words; refused again, its row stays open at or below the horizon, and
    the next claim of its batch lists it as a doubt.
    """
    raised = move.raise_horizons(conn, owner, what.asked, [], now) if what.asked else {}
    for x in what.learnt:
        bare = x._replace(outcome=Outcome(x.outcome.key, x.outcome.verdict, reply="its answer could not be stored"))
        if not any(_stored(conn, what, raised, each, now, address_hash, dice) for each in (x, bare)):
            logger.error("outcome not stored", run=x.row.run_id, seq=x.row.seq, verdict=x.outcome.verdict)
    return raised


def _stored(
    conn: Conn, what: Flush, raised: Mapping[int, Raised], x: Learnt, now: datetime, address_hash: AddressHash,
    dice: random.Random,
) -> bool:  # fmt: skip
    try:
        with conn.begin_nested():
            _flush_others(conn, what, raised, [_storable(x)], now, address_hash, dice)
    except Exception as error:
        if db.passing(error):
            raise
        logger.warning("outcome refused", run=x.row.run_id, seq=x.row.seq, error=str(error).split("\n")[0][:500])
        return False
    return True


def _accepted(x: Learnt) -> move.Accepted:
    o = x.outcome
    return move.Accepted(x.row.run_id, x.row.seq, x.claimed.id, o.enhanced or o.code, _reply(o), o.queue_id)


def _flush_others(
    conn: Conn, what: Flush, raised: Mapping[int, Raised], others: Sequence[Learnt], now: datetime,
    address_hash: AddressHash, dice: random.Random,
) -> None:  # fmt: skip
    epochs = {batch_id: epoch for batch_id, epoch, _ in what.asked}
    ours: list[Learnt] = []
    strays: list[Learnt] = []
    for x in others:
        held = x.claimed.id in raised and epochs[x.claimed.id] == x.claimed.epoch
        (ours if held else strays).append(x)
    later: Later = {}
    written = move.record(conn, [_recorded(conn, x, now, dice, later) for x in ours], now)
    _prove_unsent(conn, [x for x in strays if x.outcome.verdict is Verdict.NOT_SENT], now)
    strays = [x for x in strays if x.outcome.verdict is not Verdict.NOT_SENT]
    written |= move.prove(conn, [_recorded(conn, x, now, dice, later) for x in strays], now)
    kept_rows = [x for x in others if (x.row.run_id, x.row.seq) in written]
    _remember(conn, kept_rows, address_hash)
    _fail_channels(conn, kept_rows, now)


def _prove_unsent(conn: Conn, strays: Sequence[Learnt], now: datetime) -> None:
    """Queue again what a take-over called a doubt and its living process knows never to have left (H13)."""
    if not strays:
        return
    ways = {(x.row.run_id, x.row.seq): (x.row.transport, x.claimed.provider) for x in strays}
    groups: dict[tuple[int, str, str], list[int]] = {}
    for run_id, seq in flushing.in_doubt(conn, [(x.row.run_id, x.row.seq, x.row.attempt) for x in strays]):
        groups.setdefault((run_id, *ways[run_id, seq]), []).append(seq)
    for (run_id, transport, provider), seqs in sorted(groups.items()):  # one, or as many as were lost at once
        values = {"batch_id": flushing.later_batch(conn, run_id, transport, now, provider)}
        reason = "its content never left: its worker lives and says so"
        move.deliveries(conn, "prove_unsent", flushing.these(run_id, seqs), now, reason=reason, values=values)
    move.many(conn, "run", "reopen", sweeping.done({run_id for run_id, _, _ in groups}), now)


def _recorded(conn: Conn, x: Learnt, now: datetime, dice: random.Random, later: Later) -> move.Recorded:
    o, row = x.outcome, x.row
    trigger, reason, to_batch = TRIGGERS[o.verdict], "", None
    reply = _reply(o)
    if trigger == "defer":
        at = retry.next_try(row.transport, row.attempt, now, o.retry_after, dice)
        if at >= row.useful_until:
            trigger, reason = "expire", "the next try would come too late to be useful"
        else:
            place = row.run_id, row.transport, at, x.claimed.provider
            if place not in later:
                later[place] = flushing.later_batch(conn, *place)
            to_batch = later[place]
    elif trigger in ("fail", "suppress", "expire", "doubt"):
        reason, reply = o.reply, "" if not o.code else reply
    code = o.enhanced or o.code
    return move.Recorded(
        row.run_id, row.seq, x.claimed.id, row.attempt, trigger, code, reply, o.queue_id, reason, to_batch,
        x.claimed.via,
    )  # fmt: skip


def _reply(o: Outcome) -> str:
    return " ".join(filter(None, (o.code, o.enhanced if o.enhanced not in o.reply else "", o.reply)))


def _storable(x: Learnt) -> Learnt:
    """The same in characters PostgreSQL takes: one that it refuses would fail every later flush of this process."""
    o = x.outcome
    if all(words.isprintable() for words in (o.code, o.enhanced, o.reply, o.queue_id, o.remote_id or "")):
        return x
    code, enhanced, reply = _text(o.code), _text(o.enhanced), _text(o.reply)
    remote_id = o.remote_id and _text(o.remote_id)
    clean = o._replace(code=code, enhanced=enhanced, reply=reply, queue_id=_text(o.queue_id), remote_id=remote_id)
    return x._replace(outcome=clean)


def _text(words: str) -> str:
    return words.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _remember(conn: Conn, written: Sequence[Learnt], address_hash: AddressHash) -> None:
    gone = [
        (x.claimed.workspace_id, address_hash(x.row.address), "bounced", x.outcome.reply, x.row.address.casefold())
        for x in written
        if x.outcome.verdict is Verdict.BOUNCED and x.row.transport == "smtp" and suppresses(x.outcome.enhanced)
    ]
    if gone:
        flushing.add_suppressions(conn, gone)
    ids = [
        (x.row.transport, x.outcome.remote_id, x.claimed.workspace_id, x.row.run_id, x.row.seq)
        for x in written
        if x.outcome.remote_id
    ]
    if ids:
        flushing.add_remote_ids(conn, ids)


def _fail_channels(conn: Conn, written: Sequence[Learnt], now: datetime) -> None:
    """A channel whose post was refused for good gets no more posts until somebody mends it; its page says why."""
    refused = {
        x.row.recipient: x.outcome.reply or x.outcome.code
        for x in written
        if x.outcome.verdict is Verdict.BOUNCED and x.row.transport != "smtp"
    }
    for channel_id, words in refused.items():  # one, or as many as break within one flush
        move.many(conn, "channel", "fail", sending.channel(channel_id), now, note=words, values={"failure": words})


def let_go(conn: Conn, owner: str, held: Held, now: datetime) -> bool:
    """Finish or release a batch. Rows taken but never out go to an "again" batch in the same transaction (H5).

    False when the batch was no longer ours; then nothing was written, and there is nothing to write.
    """
    batch = held.claimed
    if held.lost or not claiming.still_ours(conn, owner, batch.id, batch.epoch):
        return False
    back = sorted(seq for seq in held.loose if seq <= held.permit)
    if back:
        again = flushing.later_batch(conn, batch.run_id, batch.transport, now, batch.provider)
        flushing.put_again(conn, batch.run_id, batch.id, back, again)
    claiming.release(conn, owner, batch.id, batch.epoch)
    move.many(conn, "batch", "finish", claiming.finished([batch.id]), now)
    return True


def rescue(conn: Conn, now: datetime, limit: int = 100) -> tuple[int, ...]:
    """Take over batches whose lease is over and that nobody claims; return those that may be claimed now."""
    expired = claiming.expired_leases(conn, limit)
    if not expired:
        return ()
    take_over(conn, [left for left, _ in expired], now)
    claiming.free(conn, [left.batch_id for left, _ in expired])
    poisoned = [(left.batch_id, left.run_id) for left, times in expired if times >= POISON]
    for batch_id, run_id in poisoned:
        reason = f"{POISON} workers died while holding its batch"
        move.deliveries(conn, "fail", claiming.rows_of(batch_id, run_id), now, reason=reason)
    move.many(conn, "batch", "poison", claiming.among([b for b, _ in poisoned]), now)
    ids = [left.batch_id for left, times in expired if times < POISON]
    move.many(conn, "batch", "finish", claiming.finished(ids), now)
    return tuple(ids)
