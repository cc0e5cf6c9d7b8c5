"""Publishing hints: ids only, after commit, and never an error to the caller, since the sweep finds what is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from queue import Empty, Full, Queue
from threading import Thread

from engine import log
from engine.config import settings
from engine.outbound.followup import FollowUp
from engine.tasks.app import celery_app, lifetime

logger = log.get(__name__)

IDS = 100  # batch ids in a message
SHARE = 4  # batches that are work enough to wake another process
WAKE = 8  # hints a launch publishes at most: with confirms a broker takes some 300 a second
WAITING = 1000  # hints of one process that wait for a slow broker; the sweep offers what is beyond
GATHERED = 10  # mails one hint of a listener names: a child reads them one after the other
LINGER = 0.02  # seconds a hint of a listener waits for others to join it; each costs as much as a third of reading
LIFE = 60  # seconds after which a hint is stale: the sweep has offered the batch again by then

CANARY_LIFE = 30


def _send(task: str, queue: str, argument: object, seconds: float) -> None:
    options = lifetime(settings().broker_url or "", seconds)
    celery_app.send_task(task, args=[argument], queue=queue, retry=False, **options)


def _publish(task: str, queue: str, ids: Sequence[int]) -> bool:
    try:
        _send(task, queue, list(ids), LIFE)
    except Exception as error:  # kombu raises what its transport raises; the row is committed and the sweep finds it
        logger.warning("hint not published", task=task, error=str(error).split("\n")[0])
        return False
    return True


def batches(ids: Sequence[int], queue: str = "send", most: int = WAKE) -> bool:
    """Hint that batches can be claimed: one message for each process that there is enough work for, at most `most`.

    Which batches it names does not matter, for a claim takes what is most urgent; a process woken for nothing finds
    nothing. With one message a launch woke one process, and the others waited for the sweep.
    """
    wanted = min(-(-len(ids) // SHARE), most)
    return all(_publish("deliver", queue, list(islice(ids, n * SHARE, n * SHARE + IDS))) for n in range(wanted))


def inbound(ids: Sequence[int]) -> bool:
    """Hint that mails wait to be read."""
    return all(_publish("receive", "inbound", ids[start : start + IDS]) for start in range(0, len(ids), IDS))


def gathering() -> Callable[[int], None]:
    """Hints at mails one by one, published several at once when they come within LINGER of each other.

    For processes that take mail; what waits when they end, and what comes while WAITING wait, is left to the sweep.
    """
    waiting: Queue[int] = Queue(WAITING)

    def publish() -> None:
        while True:
            ids = [waiting.get()]
            until = time.monotonic() + LINGER
            with suppress(Empty):
                while len(ids) < GATHERED:
                    ids.append(waiting.get(timeout=max(0.0, until - time.monotonic())))
            inbound(ids)

    def hint(ident: int) -> None:
        with suppress(Full):
            waiting.put_nowait(ident)

    Thread(target=publish, name="hints", daemon=True).start()
    return hint


def reread(ids: Sequence[int]) -> bool:
    """Hint that rereadings can go on."""
    return all(_publish("reread", "upkeep", [ident]) for ident in ids)


def erase(ids: Sequence[int]) -> bool:
    """Hint that erasures can go on."""
    return all(_publish("erase", "upkeep", [ident]) for ident in ids)


def imports(ids: Sequence[int]) -> bool:
    """Hint that imports of people can go on."""
    return all(_publish("import_people", "upkeep", [ident]) for ident in ids)


def dry_runs(ids: Sequence[int]) -> bool:
    """Hint that dry runs of campaigns can go on."""
    return all(_publish("dry_run", "upkeep", [ident]) for ident in ids)


def canary(queue: str) -> bool:
    """Ask the consumers of a queue for a sign of life."""
    try:
        _send("canary", queue, queue, CANARY_LIFE)
    except Exception as error:  # the readiness page shows the missing heartbeat
        logger.warning("canary not published", queue=queue, error=str(error).split("\n")[0])
        return False
    return True


def prepare() -> None:
    """Read Celery's settings. For a process of several threads, before it starts them: the first use is not safe."""
    celery_app.finalize()
    celery_app.conf.get("broker_url")


def enqueue(followup: FollowUp) -> None:
    """Hint at all that a story left to be done."""
    batches(followup.batches)
    inbound(followup.inbound)
    reread(followup.reread)
    erase(followup.erase)
    imports(followup.imports)
    dry_runs(followup.dry_runs)
