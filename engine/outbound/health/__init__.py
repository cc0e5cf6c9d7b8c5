"""How an instance is: what is late, what waits, what went out, and who is alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import db
from engine.db import Conn
from engine.outbound.health import queries
from engine.outbound.health.rates import NAMES
from engine.outbound.queries import canaries, tallying

SENDS = timedelta(days=1)
DOUBTS = timedelta(days=7)
ALIVE = 60.0  # seconds without a heartbeat after which a process counts as gone


@dataclass(frozen=True, slots=True)
class Numbers:
    """What /metrics tells. Lags and ages are seconds, 0 when nothing is late or waits.

    `outcomes` counts the rows of runs made within a day by (kind, state); `batches` the claimable ones by transport;
    `today` what the tally of today says by (what, transport, lane, provider), `today_from` by (what, From domain);
    `boxes` are the mailboxes as queries.boxes gives them; `refused` counts calls of webhooks that had no key.
    """

    due_lag: dict[str, float]
    batches: dict[str, int]
    leased: int
    inbound: dict[str, int]
    inbound_lag: float
    outcomes: dict[tuple[str, str], int]
    doubts: int
    doubt_resent: int
    runs: dict[str, int]
    unfinished: dict[str, int]
    waits: dict[str, float]
    overdue: int
    incidents: dict[str, int]
    canaries: dict[str, float]
    breakers: dict[tuple[str, str], str]
    today: dict[tuple[str, str, str, str], int]
    today_from: dict[tuple[str, str], int]
    boxes: tuple[Any, ...]
    refused: dict[str, int]


def numbers(conn: Conn, now: datetime) -> Numbers:
    """Everything /metrics tells, in a fixed number of statements."""
    batches = queries.open_batches(conn, now)
    by_transport = [batch for batch in batches if batch.transport is not None]
    inbound, inbound_lag = queries.inbound(conn, now)
    doubts, doubt_resent = queries.doubts(conn, now - DOUBTS)
    runs, incidents, refused = queries.troubles(conn)
    today = tallying.of_day(conn, now.date())
    return Numbers(
        due_lag=queries.due_lag(conn, now),
        batches={b.transport: b.claimable for b in by_transport},
        leased=sum(b.leased for b in by_transport),
        inbound=inbound,
        inbound_lag=inbound_lag,
        outcomes=queries.outcomes(conn, now - SENDS),
        doubts=doubts,
        doubt_resent=doubt_resent,
        runs=runs,
        unfinished=queries.unfinished(conn),
        waits={b.kind: max(0.0, b.age) for b in batches if b.kind is not None and b.age is not None},
        overdue=sum(b.overdue for b in by_transport),
        incidents=incidents,
        canaries=canaries.ages(conn),
        breakers=queries.breakers(conn),
        today={
            (what, row.transport, row.lane, row.provider): int(getattr(row, what))
            for row in today
            for what in NAMES
            if row.lane is not None
        },
        today_from={
            (what, row.from_domain): int(getattr(row, what))
            for row in today
            for what in NAMES
            if row.from_domain is not None and row.transport == "smtp"
        },
        boxes=tuple(queries.boxes(conn)),
        refused=refused,
    )


def fetches(conn: Conn) -> bool:
    """Whether mail is fetched from mailboxes here, so that a process must do it."""
    return bool(queries.boxes(conn))


def migration_problem(conn: Conn) -> str | None:
    """Why the schema is not what this code wants, or None."""
    has, wants = db.heads(conn)
    if has == wants:
        return None
    return f"The database is at revision {has or 'none'}, this release wants {wants}. Run `sixpm migrate`."


def silent(conn: Conn, roles: tuple[str, ...]) -> dict[str, str]:
    """Of these heartbeat roles, those that no live process has, and how long ago the last one was seen."""
    ages = db.heartbeats(conn)
    return {
        role: f"last seen {ages[role]:.0f} s ago" if role in ages else "never seen"
        for role in roles
        if ages.get(role, ALIVE) >= ALIVE
    }


def deaf(conn: Conn) -> dict[str, str]:
    """The heartbeat roles of queues that are asked for a sign of life and do not answer, with what is known of it."""
    return {f"queue:{queue}": f"not consumed. {words}" for queue, words in queries.deaf_queues(conn).items()}
