"""The story of a provider's events: keep them, find their deliveries, act on them. What comes twice changes nothing.

An event may be faster than the flush that writes what it is about. It then waits, and the sweep comes back to it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from engine import move, sealing
from engine.db import Conn
from engine.errors import TokenError
from engine.outbound.events import queries
from engine.outbound.events.event import Event, Kind
from engine.outbound.events.queries import About, Pair, Waiting
from engine.outbound.queries import flushing
from engine.states.delivery import OPEN
from engine.tokens import Keys, Purpose, read, read_message_id
from engine.transports.smtp.replies import suppresses

MOST = 500  # events that are kept, or looked at by the sweep, in one go
UNNAMED = timedelta(minutes=15)  # how long an event may look for a delivery that it does not name
NAMED = timedelta(days=7)  # how long for an outcome of the delivery that it names: longer than any row stays open
RECENT = timedelta(days=7)  # how far back a provider's own id is looked for
KEPT = timedelta(days=90)  # how long for a delivery's page; what an event has moved stays in the delivery's own events
FORGOTTEN = 5000  # events of one source that go at a time, so that nobody waits for long

# What an event makes of a delivery. Every other kind but OTHER proves that the provider had taken the mail.
TRIGGERS = {Kind.DELIVERED: "deliver", Kind.BOUNCED: "return_", Kind.COMPLAINED: "complain"}
SPAM = "The recipient's mailbox reported it as spam."
ENDS: dict[str, str] = {Kind.COMPLAINED: "complaint", Kind.UNSUBSCRIBED: "unsubscribe"}  # whose mail they end, and why
SAID = {"unsubscribe": "The provider took their wish, by a link of its own or the button of their mail program."}
ORDER = ("prove_sent", "deliver", "return_", "complain")  # as they happen, whatever order they came in


class Taken(NamedTuple):
    """How many events were new, and how many deliveries moved."""

    new: int
    moved: int


def take(
    conn: Conn, source: str, workspace_id: int | None, events: Sequence[Event], secret: str, now: datetime
) -> Taken:
    """Keep proven events of `source` and act on those that are new. Never commits.

    `workspace_id`: whose deliveries they may be about; None for the instance's relays. `secret`: SIXPM_SECRET_KEY.
    """
    keys = Keys.of(secret)
    rows = list({event.id: _row(source, workspace_id, event, keys, now) for event in events}.values())
    new = moved = 0
    for start in range(0, len(rows), MOST):
        kept = queries.keep(conn, rows[start : start + MOST])
        new, moved = new + len(kept), moved + _settle(conn, kept, secret, now)
    return Taken(new, moved)


def settle_waiting(conn: Conn, secret: str, now: datetime) -> int:
    """Look again at the events that were faster than their deliveries; how many deliveries moved. Never commits."""
    return _settle(conn, queries.unsettled(conn, MOST), secret, now)


def forget(conn: Conn, now: datetime) -> int:
    """Remove settled events that came longer ago than KEPT, some at a time; how many. Never commits.

    Their raw form says who opened and clicked what, where from. No provider repeats an event after so long.
    """
    return queries.drop_settled(conn, now - KEPT, FORGOTTEN)


def named(event: Event, keys: Keys) -> Pair | None:
    """The delivery that an event names by what we signed: the id of our header, else our Message-ID."""
    try:
        return read(keys, event.token, Purpose.BOUNCE, date.min)  # a late report names its row all the same
    except TokenError:
        return read_message_id(keys, event.message_id) if event.message_id else None


def _row(source: str, workspace_id: int | None, event: Event, keys: Keys, now: datetime) -> dict[str, Any]:
    run_id, seq = named(event, keys) or (None, None)
    return {
        "source": source, "event_id": event.id, "workspace_id": workspace_id, "at": event.at or now,
        "kind": str(event.kind), "remote_id": event.remote_id, "address": event.address, "code": event.code,
        "words": event.words, "dead": event.dead, "run_id": run_id, "seq": seq, "raw": _storable(event.raw),
        "taken_at": now,
    }  # fmt: skip


def _storable(value: Any) -> Any:
    """The same without what PostgreSQL's JSON refuses: NUL, halves of surrogate pairs, numbers beyond all bounds."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    if isinstance(value, Mapping):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _settle(conn: Conn, events: Sequence[Waiting], secret: str, now: datetime) -> int:
    if not events:
        return 0
    events = _matched(conn, events, now)
    pairs = {pair for event in events if (pair := _pair(event))}
    found = queries.about(conn, sorted(pairs), OPEN) if pairs else {}
    known, ready = [], []
    for event in events:
        row = _delivery(event, found)
        waits = _waits(event, row, now)
        whose = (event.run_id, event.seq) if row or waits else (None, None)
        space = row.workspace_id if row else event.workspace_id
        known.append((event.source, event.event_id, space, *whose, not waits))
        if row is not None and not waits:
            ready.append((event, row))
    queries.settle(conn, known)
    _suppress(conn, ready, secret)
    return _act(conn, ready, now)


