"""A mail as it would leave, to be looked at: made as all mails are, under keys that nobody has.

So none of its links works: they are the recipient's own, and whoever looks may be somebody else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from engine.config import Settings
from engine.db import Conn
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.queries import sending
from engine.outbound.render import Press, Sign
from engine.tokens import Keys


@dataclass(frozen=True, slots=True)
class Seen:
    """A mail's parts, decoded."""

    subject: str
    sender: str
    to: str
    text: str
    html: str


def seen(conn: Conn, workspace_id: int, draft: MailDraft, address: str, settings: Settings, now: datetime) -> Seen:
    """The mail of `draft` to `address`, as its reader would see it."""
    identity, _ = sending.identity(conn, workspace_id, now)
    sign = Sign.of(identity, settings)
    nobodys = replace(sign, keys=Keys.of(secrets.token_urlsafe(32)))
    row = Row(0, 0, 0, 0, "smtp", address, 0, now)
    mail = Press(1).mail(draft, row, 0, workspace_id, nobodys, now)
    message = message_from_bytes(mail.content, policy=default)
    return Seen(message["Subject"], message["From"], message["To"], _part(message, "plain"), _part(message, "html"))


def _part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    return str(found.get_content()) if found is not None else ""


__all__ = ["Seen", "seen"]
