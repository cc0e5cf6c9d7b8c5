"""One part of a mail and the tree of them. A part is a window on the bytes it stands in: nothing is copied until it
is asked for, because a mail of 40 MB in thirty nested parts would else be 1.2 GB."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.inbound.parse import limits
from engine.inbound.parse.charsets import decode
from engine.inbound.parse.headers import Headers, message_ids

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_PADDING = re.compile(rb"=+")
_PIECES = 1_000
UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n", re.MULTILINE)


@dataclass
class Part:
    """One node: its body is `source[start:stop]` as sent, `children` its parts (of a multipart, the one of a
    message/rfc822, and what an envelope such as winmail.dat holds)."""

    headers: Headers
    content_type: str
    params: dict[str, str]
    disposition: str
    filename: str
    encoding: str
    source: bytes
    start: int
    stop: int
    path: str
    children: list[Part] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        return self.source[self.start : self.stop]

    @property
    def main(self) -> str:
        return self.content_type.partition("/")[0]

    @property
    def content_id(self) -> str:
        found = message_ids(self.headers.raw("content-id")) or (self.headers.get("content-id").strip("<> "),)
        return found[0]

    def data(self) -> bytes:
        """The body with its transfer encoding undone."""
        return undo(self.raw, self.encoding)

    def text(self) -> tuple[str, str | None]:
        """(decoded text, charset fault)."""
        window = self.source[self.start : min(self.stop, self.start + 16 * limits.TEXT_CHARS)]
        return decode(undo(window, self.encoding)[: 4 * limits.TEXT_CHARS], self.params.get("charset", ""))


@dataclass
class Tree:
    """The whole mail: its root part and what was odd about it."""

    root: Part
    faults: list[str]
    count: int = 1
    envelopes: int = 0

    def note(self, fault: str) -> None:
        if fault not in self.faults:
            self.faults.append(fault)

    def walk(self) -> Iterator[Part]:
        """All parts, depth first, in order."""
        stack = [self.root]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))

    def outer(self) -> Iterator[Part]:
        """The parts of the mail itself, without those of mails that are attached to it."""
        stack = [self.root]
        while stack:
            part = stack.pop()
            yield part
            if part.main != "message" or part is self.root:
                stack.extend(reversed(part.children))

    def may_open(self) -> bool:
        """True for the first few envelopes (winmail.dat, S/MIME): opening one costs more than reading a part."""
        self.envelopes += 1
        if self.envelopes > limits.ENVELOPES:
            self.note("too-many-envelopes")
        return self.envelopes <= limits.ENVELOPES

    def full(self) -> bool:
        """True where no further part may be added; said in the faults."""
        if self.count >= limits.PARTS:
            self.note("too-many-parts")
        return self.count >= limits.PARTS


def undo(raw: bytes, encoding: str) -> bytes:
    """The bytes behind a Content-Transfer-Encoding; what cannot be decoded comes back as it is."""
    if encoding == "base64":
        return _from_base64(raw.partition(b"=\n--")[0])
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    if encoding in ("x-uuencode", "uuencode", "x-uue"):
        match = UU_BEGIN.search(raw)
        return uudecode(raw[match.end() if match else 0 :])
    return raw


def _from_base64(raw: bytes) -> bytes:
    """Whatever is between the letters is left out; each padding begins anew, because programs join padded pieces."""
    body = _NOT_BASE64.sub(b"", raw)
    pieces = [piece for piece in _PADDING.split(body, _PIECES) if piece]
    return b"".join(_aligned(piece.replace(b"=", b"")) for piece in pieces)


def _aligned(piece: bytes) -> bytes:
    piece = piece[: len(piece) - 1] if len(piece) % 4 == 1 else piece
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def uudecode(raw: bytes) -> bytes:
    """The bytes behind uuencoded lines, up to "end"."""
    out: list[bytes] = []
    for line in raw.splitlines():
        if line.strip() in (b"end", b""):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            out.append(b"")
    return b"".join(out)


def filename(name: str) -> str:
    """The last path component, without what a file system, a header or a reader's eye could trip over."""
    name = re.split(r"[/\\]", name)[-1] if name.strip(" .") else ""
    name = "".join(c for c in name if c not in '\0<>:"|?*' and c >= " " and c not in _TURNING)
    return name.strip(" .")[: limits.NAME_CHARS]


_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
"""Marks that turn the direction of text: "exe.gpj" would be shown as "jpg.exe"."""
