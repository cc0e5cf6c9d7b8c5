"""Statements about the runs and batches of a campaign under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.outbound.plan import MOST
from engine.outbound.stop import NEVER


def runs(conn: Conn, campaign_id: int, states: Sequence[str]) -> list[int]:
    """The runs of a campaign in these states, oldest first."""
    statement = text("SELECT id FROM run WHERE campaign_id = :c AND state = ANY(cast(:states AS text[])) ORDER BY id")
    return [int(i) for i in conn.execute(statement, {"c": campaign_id, "states": list(states)}).scalars()]


def sends(conn: Conn, campaign_id: int, launch_id: int, parts: Sequence[str]) -> list[int]:
    """The runs of these parts since the launch that holds, oldest first: one that was taken back is none of them."""
    statement = text("SELECT id FROM run WHERE campaign_id = :c AND id >= :launch AND kind = 'campaign'"
                     " AND part = ANY(cast(:parts AS text[])) ORDER BY id")  # fmt: skip
    values = {"c": campaign_id, "launch": launch_id, "parts": list(parts)}
    return [int(i) for i in conn.execute(statement, values).scalars()]


def run_states(conn: Conn, campaign_id: int) -> Sequence[Row[Any]]:
    """(id, state, reason) of a campaign's runs, oldest first."""
    return conn.execute(
        text("SELECT id, state, reason FROM run WHERE campaign_id = :c ORDER BY id"), {"c": campaign_id}
    ).all()


def lock_batches(conn: Conn, run_id: int) -> None:
    """Lock all batches of a run in id order: nobody gets a permit until the transaction ends."""
    conn.execute(text("SELECT FROM batch WHERE run_id = :run ORDER BY id FOR UPDATE"), {"run": run_id})


def has_left(conn: Conn, campaign_id: int) -> bool:
    """Whether a row of a campaign's launch, or of a run since, may have left: a horizon says so before it does.

    A cancelled run counts too: its own page ends one of which much has left. One that was taken back is before it.
    """
    return bool(
        conn.execute(
            text("SELECT EXISTS (SELECT FROM campaign k JOIN run r ON r.campaign_id = k.id AND r.id >= k.run_id"
                 " JOIN batch b ON b.run_id = r.id WHERE k.id = :c AND b.horizon > 0)"),
            {"c": campaign_id},
        ).scalar_one()
    )  # fmt: skip


def waits_for_canary(conn: Conn, run_id: int) -> bool:
    """Whether batches of a run wait for the canary's end."""
    statement = text("SELECT EXISTS (SELECT FROM batch WHERE run_id = :r AND state = 'open' AND next_at = :never)")
    return bool(conn.execute(statement, {"r": run_id, "never": NEVER}).scalar_one())


def canary_open(conn: Conn, run_id: int) -> bool:
    """Whether a row of the canary has no outcome yet: its batches are those that do not wait for it."""
    statement = text("SELECT EXISTS (SELECT FROM batch WHERE run_id = :r AND state = 'open' AND next_at <> :never)")
    return bool(conn.execute(statement, {"r": run_id, "never": NEVER}).scalar_one())


def last_sent(conn: Conn, run_id: int) -> datetime | None:
    """When the last row of a canary was accepted. Only batches somebody had are looked at: those of who is left out
    are many rows."""
    found: datetime | None = conn.execute(
        text("SELECT max(d.sent_at) FROM batch b JOIN delivery d ON d.run_id = b.run_id AND d.batch_id = b.id"
             " WHERE b.run_id = :r AND b.epoch > 0"),
        {"r": run_id},
    ).scalar_one()  # fmt: skip
    return found


def let_go(conn: Conn, run_id: int, now: datetime) -> None:
    """Let the batches go that waited for the canary, each at its own instant or now."""
    conn.execute(
        text("UPDATE batch SET next_at = greatest(coalesce(window_at, :now), :now)"
             " WHERE run_id = :r AND state = 'open' AND next_at = :never"),
        {"r": run_id, "now": now, "never": NEVER},
    )  # fmt: skip


class Waiting(NamedTuple):
    """A batch nobody holds: its open rows, its instant, and the zone of the first of them."""

    id: int
    rows: int
    window_at: datetime
    zone: str


def waiting(conn: Conn, run_ids: Sequence[int], everybody: bool, zone: str) -> list[Waiting]:
    """The batches of some runs that wait for their instant, in the order they would leave.

    `everybody`: those too that wait for the canary. A retry batch has an instant of its own and is left alone.
    """
    statement = text("""
        SELECT b.id, d.n, b.window_at, coalesce(c.zone, :zone)
        FROM batch b CROSS JOIN LATERAL (
            SELECT count(*) AS n, min(d.recipient) AS who FROM delivery d
            WHERE d.batch_id = b.id AND d.run_id = b.run_id AND d.state IN ('queued', 'deferred') AND d.seq > b.horizon
        ) d LEFT JOIN contact c ON c.id = d.who AND c.workspace_id = b.workspace_id
        WHERE b.run_id = ANY(cast(:runs AS bigint[])) AND b.state = 'open' AND b.window_at IS NOT NULL AND d.n > 0
            AND (:everybody OR b.next_at <> :never)
        ORDER BY b.next_at, b.window_at, b.id
    """)
    values = {"runs": db.numbers(run_ids), "everybody": everybody, "never": NEVER, "zone": zone}
    return [Waiting(*row) for row in conn.execute(statement, values)]


