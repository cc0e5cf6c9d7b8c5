"""The broker dies, forgets, is full, repeats itself and says what nobody understands: F6, F12."""

from __future__ import annotations

import time
from itertools import repeat

from bench.chaos.stage import Stage, scenario
from tests.fakes.rabbit import Rabbit
from tests.stories.messages import OLD_MESSAGES

FREE = 50_000_000  # bytes, as the node is configured
NEVER = 900_000_000_000_000
GENEROUS, NOTHING = "0.4", "0.000001"  # of the machine's memory


def node(stage: Stage) -> Rabbit:
    """The RabbitMQ node of a stage that has one."""
    assert stage.house.rabbit is not None
    return stage.house.rabbit


def purge(stage: Stage) -> None:
    """Throw away every message of the instance's queues."""
    house = stage.house
    if house.rabbit is None:
        house.do("SELECT pgmq.purge_queue(queue_name) FROM pgmq.list_queues()")
    else:
        house.purge()


@scenario("f6", "broker killed, and back after a while", pairs=("rabbitmq",))
def broker_killed(stage: Stage) -> None:
    """Runs go on meanwhile; one is planned that no hint can announce."""
    stage.house.up("sender", "sender2", "scheduler")
    stage.under_way()
    waiting = stage.plan(stage.scale.rows // 3)
    stage.hit()
    node(stage).kill()
    afterwards = stage.plan(stage.scale.rows // 3)
    time.sleep(stage.scale.away / 4)
    node(stage).restart()
    stage.healed()
    stage.finish()
    stage.check(stage.house.left(waiting, afterwards) == waiting.size + afterwards.size, "a run without hints is late")


@scenario("f6-purge", "all queues purged, again and again")
def purged(stage: Stage) -> None:
    """The sweep offers what no message names any more."""
    stage.house.up("sender", "sender2", "scheduler")
    stage.under_way()
    stage.hit()
    for _ in range(4):
        stage.plan(stage.scale.rows // 8)
        purge(stage)
        time.sleep(0.5)
    stage.healed()
    stage.finish()


def _full(stage: Stage, close: str, open_: str) -> None:
    house, rabbit = stage.house, node(stage)
    house.up("sender", "sender2", "scheduler")
    stage.under_way()
    stage.hit()
    rabbit.call(close)
    try:
        house.wait("the alarm is on", lambda: rabbit.call("rabbit_alarm:get_alarms()") != "[]", 20)
        stage.plan(stage.scale.rows // 3)
        time.sleep(stage.scale.away / 2)
    finally:
        rabbit.call(open_)
    house.wait("the alarm is off", lambda: rabbit.call("rabbit_alarm:get_alarms()") == "[]", 30)
    stage.healed()
    stage.plan(stage.scale.rows // 3)
    stage.finish()


@scenario("f6-disk", "broker's disk full: publishers are blocked", pairs=("rabbitmq",))
def disk_alarm(stage: Stage) -> None:
    """RabbitMQ takes nothing more while its free disk is below the limit."""
    limit = "rabbit_disk_monitor:set_disk_free_limit"
    _full(stage, f"{limit}({NEVER})", f"{limit}({FREE})")


@scenario("f6-memory", "broker's memory full: publishers are blocked", pairs=("rabbitmq",))
def memory_alarm(stage: Stage) -> None:
    """The same by its other alarm."""
    mark = "vm_memory_monitor:set_vm_memory_high_watermark"
    _full(stage, f"{mark}({NOTHING})", f"{mark}({GENEROUS})")


@scenario("f12", "every hint ten times, with unknown fields, and tasks that nobody knows")
def repeated(stage: Stage) -> None:
    """A second hint finds nothing to claim; an unknown one is dropped."""
    stage.house.up("sender", "sender2", "scheduler")
    run = stage.under_way()
    stage.hit()
    hints = [("deliver", "send", [[batch]], {"v": 9, "priority": "high"}) for batch in run.batch_ids]
    stage.house.publish([message for ten in repeat(hints, 10) for message in ten])
    stage.house.publish([*OLD_MESSAGES, ("deliver", "send", [], {}), ("deliver", "send", ["no list"], {"v": "x"})])
    stage.plan(stage.scale.rows // 3)
    stage.healed()
    stage.finish()
    stage.check(all(part.alive for part in stage.house.parts.values()), "a process ended")
