"""Forms as vendors post them, read from the body's bytes: a field may be in any charset, a file name in none at all.

The usual readers decode every field as UTF-8, and refuse fields of the size of a mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from engine.outbound.events.event import Unreadable

FIELDS = 2000  # more than any mail has parts and any event has variables
PIECE = 64 * 1024
_NAME = re.compile(rb';\s*name="?([^";\r\n]*)"?', re.IGNORECASE)
_FILE = re.compile(rb';\s*filename="(.*?)"\s*(?=;|\r|\n|$)|;\s*filename=([^";\s][^;\r\n]*)', re.IGNORECASE | re.DOTALL)
_FILE_CODED = re.compile(rb";\s*filename\*=([\w-]*)'[^']*'([^;\s]*)", re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";]{1,200})"?', re.IGNORECASE)
_END = re.compile(rb"\r?\n\r?\n")
_REST = re.compile(rb"(--)?[ \t]*(?=\r?\n|\Z)")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `filename` is None where it is no file; `headers` are its own, as they came."""

    name: str
    data: bytes
    filename: str | None = None
    headers: bytes = b""

    @property
    def text(self) -> str:
        """The field as text that a vendor writes itself: UTF-8."""
        return self.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Form:
    """All fields in the order they came; one name may come more than once."""

    fields: tuple[Field, ...]

    def first(self, name: str) -> Field | None:
        """The first field of this name."""
        return next((field for field in self.fields if field.name == name), None)

    def text(self, name: str) -> str:
        """The first field of this name as text, or empty."""
        found = self.first(name)
        return found.text if found is not None else ""

    def last(self, name: str) -> str:
        """The last field of this name as text, or empty: Mailgun puts its own after what a mail's variables say."""
        return next((field.text for field in reversed(self.fields) if field.name == name), "")

    def __contains__(self, name: str) -> bool:
        return self.first(name) is not None


def form(body: bytes, content_type: str) -> Form:
    """The form in a body. Raises Unreadable for another type, a body cut short, or more than FIELDS fields."""
    kind = content_type.partition(";")[0].strip().casefold()
    if kind == "application/x-www-form-urlencoded":
        return _bounded(_pairs(body))
    boundary = _BOUNDARY.search(content_type)
    if kind != "multipart/form-data" or boundary is None:
        raise Unreadable("The body is no form.")
    return _bounded(_parts(body, boundary[1].strip().encode("utf-8", "replace")))


def _bounded(fields: Iterator[Field]) -> Form:
    taken: list[Field] = []
    for field in fields:
        if len(taken) == FIELDS:
            raise Unreadable(f"The form has more than {FIELDS} fields.")
        taken.append(field)
    return Form(tuple(taken))


def _pairs(body: bytes) -> Iterator[Field]:
    start = 0
    while start < len(body):
        end = body.find(b"&", start)
        end = len(body) if end < 0 else end
        name, _, value = body[start:end].partition(b"=")
        if name:
            yield Field(_word(_plain(name)), _plain(value))
        start = end + 1


def _plain(coded: bytes) -> bytes:
    """What was written for it. Piece by piece, since the standard library makes a word of each sign it unpacks."""
    made, start = bytearray(), 0
    while start < len(coded):
        end = min(start + PIECE, len(coded))
        cut = coded.rfind(b"%", max(start + 1, end - 2), end) if end < len(coded) else -1
        end = cut if cut > 0 else end
        made += unquote_to_bytes(coded[start:end].replace(b"+", b" "))
        start = end
    return bytes(made)


def _parts(body: bytes, boundary: bytes) -> Iterator[Field]:
    marks = _marks(body, b"--" + boundary)
    if (begin := next(marks, None)) is None:
        raise Unreadable("The form's boundary is not in the body.")
    while not begin.last:
        if (end := next(marks, None)) is None:
            raise Unreadable("The form ends in the middle.")
        if head := _END.search(body, begin.end, end.end):  # a part without headers has no name
            yield _field(body[begin.end : head.start()].strip(b"\r\n"), body[head.end() : max(end.start, head.end())])
        begin = end


class _Mark(NamedTuple):
    """A boundary's line: where it starts (the line break before it is its own) and ends, and whether it is the last."""

    start: int
    end: int
    last: bool


def _marks(body: bytes, line: bytes) -> Iterator[_Mark]:
    """By find alone: a pattern that may begin with any line break is looked for at every byte."""
    at = body.find(line)
    while at >= 0:
        rest = _REST.match(body, at + len(line))
        if rest is not None and (at == 0 or body[at - 1 : at] == b"\n"):
            start = at - (2 if body[max(at - 2, 0) : at] == b"\r\n" else 1 if at else 0)
            yield _Mark(start, rest.end(), bool(rest[1]))
        at = body.find(line, at + len(line))


def _field(headers: bytes, data: bytes) -> Field:
    name = _NAME.search(headers)
    return Field(_word(name[1]) if name else "", data, _filename(headers), headers)


def _filename(headers: bytes) -> str | None:
    if coded := _FILE_CODED.search(headers):
        raw = unquote_to_bytes(coded[2])
        return raw.decode("latin-1") if coded[1].lower() == b"iso-8859-1" else _word(raw)
    if (found := _FILE.search(headers)) is None:
        return None
    name = _word(found[1] if found[1] is not None else found[2].strip())
    return name.replace('\\"', '"').replace("%22", '"')


def _word(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
