"""The listeners as one process: started, kept informed, and ended in order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable

from engine import db, log
from engine.config import Settings, required
from engine.inbound.retrieve.line import LmtpLine
from engine.inbound.retrieve.smtp import Enqueue, Listener

BEAT = 10.0
_log = log.get(__name__)


def serve(settings: Settings, enqueue: Enqueue, *, ready: Callable[[int], object] | None = None) -> None:
    """Run the listeners until SIGTERM or SIGINT, then finish what is being kept. `ready` gets the SMTP port.

    `enqueue` offers an inbound id to the task; it runs in one thread of its own and may fail.
    """
    url = required(settings.database_url, "database_url")
    engine = db.create_engine(url, size=4, app="sixpm smtpd", lock_timeout_ms=5000)
    try:
        asyncio.run(_serve(settings, engine, enqueue, ready))
    finally:
        engine.dispose()


async def _serve(settings: Settings, engine: db.Pool, enqueue: Enqueue, ready: Callable[[int], object] | None) -> None:
    process = f"{socket.gethostname()}:{os.getpid()}:{int(time.time())}"
    listener = Listener(settings, engine, enqueue, process)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await listener.beat()
    port = await listener.start(settings.smtpd_host, settings.smtpd_port)
    _log.info("listening", host=settings.smtpd_host, port=port, size=settings.smtpd_size)
    if settings.lmtp_port is not None:
        lmtp = await listener.start(settings.lmtp_host, settings.lmtp_port, LmtpLine)
        _log.info("listening for lmtp", host=settings.lmtp_host, port=lmtp)
    if settings.lmtp_socket is not None:
        await listener.start_socket(settings.lmtp_socket)
        _log.info("listening for lmtp", socket=str(settings.lmtp_socket))
    if ready is not None:
        ready(port)
    while not stopped.is_set():
        try:
            await asyncio.wait_for(stopped.wait(), BEAT)
        except TimeoutError:
            await listener.beat()
    await listener.stop()
