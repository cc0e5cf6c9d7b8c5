"""Runs with rows in any state, doubts of any age, and what the tests of settling read of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from engine import db, move
from engine.outbound.queries.flushing import these
from engine.outbound.settle.doubts import Which
from tests import factories
from tests.engine.outbound.world import Office

DIED = "its worker mail1:7 stopped before an answer was recorded"
LINE = "the connection was lost (at DATA)\n> MAIL FROM:<b@x.test>\n< 250 ok\n> 812 bytes of content, with its final dot"
QUARTER = 900.0


def run_of(office: Office, states: Sequence[str], kind: str = "prompt", **values: Any) -> int:
    """A done run whose batch is over, one row for each state; what is open has a batch of its own."""
    with office.engine.begin() as conn:
        now = db.now(conn)
        made = {"made_at": now, "state": "done", "size": len(states), **values}
        run_id = factories.run(conn, office.workspace_id, kind, **made)
        batch = factories.batch(conn, office.workspace_id, run_id, next_at=now, state="done", epoch=1)
        later = now + timedelta(hours=1)
        waits = factories.batch(conn, office.workspace_id, run_id, next_at=later) if "deferred" in states else batch
        for seq, state in enumerate(states, 1):
            factories.delivery(
                conn, office.workspace_id, run_id, waits if state == "deferred" else batch, seq, recipient=seq,
                about=seq, address=f"p{seq}@{'gmail.com' if seq % 2 else 'example.org'}", state=state,
                useful_until=now + timedelta(hours=9), attempt=int(state == "deferred"),
            )  # fmt: skip
    return run_id


def doubted(
    office: Office, size: int = 1, kind: str = "prompt", *, age: timedelta = timedelta(minutes=16), why: str = DIED,
    useful: timedelta = timedelta(hours=9), **values: Any,
) -> int:  # fmt: skip
    """A done run all of whose rows have been in doubt for so long, by PostgreSQL's clock and by business time."""
    run_id = run_of(office, ["queued"] * size, kind, **values)
    with office.engine.begin() as conn:
        now = db.now(conn)
        move.deliveries(conn, "doubt", these(run_id, range(1, size + 1)), now - age, reason=why)
        conn.execute(
            text("UPDATE delivery_event SET written_at = clock_timestamp() - cast(:age AS interval) WHERE run_id = :r"),
            {"age": age, "r": run_id},
        )
        conn.execute(
            text("UPDATE delivery SET useful_until = :until WHERE run_id = :r"), {"until": now + useful, "r": run_id}
        )
    return run_id


def those(office: Office, run_id: int | None = None, **words: Any) -> Which:
    """The doubts of the office's workspace."""
    return Which(office.workspace_id, run_id, **words)


def events(office: Office, run_id: int) -> list[tuple[Any, ...]]:
    """(seq, trigger, actor) of a run's events, in order."""
    with office.engine.begin() as conn:
        found = text("SELECT seq, trigger, actor FROM delivery_event WHERE run_id = :r ORDER BY no")
        return [tuple(row) for row in conn.execute(found, {"r": run_id})]
