"""Ranges of runs: a run of many has one for itself, and nobody waits for it."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from engine.db import Conn
from engine.outbound import partitions
from engine.outbound.kinds import KINDS
from engine.outbound.partitions import Room
from engine.outbound.queries import ranges
from tests import factories
from tests.stories.parts import wait_for

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
KIND = KINDS["campaign"]
W = partitions.WIDTH


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch, engine_db: Engine) -> None:
    monkeypatch.setattr(partitions, "MANY", 10)
    with engine_db.begin() as conn:
        partitions.ahead(conn)


def filled(conn: Conn, room: Room, *people: int) -> None:
    """Write rows of a run."""
    conn.execute(
        text(f"INSERT INTO {room.table} (run_id, seq, workspace_id, recipient, about, batch_id, transport, address,"
             " useful_until) SELECT :r, n, 1, p, 1, 7, 'smtp', 'x@y.test', :now"
             " FROM unnest(cast(:people AS bigint[])) WITH ORDINALITY AS g(p, n)"),
        {"r": room.run_id, "now": NOW, "people": list(people)},
    )  # fmt: skip


def made(conn: Conn, size: int) -> Room:
    return partitions.room(conn, factories.workspace(conn).id, KIND, size, NOW)


def test_every_second_range_is_made_ahead(conn: Conn) -> None:
    assert ranges.firsts(conn) == [0, W, 2 * W, 3 * W, 4 * W, 6 * W]  # the first migration made four of them

    partitions.make_ahead(conn, 7 * W + 1)
    partitions.make_ahead(conn, 7 * W + 1)

    assert ranges.firsts(conn)[6:] == [7 * W, 8 * W, 10 * W, 12 * W]


def test_the_very_next_range_is_made_when_it_is_near(conn: Conn) -> None:
    partitions.make_ahead(conn, 7 * W - 2)

    assert 7 * W in ranges.firsts(conn)


def test_a_run_of_many_has_a_range_of_its_own_and_later_runs_go_on_behind(conn: Conn) -> None:
    alone = made(conn, 10)
    filled(conn, alone, 31, 32, 33)
    partitions.join(conn, alone)
    after, few = made(conn, 9), made(conn, 2)

    assert alone == Room(5 * W, f"delivery_p{5 * W}")
    assert [after, few] == [Room(6 * W, "delivery"), Room(6 * W + 1, "delivery")]
    filled(conn, after, 31, 34)
    rows = conn.execute(text("SELECT run_id, tableoid::regclass::text FROM delivery")).all()
    assert Counter(map(tuple, rows)) == {(5 * W, f"delivery_p{5 * W}"): 3, (6 * W, f"delivery_p{6 * W}"): 2}


def test_its_partitions_are_like_all_others(conn: Conn) -> None:
    partitions.join(conn, made(conn, 10))
    told = text("""
        SELECT i.inhparent::regclass::text, c.reloptions, (
            SELECT array_agg(regexp_replace(pg_get_indexdef(x.indexrelid), '_p[0-9]+', '_p', 'g') ORDER BY 1)
            FROM pg_index x WHERE x.indrelid = c.oid), (
            SELECT array_agg(concat(k.conname, pg_get_constraintdef(k.oid)) ORDER BY k.conname)
            FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f'))
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relname = ANY(:names) ORDER BY 1
    """)

    first = conn.execute(told, {"names": ["delivery_p0", "delivery_event_p0"]}).all()
    own = conn.execute(told, {"names": [f"delivery_p{5 * W}", f"delivery_event_p{5 * W}"]}).all()

    assert len(first) == 2
    assert own == first


def test_nobody_is_twice_in_a_run_with_a_range_of_its_own(conn: Conn) -> None:
    alone = made(conn, 10)
    filled(conn, alone, 31, 32, 31)

    with pytest.raises(IntegrityError, match="recipient_run_id"):
        partitions.join(conn, alone)


def test_other_runs_are_made_and_written_while_it_is_not_there_yet(engine_db: Engine) -> None:
    with engine_db.begin() as other:
        before = made(other, 2)
    with engine_db.connect() as one, engine_db.connect() as two:
        two.execute(text("SET lock_timeout = '2s'"))
        two.commit()
        alone = made(one, 10)
        filled(one, alone, 31)
        partitions.join(one, alone)

        after = made(two, 2)
        filled(two, after, 31)
        filled(two, before, 31)
        two.commit()
        assert two.execute(text("SELECT count(*) FROM delivery")).scalar_one() == 2
        two.rollback()
        one.commit()

    with engine_db.begin() as conn:
        rows = conn.execute(text("SELECT run_id FROM delivery ORDER BY 1")).scalars()
        assert list(rows) == [before.run_id, alone.run_id, after.run_id]


def test_the_scheduler_makes_ranges_later_while_one_is_being_made(engine_db: Engine) -> None:
    with engine_db.connect() as one, engine_db.connect() as two:
        alone = made(one, 10)
        partitions.join(one, alone)
        made(two, 2)  # from here on more ranges are wanted
        two.commit()
        two.execute(text("SET lock_timeout = '2s'"))

        partitions.ahead(two)
        before = ranges.firsts(two)
        two.rollback()
        one.commit()
        partitions.ahead(two)

        assert before == [0, W, 2 * W, 3 * W, 4 * W, 6 * W]
        assert ranges.firsts(two)[4:] == [4 * W, 5 * W, 6 * W, 8 * W, 10 * W, 12 * W]


def test_whoever_makes_ranges_never_waits_for_one_who_waits_for_them(engine_db: Engine) -> None:
    waits = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'")
    with engine_db.connect() as one, engine_db.connect() as two, ThreadPoolExecutor(1) as pool:
        alone = made(one, 10)
        ranges.make(two, 0, W)  # is there; the lock stays
        two.execute(text("SET lock_timeout = '2s'"))
        joining = pool.submit(partitions.join, one, alone)
        wait_for("it waits", lambda: two.execute(waits).scalar_one(), 20)

        ranges.make(two, 8 * W, 9 * W)
        two.commit()
        joining.result(20)
        one.commit()

        assert ranges.firsts(two)[4:] == [4 * W, 5 * W, 6 * W, 8 * W]


def test_one_that_is_given_up_leaves_nothing_and_the_next_finds_another_gap(engine_db: Engine) -> None:
    with engine_db.connect() as conn:
        alone = made(conn, 10)
        filled(conn, alone, 31)
        partitions.join(conn, alone)
        conn.rollback()
    with engine_db.begin() as conn:
        partitions.make_ahead(conn, made(conn, 2).run_id)

        again = made(conn, 10)
        filled(conn, again, 31)
        partitions.join(conn, again)

        assert (alone.run_id, again.run_id) == (5 * W, 7 * W)
        assert conn.execute(text("SELECT DISTINCT run_id FROM delivery")).scalars().all() == [7 * W]


@pytest.mark.parametrize("why", ["no gap", "too near", "too many"])
def test_where_there_is_no_room_it_lies_among_the_others(conn: Conn, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why == "no gap":
        partitions.join(conn, made(conn, 10))
    if why == "too near":
        ranges.go_on_from(conn, 5 * W - partitions.NEAR + 1)
    if why == "too many":
        monkeypatch.setattr(partitions, "MOST", 6)

    found = made(conn, 10)
    filled(conn, found, 31, 32)
    partitions.join(conn, found)

    assert found.table == "delivery"
    assert conn.execute(text("SELECT count(*) FROM delivery")).scalar_one() == 2
