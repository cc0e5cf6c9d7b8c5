"""What a file is, while it comes: its encoding, how many lines, whether it is text at all; then its separator."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence

from engine.errors import Invalid
from engine.people.imports.reading import BOMS

MOST_BYTES = 50_000_000
MOST_ROWS = 1_000_000
SEPARATORS = (",", ";", "\t", "|")

# How files of other kinds begin, and what to do with one.
ZIP = (
    "This is an Excel or zip file. Open it in your spreadsheet program and save it as CSV (in Excel: File, Save as,"
    " CSV UTF-8); if it is a zip, unpack it and choose the CSV file in it."
)
OTHERS = (
    (b"PK\x03\x04", ZIP),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel file. Open it and save it as CSV (File, Save as, CSV UTF-8)."),
    (b"\x1f\x8b", "This file is compressed (gzip). Unpack it and choose the CSV file in it."),
    (b"BZh", "This file is compressed (bzip2). Unpack it and choose the CSV file in it."),
    (b"7z\xbc\xaf", "This file is compressed (7z). Unpack it and choose the CSV file in it."),
    (b"Rar!", "This file is compressed (rar). Unpack it and choose the CSV file in it."),
    (b"%PDF", "This is a PDF. Export the list from where it was made as CSV."),
)  # fmt: skip
TOO_BIG = f"A file has at most {MOST_BYTES // 1_000_000} MB. Split it in parts, each with the first line."
TOO_MANY = f"A file has at most {MOST_ROWS:,} lines. Split it in parts, each with the first line."


class Coming:
    """A file on its way in: `feed` its chunks in order, then ask for `encoding`. Raises Invalid("file") early."""

    def __init__(self) -> None:
        self.size = self.rows = 0
        self.encoding = ""
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._quoted = 0

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes."""
        if not self.size:
            self._begin(chunk)
        self.size += len(chunk)
        if self.size > MOST_BYTES:
            raise Invalid(TOO_BIG, "file")
        if not self.encoding.startswith("utf-16"):
            if b"\0" in chunk:
                raise Invalid("This is no text file. Save the list as CSV, and choose that file.", "file")
            self._decode(chunk, False)
        self._count(chunk)

    def end(self) -> str:
        """The encoding, once all has come."""
        if not self.size:
            raise Invalid("The file is empty.", "file")
        if not self.encoding.startswith("utf-16"):
            self._decode(b"", True)
            self.encoding = "utf-8" if self._utf8 else "cp1252"
        return self.encoding

    def _begin(self, chunk: bytes) -> None:
        for start, words in OTHERS:
            if chunk.startswith(start):
                raise Invalid(words, "file")
        self.encoding = next((name for name, bom in BOMS.items() if chunk.startswith(bom)), "") or _by_nuls(chunk)

    def _decode(self, chunk: bytes, final: bool) -> None:
        try:
            if self._utf8:
                self._utf8.decode(chunk, final)
        except UnicodeDecodeError:
            self._utf8 = None

    def _count(self, chunk: bytes) -> None:
        """Line breaks outside of quotation marks. Where marks are unpaired it counts too few; bytes still bound it."""
        for part in chunk.split(b'"'):
            if not self._quoted % 2:
                self.rows += part.count(b"\n")
            self._quoted += 1
        self._quoted -= 1
        if self.rows > MOST_ROWS + 1:
            raise Invalid(TOO_MANY, "file")


def _by_nuls(chunk: bytes) -> str:
    """UTF-16 without a mark: of its plain characters every other byte is 0."""
    start = chunk[:1000]
    for name, place in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros, others = start[place::2].count(0), start[1 - place :: 2].count(0)
        if zeros > len(start) / 4 and not others:
            return name
    return ""


def separator(text: str) -> str:
    """What parts the columns in the first lines of a file: where most lines have the same number of them."""
    start = re.split(r"\r\n|\n|\r", text[:20_000])[:30]
    if len(start) > 2 and len(text) >= 20_000:
        start.pop()  # it may be cut off
    scores = {mark: _score(start, mark) for mark in SEPARATORS}
    best = max(SEPARATORS, key=lambda mark: scores[mark])
    return best if scores[best] > 0 else ","


def _score(lines: Sequence[str], mark: str) -> float:
    counts = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if row)
    if not counts:
        return 0.0
    columns, times = max(counts.items(), key=lambda found: (found[0] > 1, found[1], found[0]))
    return 0.0 if columns < 2 else times / sum(counts.values()) + min(columns, 20) / 1000
