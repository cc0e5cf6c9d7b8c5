"""The sending loop's ways to the database: threads of one connection each, so that none waits for another (H9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

from engine import db

T = TypeVar("T")
Way = Literal["flush", "lease", "pace", "feed"]
WAYS: tuple[Way, ...] = ("flush", "lease", "pace", "feed")


class Reach:
    """Belongs to one event loop. A blocked flush never keeps a lease from being renewed."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._engines = {
            way: db.create_engine(url, size=2, app=f"sixpm {way}", lock_timeout_ms=3000, by_key=way == "flush")
            for way in WAYS
        }
        self._threads = {way: ThreadPoolExecutor(1, way) for way in WAYS}
        self._flushing: db.Conn | None = None  # outside of transactions; only the flush's thread touches it

    async def run(self, way: Way, step: Callable[..., T], *args: Any) -> T:
        """Run `step(conn, *args)` as one transaction."""

        def transaction() -> T:
            with self._engines[way].begin() as conn:
                return step(conn, *args)

        return await self._loop.run_in_executor(self._threads[way], transaction)

    async def statement(self, step: Callable[[db.Conn], T]) -> T:
        """Run a `step` of one statement, which is its own transaction: no BEGIN, no COMMIT to wait for."""
        return await self._loop.run_in_executor(self._threads["flush"], self._one_statement, step)

    def _one_statement(self, step: Callable[[db.Conn], T]) -> T:
        if self._flushing is None:
            self._flushing = self._engines["flush"].connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            return step(self._flushing)
        except BaseException:
            self._flushing.invalidate()
            self._flushing.close()
            self._flushing = None
            raise

    def close(self) -> None:
        """Wait for what is running and close all connections."""
        for thread in self._threads.values():
            thread.shutdown(wait=True)
        if self._flushing is not None:
            self._flushing.close()
        for engine in self._engines.values():
            engine.dispose()
