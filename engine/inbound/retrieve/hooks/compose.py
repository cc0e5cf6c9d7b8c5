"""Makes one mail of the pieces a provider has taken it apart into, without losing any of them.

Texts and files keep their bytes and the charset they came in. Header fields stand as they were given; those that
described the body that is gone (its boundary, its encoding) are renamed X-Original-…. What has no place in a mail goes
behind its last boundary, where no mail program looks: everything that came is in the bytes that are kept.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

Header = tuple[str, str]
_OF_BODY = re.compile(
    rb"^(content-(?:type|transfer-encoding|disposition|description|id|language)|mime-version)(?=[ \t]*:)",
    re.IGNORECASE | re.MULTILINE,
)
_REPORT = re.compile(rb"^content-type[ \t]*:\s*multipart/report\b([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.I | re.M)
_REPORT_KIND = re.compile(rb'report-type="?([\w-]{1,60})', re.IGNORECASE)
_EMPTY = re.compile(rb"\n(?:[ \t]*\r?\n)+")  # would end the fields
_NAME = re.compile(r"[!-9;-~]{1,100}")
_UNSAFE = re.compile(r"[<>\s\0]")
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,60}")
LINE = 998  # RFC 5322 section 2.1.1


@dataclass(frozen=True, slots=True)
class Piece:
    """A text or a file. `type_` without parameters; `filename` and `content_id` None where it has none."""

    data: bytes
    type_: str
    charset: str = ""
    filename: str | None = None
    content_id: str | None = None
    inline: bool = False

    @property
    def is_file(self) -> bool:
        """Whether a person would find it among the attachments. One without any name is none, unless it is a mail or
        part of a report, or the text refers to it; it is kept behind the mail all the same."""
        named = bool(re.split(r"[/\\]", self.filename or "")[-1].strip(" ."))
        return named or self.content_id is not None or self.type_.startswith("message/")


def lines(headers: Sequence[Header]) -> bytes:
    """Header fields one below the other, in UTF-8 where they are not ASCII. A value cannot begin another field."""
    made = []
    for name, value in headers:
        if _NAME.fullmatch(name):
            folded = re.sub(r"[\r\n\0]+[ \t]*", "\r\n ", value.strip())
            made.append(f"{name}: {folded}\r\n".encode("utf-8", "replace"))
    return b"".join(made)


def mailbox(name: str, address: str) -> str:
    """A person as a header names them."""
    if not name:
        return address
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def compose(head: bytes, texts: Sequence[Piece], files: Sequence[Piece], rest: bytes) -> bytes:
    """The mail. `head`: its fields, a line each; `rest`: what has no place in it. The same pieces make one mail."""
    head = _EMPTY.sub(b"\n", head).strip(b"\r\n") + b"\r\n" if head.strip() else b""
    body = [*texts] or ([] if files else [Piece(b"", "text/plain", "utf-8")])
    marks = hashlib.sha256(b"\0".join((head, *(piece.data for piece in (*body, *files)), rest))).hexdigest()[:32]
    outer, inner = f"=_{marks}".encode(), f"=_{marks[::-1]}i".encode()
    made = [_OF_BODY.sub(rb"X-Original-\1", head), b"MIME-Version: 1.0\r\n", _top(head, outer), b"\r\n"]
    if len(body) > 1:
        made += [b"--", outer, b'\r\nContent-Type: multipart/alternative; boundary="', inner, b'"\r\n\r\n']
        for piece in body:
            made += [b"--", inner, b"\r\n", *_part(piece), b"\r\n"]
        made += [b"--", inner, b"--\r\n"]
        body = []
    for piece in (*body, *files):
        made += [b"--", outer, b"\r\n", *_part(piece), b"\r\n"]
    return b"".join([*made, b"--", outer, b"--\r\n", rest])


def _top(head: bytes, boundary: bytes) -> bytes:
    """A report of a server stays one: its parts are what they were."""
    report = _REPORT.search(head)
    kind = _REPORT_KIND.search(report[1]) if report else None
    type_ = b"multipart/report; report-type=" + kind[1] if kind else b"multipart/mixed"
    return b"Content-Type: " + type_ + b'; boundary="' + boundary + b'"\r\n'


def _part(piece: Piece) -> list[bytes]:
    type_ = piece.type_ if _TYPE.fullmatch(piece.type_) else "application/octet-stream"
    charset = f'; charset="{piece.charset}"' if _CHARSET.fullmatch(piece.charset) else ""
    fields = [f"Content-Type: {type_}{charset}"]
    plain = type_.startswith("message/") or (type_.startswith("text/") and _sendable(piece.data))
    fields.append(f"Content-Transfer-Encoding: {'8bit' if plain else 'base64'}")
    if piece.filename is not None or piece.content_id is not None:
        how = "inline" if piece.inline else "attachment"
        fields.append(f"Content-Disposition: {how}{_filename(piece.filename or '')}")
    if piece.content_id is not None:
        fields.append(f"Content-ID: <{_UNSAFE.sub('', piece.content_id)}>")
    head = "\r\n".join(fields).encode("utf-8", "replace") + b"\r\n\r\n"
    return [head, piece.data] if plain else [head, _base64(piece.data)]


def _sendable(data: bytes) -> bool:
    """Whether a mail may hold these bytes as they are (RFC 2045 section 2.8)."""
    return b"\0" not in data and all(len(line) <= LINE for line in data.split(b"\n"))


def _base64(data: bytes) -> bytes:
    coded = base64.encodebytes(data)
    return coded.replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def _filename(name: str) -> str:
    if not name:
        return ""
    if name.isascii() and name.isprintable():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'; filename="{quoted}"'
    return f"; filename*=utf-8''{quote(name.encode('utf-8', 'replace'), safe='')}"
