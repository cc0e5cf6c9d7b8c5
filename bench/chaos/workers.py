"""Workers that are killed and frozen, and resend what is in doubt: F1, F2, F3."""

from __future__ import annotations

import os
import signal
from functools import partial

from bench.chaos.stage import OF_CHILD, OF_GROUP, Stage, kill, scenario
from engine.outbound.plan import Planned
from tests.stories.parts import Part


def sending_group(stage: Stage, run: Planned) -> Part:
    """The worker whose child sends the run at this moment."""
    victim = stage.house.victim(run)
    return next(part for part in stage.house.parts.values() if victim in part.children())


@scenario("f1", "kill -9 of a worker child")
def child_killed(stage: Stage) -> None:
    """The pool makes a new child; the batches of the dead one are taken over."""
    stage.house.up("sender", "sender2", "scheduler")
    victim = stage.house.victim(stage.under_way())
    stage.taken_over([victim], partial(kill, victim))
    stage.finish()
    stage.doubts = OF_CHILD


@scenario("f2", "kill -9 of a whole worker group")
def group_killed(stage: Stage) -> None:
    """Another worker takes everything over."""
    stage.house.up("sender", "sender2", "scheduler")
    group = sending_group(stage, stage.under_way())
    stage.taken_over(group.children(), group.kill)
    stage.finish()
    stage.doubts = OF_GROUP


@scenario("f3", "SIGSTOP of a worker child past its lease, then SIGCONT")
def child_frozen(stage: Stage) -> None:
    """What it still has in its hands is told as proof, and nothing of it leaves a second time."""
    stage.house.up("sender", "sender2", "scheduler")
    victim = stage.house.victim(stage.under_way())
    try:
        stage.taken_over([victim], lambda: os.kill(victim, signal.SIGSTOP))
        stage.finish()
    finally:
        os.kill(victim, signal.SIGCONT)
    stage.settle()
    stage.doubts = OF_CHILD


@scenario("f3-group", "SIGSTOP of a whole worker group past its lease, then SIGCONT")
def group_frozen(stage: Stage) -> None:
    """The same with the parent, which serves the broker."""
    stage.house.up("sender", "sender2", "scheduler")
    group = sending_group(stage, stage.under_way())
    try:
        stage.taken_over(group.children(), group.freeze)
        stage.finish()
    finally:
        group.thaw()
    stage.settle()
    stage.doubts = OF_GROUP


@scenario("resend", "kill -9 of a worker child, with the policy that sends doubts a second time")
def resent(stage: Stage) -> None:
    """Every copy in the sink is a resend that its row lists."""
    stage.house.up("sender", "sender2", "scheduler")
    run = stage.under_way(policy="resend")
    victim = stage.house.victim(run)
    stage.taken_over([victim], partial(kill, victim))
    stage.finish()
    stage.house.age_doubts(run)
    unsent = "SELECT count(*) FROM delivery WHERE run_id = :run AND state <> 'sent'"
    stage.house.wait("its doubts are sent again", lambda: not stage.house.value(unsent, run=run.run_id), 60)
    stage.finish()
    count = stage.house.count(run)
    stage.check(set(count.resent) <= count.announced, f"copies that are no listed resend: {count.resent}")
    stage.check(count.doubts == len(count.announced), f"{count.doubts} doubts, {len(count.announced)} resends")
    stage.doubts, stage.ends = OF_CHILD, frozenset({"sent"})
