"""Each of H1 to H14 in one story that ends well with the rule and badly without it.

H3's lease, H9, H12 and H15 have stories of their own kind: test_desk.py, test_leases.py,
the wire's tests, test_sweep.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import SixpmError
from engine.outbound import plan
from tests import factories
from tests.engine.outbound import ledger_without as without
from tests.engine.outbound.ledger_sim import BATCH, World

Patch = pytest.MonkeyPatch


@pytest.fixture
def world(engine_db: Engine, monkeypatch: Patch) -> Iterator[World]:
    monkeypatch.setattr(plan, "MOST", BATCH)
    with engine_db.begin() as conn:
        workspace = factories.workspace(conn)
    with engine_db.connect() as conn:
        yield World(conn, workspace.id)


def busy(world: World, n: int = 0) -> None:
    """Process n has two rows taken, permitted and out."""
    world.claim(n)
    for s in (0, 1):
        world.take(n, s)
    world.flush(n)
    world.see(n)
    for s in (0, 1):
        world.leave(n, s)


def one_more(world: World, n: int = 0) -> None:
    """Process n sends one row, all the way."""
    world.take(n, 0)
    world.flush(n)
    world.see(n)
    world.leave(n, 0)
    world.reply(n, 0, "250")
    world.flush(n)
    world.see(n)


# ---- the stories ----------------------------------------------------------------------------------------------------


def in_order(world: World) -> None:
    """H1: a crash with two rows in hand leaves two doubts, not the whole batch."""
    busy(world)
    world.crash(0)


def permit_is_what_was_committed(world: World) -> None:
    """H2: a flush that did not commit permits nothing."""
    world.claim(0)
    world.take(0, 0)
    world.flush(0, "refused")
    world.leave(0, 0)
    world.reply(0, 0, "250")
    world.crash(0)


def content_waits_for_its_permit(world: World) -> None:
    """H3: what is announced and not permitted does not leave."""
    world.claim(0)
    world.take(0, 0)
    world.leave(0, 0)
    world.reply(0, 0, "250")
    world.crash(0)


def back_to_the_front(world: World) -> None:
    """H4: rows whose connection died are the next to be taken, so that few are in hand when the process dies."""
    world.claim(0)
    for _ in range(6):
        world.take(0, 0)
        world.flush(0)
        world.see(0)
        world.reply(0, 0, "broken")  # the line breaks before its content left
    world.crash(0)


def never_back_into_the_batch(world: World) -> None:
    """H5: a row that was announced and never out is found by the next claim after a clean release."""
    world.claim(0)
    world.take(0, 0)
    world.flush(0)
    world.see(0)
    world.drain(0, True)
    world.reply(0, 0, "broken")
    world.let_go(0)


def no_row_joins_a_claimed_batch(world: World) -> None:
    """H6: an "again" batch that has been claimed takes no more rows, for it would skip or doubt them."""
    never_back_into_the_batch(world)  # row 1 waits in an "again" batch
    world.drain(0, False)
    world.claim(0)  # two planned batches, then the "again" batch: taken one by one
    world.claim(1)
    for _ in range(2):
        world.take(0, 0)
        world.flush(0)
        world.see(0)
        world.drain(0, True)
        world.reply(0, 0, "broken")
        world.let_go(0)
        world.drain(0, False)
        world.claim(0)
    world.take(1, 0)
    world.flush(1)
    world.see(1)
    world.leave(1, 0)
    world.reply(1, 0, "250")
    world.drain(1, True)
    for _ in range(3):
        world.flush(1)
        world.see(1)
        world.let_go(1)


def a_repeated_flush_changes_nothing(world: World) -> None:
    """H7: a deferral committed unseen is written again after the row has been sent by somebody else."""
    busy(world)
    world.reply(0, 0, "450")
    world.flush(0, "unsure")
    world.later(10)
    for _ in range(3):
        world.claim(1)
        world.take(1, 0)
        world.flush(1)
        world.see(1)
        world.leave(1, 0)
        world.reply(1, 0, "250")
        world.flush(1)
        world.see(1)
    world.flush(0)


def a_lost_batch_is_not_raised(world: World) -> None:
    """H8: a process that slept raises no horizon of a batch that has another owner."""
    world.claim(0)
    world.take(0, 0)
    world.stall(0)
    world.rescue()
    world.claim(1)
    for held in world.processes[0].desk.held.values():
        held.lease_until = 1e12  # its clock lies; only the epoch protects
    world.flush(0)
    world.see(0)
    world.leave(0, 0)
    world.reply(0, 0, "250")
    one_more(world, 1)


def outcomes_of_a_lost_batch_are_proof(world: World) -> None:
    """H8, H13: what a process learns after it lost its batch turns the doubt into what it was."""
    busy(world)
    world.stall(0)
    world.rescue()
    world.reply(0, 0, "250")
    world.reply(0, 1, "550")
    world.flush(0)
    world.see(0)


def one_loss_does_not_fail_the_others(world: World) -> None:
    """H8: of two batches one is lost; the outcomes of the other are written by the same flush."""
    world.claim(0)
    for _ in range(BATCH - 1):
        one_more(world)
    for s in (0, 1):  # the last row of the first batch, and the first of the second
        world.take(0, s)
    world.flush(0)
    world.see(0)
    world.leave(0, 0)
    world.conn.execute(text("UPDATE batch SET lease_until = '-infinity' WHERE id = (SELECT max(id) FROM batch)"))
    world.conn.commit()
    world.allowance += 1
    world.rescue()
    world.reply(0, 0, "250")
    world.flush(0)
    world.see(0)
    assert world.rows()[BATCH][0] == "sent"


def a_take_over_doubts(world: World) -> None:
    """H10: rows at or below a dead owner's horizon are listed as doubts, for a claim reads only above it."""
    busy(world)
    world.crash(0)
    world.claim(1)
    assert [state for state, _ in world.rows().values()].count("in_doubt") == 2


