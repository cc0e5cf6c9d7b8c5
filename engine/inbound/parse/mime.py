"""The MIME tree of a mail, split by our own bounded reader: never raising, linear in bytes times depth.

The standard library's parser takes headers after a blank line for a body, recurses without bound and is quadratic
on long headers; this one reads only what the limits allow and says what was odd in `Tree.faults`.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.inbound.parse import limits
from engine.inbound.parse.charsets import decode
from engine.inbound.parse.headers import Headers, decode_words, message_ids, parameters, split

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]{1,200}\r?\n", re.MULTILINE)


@dataclass
class Part:
    """One node: `raw` is its body as sent, `children` its parts (of a multipart, or the one of a message/rfc822)."""

    headers: Headers
    content_type: str
    params: dict[str, str]
    disposition: str
    filename: str
    encoding: str
    raw: bytes
    path: str
    children: list[Part] = field(default_factory=list)

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
        return decode(self.data()[: 4 * limits.TEXT_CHARS], self.params.get("charset", ""))


@dataclass
class Tree:
    """The whole mail: its root part and what was odd about it."""

    root: Part
    faults: list[str]
    count: int = 0

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


def undo(raw: bytes, encoding: str) -> bytes:
    """The bytes behind a Content-Transfer-Encoding; what cannot be decoded comes back as it is."""
    if encoding == "base64":
        body = _NOT_BASE64.sub(b"", raw.partition(b"=\n--")[0])
        body = body[: len(body) - 1] if len(body) % 4 == 1 else body
        return binascii.a2b_base64(body + b"=" * (-len(body) % 4))
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    if encoding in ("x-uuencode", "uuencode", "x-uue"):
        return _uudecode(raw)
    return raw


def _uudecode(raw: bytes) -> bytes:
    match = _UU_BEGIN.search(raw)
    out: list[bytes] = []
    for line in raw[match.end() if match else 0 :].splitlines():
        if line.strip() in (b"end", b""):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            out.append(b"")
    return b"".join(out)


def read(raw: bytes) -> Tree:
    """The tree of a raw mail; a leading blank line, a BOM and an mbox "From " line are dropped."""
    faults: list[str] = []
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while raw[start : start + 1] in (b"\n", b"\r", b" ", b"\t") and start < len(raw):
        start += 1
    if start:
        faults.append("leading-blank-line")
    if raw.startswith((b"From ", b">From "), start):
        start = raw.find(b"\n", start) + 1 or len(raw)
    root, body = _part(raw, start, len(raw), "", faults, "text/plain")
    tree = Tree(root, faults, 1)
    _grow(tree, root, body, 0)
    return tree


def _part(raw: bytes, start: int, stop: int, path: str, faults: list[str], default: str) -> tuple[Part, bytes]:
    headers, body, odd = split(raw[start:stop] if (start or stop < len(raw)) else raw)
    for fault in odd:
        if fault not in faults:
            faults.append(fault)
    content, params = parameters(headers.raw("content-type"))
    content = content.split(",")[0].split(" ")[0]
    if not _TYPE.fullmatch(content):
        content = "text/plain" if content or not headers.has("content-type") else content
        content = default if not headers.has("content-type") else "text/plain"
    disposition, dparams = parameters(headers.raw("content-disposition"))
    encoding = decode_words(headers.raw("content-transfer-encoding")).lower().strip("\"' ;").split(";")[0]
    name = dparams.get("filename") or dparams.get("name") or params.get("name") or ""
    data = raw[start + body : stop]
    return Part(headers, content, params, disposition, _filename(name), encoding, data, path), data


def _filename(name: str) -> str:
    """The last path component, without what a file system or a header could trip over."""
    name = re.split(r"[/\\]", name)[-1].strip(" .") if name.strip(" .") else ""
    return "".join(c for c in name if c not in '\0<>:"|?*')[: limits.NAME_CHARS]


def _grow(tree: Tree, part: Part, body: bytes, depth: int) -> None:
    """Adds the children of `part`, bounded in depth and number."""
    inner = body
    if part.main not in ("multipart", "message"):
        return
    if depth >= limits.DEPTH:
        tree.note("too-deep")
        return
    if part.encoding in ("base64", "quoted-printable") and part.main == "message":
        inner = part.data()
    if part.content_type in ("message/rfc822", "message/global", "message/news"):
        _add(tree, part, inner.lstrip(b"\r\n"), depth, "text/plain")
        return
    if part.main == "message":
        return
    if part.encoding in ("base64", "quoted-printable"):
        tree.note("encoded-multipart")
        if part.params.get("boundary", "\0").encode("utf-8", "replace") not in body:
            inner = part.data()
    pieces = _split(tree, part, inner)
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for piece in pieces:
        if tree.count >= limits.PARTS:
            tree.note("too-many-parts")
            return
        _add(tree, part, piece, depth, default)


def _add(tree: Tree, parent: Part, raw: bytes, depth: int, default: str) -> None:
    if tree.count >= limits.PARTS:
        tree.note("too-many-parts")
        return
    tree.count += 1
    number = len(parent.children) + 1
    path = f"{parent.path}.{number}" if parent.path else str(number)
    child, body = _part(raw, 0, len(raw), path, tree.faults, default)
    parent.children.append(child)
    _grow(tree, child, body, depth + 1)


def _split(tree: Tree, part: Part, body: bytes) -> list[bytes]:
    """The bodies between the boundary lines (RFC 2046 section 5.1.1); without a usable boundary one text part."""
    boundary = part.params.get("boundary", "").rstrip().encode("utf-8", "replace")
    if not boundary or b"--" + boundary not in body:
        guess = re.search(rb"^--([^\s-][^\r\n]{0,199}|-{2,60}[^\s-][^\r\n]{1,190})\r?\n[Cc]ontent-", body, re.MULTILINE)
        tree.note("multipart-without-boundary")
        if guess is None:
            return [b"\n" + body] if body.strip() else []
        boundary = guess.group(1).rstrip()
    marks = list(re.finditer(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)", body, re.MULTILINE))
    pieces: list[bytes] = []
    for index, mark in enumerate(marks):
        if mark.group(1):
            break
        end = marks[index + 1].start() if index + 1 < len(marks) else len(body)
        if index + 1 >= len(marks):
            tree.note("multipart-not-closed")
        piece = body[mark.end() : end]
        pieces.append(piece[:-2] if piece.endswith(b"\r\n") else piece[:-1] if piece.endswith(b"\n") else piece)
        if len(pieces) > limits.PARTS:
            break
    return pieces or ([b"\n" + body] if body.strip() else [])
