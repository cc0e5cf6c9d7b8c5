"""Every row that waits says why, in one sentence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from engine import db
from engine.outbound import record, stop
from engine.outbound.pace import queries, routing, why
from engine.outbound.pace.why import Why
from tests.engine.outbound.world import Office


@pytest.fixture
def office(engine_db: Engine) -> Office:
    return Office.open(engine_db, 1)


def asked(office: Office, batch_id: int, now: datetime | None = None, seq: int | None = None) -> Why:
    with office.engine.begin() as conn:
        at = now or db.now(conn)
        return why.of_batches(conn, office.settings, office.workspace_id, [batch_id], at, seq)[batch_id]


def seat(office: Office, lane: str, provider: str, seats: int) -> None:
    office.run_sql(
        "INSERT INTO seat (lane, provider, owner, seats, until)"
        " VALUES (:l, :p, 'w', :n, clock_timestamp() + interval '1 min')", l=lane, p=provider, n=seats,
    )  # fmt: skip


def in_(office: Office, **delta: float) -> datetime:
    with office.engine.begin() as conn:
        return db.now(conn) + timedelta(**delta)


def test_a_batch_that_nothing_keeps_waits_for_a_worker_and_then_a_worker_has_it(office: Office) -> None:
    batch = office.plan(["a@x.test"]).batch_ids[0]
    before = asked(office, batch)
    with office.engine.begin() as conn:
        record.claim(conn, "w", db.now(conn), 1, 30)

    assert before == Why("waits for a worker")
    assert asked(office, batch) == Why("a worker has it")


def test_a_relay_that_rests_says_until_when_and_in_its_own_words(office: Office) -> None:
    batch = office.plan(["a@x.test"]).batch_ids[0]
    with office.engine.begin() as conn:
        now = db.now(conn)
        queries.open_breaker(conn, "instance", "421 4.3.2 too busy", 0, now)

    assert asked(office, batch, now) == Why("the relay rests: 421 4.3.2 too busy", now + timedelta(seconds=5))


def test_one_workspace_is_not_told_of_the_relay_of_another(office: Office) -> None:
    batch = office.plan(["a@x.test"]).batch_ids[0]
    other = Office.open(office.engine, 1)
    with office.engine.begin() as conn:
        queries.open_breaker(conn, other.relay(1), "535 wrong password", 0, db.now(conn))

    assert asked(office, batch) == Why("waits for a worker")
    with office.engine.begin() as conn:
        assert why.of_batches(conn, office.settings, other.workspace_id, [batch], db.now(conn)) == {}


def test_a_provider_with_all_its_connections_in_use_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    lane = office.relay(1, visible=True, connections=9)
    monkeypatch.setenv("SIXPM_RELAY_HOST", "127.0.0.1")
    batch = office.plan(["a@outlook.com"]).batch_ids[0]
    office.run_sql("INSERT INTO pace (lane, provider, allowed) VALUES (:l, 'outlook', 2.7)", l=lane)
    seat(office, lane, "outlook", 2)

    found = asked(office, batch)

    assert found.words == "outlook: 2 of 2 connections"
    assert found.at is not None


def test_a_relay_with_all_its_connections_in_use_says_so(office: Office) -> None:
    batch = office.plan(["a@x.test"]).batch_ids[0]
    seat(office, "instance", "", 2)

    assert asked(office, batch).words == "the relay: 2 of 2 connections"


def test_a_cap_that_is_reached_names_the_day_s_end(office: Office) -> None:
    lane = office.relay(1, per_day=2000)
    batch = office.plan(["a@x.test"]).batch_ids[0]
    now = in_(office)
    values = {"l": lane, "day": now.date()}
    office.run_sql("INSERT INTO pace (lane, day, day_used, day_cap) VALUES (:l, :day, 2000, 2000)", **values)

    found = asked(office, batch, now)

    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert found == Why("the day's cap of 2,000 mails is reached", midnight)


@pytest.mark.parametrize(
    ("kind", "uses", "words"),
    [
        ("digest", "all", "the last 200 of the day's cap of 2,000 are kept for more urgent mail"),
        ("prompt", "all", "waits for a worker"),
        ("digest", "bulk", "waits for a worker"),
    ],
)
def test_what_bulk_mail_leaves_to_the_rest_of_the_day_is_said(office: Office, kind: str, uses: str, words: str) -> None:
    lane = office.relay(1, per_day=2000, uses=uses)
    batch = office.plan(["a@x.test"], kind).batch_ids[0]
    now = in_(office)
    values = {"l": lane, "day": now.date()}
    office.run_sql("INSERT INTO pace (lane, day, day_used, day_cap) VALUES (:l, :day, 1800, 2000)", **values)

    with office.engine.begin() as conn:
        claimed = len(record.claim(conn, "w", now, 1, 30, routing.gates(conn, now, office.settings)))

    assert claimed == (words == "waits for a worker")
    assert asked(office, batch, now).words == words.replace("waits for a worker", "a worker has it")


def test_a_deferred_row_says_what_was_answered_and_when_it_is_tried_again(office: Office) -> None:
    planned = office.plan(["a@x.test"])
    at = in_(office, minutes=5)
    office.run_sql("UPDATE batch SET next_at = :at", at=at)
    office.run_sql("UPDATE delivery SET state = 'deferred', attempt = 1, reply = '451 4.7.1 greylisted'")

    assert asked(office, planned.batch_ids[0], seq=1) == Why("deferred: 451 4.7.1 greylisted, attempt 2", at)


def test_a_run_that_somebody_paused_says_who(office: Office) -> None:
    planned = office.plan(["a@x.test"])
    with office.engine.begin() as conn:
        stop.pause(conn, planned.run_id, db.now(conn), "account:7")

    assert asked(office, planned.batch_ids[0]).words == "paused by account:7"


def test_a_run_that_is_held_says_why(office: Office) -> None:
    planned = office.plan(["a@x.test"])
    with office.engine.begin() as conn:
        stop.hold(conn, planned.run_id, "the relay refuses our envelope sender", db.now(conn))

    assert asked(office, planned.batch_ids[0]).words == "held: the relay refuses our envelope sender"


def test_a_workspace_without_a_relay_is_told(office: Office) -> None:
    batch = office.plan(["a@x.test"]).batch_ids[0]
    office.settings = office.settings.model_copy(update={"relay_host": None})

    assert asked(office, batch).words == "there is no mail relay; an admin sets one"


def test_what_only_the_first_relay_may_have_says_so_while_that_one_rests(office: Office) -> None:
    first = office.relay(1)
    office.relay(2, rank=1)
    planned = office.plan(["a@x.test"])
    office.run_sql(
        "INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state)"
        " SELECT run_id, seq, workspace_id, now(), 0, 'doubt', 'in_doubt' FROM delivery WHERE run_id = :r",
        r=planned.run_id,
    )
    with office.engine.begin() as conn:
        queries.open_breaker(conn, first, "the connection was refused", 60, db.now(conn))
        routed = routing.claim(conn, "a worker", db.now(conn), 10, 30, office.settings)
    office.run_sql("UPDATE batch SET owner = NULL, lease_until = NULL WHERE id = :b", b=planned.batch_ids[0])
    assert [rows for _, rows in routed.batches] == [[]]

    (batch,) = office.column(planned.run_id, "batch_id")

    found = asked(office, batch)
    assert found.words == "the first relay may have a copy, so no other takes it; it rests"
    assert found.at is not None
