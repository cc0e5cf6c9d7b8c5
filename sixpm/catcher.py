"""The local mailbox: an SMTP server that keeps every mail as a file, in place of a relay.

HOME/mailbox/<id>.eml is the mail as it came, <id>.json its envelope. The .json is written last and both are synced
before the 250, so a mail that is listed is whole and one that was acknowledged is there.

Addresses rehearse faults: bounce-511@… is refused with 511, defer-451@… with 451, slow-3@… takes three seconds,
at RCPT. The domain does not matter.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

SIZE = 50 * 1024 * 1024
_FAULT = re.compile(r"^(?:.*\+)?(bounce|defer|slow)-(\d{1,3})@", re.IGNORECASE)
_ENHANCED = {
    "510": "5.1.1", "511": "5.1.1", "550": "5.1.1", "552": "5.2.2", "554": "5.7.1",
    "421": "4.3.2", "450": "4.2.0", "451": "4.7.1", "452": "4.2.2",
}  # fmt: skip


class Catcher:
    """aiosmtpd's handler: refuses what an address asks to be refused, keeps the rest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := _FAULT.match(address):
            kind, number = fault[1].lower(), fault[2]
            if kind == "slow":
                await asyncio.sleep(min(int(number), 60))
            else:
                return refusal(kind, number)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        name = await asyncio.to_thread(
            keep, self.folder, content, envelope.mail_from or "", envelope.rcpt_tos, datetime.now(UTC)
        )
        return f"250 2.0.0 Ok: queued as {name}"


def refusal(kind: str, number: str) -> str:
    """The reply a rehearsed fault gives, with an enhanced code of its class (RFC 3463)."""
    code = number if len(number) == 3 and number[0] in "45" else ("550" if kind == "bounce" else "451")
    enhanced = _ENHANCED.get(code, f"{code[0]}.0.0")
    return f"{code} {enhanced} rehearsed: this address asks to be {'refused' if code[0] == '5' else 'deferred'}"


def keep(folder: Path, content: bytes, mail_from: str, rcpt_tos: list[str], received_at: datetime) -> str:
    """Write one mail and its envelope so that both outlive a power cut; returns its id, which sorts by time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    envelope = {"id": name, "from": mail_from, "to": rcpt_tos, "received_at": received_at.isoformat()}
    _write(folder / f"{name}.eml", content)
    _write(folder / f"{name}.json", json.dumps(envelope).encode())
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return name


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(".draft" + path.suffix[1:])
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)


async def listen(folder: Path, host: str, port: int) -> asyncio.Server:
    """Listen on `host`:`port`; the returned server is closed by the caller."""
    loop = asyncio.get_running_loop()
    handler = Catcher(folder)

    def protocol() -> SMTP:
        return SMTP(handler, data_size_limit=SIZE, enable_SMTPUTF8=True, hostname="localhost", ident="sixpm catcher")

    return await loop.create_server(protocol, host, port)


def serve(folder: Path, host: str, port: int) -> None:
    """Listen until TERM or INT."""
    asyncio.run(_serve(folder, host, port))


async def _serve(folder: Path, host: str, port: int) -> None:
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for how in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(how, asked.set)
    server = await listen(folder, host, port)
    await asked.wait()
    server.close()
