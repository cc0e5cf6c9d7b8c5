"""The MIME tree of a mail, split by our own bounded reader: never raising, linear in bytes times depth.

The standard library's parser takes headers after a blank line for a body, recurses without bound and is quadratic
on long headers; this one reads only what the limits allow and says what was odd in `Tree.faults`.
"""

from __future__ import annotations

import re

from engine.inbound.parse import envelopes, limits
from engine.inbound.parse.headers import decode_words, parameters, split
from engine.inbound.parse.part import Part, Tree, filename

__all__ = ["Part", "Tree", "read"]

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_GUESS = re.compile(rb"^--([^\s-][^\r\n]{0,199}|-{2,60}[^\s-][^\r\n]{1,190})\r?\n[Cc]ontent-", re.MULTILINE)
_MESSAGES = ("message/rfc822", "message/global", "message/news")
_GUESSED_BYTES = 1024 * 1024


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
    tree = Tree(_part(raw, start, len(raw), "", faults, "text/plain"), faults)
    _grow(tree, tree.root, 0)
    return tree


def _part(raw: bytes, start: int, stop: int, path: str, faults: list[str], default: str) -> Part:
    headers, body, odd = split(raw, start, stop)
    for fault in odd:
        if fault not in faults:
            faults.append(fault)
    content, params = parameters(headers.raw("content-type"))
    content = content.split(",")[0].split(" ")[0]
    if not _TYPE.fullmatch(content):
        content = default if not headers.has("content-type") else "text/plain"
    disposition, dparams = parameters(headers.raw("content-disposition"))
    encoding = decode_words(headers.raw("content-transfer-encoding")).lower().strip("\"' ;").split(";")[0]
    name = filename(dparams.get("filename") or dparams.get("name") or params.get("name") or "")
    return Part(headers, content, params, disposition, name, encoding, raw, body, stop, path)


def _grow(tree: Tree, part: Part, depth: int) -> None:
    """Adds the children of `part`, bounded in depth and number."""
    if part.main not in ("multipart", "message"):
        _open(tree, part, depth)
        return
    if depth >= limits.DEPTH:
        tree.note("too-deep")
        return
    encoded = part.encoding in ("base64", "quoted-printable")
    if part.main == "message":
        if part.content_type in _MESSAGES:
            inner = part.data() if encoded else part.source
            start, stop = (0, len(inner)) if encoded else (part.start, part.stop)
            while start < stop and inner[start : start + 1] in (b"\r", b"\n"):
                start += 1
            _add(tree, part, inner, start, stop, depth, "text/plain")
        elif part.content_type == "message/partial":
            tree.note("partial")
        return
    source, start, stop = part.source, part.start, part.stop
    if encoded:
        tree.note("encoded-multipart")
        if source.find(_boundary(part) or b"\0", start, stop) < 0:
            source = part.data()
            start, stop = 0, len(source)
    default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
    for begin, end in _split(tree, part, source, start, stop):
        if tree.full():
            return
        _add(tree, part, source, begin, end, depth, default)


def _open(tree: Tree, part: Part, depth: int) -> None:
    """The parts inside an envelope that is no multipart: winmail.dat, signed S/MIME, uuencoded files in a text."""
    found = envelopes.opened(part, tree) if depth < limits.DEPTH else None
    if isinstance(found, bytes) and not tree.full():
        _add(tree, part, found, 0, len(found), depth, "text/plain")
    for item in found if isinstance(found, list) else []:
        if tree.full():
            return
        tree.count += 1
        item.path = _path(part)
        part.children.append(item)


def _path(parent: Part) -> str:
    number = len(parent.children) + 1
    return f"{parent.path}.{number}" if parent.path else str(number)


def _add(tree: Tree, parent: Part, raw: bytes, start: int, stop: int, depth: int, default: str) -> None:
    if tree.full():
        return
    tree.count += 1
    child = _part(raw, start, stop, _path(parent), tree.faults, default)
    parent.children.append(child)
    _grow(tree, child, depth + 1)


def _boundary(part: Part) -> bytes:
    return part.params.get("boundary", "").rstrip().encode("utf-8", "replace")


def _split(tree: Tree, part: Part, body: bytes, start: int, stop: int) -> list[tuple[int, int]]:
    """Where the parts between the boundary lines stand (RFC 2046 section 5.1.1); without a usable boundary one text
    part."""
    boundary = _boundary(part)
    if not boundary or body.find(b"--" + boundary, start, stop) < 0:
        guess = _GUESS.search(body, start, min(stop, start + _GUESSED_BYTES))
        tree.note("multipart-without-boundary")
        if guess is None:
            return [(max(0, start - 1), stop)] if body[start:stop].strip() else []
        boundary = guess.group(1).rstrip()
    pieces: list[tuple[int, int]] = []
    mark, open_at = _mark(body, boundary, start, stop), -1
    while mark is not None and len(pieces) <= limits.PARTS:
        if open_at >= 0:
            pieces.append((open_at, _before_line_end(body, open_at, mark[0])))
        open_at = -1 if mark[2] else mark[1]
        if open_at < 0:
            break
        mark = _mark(body, boundary, open_at, stop)
    if open_at >= 0 and mark is None:
        tree.note("multipart-not-closed")
        pieces.append((open_at, _before_line_end(body, open_at, stop)))
    return pieces or ([(max(0, start - 1), stop)] if body[start:stop].strip() else [])


def _mark(body: bytes, boundary: bytes, start: int, stop: int) -> tuple[int, int, bool] | None:
    """(begin, end, last) of the next boundary line: "--boundary", maybe "--", blanks, the end of the line."""
    at = start
    while (at := body.find(b"--" + boundary, at, stop)) >= 0:
        end = at + 2 + len(boundary)
        last = body[end : end + 2] == b"--"
        rest = end + 2 if last else end
        while body[rest : rest + 1] in (b" ", b"\t") and rest < stop:
            rest += 1
        line_end = 2 if body[rest : rest + 2] == b"\r\n" else 1 if body[rest : rest + 1] == b"\n" else 0
        begins = at == 0 or body[at - 1 : at] == b"\n"
        if begins and (line_end or rest >= stop):
            return at, min(stop, rest + line_end), last
        at = end
    return None


def _before_line_end(body: bytes, start: int, end: int) -> int:
    """`end` without the line break before a boundary, which belongs to the boundary."""
    if end - 2 >= start and body[end - 2 : end] == b"\r\n":
        return end - 2
    return end - 1 if end - 1 >= start and body[end - 1 : end] == b"\n" else end
