"""The inbound SMTP listener: what it answers 250 to is committed.

It takes mail for addresses we handed out and no other: r+<token>@ (replies) and b+<token>@ (bounces). A mail to several
of them becomes one row each. Nothing is parsed here; the task is offered the id, and if the offer is lost the sweep
finds the row.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session

from engine import clock, db, log
from engine.config import Settings, required
from engine.inbound.addresses import named, parts
from engine.inbound.own import Own
from engine.inbound.queries import keeping
from engine.inbound.retrieve.line import Line
from engine.inbound.retrieve.trace import hops, trace
from engine.inbound.store import store

Enqueue = Callable[[int], object]
T = TypeVar("T")
_log = log.get(__name__)

RECIPIENTS = 100  # RFC 5321 section 4.5.3.1.8: a server takes at least as many
HOPS = 100  # RFC 5321 section 6.3: Received fields of a mail that goes in circles
TIMEOUT = 300.0  # RFC 5321 section 4.5.3.2.7
BEAT = 10.0
WAITING_OFFERS = 1000  # more than these are left to the sweep
_BUSY = "451 4.3.0 We cannot keep your mail at the moment, please send it again later"


class Listener:
    """The listener's answers: `handle_*` are aiosmtpd's hooks. One per process, inside one event loop."""

    def __init__(self, settings: Settings, engine: db.Pool, enqueue: Enqueue, process: str = "smtpd") -> None:
        self._own = Own.of(settings)
        self._settings = settings
        self._engine = engine
        self._enqueue = enqueue
        self._process = process
        self._domains = frozenset({self._own.reply_domain})
        self._carried: clock.Carried | None = None
        self._database: Executor = ThreadPoolExecutor(4, "smtpd-database")
        self._offers = ThreadPoolExecutor(1, "smtpd-offers")
        self._waiting_offers = 0
        self._keeping = 0
        self._lines: set[Line] = set()
        self._server: asyncio.Server | None = None

    # Life

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port (the kernel's choice for 0)."""
        loop = asyncio.get_running_loop()
        tls = _tls(self._settings)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=200)
        self._server = await loop.create_server(lambda: self._line(loop, tls), sock=bound)
        return int(bound.getsockname()[1])

    async def stop(self, patience: float = 5.0) -> None:
        """Take no new mail, finish those that are being kept, for `patience` seconds at most."""
        if self._server is not None:
            self._server.close()
        deadline = time.monotonic() + patience
        while self._keeping and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        self._database.shutdown(wait=False, cancel_futures=True)
        self._offers.shutdown(wait=False, cancel_futures=True)

    async def beat(self) -> None:
        """Prove that the process lives, and look up business time and the workspaces' own reply domains."""
        try:
            await self._in_thread(self._look)
        except Exception as error:  # the database is away: mails get 451 until it is back
            _log.warning("database away", error=str(error))

    def _look(self) -> None:
        with self._engine.begin() as conn:
            db.beat(conn, "smtpd", self._process)
            self._carried = clock.carry(db.now(conn))
            self._domains = keeping.reply_domains(conn) | {self._own.reply_domain}

    def _line(self, loop: asyncio.AbstractEventLoop, tls: ssl.SSLContext | None) -> SMTP:
        return Line(
            self, self._lines, loop=loop, data_size_limit=self._settings.smtpd_size, enable_SMTPUTF8=True,
            decode_data=False, hostname=self._settings.smtpd_hostname, ident="sixpm", tls_context=tls, timeout=TIMEOUT,
            auth_exclude_mechanism=("LOGIN", "PLAIN"), command_call_limit={"*": 2000},
        )  # fmt: skip

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)

    # What it answers

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """250 for an address we handed out and whose day is not over."""
        domain = parts(address)[1]
        if domain not in self._domains:
            return "550 5.7.1 Relaying denied: this server takes answers to its own mails only"
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients, send the rest in another transaction"
        name = named(self._own.keys, address, self._today())
        if name is None:
            return "550 5.1.1 There is no such address here"
        if name.expired:
            return "550 5.1.1 This reply address has expired; answer a newer mail, or use its link to the web page"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """250 once the mail is committed; 451 when it could not be."""
        raw = envelope.original_content or b""
        if hops(raw) > HOPS:
            return "554 5.4.6 Too many hops: this mail goes in circles"
        self._keeping += 1
        try:
            rows = await self._in_thread(lambda: self._keep(session, envelope, raw))
        except Exception as error:  # whatever went wrong, the sender still has the mail and tries again
            _log.warning("mail not kept", error=str(error))
            return _BUSY
        finally:
            self._keeping -= 1
        self._offer([ident for ident, new in rows if new])
        return f"250 2.0.0 Ok: kept as {rows[0][0]}"

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is never the sender's: 451, so that the mail comes again."""
        _log.error("smtp session failed", error=repr(error))
        return _BUSY

    def _today(self) -> date:
        return (self._carried.now() if self._carried else datetime.now(UTC)).date()

    def _keep(self, session: Session, envelope: Envelope, raw: bytes) -> list[tuple[int, bool]]:
        """The same bytes to the same address once more, on the same day, are the row that is there: a sender that never
        heard our 250. Not for ever, since what has neither Message-ID nor Date may be said again another day."""
        number = hashlib.sha256(raw).hexdigest()
        sender = (envelope.mail_from or "").strip("<>")  # aiosmtpd gives the null sender as "<>"
        with self._engine.begin() as conn:
            now = db.now(conn)
            whole = trace(sender, session, number[:32], self._settings.smtpd_hostname, now) + raw
            return [
                store(conn, "smtp", f"{now:%Y%m%d} {number} {to}", sender, [to], whole, now)
                for to in dict.fromkeys(envelope.rcpt_tos)
            ]

    def _offer(self, ids: list[int]) -> None:
        """Hint the task, in a thread of its own so that a slow broker never holds up a reply."""
        for ident in ids if self._waiting_offers < WAITING_OFFERS else ():
            self._waiting_offers += 1
            hint = asyncio.get_running_loop().run_in_executor(self._offers, self._hint, ident)
            hint.add_done_callback(self._offered)

    def _offered(self, _: object) -> None:
        self._waiting_offers -= 1

    def _hint(self, ident: int) -> None:
        try:
            self._enqueue(ident)
        except Exception as error:  # the row is committed; the sweep offers it again
            _log.warning("mail not offered", inbound_id=ident, error=str(error))


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.smtpd_tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.smtpd_tls_cert, settings.smtpd_tls_key)
    return context


def serve(settings: Settings, enqueue: Enqueue, *, ready: Callable[[int], object] | None = None) -> None:
    """Run the listener until SIGTERM or SIGINT, then finish what is being kept. `ready` gets the port.

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
    if ready is not None:
        ready(port)
    while not stopped.is_set():
        try:
            await asyncio.wait_for(stopped.wait(), BEAT)
        except TimeoutError:
            await listener.beat()
    await listener.stop()
