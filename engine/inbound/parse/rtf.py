r"""The text in compressed RTF, as Outlook keeps a body: [MS-OXRTFCP] undone, then the words without the formatting.

HTML inside RTF ([MS-OXRTFEX]) comes out as its text too: \htmlrtf and {\*\htmltag …} are left out.
"""

from __future__ import annotations

import re
import struct

from engine.inbound.parse import limits

_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_MOST, _MOST_GROUPS = 400_000, 1_000
_TOKEN = re.compile(r"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)")
_BREAKS = {"par": "\n", "line": "\n", "tab": "\t", "row": "\n", "cell": "\t", "emdash": "—", "endash": "–",
           "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•"}  # fmt: skip
_SYMBOLS = {"~": " ", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
_SKIPPED = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "generator", "themedata"}


def inflate(data: bytes) -> bytes:
    """The RTF behind PR_RTF_COMPRESSED, bounded; b"" where it is something else."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<II", data, 4)
    if kind == _PLAIN:
        return data[16 : 16 + min(size, _MOST)]
    return _inflated(data[16:], min(size, _MOST)) if kind == _COMPRESSED else b""


def _inflated(data: bytes, size: int) -> bytes:
    """LZ77 over a ring of 4096 bytes: a control byte, then eight literals or (offset 12 bits, length 4 bits + 2)."""
    ring = bytearray(_DICTIONARY.ljust(4096, b"\0"))
    write, at = len(_DICTIONARY), 0
    out = bytearray()
    while at < len(data) and len(out) < size:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data) or len(out) >= size:
                break
            if not control >> bit & 1:
                piece = data[at : at + 1]
                at += 1
            else:
                token = int.from_bytes(data[at : at + 2], "big")
                at += 2
                offset, length = token >> 4, (token & 0xF) + 2
                if offset == write:
                    return bytes(out)
                piece = _copied(ring, offset, length, write)
            for byte in piece:
                ring[write] = byte
                write = (write + 1) % 4096
            out += piece
    return bytes(out)


def _copied(ring: bytearray, offset: int, length: int, write: int) -> bytes:
    """A run from the ring that may overlap what it writes."""
    out = bytearray()
    for step in range(length):
        at = (offset + step) % 4096
        behind = (at - write) % 4096
        out.append(out[behind] if behind < step else ring[at])
    return bytes(out)


def to_text(data: bytes) -> str:
    """The words of an RTF document."""
    text = data[:_MOST].decode("latin-1")
    reader = _Reader(_codepage(text))
    for match in _TOKEN.finditer(text):
        reader.take(match)
    return reader.text()


class _Reader:
    """What has been read of a document: the words, and which groups are being left out."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.out: list[str] = []
        self.pending = bytearray()
        self.groups: list[tuple[bool, bool, int]] = []
        self.skip = self.hidden = False
        self.fallback = 1
        """Characters that stand behind each \\u for programs without Unicode."""
        self.swallow = 0

    def take(self, match: re.Match[str]) -> None:
        """One token of the document."""
        word, number, escaped, symbol, brace, plain = match.groups()
        if escaped is None:
            self._flush()
        if brace is not None:
            self._group(brace)
        elif word == "htmlrtf":
            self.hidden = number != "0"
        elif symbol == "*" or word in _SKIPPED:
            self.skip = True
        elif not (self.skip or self.hidden):
            self._say(word, number, escaped, symbol, plain)

    def text(self) -> str:
        """All words, without lone surrogates."""
        self._flush()
        joined = "".join(self.out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return joined[: limits.TEXT_CHARS]

    def _flush(self) -> None:
        if self.pending:
            self.out.append(self.pending.decode(self.encoding, "replace"))
            self.pending.clear()

    def _group(self, brace: str) -> None:
        if brace == "{" and len(self.groups) < _MOST_GROUPS:
            self.groups.append((self.skip, self.hidden, self.fallback))
        elif brace == "}" and self.groups:
            self.skip, self.hidden, self.fallback = self.groups.pop()

    def _say(
        self, word: str | None, number: str | None, escaped: str | None, symbol: str | None, plain: str | None
    ) -> None:
        if escaped is not None:
            if not self.swallow:
                self.pending.append(int(escaped, 16))
            self.swallow = max(0, self.swallow - 1)
        elif word is not None:
            self._control(word, number)
        elif symbol is not None:
            self.out.append(_SYMBOLS.get(symbol, ""))
        elif plain is not None:
            self.out.append(plain[self.swallow :])
            self.swallow = 0

    def _control(self, word: str, number: str | None) -> None:
        if word == "u" and number is not None:
            self.out.append(chr(int(number) % 0x10000))
            self.swallow = self.fallback
        elif word == "uc":
            self.fallback = min(max(int(number or 1), 0), 4)
        else:
            self.out.append(_BREAKS.get(word, ""))


def _codepage(text: str) -> str:
    match = re.search(r"\\ansicpg(\d{3,5})", text[:2000])
    name = f"cp{match.group(1)}" if match else "cp1252"
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
