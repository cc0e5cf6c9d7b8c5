"""The pages of a seeded instance, asked for one after the other by people who are signed in: what each takes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from bench import facts, paths
from bench.crowd import seed
from bench.machine import wait_for
from bench.pages import answers, csrf
from bench.paths import STATEMENTS, Request
from bench.year import SECRET, Year
from engine import config, db
from sixpm import catcher
from sixpm.embedded import ports
from sixpm.embedded.services import web_argv
from web.app import create_app

P95_MS = 150.0
WARM = 3  # requests of a page before those that count
MAILS = 300  # in the mailbox
_MAIL = (
    b"From: a@bench.example\r\nTo: b@bench.example\r\nSubject: What did you get done\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html\r\n\r\n<p>Hello there.\r\n"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What the requests of one page took, in milliseconds."""

    name: str
    p50: float
    p95: float
    longest: float
    sql: float  # the median of the statements' part
    whole: float  # p95 of a download until its last byte; else the same as p95
    statements: int
    size: int
    said: Sequence[tuple[float, str]] = ()  # the statements of the last request, each with its milliseconds
    status: int = 0  # where something else was answered than the page is there for
    allowed: int = STATEMENTS

    @property
    def over(self) -> bool:
        """Whether it is too slow, asks too much, or answered something else than it is there for."""
        return bool(self.status) or self.p95 > P95_MS or self.statements > self.allowed


def measure(on: Year, count: int, only: str = "") -> tuple[list[Figure], float]:
    """The figures of every page, and the p95 of one indexed SELECT on the same server in the same minutes."""
    engine = db.create_engine(on.url, size=1)
    with engine.begin() as conn:
        known = facts.find(conn, SECRET, db.now(conn))
    known["mail"] = _mails()
    asked = [one for one in paths.requests(create_app().url_map, known) if only in one.endpoint]
    servers = {caught: start(on, caught) for caught in sorted({one.page.caught for one in asked})}
    browsers = {
        (caught, role): _browser(base, known.get(role, ""))
        for caught, base in servers.items()
        for role in {one.page.role for one in asked if one.page.caught == caught}
    }
    found = [_figure(one, browsers[one.page.caught, one.page.role], count) for one in asked]
    select_ms = _select(engine, count)
    engine.dispose()
    for browser in browsers.values():
        browser.close()
    return sorted(found, key=lambda figure: figure.p95, reverse=True), select_ms


def start(on: Year, caught: bool = False) -> str:
    """The base URL of gunicorn with the measured application."""
    port = ports.free_port()
    os.environ |= {
        "SIXPM_WEB_PORT": str(port), "SIXPM_CATCHER": str(caught).lower(),
        "SIXPM_BASE_URL": f"http://{ports.LOOPBACK}:{port}",
    }  # fmt: skip
    config.settings.cache_clear()
    words = ["bench.measured:application()" if word == "web.app:create_app()" else word
             for word in web_argv(config.settings())]  # fmt: skip
    process = on.machine.start(f"web-{port}", words)
    base = f"http://{ports.LOOPBACK}:{port}"
    with httpx.Client(base_url=base) as client:
        wait_for(lambda: answers(client), process, on.machine.log(f"web-{port}"))
    return base


def _browser(base: str, email: str) -> httpx.Client:
    client = httpx.Client(base_url=base, timeout=120)
    if email:
        fields = {"csrf_token": csrf(client, "/signin"), "email": email, "password": seed.PASSWORD}
        answer = client.post("/signin", data=fields)
        assert answer.status_code == 302, f"signing in as {email} was answered {answer.status_code}"
    return client


def _figure(one: Request, client: httpx.Client, count: int) -> Figure:
    for _ in range(WARM):
        answer = client.get(one.path)
    heads = []
    for _ in range(count):
        answer = client.get(one.path)
        heads.append(
            {name: float(answer.headers[f"x-bench-{name}"]) for name in ("first", "whole", "sql", "statements")}
        )
    ms = sorted(head["first" if one.page.download else "whole"] for head in heads)
    return Figure(
        f"{one.endpoint}{one.shown}", _at(ms, 50), _at(ms, 95), round(ms[-1], 1),
        _at(sorted(head["sql"] for head in heads), 50), _at(sorted(head["whole"] for head in heads), 95),
        int(max(head["statements"] for head in heads)), len(answer.content), json.loads(answer.headers["x-bench-said"]),
        0 if one.page.status in (None, answer.status_code) else answer.status_code, one.page.statements,
    )  # fmt: skip


def _at(ordered: Sequence[float], percent: int) -> float:
    return round(ordered[max(0, -(-percent * len(ordered) // 100) - 1)], 1)


def _select(engine: db.Pool, count: int) -> float:
    """Milliseconds of a SELECT by key, p95."""
    taken = []
    with engine.connect() as conn:
        for _ in range(count + WARM):
            began = time.perf_counter()
            db.plain(conn, "SELECT name FROM contact WHERE id = %(n)s", {"n": 7})
            taken.append((time.perf_counter() - began) * 1e3)
    return _at(sorted(taken[WARM:]), 95)


def _mails() -> str:
    """Fill the mailbox of this instance; the id of its newest mail."""
    folder = config.settings().mailbox_dir
    now = datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    made = [
        catcher.keep(folder, _MAIL, "a@bench.example", ["b@bench.example"], now - timedelta(minutes=MAILS - n))
        for n in range(MAILS)
    ]
    return made[-1]
