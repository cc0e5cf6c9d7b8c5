"""The pages as somebody who is signed in meets them while a benchmark runs: how long each takes."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType

import httpx
from sqlalchemy import Engine

from bench.instance import Instance
from bench.machine import wait_for
from engine import db
from engine.people import accounts
from sixpm.embedded import ports

EMAIL, PASSWORD = "owner@bench.example", "a password of the bench"
EVERY = 0.25  # seconds between two pages
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Visitor:
    """Opens one page after the other in a thread until the block ends; `seconds` are those of each."""

    def __init__(self, on: Instance, paths: Sequence[str]) -> None:
        self.paths, self.seconds, self.refused = paths, list[float](), list[str]()
        self._client = httpx.Client(base_url=_serve(on), timeout=60)
        engine = db.create_engine(on.url, size=1)
        make_owner(engine)
        engine.dispose()
        sign_in(self._client)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._visit, name="visitor", daemon=True)

    def __enter__(self) -> Visitor:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join(60)
        self._client.close()

    def p95_ms(self, since: int = 0) -> float:
        """Milliseconds within which 95 in 100 pages came, the first `since` left out."""
        ordered = sorted(self.seconds[since:])
        return round(1000 * ordered[max(0, -(-95 * len(ordered) // 100) - 1)], 1) if ordered else 0.0

    def _visit(self) -> None:
        while not self._over.wait(EVERY):
            path = self.paths[len(self.seconds) % len(self.paths)]
            began = time.perf_counter()
            answer = self._client.get(path)
            self.seconds.append(time.perf_counter() - began)
            if answer.status_code != 200:
                self.refused.append(f"{path}: {answer.status_code}")


def answers(client: httpx.Client) -> bool:
    """Whether the pages are there: the port is open before they are."""
    try:
        return client.get("/livez").status_code == 200
    except httpx.TransportError:
        return False


def make_owner(engine: Engine) -> None:
    """Make the instance's owner."""
    with engine.begin() as conn:
        accounts.create_user(conn, EMAIL, "Owner", "owner", PASSWORD)


def sign_in(client: httpx.Client) -> None:
    """Sign in as the owner."""
    fields = {"csrf_token": csrf(client, "/signin"), "email": EMAIL, "password": PASSWORD}
    answer = client.post("/signin", data=fields)
    assert answer.status_code == 302, f"signing in was answered {answer.status_code}"


def csrf(client: httpx.Client, path: str) -> str:
    """The token that the forms of a page carry."""
    found = _TOKEN.search(client.get(path).text)
    assert found, f"{path} has no form"
    return found[1]


def _serve(on: Instance) -> str:
    """The URL of the product's web process, started."""
    port = ports.free_port()
    base = f"http://{ports.LOOPBACK}:{port}"
    environment = {"SIXPM_WEB_PORT": str(port), "SIXPM_BASE_URL": base, "SIXPM_ENV": "local"}
    process = on.machine.start("web", [sys.executable, "-m", "sixpm", "web"], environment)
    wait_for(lambda: ports.answers(port), process, on.machine.log("web"))
    return base
