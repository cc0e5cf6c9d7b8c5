"""The inbound listeners, SMTP and LMTP: what they answer 250 to is committed.

They take mail for addresses we handed out and no other (engine.inbound.retrieve.addressees). A mail to several of them
becomes one row each. Nothing is parsed here; the task is offered the id, and if the offer is lost the sweep finds the
row.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import ssl
import stat
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session, TLSSetupException

from engine import db, log
from engine.config import Settings
from engine.errors import ConfigError
from engine.inbound.own import Own
from engine.inbound.retrieve.addressees import OK, UNKNOWN, Addressees, Asked
from engine.inbound.retrieve.line import COMMANDS, Line, LmtpLine
from engine.inbound.retrieve.trace import hops, trace
from engine.inbound.store import store

Enqueue = Callable[[int], object]
T = TypeVar("T")
_log = log.get(__name__)

RECIPIENTS = 100  # RFC 5321 section 4.5.3.1.8: a server takes at least as many
HOPS = 100  # RFC 5321 section 6.3: Received fields of a mail that goes in circles
TIMEOUT = 300.0  # RFC 5321 section 4.5.3.2.7
WAITING_OFFERS = 1000  # more than these are left to the sweep
_BUSY = "451 4.3.0 We cannot keep your mail at the moment, please send it again later"


class Listener:
    """The listeners' answers: `handle_*` are aiosmtpd's hooks. One per process, inside one event loop."""

    def __init__(self, settings: Settings, engine: db.Pool, enqueue: Enqueue, process: str = "smtpd") -> None:
        self._addressees = Addressees(Own.of(settings))
        self._settings = settings
        self._engine = engine
        self._enqueue = enqueue
        self._process = process
        self._database: Executor = ThreadPoolExecutor(4, "smtpd-database")
        self._offers = ThreadPoolExecutor(1, "smtpd-offers")
        self._waiting_offers = 0
        self._keeping = 0
        self._lines: set[Line] = set()
        self._servers: list[asyncio.Server] = []
        self._socket: Path | None = None

    # Life

    async def start(self, host: str, port: int, kind: type[Line] = Line) -> int:
        """Listen, and return the port (the kernel's choice for 0)."""
        tls = _tls(self._settings)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family, backlog=200)
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(lambda: self._line(kind, tls), sock=bound))
        return int(bound.getsockname()[1])

    async def start_socket(self, path: Path) -> None:
        """Listen for LMTP at a socket file; who may enter its folder may hand over mail, as everybody may by SMTP.

        Raises ConfigError where another process listens there.
        """
        _vacate(path)
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_unix_server(lambda: self._line(LmtpLine, None), path, backlog=200))
        path.chmod(0o666)
        self._socket = path

    async def stop(self, patience: float = 5.0) -> None:
        """Take no new mail, finish those that are being kept, for `patience` seconds at most."""
        for server in self._servers:
            server.close()
        if self._socket is not None:
            self._socket.unlink(missing_ok=True)
        deadline = time.monotonic() + patience
        while self._keeping and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for line in list(self._lines):  # whoever is still talking has not been told that we took anything
            if line.transport is not None:
                line.transport.close()
        while self._lines and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        self._database.shutdown(wait=False, cancel_futures=True)
        self._offers.shutdown(wait=False, cancel_futures=True)

    async def beat(self) -> None:
        """Prove that the process lives, and learn what the addressees are."""
        try:
            await self._in_thread(self._look)
        except Exception as error:  # the database is away: mails get 451 until it is back
            _log.warning("database away", error=str(error))

    def _look(self) -> None:
        with self._engine.begin() as conn:
            db.beat(conn, "smtpd", self._process)
            self._addressees.look(conn)

    def _line(self, kind: type[Line], tls: ssl.SSLContext | None) -> Line:
        return kind(
            self, self._lines, loop=asyncio.get_running_loop(), data_size_limit=self._settings.smtpd_size,
            enable_SMTPUTF8=True, decode_data=False, hostname=self._settings.smtpd_hostname, ident="sixpm",
            tls_context=tls, timeout=TIMEOUT, auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit={"*": COMMANDS},
        )  # fmt: skip

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)

    def _ask(self, question: Asked) -> Awaitable[bool]:
        def work() -> bool:
            with self._engine.begin() as conn:
                return question(conn)

        return self._in_thread(work)

    # What it answers

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, said: list[str]
    ) -> list[str]:
        """What aiosmtpd offers, without the AUTH that it offers under TLS whether or not there is any, and with what
        it does and does not say. BDAT is not done, so CHUNKING is not there."""
        session.host_name = hostname
        offered = [line for line in said if not line.startswith("250-AUTH")]
        return [*offered[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", offered[-1]]

    async def handle_RCPT(
        self, server: Line, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """250 for an address we handed out and whose day is not over, for a team's, and for postmaster and abuse."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients, send the rest in another transaction"
        said = await self._addressees.answer(address, self._ask)
        if said == OK:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        elif said == UNKNOWN and server.guessed():
            return "421 4.7.0 Too many recipients that do not exist"
        return said

    async def handle_DATA(self, server: Line, session: Session, envelope: Envelope) -> str:
        """250 once the mail is committed; 451 when it could not be."""
        raw = envelope.original_content or b""
        if hops(raw) > HOPS:
            return "554 5.4.6 Too many hops: this mail goes in circles"
        self._keeping += 1
        try:
            rows = await self._in_thread(lambda: self._keep(server.source, session, envelope, raw))
        except Exception as error:  # whatever went wrong, the sender still has the mail and tries again
            _log.warning("mail not kept", error=str(error))
            return _BUSY
        finally:
            self._keeping -= 1
        self._offer([ident for ident, new in rows if new])
        return f"250 2.0.0 Ok: kept as {rows[0][0]}"

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is never the sender's: 451, so that the mail comes again."""
        if isinstance(error, TLSSetupException):  # theirs: nothing is answered, the line is closed
            _log.info("no tls", error=str(error.__cause__))
            return _BUSY
        _log.error("smtp session failed", error=repr(error))
        return _BUSY

    def _keep(self, source: str, session: Session, envelope: Envelope, raw: bytes) -> list[tuple[int, bool]]:
        """The same bytes to the same address once more, on the same day, are the row that is there: a sender that never
        heard our 250. Not for ever, since what has neither Message-ID nor Date may be said again another day."""
        number = hashlib.sha256(raw).hexdigest()
        sender = (envelope.mail_from or "").strip("<>")  # aiosmtpd gives the null sender as "<>"
        with self._engine.begin() as conn:
            now = db.now(conn)
            whole = trace(source, sender, session, number[:32], self._settings.smtpd_hostname, now) + raw
            return [
                store(conn, source, f"{now:%Y%m%d} {number} {to}", sender, [to], whole, now)
                for to in dict.fromkeys(envelope.rcpt_tos)
            ]

    def _offer(self, ids: Sequence[int]) -> None:
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


def _vacate(path: Path) -> None:
    """Take away the socket file that a killed process left; a living one's is not ours to take."""
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise ConfigError(f"SIXPM_LMTP_SOCKET is {path}, which is there and is no socket. Name another path.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            path.unlink(missing_ok=True)
        else:
            raise ConfigError(f"Another process listens at {path}. Give each `sixpm smtpd` its own SIXPM_LMTP_SOCKET.")
