"""The mailboxes as a process: each is followed in a thread of its own, for as long as the process lives.

    log in → take what is new (imap_take) → wait for more by IDLE, for a minute at most → take …

What fails is written to the mailbox's row and tried again after a pause that grows. Nothing is parsed here: the task
is offered the id of each mail after its commit, and if the offer is lost the sweep finds the row.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

from engine import db, log
from engine.config import Settings, required
from engine.inbound.queries import boxes
from engine.inbound.retrieve import imap_trouble, imap_url
from engine.inbound.retrieve.imap_line import Line
from engine.inbound.retrieve.imap_take import Taker
from engine.inbound.retrieve.imap_url import Box

Enqueue = Callable[[int], object]
_log = log.get(__name__)

ROLE = "imap"
BEAT = 10.0
WAITING_OFFERS = 1000  # more than these are left to the sweep
PATIENCE = 5.0  # seconds for what is being kept when the process is to end


class Follower:
    """Follows one mailbox until `stopped`. Runs in a thread of its own."""

    def __init__(self, box: Box, settings: Settings, engine: db.Pool, offer: Enqueue, stopped: threading.Event) -> None:
        self._box = box
        self._poll = settings.imap_poll_seconds
        self._engine = engine
        self._stopped = stopped
        self._taker = Taker(box.name, engine, settings.imap_size, offer, stopped)
        self._failures = 0

    def follow(self) -> None:
        """Session after session. Whatever ends one is written down, and the next begins after a pause."""
        while not self._stopped.is_set():
            try:
                self._taker.ready()
                with closing(Line(self._box)) as line:
                    self._session(line)
            except Exception as error:  # recorded; a fault of ours must not end the mailbox for good either
                self._stopped.wait(self._failed(error))

    def _session(self, line: Line) -> None:
        while not self._stopped.is_set() and not line.over:
            self._taker.take(line)
            self._failures = 0
            line.wait(self._poll, self._stopped)

    def _failed(self, error: Exception) -> float:
        """Write down what went wrong; the seconds to wait."""
        trouble = imap_trouble.judge(error, self._box)
        self._failures += 1
        pause = imap_trouble.pause(trouble.kind, self._failures)
        _log.warning("mailbox failed", box=self._box.name, kind=trouble.kind, error=str(trouble), again_in=round(pause))
        try:
            with self._engine.begin() as conn:
                boxes.fails(conn, self._box.name, str(trouble))
        except db.Failure:  # the log says it; /system shows that the mailbox was not looked at
            pass
        return pause


class Offers:
    """Hints the task, in a thread of its own so that a slow broker never holds up a mailbox."""

    def __init__(self, enqueue: Enqueue) -> None:
        self._enqueue = enqueue
        self._thread = ThreadPoolExecutor(1, "imap-offers")
        self._room = threading.Semaphore(WAITING_OFFERS)

    def offer(self, ident: int) -> None:
        """Offer one mail soon, or leave it to the sweep."""
        if self._room.acquire(blocking=False):
            self._thread.submit(self._hint, ident).add_done_callback(self._offered)

    def _hint(self, ident: int) -> None:
        try:
            self._enqueue(ident)
        except Exception as error:  # the row is committed; the sweep offers it again
            _log.warning("mail not offered", inbound_id=ident, error=str(error))

    def _offered(self, _: Future[None]) -> None:
        self._room.release()

    def close(self) -> None:
        """Drop what was not offered yet."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def serve(settings: Settings, enqueue: Enqueue, *, stopped: threading.Event | None = None) -> int:
    """Follow the mailboxes of the settings until SIGTERM or SIGINT, or until `stopped` is set; 0, or 1 when one of
    them is no longer followed, so that whoever supervises starts the process again.

    `enqueue` offers an inbound id to the task; it runs in one thread of its own and may fail.
    """
    found = imap_url.boxes(settings)
    url = required(settings.database_url, "database_url")
    engine = db.create_engine(url, size=len(found) + 1, app="sixpm imap", lock_timeout_ms=5000)
    ending, offers = stopped or _stopped_by_signals(), Offers(enqueue)
    threads = [_thread(Follower(box, settings, engine, offers.offer, ending), box) for box in found]
    try:
        return _watch(engine, threads, ending)
    finally:
        ending.set()
        offers.close()
        for thread in threads:
            thread.join(PATIENCE)
        engine.dispose()


def _thread(follower: Follower, box: Box) -> threading.Thread:
    # A daemon: one that waits for an answer of its server must not keep the process from ending.
    thread = threading.Thread(target=follower.follow, name=f"imap {box.name}", daemon=True)
    thread.start()
    return thread


def _watch(engine: db.Pool, threads: list[threading.Thread], ending: threading.Event) -> int:
    """Prove that the process lives for as long as every mailbox is followed."""
    process = f"{socket.gethostname()}:{os.getpid()}:{int(time.time())}"
    _beat(engine, process)
    _log.info("imap up", mailboxes=len(threads))
    while not ending.wait(BEAT):
        if dead := [thread.name for thread in threads if not thread.is_alive()]:
            _log.error("mailboxes are not followed", which=", ".join(dead))
            return 1
        _beat(engine, process)
    return 0


def _beat(engine: db.Pool, process: str) -> None:
    try:
        with engine.begin() as conn:
            db.beat(conn, ROLE, process)
    except db.Failure as error:  # mailboxes wait until the database is back
        _log.warning("database away", error=str(error))


def _stopped_by_signals() -> threading.Event:
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    return ending
