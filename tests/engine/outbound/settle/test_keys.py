"""A relay that drops copies by an idempotency header gets a doubt again at once, if its mail surely left with that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.outbound import sweep
from tests.engine.outbound.settle.scene import QUARTER, doubted, events
from tests.engine.outbound.world import Office


@pytest.fixture
def office(engine_db: Engine) -> Office:
    return Office.open(engine_db, 1)


def relay(office: Office, header: str, **values: Any) -> int:
    made = {"uses": "all", "rank": 0, **values}
    statement = text(
        "INSERT INTO relay (workspace_id, host, port, tls, idempotency_header, uses, rank, keyed_at)"
        " VALUES (:w, 'smtp.x.test', 587, 'none', :header, :uses, :rank, now() - interval '1 hour') RETURNING id"
    )
    with office.engine.begin() as conn:
        return int(conn.execute(statement, {"w": office.workspace_id, "header": header, **made}).scalar_one())


KEYED = "smtp.x.test:587 smarthost X-Key"


def noted(office: Office, keyed: str, minutes: int) -> None:
    """The scheduler has known for `minutes` what the instance's relay is."""
    office.run_sql("DELETE FROM keyed")
    office.run_sql(
        "INSERT INTO keyed (id, relay, at) VALUES (1, :keyed, now() - make_interval(mins => :minutes))",
        keyed=keyed, minutes=minutes,
    )  # fmt: skip


def swept(office: Office, keyed: str = "") -> int:
    """How many doubts the sweep has sent again; `keyed` is the instance's relay where it drops copies."""
    with office.engine.begin() as conn:
        sweep.resend_doubts(conn, db.now(conn), QUARTER, keyed)
        return int(conn.execute(text("SELECT count(*) FROM delivery_event WHERE trigger = 'resend'")).scalar_one())


def test_where_the_relay_drops_copies_a_doubt_is_sent_again_at_once_whatever_the_policy(office: Office) -> None:
    run_id = doubted(office, kind="prompt", age=timedelta(0), doubt_policy="hold")
    had = relay(office, "X-Idempotency-Key")
    office.run_sql("UPDATE delivery SET relay_id = :id", id=had)

    assert swept(office) == 1
    assert office.column(run_id, "state") == ["queued"]
    assert events(office, run_id)[-1] == (1, "resend", "")


def test_only_the_relay_that_had_the_row_counts(office: Office) -> None:
    doubted(office, age=timedelta(0))
    first, second = relay(office, ""), relay(office, "X-Idempotency-Key", rank=1)

    assert swept(office) == 0  # none of these: it was with the instance's
    office.run_sql("UPDATE delivery SET relay_id = :id", id=first)
    assert swept(office) == 0  # this one drops nothing
    office.run_sql("UPDATE delivery SET relay_id = :id", id=second)
    assert swept(office) == 0  # this one does, and the next attempt goes to the first
    office.run_sql("UPDATE relay SET idempotency_header = 'X-Key' WHERE id = :id", id=first)
    office.run_sql("UPDATE delivery SET relay_id = :id", id=first)
    assert swept(office) == 1


def test_what_may_have_left_before_the_relay_knew_keys_waits_for_the_policy(office: Office) -> None:
    doubted(office, age=timedelta(0), doubt_policy="hold")
    had = relay(office, "X-Idempotency-Key")
    office.run_sql("UPDATE delivery SET relay_id = :id", id=had)

    office.run_sql("UPDATE relay SET keyed_at = now() - interval '14 min'")
    assert swept(office) == 0
    office.run_sql("UPDATE relay SET keyed_at = now() - interval '16 min'")
    assert swept(office) == 1


def test_the_instances_relay_counts_for_a_workspace_without_one(office: Office) -> None:
    noted(office, KEYED, minutes=16)
    doubted(office, age=timedelta(0), doubt_policy="hold")

    assert swept(office, KEYED) == 1


def test_what_the_instances_relay_had_when_its_header_was_set_waits_for_the_policy(office: Office) -> None:
    doubted(office, age=timedelta(0), doubt_policy="hold")

    assert swept(office, KEYED) == 0  # seen for the first time
    noted(office, KEYED, minutes=14)
    assert swept(office, KEYED) == 0
    noted(office, KEYED, minutes=16)
    assert swept(office, KEYED) == 1


@pytest.mark.parametrize("between", ["", "other.x.test:587 smarthost X-Key", "smtp.x.test:587 smarthost X-Other"])
def test_another_header_or_server_of_the_instance_begins_the_time_anew(office: Office, between: str) -> None:
    noted(office, KEYED, minutes=60)
    swept(office, between)
    doubted(office, age=timedelta(0), doubt_policy="hold")

    assert swept(office, between) == 0
    assert swept(office, KEYED) == 0


def test_what_is_noted_of_the_instances_relay_stays_while_it_is_the_same(office: Office) -> None:
    noted(office, KEYED, minutes=60)

    swept(office, KEYED)

    assert office.value("SELECT at < now() - interval '59 min' FROM keyed")


def test_what_the_instances_relay_had_is_not_sent_by_another_that_the_workspace_got_since(office: Office) -> None:
    noted(office, KEYED, minutes=60)
    doubted(office, age=timedelta(0))
    relay(office, "X-Idempotency-Key")

    assert swept(office, KEYED) == 0
