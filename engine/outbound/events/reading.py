"""Reads JSON that others wrote: what is missing or of another type is empty, never an error."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.outbound.events.event import OLDEST, Refused, Unreadable
from engine.transports.smtp.replies import parse_enhanced

WORDS = 500


def parsed(body: bytes | str) -> Any:
    """The JSON of a body. Raises Unreadable."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The body is no JSON.") from error


def _refuse(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are not JSON, and PostgreSQL would not keep them


def mapping(body: bytes | str) -> dict[str, Any]:
    """The JSON object of a body. Raises Unreadable."""
    found = parsed(body)
    if not isinstance(found, dict):
        raise Unreadable("The body is no JSON object.")
    return found


def inner(data: object, *path: str | int) -> Any:
    """What stands at `path`, or None."""
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and -len(data) <= step < len(data):
            data = data[step]
        else:
            return None
    return data


def text(data: object, *path: str | int, most: int = 300) -> str:
    """The text or number at `path` on one line, in characters that PostgreSQL keeps; empty for anything else."""
    found = inner(data, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return one_line(str(found), most)


def one_line(words: str, most: int = 300) -> str:
    """The same on one line, in characters that PostgreSQL keeps."""
    line = " ".join(words.replace("\0", "\ufffd").split())
    return line.encode("utf-8", "replace").decode()[:most]


def words(*parts: str) -> str:
    """What a page shows as the vendor's words: the parts that say something, once each."""
    return " ".join(dict.fromkeys(part for part in parts if part))[:WORDS]


def code(*parts: str) -> str:
    """The first reply code in these: an enhanced one, else a basic one; empty where there is none."""
    for part in parts:
        plain = part.removeprefix("smtp;").strip()
        if enhanced := parse_enhanced(plain) or parse_enhanced(plain[4:]):
            return enhanced
    for part in parts:
        if (basic := part.removeprefix("smtp;").strip()[:3]).isascii() and basic.isdigit() and basic[0] in "245":
            return basic
    return ""


def instant(value: object) -> datetime | None:
    """An ISO 8601 text or seconds since 1970 as an instant; None for anything else."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        else:
            return None
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def fresh(said: datetime | None, now: datetime) -> None:
    """Raise Refused for a time that is missing, too long ago, or as far ahead."""
    if said is None or abs(now - said) > OLDEST:
        hours = OLDEST // timedelta(hours=1)
        raise Refused(f"The call's time is missing, or more than {hours} hours away from ours.")


def digest(event: object) -> str:
    """An id for an event whose vendor gives none: the same for the same content."""
    return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()[:40]
