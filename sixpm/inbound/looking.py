"""`sixpm inbound list`, `show` and `raw`: what was kept, for the operator."""

from __future__ import annotations

from collections.abc import Callable

from engine import db
from engine.errors import NotFound
from engine.inbound.parse import ParsedMail
from engine.inbound.queries import operating
from engine.inbound.queries.operating import Kept
from engine.inbound.reader import ParseKilled
from sixpm.inbound.described import told


def listed(limit: int) -> str:
    """The newest mails that wait for a person, one a line."""
    with db.begin() as conn:
        found = operating.for_a_person(conn, limit)
    return "\n".join(_line(mail) for mail in found) or "Nothing is held or parked."


def shown(number: int, read: Callable[[bytes], ParsedMail]) -> str:
    """One mail: how it came, what became of it, what is read of it now. Raises NotFound."""
    with db.begin() as conn:
        mail = operating.kept(conn, number)
        raw = operating.raw_of(conn, number)
    if mail is None or raw is None:
        raise NotFound(f"There is no mail {number}.")
    lines = [
        f"Mail {mail.id}, {mail.state}{f': {mail.reason}' if mail.reason else ''}",
        f"Came by {mail.source} at {mail.received_at:%Y-%m-%d %H:%M:%S} UTC, {len(raw)} bytes, as {mail.external_id}",
        f"Envelope: from <{mail.envelope_from}> to {', '.join(mail.envelope_to) or 'nobody named'}",
        f"Workspace: {mail.workspace_id or 'not known'}",
    ]
    if not raw:
        return "\n".join([*lines, "Its bytes are no longer kept."])
    try:
        return "\n".join([*lines, "", told(read(raw))])
    except ParseKilled as error:
        return "\n".join([*lines, "", str(error)])


def bytes_of(number: int) -> bytes:
    """The bytes as they came. Raises NotFound."""
    with db.begin() as conn:
        raw = operating.raw_of(conn, number)
    if not raw:
        raise NotFound(f"There is no mail {number}, or its bytes are no longer kept.")
    return raw


def _line(mail: Kept) -> str:
    about = " ".join(f"{mail.from_address}: {mail.subject}".split())[:60]
    return f"{mail.id}  {mail.received_at:%Y-%m-%d %H:%M}  {mail.state}  {about}  ({mail.reason})"
