"""What is queued again goes the ways that planning would give it now: each provider's rows in batches of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from engine import config, db
from engine.outbound.settle import doubts, rest
from engine.outbound.settle.rest import Rest
from tests.engine.outbound.settle.scene import QUARTER, doubted, run_of, those
from tests.engine.outbound.world import Office

ANN = "account:7"


@pytest.fixture
def office(engine_db: Engine, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("SIXPM_RELAY_HOST", "127.0.0.1")
    config.settings.cache_clear()
    return Office.open(engine_db, 1)


def requeue(office: Office, run_id: int) -> None:
    with office.engine.begin() as conn:
        now = db.now(conn)
        rest.requeue(conn, Rest(office.workspace_id, run_id, rest.STATES), now, ANN, now + timedelta(hours=4))


def resend(office: Office) -> None:
    with office.engine.begin() as conn:
        doubts.resend(conn, those(office), db.now(conn), ANN, QUARTER)


def resend_by_policy(office: Office) -> None:
    with office.engine.begin() as conn:
        doubts.resend_by_policy(conn, db.now(conn), QUARTER, keyed="")


def ways(office: Office) -> list[str]:
    """The provider of each row's batch, in order."""
    found = office.value(
        "SELECT string_agg(b.provider, ',' ORDER BY d.seq) FROM delivery d JOIN batch b ON b.id = d.batch_id"
        " WHERE d.state IN ('queued', 'deferred')"
    )
    return str(found).split(",")


def test_the_rest_of_a_run_planned_before_its_relay_was_visible_goes_by_provider(office: Office) -> None:
    run_id = run_of(office, ["failed", "bounced", "deferred", "failed"])  # odd ones at Gmail, the others at nobody's
    office.relay(1, visible=True)

    requeue(office, run_id)

    assert ways(office) == ["gmail", "other", "gmail", "other"]


@pytest.mark.parametrize("act", [resend, resend_by_policy])
def test_doubts_are_sent_once_more_in_batches_of_their_provider(office: Office, act: Callable[[Office], None]) -> None:
    doubted(office, 3)
    office.relay(1, visible=True)

    act(office)

    assert ways(office) == ["gmail", "other", "gmail"]


def test_where_receivers_are_not_told_apart_any_more_the_rest_goes_one_way(office: Office) -> None:
    run_id = run_of(office, ["failed", "failed"])
    office.run_sql("UPDATE batch SET provider = 'gmail'")
    office.relay(1)

    requeue(office, run_id)

    assert ways(office) == ["", ""]


def test_posts_have_no_provider_whatever_their_relay_tells_apart(office: Office) -> None:
    run_id = run_of(office, ["failed", "failed"], "post")
    office.run_sql("UPDATE delivery SET transport = 'slack', address = ''")
    office.relay(1, visible=True)

    requeue(office, run_id)

    assert ways(office) == ["", ""]