def a_cancelled_row_never_leaves(world: World) -> None:
    """H11: rows in a worker's memory are forgotten when their batch is stopped."""
    world.claim(0)
    world.take(0, 0)
    world.cancel()
    world.flush(0)
    world.see(0)
    world.leave(0, 0)
    world.reply(0, 0, "250")


def known_outcomes_outlive_the_database(world: World) -> None:
    """H13: an outcome that could not be written is written later, though the lease ran out meanwhile."""
    busy(world)
    world.reply(0, 0, "250")
    world.reply(0, 1, "550")
    for _ in range(3):
        world.flush(0, "refused")
    world.stall(0)
    world.rescue()
    world.flush(0)
    world.see(0)


def known_outcomes_survive_a_new_lease(world: World) -> None:
    """H13: the same process leases the batch anew while an old reply is still on its way."""
    busy(world)
    world.stall(0)
    world.claim(0)
    slots = world.processes[0].slots
    assert slots[0].key is not None
    world.reply(0, 0, "250")
    world.reply(0, 1, "250")


def done_only_without_open_rows(world: World) -> None:
    """H14: a batch released half way is not done."""
    busy(world)
    world.reply(0, 0, "250")
    world.reply(0, 1, "250")
    world.drain(0, True)
    world.flush(0)
    world.see(0)
    world.let_go(0)


Story = Callable[[World], None]
Rule = Callable[[Patch], None]

PAIRS: tuple[tuple[Story, Rule], ...] = (
    (in_order, without.h1),
    (permit_is_what_was_committed, without.h2),
    (content_waits_for_its_permit, without.h3),
    (back_to_the_front, without.h4),
    (never_back_into_the_batch, without.h5),
    (no_row_joins_a_claimed_batch, without.h6),
    (a_repeated_flush_changes_nothing, without.h7),
    (a_lost_batch_is_not_raised, without.h8_epoch),
    (outcomes_of_a_lost_batch_are_proof, without.h8_batch_first),
    (one_loss_does_not_fail_the_others, without.h8_each),
    (a_take_over_doubts, without.h10),
    (a_cancelled_row_never_leaves, without.h11),
    (outcomes_of_a_lost_batch_are_proof, without.h13),
    (known_outcomes_outlive_the_database, without.h13_memory),
    (known_outcomes_survive_a_new_lease, without.h13_ghosts),
    (done_only_without_open_rows, without.h14),
)


def play(story: Story, world: World) -> None:
    """The story, then everything ends well, then the count."""
    story(world)
    world.settle()
    world.check_end()


@pytest.mark.parametrize("story", dict.fromkeys(s for s, _ in PAIRS), ids=lambda f: f.__name__)
def test_with_the_rules_the_story_ends_well(story: Story, world: World) -> None:
    play(story, world)


@pytest.mark.parametrize(("story", "rule"), PAIRS, ids=lambda f: f.__name__)
def test_without_its_rule_the_same_story_breaks_a_promise(
    story: Story, rule: Rule, world: World, monkeypatch: Patch
) -> None:
    rule(monkeypatch)

    with pytest.raises((AssertionError, SixpmError, SQLAlchemyError)):
        play(story, world)