def free_at(conn: Conn, campaign_id: int, per_hour: int, now: datetime) -> datetime:
    """From when on a throttle has room again: what was let go last fills its own part of an hour. Not before `now`.

    The rows of a batch stand one behind the other, so those that left are found by their numbers.
    """
    statement = text("""
        SELECT max(b.next_at + make_interval(secs => 3600.0 * d.n / :per_hour))
        FROM run r JOIN batch b ON b.run_id = r.id CROSS JOIN LATERAL (
            SELECT count(*) AS n FROM delivery d WHERE d.run_id = b.run_id AND d.batch_id = b.id
                AND d.seq > b.horizon - :most AND d.seq <= b.horizon
        ) d
        WHERE r.campaign_id = :c AND b.window_at IS NOT NULL AND b.horizon > 0 AND b.next_at <= :now
            AND b.next_at > cast(:now AS timestamptz) - interval '1 hour'
    """)
    values = {"c": campaign_id, "per_hour": per_hour, "now": now, "most": MOST}
    found: datetime | None = conn.execute(statement, values).scalar_one()
    return max(now, found) if found else now


def set_instants(conn: Conn, batch_ids: Sequence[int], instants: Sequence[datetime]) -> None:
    """Give batches their instants."""
    conn.execute(
        text("UPDATE batch b SET next_at = a.at FROM unnest(cast(:ids AS bigint[]), cast(:ats AS timestamptz[]))"
             " AS a(id, at) WHERE b.id = a.id AND b.state = 'open'"),
        {"ids": db.numbers(batch_ids), "ats": db.times(instants)},
    )  # fmt: skip


def prolong(conn: Conn, run_ids: Sequence[int], useful: timedelta) -> None:
    """Let rows that leave later than was planned be useful as long as they would have been."""
    conn.execute(
        text("UPDATE delivery d SET useful_until = b.next_at + :useful FROM batch b"
             " WHERE d.run_id = ANY(cast(:runs AS bigint[])) AND b.run_id = d.run_id AND b.id = d.batch_id"
             " AND b.state = 'open' AND b.next_at <> :never"
             " AND d.state IN ('queued', 'deferred') AND d.useful_until < b.next_at + :useful - interval '1 day'"),
        {"runs": db.numbers(run_ids), "useful": useful, "never": NEVER},
    )  # fmt: skip


class Trouble(NamedTuple):
    """What went wrong for a campaign's rows since an instant."""

    refused: int  # at once
    bounced: int  # with those that bounced later
    complained: int
    unmade: int  # their content could not be made
    left: int  # withdrew


_EVENTS = text("""
    SELECT count(*) FILTER (WHERE trigger IN ('bounce', 'prove_bounced')),
        count(*) FILTER (WHERE to_state = 'bounced'), count(*) FILTER (WHERE to_state = 'complained'),
        count(*) FILTER (WHERE trigger = 'fail' AND reply LIKE 'it could not be made%'),
        (SELECT count(DISTINCT s.contact_id) FROM consent s
            WHERE s.workspace_id = :w AND s.channel = 'mail' AND s.state = 'withdrawn'
            AND s.topic_id = ANY(cast(:topics AS bigint[])) AND s.at >= :since AND s.source = 'person' AND EXISTS (
                SELECT FROM delivery d WHERE d.recipient = s.contact_id AND d.run_id = ANY(cast(:runs AS bigint[]))
                AND d.sent_at IS NOT NULL AND d.sent_at <= s.at))
    FROM delivery_event WHERE run_id = ANY(cast(:runs AS bigint[])) AND at >= :since AND trigger <> 'suppress'
""")


def trouble(conn: Conn, workspace_id: int, run_ids: Sequence[int], topic_id: int, since: datetime) -> Trouble:
    """What went wrong since an instant. Only events are read: a plain row has none."""
    values = {"w": workspace_id, "runs": db.numbers(run_ids), "topics": db.numbers({0, topic_id}), "since": since}
    return Trouble(*conn.execute(_EVENTS, values).one())


def accepted(conn: Conn, run_ids: Sequence[int], since: datetime) -> int:
    """How many rows were accepted since an instant."""
    statement = text("SELECT count(*) FROM delivery WHERE run_id = ANY(cast(:runs AS bigint[])) AND sent_at >= :since")
    return int(conn.execute(statement, {"runs": db.numbers(run_ids), "since": since}).scalar_one())


def last_move(conn: Conn, campaign_id: int, triggers: Sequence[str]) -> datetime | None:
    """When a campaign last moved so."""
    found: datetime | None = conn.execute(
        text("SELECT max(at) FROM history WHERE noun = 'campaign' AND object_id = :c"
             " AND trigger = ANY(cast(:t AS text[]))"),
        {"c": campaign_id, "t": list(triggers)},
    ).scalar_one()  # fmt: skip
    return found
