"""Reads the fields of providers' forms and JSON: what is missing or of another type is empty, never an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from engine.outbound.events.forms import Field

_TYPE = re.compile(rb"^content-type[ \t]*:[ \t]*([^;\r\n]*)([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_CHARSET = re.compile(rb'charset="?([\w.:+-]{1,60})', re.IGNORECASE)
_BREAK = re.compile(rb"\r?\n\r?\n")
RESULTS = {"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy"}


def json_object(words: str) -> Any:
    """A field's JSON; empty where it is none."""
    return _json(words) or {}


def pairs(words: str) -> list[tuple[str, Any]]:
    """The names and values of a JSON object in order; a name may come more than once."""
    found = _json(words, object_pairs_hook=list)
    return [pair for pair in found if isinstance(pair, tuple)] if isinstance(found, list) else []


def _json(words: str, **options: Any) -> Any:
    try:
        return json.loads(words, **options)
    except (ValueError, RecursionError):
        return None


def codec(label: str) -> str:
    """The charset that `label` names; UTF-8 where nobody knows it."""
    try:
        b"".decode(label)
    except (LookupError, ValueError):
        return "utf-8"
    return label


def guessed(data: bytes) -> str:
    """The charset of a text that came without one."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def has(head: bytes, name: str) -> bool:
    """Whether a block of header fields has this one."""
    return re.search(rb"^" + re.escape(name.encode()) + rb"[ \t]*:", head, re.IGNORECASE | re.MULTILINE) is not None


def type_of(field: Field) -> tuple[str, str]:
    """(type, charset) of a file in a form."""
    found = _TYPE.search(field.headers)
    if found is None:
        return "application/octet-stream", ""
    charset = _CHARSET.search(found[2])
    return found[1].strip().decode("ascii", "replace").lower(), charset[1].decode() if charset else ""


def result(words: str) -> str:
    """A finding as RFC 8601 writes it; empty for anything else."""
    word = words.strip().casefold()
    return word if word in RESULTS else ""


def head_of(mail: bytes) -> bytes:
    """The header fields of a mail, for a look at what the provider wrote above it."""
    end = _BREAK.search(mail, 0, 256 * 1024)
    return mail[: end.start() if end else 256 * 1024]


def value(head: bytes, name: str) -> str:
    """The first value of a field: what the last server wrote stands above what the mail came with."""
    found = re.search(rb"^" + re.escape(name.encode()) + rb"[ \t]*:[ \t]*([^\r\n]*)", head, re.I | re.M)
    return found[1].decode("utf-8", "replace").strip() if found else ""


def rest(fields: Iterable[Field]) -> bytes:
    """Fields that have no place in a mail, each with its own header, to stand behind it."""
    made = []
    for field in fields:
        headers = field.headers or f'Content-Disposition: form-data; name="{field.name}"'.encode("utf-8", "replace")
        made += [b"\r\n--=_rest\r\n", headers, b"\r\n\r\n", field.data]
    return b"".join([*made, b"\r\n--=_rest--\r\n"]) if made else b""
