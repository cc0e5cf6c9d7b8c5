"""The sweep over open questions looks into the ledger by key, however much other mail is in it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from engine.db import Conn
from engine.outbound import partitions
from engine.outbound.kinds import KINDS
from engine.outbound.queries import planning
from engine.rounds.queries import checking
from tests import factories

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_the_sweep_over_open_questions_never_reads_the_ledger_through(conn: Conn) -> None:
    """Where nothing was counted yet, a plain join read every delivery there was, at every tick."""
    workspace_id = factories.workspace(conn).id
    run_id = planning.insert_run(conn, workspace_id, KINDS["prompt"], 20_000, NOW)
    partitions.ensure(conn, run_id)
    conn.execute(
        text(
            "INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address,"
            " useful_until) SELECT :run, n, :w, n, n, 1, 'smtp', 'p' || n || '@x.test', now()"
            " FROM generate_series(1, 20000) n"
        ),
        {"run": run_id, "w": workspace_id},
    )
    full = conn.execute(text("SELECT DISTINCT tableoid::regclass::text FROM delivery")).scalar_one()
    conn.execute(text(f"ANALYZE {full}"))

    plan = "\n".join(conn.scalars(text(f"EXPLAIN {checking.ACCEPTED_PROMPTS}")))

    assert f"Index Scan using {full}_pkey" in plan
    assert f"Seq Scan on {full} " not in plan
