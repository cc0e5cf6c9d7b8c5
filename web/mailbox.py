"""Reads the local mailbox that the mail catcher writes (sixpm/catcher.py): HOME/mailbox/<id>.eml and <id>.json."""

from __future__ import annotations

import email
import json
import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from engine.errors import NotFound

_NAME = re.compile(r"^\d{20}-[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail in the list. `sender` and `recipients` are the envelope's, `subject` is decoded."""

    id: str
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    subject: str
    mail_from: str
    mail_to: str


@dataclass(frozen=True, slots=True)
class Opened:
    """One mail, opened. `text` and `html` are None when the mail has no such part; `html` is as it came, unsafe."""

    caught: Caught
    source: bytes
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[str, ...]


def list_mails(folder: Path, limit: int = 100) -> list[Caught]:
    """The newest `limit` mails, newest first."""
    try:
        names = sorted((path.stem for path in folder.glob("*.json") if _NAME.match(path.stem)), reverse=True)
    except OSError:
        return []
    found = (_caught(folder, name) for name in names[:limit])
    return [mail for mail in found if mail is not None]


def read_mail(folder: Path, mail_id: str) -> Opened:
    """One mail. Raises NotFound for an unknown or malformed id."""
    caught = _caught(folder, mail_id) if _NAME.match(mail_id) else None
    if caught is None:
        raise NotFound("There is no such mail in the mailbox.")
    source = (folder / f"{mail_id}.eml").read_bytes()
    message = email.message_from_bytes(source, policy=policy.compat32)
    parts = [part for part in message.walk() if not part.is_multipart()]
    headers = tuple((name, _decoded(value)) for name, value in message.items())
    attachments = tuple(_decoded(name) for part in parts if (name := part.get_filename()))
    return Opened(caught, source, headers, _first(parts, "text/plain"), _first(parts, "text/html"), attachments)


def _caught(folder: Path, name: str) -> Caught | None:
    try:
        envelope = json.loads((folder / f"{name}.json").read_bytes())
        with open(folder / f"{name}.eml", "rb") as handle:
            head = email.message_from_bytes(handle.read(65_536).partition(b"\r\n\r\n")[0], policy=policy.compat32)
    except (OSError, ValueError):
        return None  # deleted between listing and reading
    return Caught(
        id=name,
        sender=envelope["from"],
        recipients=tuple(envelope["to"]),
        received_at=datetime.fromisoformat(envelope["received_at"]),
        subject=_decoded(head.get("Subject", "")),
        mail_from=_decoded(head.get("From", "")),
        mail_to=_decoded(head.get("To", "")),
    )


def _first(parts: list[Message], kind: str) -> str | None:
    for part in parts:
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            charset = part.get_content_charset() or "utf-8"
            raw = payload if isinstance(payload, bytes) else b""
            try:
                return raw.decode(charset, errors="replace")
            except LookupError:
                return raw.decode("utf-8", errors="replace")
    return None


def _decoded(value: object) -> str:
    text = str(value)
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, UnicodeError, ValueError):
        return text
