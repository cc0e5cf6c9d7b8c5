"""Turns of messages a second, over all processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from engine.outbound.pace.tokens import Chunk, Gate, take

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_turns_of_two_processes_follow_each_other() -> None:
    first, free = take(10, None, NOW, 4)
    second, after = take(10, free, NOW, 100)

    assert (first.messages, first.start) == (4, 0.0)
    assert (second.messages, second.start) == (6, 0.4)
    assert after == NOW + timedelta(seconds=1)
    assert take(10, after, NOW, 100)[0].messages == 0


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    assert take(10, NOW + timedelta(hours=2), NOW, 5)[0] == Chunk(5, 0.0, 0.1)


def test_a_gate_without_a_chunk_is_open_and_one_that_is_used_up_is_shut() -> None:
    gate = Gate()
    assert gate.wait() == 0.0

    gate.lay(Chunk(1))
    assert gate.wait() == 0.0
    gate.spend()

    assert gate.wait() is None
    assert gate.give_back() == 0


def test_a_message_waits_for_its_turn_and_loses_it_when_it_comes_too_late() -> None:
    gate = Gate()
    gate.lay(Chunk(2, 30.0, 10.0))
    wait = gate.wait()
    assert wait is not None
    assert 29 < wait <= 30
    assert gate.give_back() == 2

    gate.lay(Chunk(3, -5.0, 2.0))

    gate.wait()
    assert gate.left == 0
    assert gate.lost() == 3
    assert gate.lost() == 0
