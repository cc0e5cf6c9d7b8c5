"""Runs, batches and deliveries as planning would have written them, for tests that start further on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, update

from engine import models as m
from engine.db import Conn
from engine.outbound.kinds import KINDS
from tests.factories.rows import NOON, row


def run(conn: Conn, workspace_id: int, kind: str = "prompt", *, made_at: datetime = NOON, **values: Any) -> int:
    """A run of a kind, with the kind's own urgency and policy; its id."""
    of = KINDS[kind]
    made = {"workspace_id": workspace_id, "kind": kind, "urgency": of.urgency, "doubt_policy": of.doubt_policy}
    return row(conn, m.Run, **{**made, "made_at": made_at, **values})


def batch(
    conn: Conn, workspace_id: int, run_id: int, *, transport: str = "smtp", next_at: datetime = NOON, **values: Any
) -> int:
    """A batch of a run, claimable at `next_at`; its id."""
    made = {"workspace_id": workspace_id, "run_id": run_id, "transport": transport, "urgency": 1, "next_at": next_at}
    return row(conn, m.Batch, **{**made, **values})


def delivery(
    conn: Conn,
    workspace_id: int,
    run_id: int,
    batch_id: int,
    seq: int,
    *,
    recipient: int,
    about: int = 0,
    address: str | None = None,
    useful_until: datetime = NOON + timedelta(hours=15),
    transport: str = "smtp",
    **values: Any,
) -> tuple[int, int]:
    """One recipient's row; its key (run_id, seq)."""
    made = {
        "run_id": run_id,
        "seq": seq,
        "workspace_id": workspace_id,
        "recipient": recipient,
        "about": about,
        "batch_id": batch_id,
        "transport": transport,
        "address": address or f"person{seq}@example.org",
        "useful_until": useful_until,
    }
    conn.execute(insert(m.Delivery).values(**made, **values))
    return run_id, seq


def settle(conn: Conn, run_id: int, state: str = "sent", *, at: datetime = NOON, seq: int | None = None) -> None:
    """Give a run's deliveries (or the one with `seq`) an outcome, as if the wire had reported it."""
    d = m.Delivery
    which = d.run_id == run_id if seq is None else and_(d.run_id == run_id, d.seq == seq)
    accepted = state in ("sent", "delivered", "complained")
    conn.execute(update(d).where(which).values(state=state, sent_at=at if accepted else None))
