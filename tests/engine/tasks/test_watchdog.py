"""When a watchdog barks: a queue that is asked and silent while a child is free; and when it must not."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import Engine, text

from engine import clock, config, db
from engine.outbound.queries import canaries
from engine.tasks import polls
from engine.tasks.watchdog import CHECK, Judge, Watchdog

LIMIT, SLICE = 60.0, 45.0


def barks(silences: list[list[float]], busy: list[bool], queues: int = 2) -> int | None:
    """The look at which it barks, of looks CHECK seconds apart, after a first minute in order."""
    judge = Judge(LIMIT, SLICE, 0.0, 0.0, 0.0)
    at = 0.0
    for _ in range(int(LIMIT / CHECK)):
        at += CHECK
        assert not judge.deaf(at, [1.0] * queues, queues, busy=False)
    for look, (silent, full) in enumerate(zip(silences, busy, strict=True)):
        at += CHECK
        if judge.deaf(at, silent, queues, full):
            return look
    return None


def growing(looks: int, queues: int = 2) -> list[list[float]]:
    return [[CHECK * (look + 1)] * queues for look in range(looks)]


def test_it_barks_when_the_limit_is_reached_and_a_child_was_free() -> None:
    assert barks(growing(30), [False] * 30) == LIMIT / CHECK - 1


def test_one_silent_queue_is_enough() -> None:
    assert barks([[silent, 1.0] for silent, _ in growing(30)], [False] * 30) == LIMIT / CHECK - 1


def test_it_is_quiet_while_all_children_are_busy_with_slices() -> None:
    """A slice takes 45 s and the canary waits behind it; with two of them in a row it waits for 90 s."""
    looks = int((LIMIT + SLICE) / CHECK)

    assert barks(growing(looks), [True] * looks) is None


def test_a_child_that_has_just_become_free_has_time_for_two_canaries() -> None:
    busy = [True] * 14 + [False] * 16

    assert barks(growing(30), busy) == 14 + 20 / CHECK - 1


def test_a_limit_below_a_minute_is_kept_by_looks_and_canaries_that_follow_faster() -> None:
    settings = config.load(watchdog_seconds=12)
    haste, at = settings.watchdog_haste, 0.0
    judge = Judge(12.0, SLICE, 0.0, 0.0, 0.0, haste)
    first = next(look for look in range(60) if judge.deaf(at := at + CHECK * haste, [look * 1.0], 1, look < 10))

    assert [config.load(watchdog_seconds=limit).watchdog_haste for limit in (0, 60, 300)] == [1.0, 1.0, 1.0]
    assert (haste, first) == (0.2, 13)  # a free child for 4 s, and 12 s of silence


def test_children_that_seem_busy_for_ever_do_not_keep_it_quiet_for_ever() -> None:
    looks = 40

    assert barks(growing(looks), [True] * looks) == (LIMIT + 2 * SLICE) / CHECK - 1


def test_one_queue_that_starves_beside_another_that_is_worked_on_is_not_deaf() -> None:
    looks = 60

    assert barks([[silent, 5.0] for silent, _ in growing(looks)], [True] * looks) is None


@pytest.mark.parametrize("silences", [[], [[]]])
def test_it_is_quiet_while_nobody_asks(silences: list[list[float]]) -> None:
    assert barks([[]] * 60, [False] * 60) is None


def test_a_process_that_was_stopped_gets_its_time_anew() -> None:
    judge = Judge(LIMIT, SLICE, 0.0, 0.0, 0.0)
    for look in range(1, 13):
        judge.deaf(CHECK * look, [1.0], 1, busy=False)

    assert not judge.deaf(1000.0, [900.0], 1, busy=False)
    assert not judge.deaf(1005.0, [905.0], 1, busy=False)


def test_a_worker_whose_children_are_all_busy_says_that_it_lives_for_each_of_its_queues(engine_db: Engine) -> None:
    url = engine_db.url.render_as_string(hide_password=False)
    settings = config.load(database_url=url)
    with engine_db.begin() as conn:
        assert Watchdog(["send"], 2, lambda: 1, settings)._look(conn) == []
        assert db.heartbeats(conn) == {}

        assert Watchdog(["send", "bulk"], 2, lambda: 2, settings)._look(conn) == []

        assert set(db.heartbeats(conn)) == {"queue:send", "queue:bulk"}


def test_one_of_several_workers_ends_for_what_only_the_others_hear(
    engine_db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = engine_db.url.render_as_string(hide_password=False)
    settings, at_work = config.load(database_url=url), [0]
    monkeypatch.setattr(polls, "answered", Counter[str]())
    first, second = (Watchdog(["send", "bulk"], 2, lambda: at_work[0], settings) for _ in range(2))

    def others_take(conn: db.Conn, times: int) -> None:
        db.beat(conn, "queue:send", "other:1")
        for _ in range(times):
            canaries.taken(conn, "send", "other:1", 1)

    with engine_db.begin() as conn:
        others_take(conn, 1)
        assert first._look_beside(conn) == second._look_beside(conn) == []
        others_take(conn, 15)
        assert first._look_beside(conn) == []
        others_take(conn, 1)
        polls.answered["send"] += 1  # it lost the race for each of them
        assert first._look_beside(conn) == []
        others_take(conn, 16)
        at_work[0] = 1
        assert first._look_beside(conn) == []
        at_work[0] = 0
        assert first._look_beside(conn) == second._look_beside(conn) == []
        others_take(conn, 16)

        assert first._look_beside(conn) == ["send"]
        assert second._look_beside(conn) == []  # not both of them at once
        conn.execute(text("UPDATE canary SET ended_at = ended_at - interval '121 s'"))
        assert second._look_beside(conn) == ["send"]


def test_what_it_ends_for_is_written_down_as_an_incident(engine_db: Engine) -> None:
    url = engine_db.url.render_as_string(hide_password=False)
    dog = Watchdog(["send", "bulk"], 2, lambda: 0, config.load(database_url=url))
    dog._judge = Judge(LIMIT, SLICE, seen=clock.steady(), awake=clock.steady() - 90, free=clock.steady() - 90)
    with engine_db.begin() as conn:
        canaries.asked(conn, ["send", "bulk", "inbound"])
        canaries.taken(conn, "bulk", "w:1")
        conn.execute(text("UPDATE canary SET asked_since = asked_since - interval '70 s'"))

        assert dog._look(conn) == ["send"]

        words = conn.execute(text("SELECT words FROM incident WHERE kind = 'watchdog' AND about = 'send'")).scalar_one()
        assert "has ended, to be started again" in words
