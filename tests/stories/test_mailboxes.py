"""`sixpm imap` as a process, by a real Dovecot: killed wherever it hurts, no mail is lost and none is here twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine.tokens import Purpose
from tests.engine.inbound.retrieve.following import box, connected, kept, mail, raws, until
from tests.engine.inbound.world import DOMAIN, OWN, SECRET, address, inbound, take, texts, world
from tests.fakes.dovecot import Dovecot
from tests.fakes.guard import Guard
from tests.fakes.wire import wire

pytestmark = pytest.mark.story
SEEN = {b"\\Seen"}


class Process:
    """`sixpm imap`, started again and again on the same database and mailbox."""

    def __init__(self, db_url: str, imap_url: str, folder: Path, guard: Guard) -> None:
        names = {"DATABASE_URL": db_url, "IMAP_URL": imap_url, "SECRET_KEY": SECRET, "REPLY_DOMAIN": DOMAIN,
                 "HOME": str(folder), "IMAP_POLL_SECONDS": "300"}  # fmt: skip
        self._env = {**os.environ, **{f"SIXPM_{name}": value for name, value in names.items()}}
        self._log = folder / "imap.log"
        self._guard = guard
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with open(self._log, "ab") as log:
            argv = [sys.executable, "-m", "sixpm", "imap"]
            self._child = subprocess.Popen(argv, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._guard.process(self._child.pid)

    def end(self, how: signal.Signals) -> int:
        """Its exit code."""
        assert self._child is not None
        self._child.send_signal(how)
        return self._child.wait(20)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def close(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self.end(signal.SIGKILL)


@contextmanager
def process(db_url: str, imap_url: str, folder: Path, guard: Guard) -> Iterator[Process]:
    made = Process(db_url, imap_url, folder, guard)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_killed_between_the_commit_and_the_flag_it_fetches_nothing_twice(
    engine_db: Engine, db_url: str, dovecot: Dovecot, user: str, tmp_path: Path, guard: Guard
) -> None:
    with wire(dovecot.port) as line:
        line.hold = b" STORE "
        with process(db_url, dovecot.url(user, port=line.port), tmp_path, guard) as here:
            connected(engine_db, dovecot.name(user, port=line.port))
            dovecot.deliver(user, mail(1))
            assert line.held.wait(30)
            here.end(signal.SIGKILL)
            line.release()
            assert raws(engine_db) == [mail(1)]
            assert dovecot.flags(user) == {1: set()}

            here.start()
            dovecot.deliver(user, mail(2))
            until(lambda: dovecot.flags(user).get(2) == SEEN, "the next one is kept and marked")

    assert raws(engine_db) == [mail(1), mail(2)]
    assert dovecot.flags(user) == {1: set(), 2: SEEN}, "what was kept before the kill stays unread in the mailbox"


def test_killed_again_and_again_among_hundreds_of_mails_it_loses_none_and_doubles_none(
    engine_db: Engine, db_url: str, dovecot: Dovecot, user: str, tmp_path: Path, guard: Guard
) -> None:
    count, bulk = 600, "x" * 4000
    with wire(dovecot.port) as line, process(db_url, dovecot.url(user, port=line.port), tmp_path, guard) as here:
        connected(engine_db, dovecot.name(user, port=line.port))
        with dovecot.client(user) as client:
            client.multiappend("INBOX", [mail(n, bulk) for n in range(count)])
        kills, stages = 0, [60, 150, 260, 380, 500]
        for stage in stages:
            line.hold_after = len(line.got) + 90_000  # inside a slice: its bytes come, and its commit is not made
            until(lambda: len(kept(engine_db)) >= stage or line.held.is_set(), "some are here")  # noqa: B023 - at once
            here.end(signal.SIGKILL)
            kills += 1
            line.release()
            here.start()
        until(lambda: len(kept(engine_db)) >= count, "all are here", 60)
        until(lambda: box(engine_db, dovecot.name(user, port=line.port)).waiting == 0, "nothing waits")

    assert kills == 5
    assert raws(engine_db) == [mail(n, bulk) for n in range(count)]


def test_a_reply_in_a_mailbox_becomes_entries(
    engine_db: Engine, db_url: str, dovecot: Dovecot, user: str, tmp_path: Path, guard: Guard
) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
    lasting = address(Purpose.REPLY, here.run, here.seq, datetime.now(UTC).date() + timedelta(days=7))
    with process(db_url, dovecot.url(user), tmp_path, guard):
        connected(engine_db, dovecot.name(user))
        reply = here.reply("Fixed the login.\nWrote the docs.").replace(here.reply_address.encode(), lasting.encode())
        dovecot.deliver(user, reply)
        [row] = until(lambda: kept(engine_db), "it is here")

    with engine_db.begin() as conn:
        take(conn, row.id, own=OWN)
        assert inbound(conn, row.id).state == "routed"
        assert texts(conn) == ["Fixed the login.", "Wrote the docs."]


def test_told_to_stop_it_ends_in_order_and_its_log_holds_no_password(
    engine_db: Engine, db_url: str, dovecot: Dovecot, user: str, tmp_path: Path, guard: Guard
) -> None:
    urls = f"{dovecot.url(user)} {dovecot.url('bob', password='hunter2-of-bob')}"
    with process(db_url, urls, tmp_path, guard) as here:
        connected(engine_db, dovecot.name(user))
        until(lambda: (row := box(engine_db, dovecot.name("bob"))) and row.failure, "the wrong password is said")

        assert here.end(signal.SIGTERM) == 0

    assert "imap up" in here.log
    assert "refuses the login of bob" in here.log
    assert "hunter2" not in here.log
    assert "5@cret" not in here.log
