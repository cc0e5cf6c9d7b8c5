"""The listener as a process: killed between its 250 and the parsing, nothing is lost; told to stop, it finishes."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from engine import db
from engine import models as m
from engine.inbound.queries import waiting
from engine.inbound.reader import Reader
from engine.inbound.receive import receive
from engine.tokens import Purpose
from tests.engine.inbound.world import DOMAIN, OWN, SECRET, World, address, inbound, texts, world
from tests.fakes.guard import Guard

pytestmark = pytest.mark.story

# The task is offered to nobody: the broker is away, or the process dies before.
PROGRAM = """
from engine import log
from engine.config import load
from engine.inbound.retrieve.process import serve
def enqueue(ident):
    raise ConnectionError("the broker is away")
log.setup("smtpd")
serve(load(), enqueue, ready=lambda port: print(port, flush=True))
print("stopped", flush=True)
"""


@contextmanager
def process(db_url: str, guard: Guard) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A listener process and its port."""
    settings = {"DATABASE_URL": db_url, "SECRET_KEY": SECRET, "REPLY_DOMAIN": DOMAIN, "SMTPD_PORT": "0"}
    env = {**os.environ, **{f"SIXPM_{name}": value for name, value in settings.items()}}
    child = subprocess.Popen([sys.executable, "-c", PROGRAM], env=env, stdout=subprocess.PIPE, text=True)
    guard.process(child.pid)
    assert child.stdout is not None
    try:
        yield child, int(child.stdout.readline())
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def send(port: int, here: World, to: str, words: str) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
        client.sendmail(here.ada.email, [to], here.reply(words).replace(here.reply_address.encode(), to.encode()))


@pytest.fixture
def here(engine_db: Engine) -> World:
    """The team and its prompt."""
    with engine_db.begin() as conn:
        return world(conn)


def reply_address(engine: Engine, here: World) -> str:
    with engine.begin() as conn:
        return address(Purpose.REPLY, here.run, here.seq, db.now(conn).date() + timedelta(days=3))


def test_a_kill_between_the_250_and_the_parsing_loses_nothing(
    engine_db: Engine, db_url: str, guard: Guard, here: World
) -> None:
    to = reply_address(engine_db, here)
    with process(db_url, guard) as (child, port):
        send(port, here, to, "Said and kept.")
        os.kill(child.pid, signal.SIGKILL)
        child.wait()

    reader = Reader()
    try:
        with engine_db.begin() as conn:
            now = db.now(conn) + timedelta(seconds=60)
            [found] = waiting.waiting_inbound(conn, now)
            receive(conn, found, reader.parse, now, own=OWN)
            assert texts(conn) == ["Said and kept."]
            assert inbound(conn, found).state == "routed"
            assert waiting.waiting_inbound(conn, now) == []
    finally:
        reader.close()


def test_told_to_stop_it_finishes_and_leaves_what_it_took(
    engine_db: Engine, db_url: str, guard: Guard, here: World
) -> None:
    to = reply_address(engine_db, here)
    with process(db_url, guard) as (child, port):
        send(port, here, to, "Before the end.")
        child.send_signal(signal.SIGTERM)
        assert child.stdout is not None
        last = child.stdout.readline().strip()
        code = child.wait(20)

    assert (last, code) == ("stopped", 0)
    with engine_db.begin() as conn:
        assert len(conn.execute(select(m.Inbound.id)).all()) == 1
        assert conn.scalars(select(m.Heartbeat.role)).all() == ["smtpd"]
