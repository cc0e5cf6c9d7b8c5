"""What became of deliveries, for people: the numbers of a run, and one recipient's timeline.

Admins of the workspace may look; the list is `engine.outbound.search`.
Numbers of a run are sums of its rows, so they balance to its recipients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from engine.config import Settings
from engine.db import Conn
from engine.errors import NotFound
from engine.outbound.pace import why
from engine.outbound.pace.why import Why
from engine.outbound.report import queries
from engine.outbound.report.timeline import Step, steps
from engine.people.principal import Principal
from engine.states import DELIVERY
from engine.states.delivery import OPEN

RUNS = 12
STATES = ("queued", "sending", *(name for name in DELIVERY.names if name != "queued"))


@dataclass(frozen=True, slots=True)
class Numbers:
    """One run. `counts` are its rows by state, in reading order, states without rows left out.

    `doubt_resent` counts the listed second attempts after a doubt, apart from the rows: each may be a second copy.
    """

    run_id: int
    kind: str
    state: str
    reason: str
    size: int
    made_at: datetime
    counts: Mapping[str, int]
    doubt_resent: int = 0
    doubt_policy: str = "hold"
    next_batch: int | None = None  # the open batch that is next
    why: Why | None = None  # why what is next of it waits

    @property
    def doubts(self) -> int:
        """How many rows are in doubt."""
        return self.counts.get("in_doubt", 0)

    @property
    def open(self) -> int:
        """How many rows are still to leave."""
        return sum(self.counts.get(state, 0) for state in ("queued", "deferred", "sending"))

    @property
    def balanced(self) -> bool:
        """Whether the rows add up to the recipients that were planned."""
        return sum(self.counts.values()) == self.size


@dataclass(frozen=True, slots=True)
class About:
    """What a delivery tells of: a team's local date, and the person."""

    team_id: int
    team: str
    contact_id: int
    person: str
    local_date: date


@dataclass(frozen=True, slots=True)
class Chain:
    """One delivery with its timeline, what it is about, and its kin (kind, run_id, seq) of the same part."""

    run_id: int
    seq: int
    kind: str
    address: str
    transport: str
    state: str
    attempt: int
    useful_until: datetime
    remote_ids: tuple[str, ...]
    about: About | None
    kin: tuple[tuple[str, int, int], ...]
    steps: tuple[Step, ...]
    why: Why | None = None


def numbers(conn: Conn, principal: Principal, run_id: int | None = None, limit: int = RUNS) -> tuple[Numbers, ...]:
    """The newest runs of the workspace (or the one run) with their rows counted by state. Raises NotAllowed."""
    principal.require_admin()
    return tuple(_numbers(row) for row in queries.runs(conn, principal.workspace_id, limit, run_id))


def run(conn: Conn, principal: Principal, run_id: int) -> Numbers:
    """One run of the workspace. Raises NotAllowed, NotFound."""
    found = numbers(conn, principal, run_id)
    if not found:
        raise NotFound("There is no such run here. Old runs are removed after a while.")
    return found[0]


def with_why(
    conn: Conn, principal: Principal, runs: Sequence[Numbers], settings: Settings, now: datetime
) -> tuple[Numbers, ...]:
    """The same runs; those with open rows say what the next of them wait for. Raises NotAllowed."""
    principal.require_admin()
    batches = [run.next_batch for run in runs if run.next_batch is not None]
    found = why.of_batches(conn, settings, principal.workspace_id, batches, now) if batches else {}
    return tuple(replace(run, why=found.get(run.next_batch or 0)) for run in runs)


def chain(conn: Conn, principal: Principal, run_id: int, seq: int, settings: Settings, now: datetime) -> Chain:
    """One delivery, all that happened to it, and why it waits if it does. Raises NotAllowed, NotFound."""
    principal.require_admin()
    workspace_id = principal.workspace_id
    key = (run_id, seq)
    row = queries.deliveries(conn, workspace_id, [key]).get(key)
    if row is None:
        raise NotFound("There is no such delivery here. Old runs are removed after a while.")
    kin = queries.kin(conn, workspace_id, row.kind, row.about)
    waits = row.state in OPEN
    whys = why.of_batches(conn, settings, workspace_id, [row.batch_id], now, seq) if waits else {}
    return Chain(
        row.run_id,
        row.seq,
        row.kind,
        row.address,
        row.transport,
        row.state,
        row.attempt,
        row.useful_until,
        tuple(queries.remote_ids(conn, workspace_id, run_id, seq)),
        _about(queries.about(conn, workspace_id, row.kind, row.about)),
        tuple((k.kind, k.run_id, k.seq) for k in kin if (k.run_id, k.seq) != (run_id, seq)),
        steps(
            row,
            queries.events(conn, workspace_id, [key]).get(key, ()),
            queries.reported(conn, workspace_id, [key]).get(key, ()),
        ),
        whys.get(row.batch_id),
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery as a part of something larger: how it stands, and its timeline."""

    run_id: int
    seq: int
    kind: str
    address: str
    transport: str
    state: str
    steps: tuple[Step, ...]


def sent(conn: Conn, principal: Principal, keys: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], Sent]:
    """These deliveries with their timelines; what retention has dropped is left out. Raises NotAllowed."""
    principal.require_admin()
    w = principal.workspace_id
    rows = queries.deliveries(conn, w, keys) if keys else {}
    if not rows:
        return {}
    events, reported = queries.events(conn, w, list(rows)), queries.reported(conn, w, list(rows))
    return {
        key: Sent(
            row.run_id, row.seq, row.kind, row.address, row.transport, row.state,
            steps(row, events.get(key, ()), reported.get(key, ())),
        )
        for key, row in rows.items()
    }  # fmt: skip


def _numbers(row: Any) -> Numbers:
    found: Mapping[str, int] = row.counts or {}
    counts = {state: found[state] for state in STATES if state in found}
    return Numbers(
        row.id, row.kind, row.state, row.reason, row.size, row.made_at, counts, row.doubt_resent, row.doubt_policy,
        row.next_batch,
    )  # fmt: skip


def _about(row: Any) -> About | None:
    return About(row.team_id, row.team_name, row.contact_id, row.name or row.email, row.local_date) if row else None


__all__: Sequence[str] = [
    "STATES", "About", "Chain", "Numbers", "Sent", "Step", "Why", "chain", "numbers", "run",
    "sent", "with_why",
]  # fmt: skip
