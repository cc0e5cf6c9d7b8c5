"""What the header of a mail in a file says of its journey: whom the envelope named, and when it arrived there."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HEAD = 64 * 1024  # bytes that are looked at
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # older dates are broken clocks

_FOLD = re.compile(rb"\r?\n[ \t]+")
_ENVELOPE_TO = re.compile(rb"^(?:delivered-to|x-original-to|x-envelope-to|envelope-to):[ \t]*\S", re.I | re.M)
_RETURN_PATH = re.compile(rb"^return-path:[ \t]*<([^<>\r\n]{0,320})>", re.I | re.M)
_RECEIVED = re.compile(rb"^received:[^\r\n]*;([^;\r\n]{8,80})\r?$", re.I | re.M)
_DATE = re.compile(rb"^date:([^\r\n]{8,80})\r?$", re.I | re.M)
_END = re.compile(rb"\r?\n\r?\n")


def head(raw: bytes) -> bytes:
    """The header fields, each on one line."""
    top = raw[:HEAD].lstrip(b"\r\n")
    return _FOLD.sub(b" ", _END.split(top, maxsplit=1)[0])


def names_recipient(fields: bytes) -> bool:
    """Whether a server has written down whom the envelope named."""
    return _ENVELOPE_TO.search(fields) is not None


def envelope_sender(fields: bytes) -> str:
    """The envelope sender that the last server wrote down; "" where it wrote none."""
    found = _RETURN_PATH.search(fields)
    return found[1].decode("utf-8", "replace") if found else ""


def received(fields: bytes, written: float, now: datetime) -> datetime:
    """When the mail arrived: by the uppermost Received, else Date, else the time of its file; never after `now`."""
    for found in (_RECEIVED.search(fields), _DATE.search(fields)):
        at = _instant(found[1].decode("ascii", "replace")) if found else None
        if at is not None and EARLIEST <= at <= now:
            return at
    return min(datetime.fromtimestamp(written, UTC), now)


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):  # what a broken clock or program wrote
        return None
