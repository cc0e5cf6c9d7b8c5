"""Opens a session with aiosmtplib (connect, EHLO, TLS, AUTH), then hands its transport to our own Link.

aiosmtplib's own transactions are not used: they cannot tell a drop before the end of data from one after it, and
they pair a reply that shares a segment with the wrong command (docs/adr/0006).
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import aiosmtplib

from engine.transports.base import Scope, Trouble
from engine.transports.smtp.protocol import Link, LinkLost
from engine.transports.smtp.relay import Relay


@dataclass(frozen=True, slots=True)
class Features:
    """What the server announced: largest mail in bytes (None: no limit), extensions, limits of a session (RFC 9422).

    `mail_max`: mails of a session; `domain_max`: different domains of its recipients. Its third limit, recipients of
    one mail, holds by itself: ours have one.
    """

    size: int | None = None
    announces_size: bool = False
    eightbit: bool = False
    smtputf8: bool = False
    pipelining: bool = False
    chunking: bool = False
    mail_max: int | None = None
    domain_max: int | None = None


@dataclass(slots=True)
class Session:
    """An open session. `taken` counts transactions begun, `stale_envelope` says that RSET must come first."""

    link: Link
    features: Features
    taken: int = 0
    stale_envelope: bool = False


class NoSession(Exception):
    """The session could not be opened; `trouble` is for the alarm."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reply)
        self.trouble = trouble


async def open_session(relay: Relay) -> Session:
    """A session ready for MAIL, or NoSession. Recipients are untouched by anything that goes wrong here."""
    try:
        async with asyncio.timeout(relay.timeouts.session):
            return await _open(relay)
    except aiosmtplib.SMTPResponseException as error:
        raise NoSession(Trouble(Scope.TRANSPORT, str(error.code), error.message)) from error
    except TimeoutError as error:
        text = f"{relay.host}:{relay.port} gave no session: {str(error) or 'it took too long'}"
        raise NoSession(Trouble(Scope.TRANSPORT, "", text)) from error
    except (aiosmtplib.SMTPException, OSError, ValueError, LinkLost) as error:
        text = f"{relay.host}:{relay.port} gave no session: {error}"
        raise NoSession(Trouble(Scope.TRANSPORT, "", text)) from error


async def quit_session(session: Session, seconds: float) -> None:
    """Say QUIT and close. Never raises: nothing depends on the farewell."""
    link = session.link
    try:
        if link.usable:
            farewell = link.expect()
            link.write(b"QUIT\r\n")
            await link.answer(farewell, seconds, "QUIT")
        await link.close(seconds)
    except LinkLost:
        link.abort()


async def _open(relay: Relay) -> Session:
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        username=relay.user,
        password=relay.password if relay.user else None,
        local_hostname=relay.hello,
        timeout=relay.timeouts.step,
        use_tls=relay.tls == "tls",
        start_tls=relay.tls == "starttls",
        tls_context=None if relay.tls == "none" else await asyncio.to_thread(_trust, relay.ca_file),
    )
    try:
        await client.connect()
        await _hello(client)
        return _take_over(client)
    except BaseException:
        client.close()
        raise


async def _hello(client: aiosmtplib.SMTP) -> None:
    # STARTTLS resets what was announced (RFC 3207 section 4.2); AUTH has said EHLO already.
    if client.is_ehlo_or_helo_needed:
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError:
            await client.helo()


def _take_over(client: aiosmtplib.SMTP) -> Session:
    if client.protocol is None or not client.is_connected:
        raise LinkLost("the server closed the connection after EHLO")
    # `_buffer` is private: tests/engine/transports/smtp/test_session.py holds aiosmtplib to it. Bytes left there
    # would be read as the answer to our first MAIL.
    leftover = bytes(client.protocol._buffer)
    link = Link.adopt(cast(asyncio.Transport, client.transport), leftover)
    return Session(link, _features(client.esmtp_extensions))


def _features(announced: dict[str, str]) -> Features:
    size = announced.get("size", "").strip()
    limits = dict(part.partition("=")[::2] for part in announced.get("limits", "").upper().split())
    return Features(
        size=_limit(size),  # RFC 1870 section 4: 0 means no fixed limit
        announces_size="size" in announced,
        eightbit="8bitmime" in announced,
        smtputf8="smtputf8" in announced,
        pipelining="pipelining" in announced,
        chunking="chunking" in announced,
        mail_max=_limit(limits.get("MAILMAX", "")),
        domain_max=_limit(limits.get("RCPTDOMAINMAX", "")),
    )


def _limit(written: str) -> int | None:
    """A limit that is no number above 0 is to be ignored (RFC 9422 section 3)."""
    return (int(written) or None) if written.isascii() and written.isdigit() else None


@lru_cache(maxsize=16)
def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Verifies chain and name; built once, because reading the authorities costs 20 ms."""
    return ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_file)
