"""Rows that leave their old batch for a new one: the same row, listed by an event, claimed like any other (H6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import move
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound import plan
from engine.outbound.providers import provider_of
from engine.outbound.settle.queries import laying

CLEAN: Mapping[str, Any] = {"code": "", "reply": "", "queue_id": ""}  # what the last attempt heard is in its event


@dataclass(frozen=True, slots=True)
class Laid:
    """How many rows moved, and the batches they wait in."""

    rows: int
    batch_ids: tuple[int, ...]


def lay(
    conn: Conn, run_id: int, seqs: Sequence[int], trigger: str, now: datetime, *, actor: str, reason: str,
    values: Mapping[str, Any],
) -> Laid:  # fmt: skip
    """Move rows of one run by `trigger` into new batches of their transport and provider. They should be locked.

    A row that somebody moved first is left out; a batch that stays empty so is finished by whoever claims it.
    """
    rows, made = 0, []
    for (transport, provider), group in _ways(conn, run_id, seqs, now):  # as many as there are ways out
        size = min(plan.MOST, max(plan.FEWEST, len(group) // plan.SHARES))  # as if they were a run of their own
        firsts = group[::size]
        batch_ids = laying.new_batches(conn, run_id, transport, provider, len(firsts), now)
        moved = move.deliveries(
            conn, trigger, laying.among(run_id, group), now, actor=actor, reason=reason,
            values={**values, "batch_id": laying.batch_of(batch_ids, firsts)},
        )  # fmt: skip
        rows += len(moved)
        made += batch_ids
    return Laid(rows, tuple(made))


def _ways(conn: Conn, run_id: int, seqs: Sequence[int], now: datetime) -> list[tuple[plan.Way, list[int]]]:
    """The ways out that the rows take now, as planning parts them; their relay may have changed since they were made.

    Their old batches say nothing: who set `visible`, or began a warm-up, wants each provider's pace for them too.
    """
    found = laying.domains(conn, run_id, seqs)
    mail = any(transport == "smtp" for transport, _, _ in found)
    split = mail and plan.splits(conn, *laying.run_of(conn, run_id), now)
    ways: dict[plan.Way, list[int]] = {}
    for transport, domain, group in found:
        provider = provider_of(domain) if split and transport == "smtp" else ""
        ways.setdefault((transport, provider), []).extend(group)
    return [(way, sorted(group)) for way, group in sorted(ways.items())]


def reopen(conn: Conn, run_id: int, now: datetime, *, actor: str, note: str) -> None:
    """Open a done or cancelled run for what was just laid; a paused or held one stays as it is, and its rows wait."""
    move.many(conn, "run", "reopen", laying.this_run(run_id), now, actor=actor, note=note)


def lock_run(conn: Conn, run_id: int) -> str | None:
    """The run's state, its row locked; None when there is no such run. Raises Invalid while its cancel goes on."""
    state = laying.lock_run(conn, run_id)
    if state == "cancelled" and laying.has_open_batches(conn, run_id):
        # A row that a worker still brings back (H5) would go out with those a person chose.
        raise Invalid(f"Run {run_id} is still being cancelled; a worker holds some of its rows. Try again in a minute.")
    return state
