"""Bytes of a CSV file to its lines, some at a time: what is read ends where a line ends, and says at which byte.

RFC 4180 as programs write it: quoted line breaks, any line ending, quotes in the middle of a field. A quotation mark
that is never closed would swallow the rest of the file; it costs the one line in which it stands.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

LONGEST = 50  # physical lines of one record; more is a quotation mark that is not closed
BOMS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
BREAKS = {"utf-16-le": (b"\n\0", b"\r\0"), "utf-16-be": (b"\0\n", b"\0\r")}


class Form(NamedTuple):
    """How the bytes are to be read."""

    encoding: str
    separator: str


class Record(NamedTuple):
    """One line of the table. `cells` is None where it cannot be read; `line` counts as an editor does, from 1;
    `at` is its byte in the file; `first` and `end` are its physical lines among those of the slice."""

    line: int
    at: int
    cells: Sequence[str] | None
    first: int
    end: int


class Slice(NamedTuple):
    """What was read: the records, the bytes they took, and the line that comes next."""

    records: list[Record]
    size: int
    line: int
    lines: list[str]

    def raw(self, record: Record) -> str:
        """A line as it stood."""
        return "".join(self.lines[record.first : record.end]).rstrip("\r\n")


class _Lines:
    """Lines for the csv module, at most LONGEST for one record."""

    def __init__(self, lines: Sequence[str], at: int) -> None:
        self.lines, self.next, self.until = lines, at, at + LONGEST

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.next >= self.until or self.next >= len(self.lines):
            raise StopIteration
        self.next += 1
        return self.lines[self.next - 1]


def read(data: bytes, form: Form, at: int, line: int, most: int, last: bool) -> Slice:
    """At most `most` records of `data`, which begins at byte `at` and line `line` of the file; empty ones are left out.

    Without `last` the file goes on behind `data`, so what may be cut off is left for the next time; nothing is read
    where no whole record is there.
    """
    whole = data if last else data[: _end(data, form.encoding)]
    text = whole.decode(form.encoding, "replace").replace("\0", "\ufffd")
    lines = io.StringIO(text, newline="").readlines()
    records: list[Record] = []
    done = size = 0
    for first, end, cells in _parsed(lines, form.separator, last):
        if len(records) == most:
            break
        before = size
        size += _bytes(lines, first, end, form.encoding)
        done = end
        if cells is None or any(map(str.strip, cells)):
            records.append(Record(line + first, at + before, cells, first, end))
    over = last and done == len(lines)
    return Slice(records, len(data) if over else size, line + done, lines)


def _parsed(lines: Sequence[str], separator: str, last: bool) -> Iterator[tuple[int, int, Sequence[str] | None]]:
    """First line, the line behind it, and cells of each record; no cells where a quotation mark is not closed."""
    start, feed = 0, _Lines(lines, 0)
    reader = csv.reader(feed, delimiter=separator)
    while start < len(lines):
        cells: Sequence[str] | None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a field of more than 128 KB
            cells = None
        open_ = feed.next == len(lines) and "".join(lines[start:]).count('"') % 2 == 1
        if open_ and not last and feed.next - start < LONGEST:
            return  # it goes on behind what is here
        if cells is None or feed.next - start >= LONGEST or (open_ and feed.next - start > 1):
            yield start, start + 1, None
            start += 1
            feed = _Lines(lines, start)
            reader = csv.reader(feed, delimiter=separator)
            continue
        yield start, feed.next, cells
        start = feed.next
        feed.until = start + LONGEST


def _bytes(lines: Sequence[str], first: int, end: int, encoding: str) -> int:
    text = lines[first] if end == first + 1 else "".join(lines[first:end])
    if encoding == "cp1252" or text.isascii():
        return len(text) * (2 if encoding.startswith("utf-16") else 1)
    return len(text.encode(encoding, "replace"))


def _end(data: bytes, encoding: str) -> int:
    """Where the last whole line ends; 0 where none does."""
    for mark in BREAKS.get(encoding, (b"\n", b"\r")):
        found = data.rfind(mark)
        while found > 0 and found % len(mark):  # half of one character and half of the next
            found = data.rfind(mark, 0, found + len(mark) - 1)
        if found >= 0:
            return found + len(mark)
    return 0