def _matched(conn: Conn, events: Sequence[Waiting], now: datetime) -> list[Waiting]:
    """The events, with their deliveries where the provider's own id tells them."""
    strangers = [event for event in events if event.run_id is None and event.remote_id]
    found = queries.by_remote_id(conn, strangers, now - RECENT) if strangers else {}
    pairs = [found.get((event.source, event.event_id)) for event in events]
    return [
        event._replace(run_id=pair[0], seq=pair[1]) if pair else event
        for event, pair in zip(events, pairs, strict=True)
    ]


def _pair(event: Waiting) -> Pair | None:
    return (event.run_id, event.seq) if event.run_id is not None and event.seq is not None else None


def _delivery(event: Waiting, found: Mapping[Pair, About]) -> About | None:
    """The delivery, unless it is another workspace's: a relay may speak of its own workspace's mail alone."""
    pair = _pair(event)
    row = found.get(pair) if pair else None
    if row is None or event.workspace_id not in (None, row.workspace_id):
        return None
    return row


def _waits(event: Waiting, row: About | None, now: datetime) -> bool:
    """Whether the sweep is to come back to it."""
    if event.kind == Kind.OTHER:
        return False
    if row is None:
        return event.run_id is None and bool(event.remote_id) and now - event.taken_at < UNNAMED
    return row.state in OPEN and now - event.taken_at < NAMED


def _act(conn: Conn, ready: Sequence[tuple[Waiting, About]], now: datetime) -> int:
    by_trigger: dict[str, set[Pair]] = defaultdict(set)
    for event, _ in ready:
        pair = _pair(event)
        if pair is not None and event.kind != Kind.OTHER:
            by_trigger[TRIGGERS.get(Kind(event.kind), "prove_sent")].add(pair)
    moved = 0
    for trigger in ORDER:
        if by_trigger[trigger]:
            where, values = queries.among(sorted(by_trigger[trigger])), _values(trigger, now)
            reason = SPAM if trigger == "complain" else None
            moved += len(move.deliveries(conn, trigger, where, now, actor="provider", reason=reason, values=values))
    return moved


def _values(trigger: str, now: datetime) -> dict[str, Any]:
    sent = {"sent_at": queries.first_sent(now)}
    if trigger == "return_":
        words = queries.said("words", Kind.BOUNCED)
        return {**sent, "code": queries.said("code", Kind.BOUNCED), "reply": words, "reason": words}
    return sent


def _suppress(conn: Conn, ready: Sequence[tuple[Waiting, About]], secret: str) -> None:
    """As after a DSN or a feedback report: who complained or unsubscribed, and addresses that will never work, get
    nothing more."""
    facts = [
        (
            row.workspace_id,
            sealing.address_hash(secret, row.address),
            reason,
            event.words or SAID.get(reason, ""),
            row.address.casefold(),
        )
        for event, row in ready
        if (reason := _reason(event))
    ]
    if facts:
        flushing.add_suppressions(conn, facts)


def _reason(event: Waiting) -> str:
    """Why the address is suppressed. The receiver's enhanced code decides; without one, the vendor's own judgement."""
    if event.kind in ENDS:
        return ENDS[event.kind]
    if event.kind != Kind.BOUNCED:
        return ""
    lasting = suppresses(event.code) if event.code.count(".") == 2 else event.dead
    return "bounce" if lasting else ""
