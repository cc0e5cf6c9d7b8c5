"""The rescue hands the sweep what the settings say of doubts: their age, and whether a relay drops copies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from engine import db
from scheduler.rescue import rescue
from tests.engine.outbound.settle.scene import doubted
from tests.engine.outbound.world import Office

SECOND = "smtp://second.x.test"


@pytest.mark.parametrize(
    ("settings", "age", "state"),
    [
        ({}, 14, "in_doubt"),
        ({"doubt_resend_seconds": 1}, 14, "in_doubt"),  # H15: an instance in production waits all the same
        ({}, 16, "queued"),
        ({"relay_idempotency_header": "X-Key"}, 0, "in_doubt"),  # set after the mail had left
    ],
)
def test_a_doubt_is_sent_again_when_the_settings_allow_it(
    engine_db: Engine, settings: dict[str, Any], age: int, state: str
) -> None:
    office = Office.open(engine_db, 1, **settings)
    run_id = doubted(office, age=timedelta(minutes=age))

    with engine_db.begin() as conn:
        rescue(conn, db.now(conn), office.settings)

    assert office.column(run_id, "state") == [state]


@pytest.mark.parametrize(
    ("port", "since", "state"),
    [
        (1, {"relay_idempotency_header": "X-Key"}, "queued"),
        (1, {"relay_idempotency_header": "X-Other"}, "in_doubt"),
        (2, {"relay_idempotency_header": "X-Key"}, "in_doubt"),
        (1, {"relay_idempotency_header": "X-Key", "relay_second": SECOND}, "in_doubt"),
        (1, {"relay_idempotency_header": "X-Key", "relay_per_second": 5}, "queued"),
    ],
)
def test_a_doubt_is_sent_again_at_once_while_the_relay_is_the_one_that_knows_its_key(
    engine_db: Engine, port: int, since: dict[str, Any], state: str
) -> None:
    before = Office.open(engine_db, 1, relay_idempotency_header="X-Key").settings
    with engine_db.begin() as conn:
        rescue(conn, db.now(conn), before)
        conn.execute(text("UPDATE keyed SET at = at - interval '1 hour'"))

    office = Office.open(engine_db, port, **since)
    run_id = doubted(office, age=timedelta(0))
    with engine_db.begin() as conn:
        rescue(conn, db.now(conn), office.settings)

    assert office.column(run_id, "state") == [state]
