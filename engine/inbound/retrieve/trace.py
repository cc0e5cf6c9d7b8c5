"""What a mail server writes above a mail it takes, and how it sees that a mail goes in circles."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime

from aiosmtpd.smtp import Session

_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"\r?\n\r?\n")


def hops(raw: bytes) -> int:
    """How many servers have passed the mail on (RFC 5321 section 6.3). Fields of mails inside it are not its own."""
    end = _END.search(raw, 0, 256 * 1024)
    return len(_RECEIVED.findall(raw, 0, end.start() if end else 256 * 1024))


def trace(source: str, sender: str, session: Session, number: str, hostname: str, now: datetime) -> bytes:
    """Return-Path and Received of a mail (RFC 5321 section 4.4), to stand above it: `source` is smtp or lmtp."""
    peer = session.peer[0] if isinstance(session.peer, tuple) else "local"
    helo = re.sub(r"[^\w.:\[\]-]", "?", session.host_name or "unknown")[:255]
    sender = re.sub(r"[\x00-\x20<>\x7f\ud800-\udfff]", "", sender)
    protocol = "LMTP" if source == "lmtp" else "ESMTP" if session.extended_smtp else "SMTP"  # RFC 3848
    protocol += "S" if session.ssl is not None else ""
    lines = (
        f"Return-Path: <{sender}>",
        f"Received: from {helo} ([{peer}])",
        f"\tby {hostname} with {protocol} id {number};",
        f"\t{format_datetime(now)}",
    )
    return ("\r\n".join(lines) + "\r\n").encode()
