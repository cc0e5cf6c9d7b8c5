"""Planning: whose rows are whose."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from engine.db import Conn
from engine.outbound import partitions, plan
from engine.outbound.kinds import KINDS
from engine.outbound.plan import Recipient
from engine.outbound.queries import planning
from tests import factories

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_rows_are_made_in_the_workspace_of_their_run_alone(conn: Conn) -> None:
    """Nothing but this statement keeps them there: delivery has no foreign key to the run."""
    own, other = factories.workspace(conn).id, factories.workspace(conn).id
    run_id, _ = planning.insert_run(conn, own, KINDS["prompt"], 1, NOW, partitions.WIDTH)
    columns = planning.delivery_columns([1], [7], [Recipient(1, 1, "ada@x.test", NOW)])

    with pytest.raises(LookupError, match="has no run"):
        planning.insert_deliveries(conn, other, run_id, columns)
    with pytest.raises(LookupError, match="has no run"):
        planning.insert_few(conn, other, run_id, [("smtp", "")], 1, NOW, columns)
    planning.insert_deliveries(conn, own, run_id, columns)

    rows = conn.execute(text("SELECT run_id, workspace_id FROM delivery")).all()
    assert [tuple(row) for row in rows] == [(run_id, own)]


@pytest.mark.parametrize("people", [1, plan.FEWEST + 1])
def test_a_run_beyond_all_partitions_makes_its_own(conn: Conn, people: int) -> None:
    """The scheduler makes them ahead; while it is away a launch must not fail for want of one."""
    far = 40 * partitions.WIDTH
    conn.execute(text("SELECT setval(pg_get_serial_sequence('run', 'id'), :far)"), {"far": far})
    recipients = [Recipient(n, 1, f"{n}@x.test", NOW) for n in range(people)]

    planned = plan.plan(conn, factories.workspace(conn).id, "digest", recipients, NOW)

    assert planned is not None
    assert planned.run_id == far + 1
    rows = text("SELECT DISTINCT tableoid::regclass::text FROM delivery WHERE run_id = :run")
    assert list(conn.scalars(rows, {"run": planned.run_id})) == [f"delivery_p{far}"]
