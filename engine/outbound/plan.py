"""Plan a run: one row per recipient, cut into batches, in a fixed number of statements per 50,000 recipients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import move, sealing
from engine.config import required, settings
from engine.db import Conn
from engine.outbound import partitions
from engine.outbound.kinds import KINDS
from engine.outbound.queries import planning
from engine.outbound.queries.flushing import these

BATCH = 200  # rows one lease covers: seconds of work, and one claim's worth of memory
PIECE = 50_000  # rows one INSERT takes


@dataclass(frozen=True, slots=True)
class Recipient:
    """One row to be. `recipient` is unique in the run; `about` is what it tells of; `address` is for `transport`."""

    recipient: int
    about: int
    address: str
    useful_until: datetime
    transport: str = "smtp"


@dataclass(frozen=True, slots=True)
class Planned:
    """A run as planned; seq of the i-th recipient given is i + 1."""

    run_id: int
    batch_ids: tuple[int, ...]
    size: int


def plan(conn: Conn, workspace_id: int, kind: str, recipients: Sequence[Recipient], now: datetime) -> Planned | None:
    """Write the run, its batches and its rows; None when there is nobody. Suppressed addresses are rows too, at once.

    Raises KeyError for an unknown kind and IntegrityError when a recipient is listed twice.
    """
    if not recipients:
        return None
    run_id = planning.insert_run(conn, workspace_id, KINDS[kind], len(recipients), now)
    partitions.ensure(conn, run_id)
    groups = _grouped(recipients)
    batch_ids = planning.insert_batches(conn, workspace_id, run_id, [t for t, _ in groups], KINDS[kind].urgency, now)
    rows = [(seq, batch_id) for batch_id, (_, seqs) in zip(batch_ids, groups, strict=True) for seq in seqs]
    for start in range(0, len(rows), PIECE):
        planning.insert_deliveries(conn, workspace_id, run_id, rows[start : start + PIECE], recipients)
    _suppress(conn, workspace_id, run_id, recipients, now)
    return Planned(run_id, tuple(batch_ids), len(recipients))


def _grouped(recipients: Sequence[Recipient]) -> list[tuple[str, list[int]]]:
    """(transport, seqs) of each batch: rows keep their order, and no batch mixes transports."""
    groups: list[tuple[str, list[int]]] = []
    filling: dict[str, list[int]] = {}
    for seq, recipient in enumerate(recipients, start=1):
        seqs = filling.get(recipient.transport)
        if seqs is None or len(seqs) >= BATCH:
            seqs = filling[recipient.transport] = []
            groups.append((recipient.transport, seqs))
        seqs.append(seq)
    return groups


def _suppress(conn: Conn, workspace_id: int, run_id: int, recipients: Sequence[Recipient], now: datetime) -> None:
    if not planning.has_suppressions(conn, workspace_id):
        return
    secret = required(settings().secret_key, "secret_key")
    hashes = [sealing.address_hash(secret, r.address) if r.transport == "smtp" else b"" for r in recipients]
    reasons = planning.suppressed(conn, workspace_id, hashes)
    for reason in sorted(set(reasons.values())):
        seqs = [seq for seq, value in enumerate(hashes, start=1) if reasons.get(value) == reason]
        move.deliveries(conn, "suppress", these(run_id, seqs), now, reason=f"suppressed: {reason}")
