"""When one worker of several is deaf: the others took 8 canaries for each, and it, idle all the time, nothing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from sqlalchemy import Engine, text

from engine import db
from engine.outbound.queries import canaries
from engine.tasks.alone import Alone, Look

STEP = 5.0


def silent_at(
    taken: Callable[[int], int] = lambda look: look, own: Callable[[int], object] = lambda look: None,
    working: Callable[[int], bool] = lambda look: False, others: int = 1, looks: int = 200,
    pause: Callable[[int], float] = lambda look: STEP,
) -> int | None:  # fmt: skip
    """The look at which it finds itself deaf, of `looks`; `taken` canaries of the queue by then, `own` sign by then."""
    rule, at = Alone(_at=0.0), 0.0
    for look in range(looks):
        at += pause(look)
        if rule.deaf(at, [Look("bulk", 7000, others, "steady"), Look("send", taken(look), others, own(look))],
                     working(look)) == ["send"]:  # fmt: skip
            return look
    return None


def test_it_is_deaf_when_the_others_took_eight_for_each_living_worker() -> None:
    assert silent_at(others=1) == 16
    assert silent_at(others=3) == 32


def test_where_nobody_else_lives_it_is_not_alone() -> None:
    assert silent_at(others=0) is None


def test_any_own_sign_begins_the_count_anew() -> None:
    assert silent_at(own=lambda look: look // 15) is None
    assert silent_at(own=lambda look: min(look, 40)) == 40 + 16


def test_a_worker_of_which_a_child_is_at_work_is_not_deaf() -> None:
    assert silent_at(working=lambda look: look % 15 == 0) is None
    assert silent_at(working=lambda look: look <= 40) == 40 + 16


def test_what_was_taken_while_it_was_stopped_does_not_count() -> None:
    asleep = 10

    found = silent_at(
        taken=lambda look: look + 1000 * (look >= asleep), pause=lambda look: 10_000.0 if look == asleep else STEP
    )

    assert found == asleep + 16


def test_what_was_taken_before_it_began_does_not_count() -> None:
    assert silent_at(taken=lambda look: 1_000_000 + look) == 16


def test_where_no_canary_comes_through_it_is_quiet() -> None:
    assert silent_at(taken=lambda look: min(look, 15)) is None


def test_only_canaries_are_counted_and_the_others_that_live(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        for owner, taken in (("me", 1), ("other", 1), ("other", 0), ("third", 1), ("gone", 1)):
            db.beat(conn, "queue:send", owner)
            canaries.taken(conn, "send", owner, taken)
        canaries.asked(conn, ["bulk", "inbound"])
        conn.execute(text("UPDATE heartbeat SET seen_at = seen_at - interval '11 min' WHERE process = 'gone'"))

        bulk, send = canaries.standing(conn, ["send", "bulk"], "me")

        assert (send.queue, send.canaries, send.others) == ("send", 4, 2)
        assert send.own is not None
        assert (bulk.queue, bulk.canaries, bulk.others, bulk.own) == ("bulk", 0, 0, None)


def test_no_two_workers_that_share_a_queue_end_within_two_minutes(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        canaries.asked(conn, ["bulk", "inbound", "send"])
        assert canaries.may_end(conn, ["send", "bulk"])

    with engine_db.begin() as conn:
        assert not canaries.may_end(conn, ["send"])
        assert not canaries.may_end(conn, ["bulk", "inbound"])
        assert canaries.may_end(conn, ["inbound"])
        conn.execute(text("UPDATE canary SET ended_at = ended_at - interval '121 s'"))
        assert canaries.may_end(conn, ["send"])


def test_of_two_workers_that_want_to_end_at_once_one_may(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        canaries.asked(conn, ["bulk", "send"])
    second: list[bool] = []

    def ask() -> None:
        with engine_db.begin() as conn:
            second.append(canaries.may_end(conn, ["bulk", "send"]))

    thread = Thread(target=ask)
    with engine_db.begin() as conn:
        assert canaries.may_end(conn, ["send"])
        thread.start()
        thread.join(0.5)
        assert second == []  # it waits for what the first one decides
    thread.join(20)

    assert second == [False]
