"""The desk's own promises, without a database: leases by the steady clock, order, and what is said of a row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.clock import steady
from engine.move import Raised
from engine.outbound.desk import Desk
from engine.outbound.drafts import Row
from engine.outbound.queries.claiming import Claimed, Lane
from engine.transports.base import Key, Outcome, Verdict

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
LANE = Lane("smtp:1")


def batch(ident: int = 1, urgency: int = 1, epoch: int = 1) -> Claimed:
    return Claimed(ident, 1, 9, "prompt", urgency, "smtp", epoch, 0)


def rows(*seqs: int) -> list[Row]:
    return [Row(9, seq, seq, seq, "smtp", f"{seq}@x.test", 0, NOW + timedelta(hours=1)) for seq in seqs]


def desk_with(*seqs: int, lease: float = 1000.0) -> Desk:
    desk = Desk("me")
    desk.lay(batch(), rows(*seqs), steady() + lease)
    return desk


def taken(desk: Desk) -> int | None:
    found = desk.take(LANE, NOW)
    return found[1].seq if found else None


def commit(desk: Desk) -> None:
    what = desk.snapshot()
    assert what is not None
    desk.applied(what, {i: Raised(i, top, False) for i, _, top in what.asked})


def test_content_never_leaves_after_the_lease_is_over() -> None:
    """H3: the epoch protects the database; only the clock protects the receiver."""
    desk = desk_with(1)
    assert taken(desk) == 1
    commit(desk)
    assert desk.allows(Key(1, 1, 0))

    desk.held[1].lease_until = steady() - 0.001

    assert not desk.allows(Key(1, 1, 0))
    assert desk.hopeless(Key(1, 1, 0))
    assert taken(desk) is None


def test_urgent_batches_are_taken_before_older_bulk() -> None:
    desk = Desk("me")
    desk.lay(batch(1, urgency=9), rows(1, 2), steady() + 1000)
    desk.lay(batch(2, urgency=1), rows(7, 8), steady() + 1000)

    assert [taken(desk) for _ in range(4)] == [7, 8, 1, 2]


def test_a_second_flush_before_the_first_was_answered_is_refused() -> None:
    """H2: one flush at a time."""
    desk = desk_with(1, 2)
    taken(desk)
    desk.snapshot()

    with pytest.raises(RuntimeError, match="one flush"):
        desk.snapshot()


def test_an_outcome_is_reported_once() -> None:
    desk = desk_with(1)
    taken(desk)

    for _ in range(2):
        desk.report(Outcome(Key(1, 1, 0), Verdict.SENT, "250"))

    what = desk.snapshot()
    assert what is not None
    assert len(what.learnt) == 1


def test_a_row_of_another_attempt_is_not_this_one() -> None:
    desk = desk_with(1)
    taken(desk)

    desk.report(Outcome(Key(1, 1, 5), Verdict.SENT, "250"))

    assert desk.snapshot() is not None
    assert desk.unwritten == 0


def test_a_batch_waits_with_its_release_until_its_horizon_is_committed() -> None:
    desk = desk_with(1, 2)
    taken(desk)
    desk.report(Outcome(Key(1, 1, 0), Verdict.NOT_SENT, announced=True))
    desk.draining = True

    assert desk.ready_to_go() == []
    commit(desk)

    assert [held.claimed.id for held in desk.ready_to_go()] == [1]


def test_what_is_out_when_the_process_stops_is_a_doubt_and_what_is_not_is_none() -> None:
    desk = desk_with(1, 2)
    taken(desk)
    taken(desk)
    commit(desk)
    desk.allows(Key(1, 1, 0))

    desk.doubt_what_is_out("stopping")

    what = desk.snapshot()
    assert what is not None
    assert [(x.row.seq, x.outcome.verdict) for x in what.learnt] == [(1, Verdict.IN_DOUBT)]


def test_refused_and_late_rows_get_their_outcome_when_taken() -> None:
    desk = Desk("me", lambda claimed, row: (Verdict.SUPPRESSED, "bounced") if row.seq == 1 else None)
    desk.lay(batch(), rows(1, 2, 3), steady() + 1000)

    found = desk.take(LANE, NOW)
    late = desk.take(LANE, NOW + timedelta(hours=2))

    assert found is not None
    assert found[1].seq == 2
    assert late is None
    what = desk.snapshot()
    assert what is not None
    assert [x.outcome.verdict for x in what.learnt] == [Verdict.SUPPRESSED, Verdict.EXPIRED]


def test_a_lost_batch_goes_though_a_row_of_it_had_come_back() -> None:
    desk = Desk("me")
    desk.lay(batch(), rows(1, 2), steady() + 1000)
    taken(desk)
    desk.report(Outcome(Key(1, 1, 0), Verdict.NOT_SENT, announced=True))

    desk.renewed([(1, 1)], set(), steady() + 1000)

    assert [held.claimed.id for held in desk.ready_to_go()] == [1]


def test_a_row_in_a_slow_slot_is_not_taken_by_a_second_one_when_its_batch_is_leased_anew() -> None:
    """Else both hold the same key, and the permit of the new lease lets both contents out."""
    desk = Desk("me")
    desk.lay(batch(epoch=1), rows(1, 2), steady() + 1000)
    assert taken(desk) == 1
    desk.renewed([(1, 1)], set(), steady() + 1000)

    desk.lay(batch(epoch=2), rows(1, 2), steady() + 1000)

    assert taken(desk) is None
    assert desk.hopeless(Key(1, 1, 0))
    desk.report(Outcome(Key(1, 1, 0), Verdict.NOT_SENT))
    assert taken(desk) == 1


def test_a_row_forgotten_at_a_stop_is_not_taken_again_before_its_slot_has_let_it_go() -> None:
    desk = Desk("me")
    desk.lay(batch(epoch=1), rows(1, 2), steady() + 1000)
    assert taken(desk) == 1
    what = desk.snapshot()
    assert what is not None
    desk.applied(what, {1: Raised(1, 0, True)})
    for held in desk.ready_to_go():
        desk.forget(held)

    desk.lay(batch(epoch=2), rows(1, 2), steady() + 1000)

    assert taken(desk) is None
    desk.report(Outcome(Key(1, 1, 0), Verdict.NOT_SENT))
    assert taken(desk) == 1


def test_forgetting_an_old_lease_leaves_the_new_one() -> None:
    desk = Desk("me")
    desk.lay(batch(epoch=1), rows(1), steady() + 1000)
    old = desk.held[1]
    desk.lay(batch(epoch=2), rows(1), steady() + 1000)

    desk.forget(old)

    assert desk.held[1].claimed.epoch == 2


def test_a_row_taken_at_the_end_of_a_slice_still_leaves() -> None:
    """Else every slot that waits for a flush would have to drop its connection after the 354 (H12)."""
    desk = Desk("me")
    desk.lay(batch(), rows(1, 2), steady() + 1000)
    taken(desk)

    desk.draining = True

    assert not desk.hopeless(Key(1, 1, 0))
    commit(desk)
    assert desk.allows(Key(1, 1, 0))
    assert taken(desk) is None
