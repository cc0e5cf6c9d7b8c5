"""The MIME parts of a letter: text and HTML, images shown inside, files attached (RFC 2046, 2387, 2183).

What letters share, the files above all, is encoded once; the words of each are encoded by themselves.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from urllib.parse import quote, urlsplit

from engine.outbound import encode
from engine.outbound.drafts import Enclosure, LetterDraft, MailDraft
from engine.outbound.headers import Place, headers
from engine.outbound.marks import Piece
from engine.outbound.sign import Sign
from engine.outbound.skeleton import BOUNDARY, Skeleton, by_turns

# None is the beginning of another: a delimiter is compared with the beginning of a line (RFC 2046 section 5.1.1).
_RELATED, _MIXED = "=_related-sixpm", "=_mixed-sixpm"
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
_CID = re.compile(r"[A-Za-z0-9._-]{1,60}")
_HEAD, _TEXT, _HTML = (len(Place) + n for n in range(3))  # what comes behind the values that every mail has
_SHARED = 40  # letters; what is shorter is as fast encoded as found
_MOST = 8 * 1024 * 1024
_LINE = 57  # bytes in a line of base64: 76 columns


def compiled(draft: LetterDraft, sign: Sign) -> Skeleton:
    """The skeleton of letters that share list, files and sender; its further values are those of Words.of.

    Raises ValueError for a header or a file that cannot be.
    """
    shape = MailDraft(
        "", {}, list_id=draft.list_id, list_name=draft.list_name, reply_until=draft.reply_until, unsubscribe=False,
        answering=draft.answering,
    )  # fmt: skip
    pieces: list[Piece] = [*headers(shape, sign), _HEAD, "MIME-Version: 1.0\r\n", *_nested(draft.files)]
    fixed, places = by_turns(pieces)
    return Skeleton(fixed, itemgetter(*places), (), sum(map(len, fixed)))


class Words:
    """Encodes the words of letters, and keeps what many of them share."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._size = 0

    def of(self, draft: LetterDraft) -> list[str]:
        """The encoded values of one letter. Raises ValueError for a link that is none."""
        head = encode.header("Subject", draft.subject)
        if draft.unsubscribe:
            head += f"List-Unsubscribe: <{_link(draft.unsubscribe)}>\r\n"
            head += "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        html = draft.html
        coded = encode.body(encode.clean(html)) if isinstance(html, str) else self._pieces(html)
        return [head, encode.body(encode.clean(draft.text)), coded]

    def _pieces(self, pieces: Sequence[str]) -> str:
        """Pieces of a body, with soft line breaks between them where no line ends anyway."""
        out: list[str] = []
        for piece in filter(None, map(self._piece, pieces)):
            if out and not out[-1].endswith("\n") and not piece.startswith("\r\n"):
                out.append(encode.SOFT)
            out.append(piece)
        if not out or not out[-1].endswith("\n"):
            out.append("\r\n")
        return "".join(out)

    def _piece(self, piece: str) -> str:
        if len(piece) < _SHARED:
            return encode.slotted(encode.clean(piece))
        coded = self._known.get(piece)
        if coded is None:
            coded = encode.quoted(encode.clean(piece))
            if self._size > _MOST:
                self._known.clear()
                self._size = 0
            self._known[piece] = coded
            self._size += len(piece) + len(coded)
        return coded


def _link(url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https") or re.search(r"[^!-;=?-~]", url):
        raise ValueError(f"this is no link to unsubscribe: {url[:80]!r}")
    return url


def _nested(files: Sequence[Enclosure]) -> Iterator[Piece]:
    inside, attached = [f for f in files if f.cid], [f for f in files if not f.cid]
    if attached:
        yield from _opening("mixed", _MIXED)
    if inside:
        yield from _opening("related", _RELATED, ';\r\n type="multipart/alternative"')
    yield from _opening("alternative", BOUNDARY)[:-1]
    for kind, place in (("plain", _TEXT), ("html", _HTML)):
        yield f'--{BOUNDARY}\r\nContent-Type: text/{kind}; charset="utf-8"\r\n'
        yield from ("Content-Transfer-Encoding: quoted-printable\r\n\r\n", place, "\r\n")
    yield f"--{BOUNDARY}--\r\n"
    yield from _files(inside, _RELATED)
    yield from _files(attached, _MIXED)


def _opening(subtype: str, boundary: str, more: str = "") -> list[str]:
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{more}\r\n\r\n'
    return [head, f"--{boundary}\r\n"]


def _files(files: Sequence[Enclosure], boundary: str) -> Iterator[str]:
    for file in files:
        yield f"\r\n--{boundary}\r\n{_described(file)}Content-Transfer-Encoding: base64\r\n\r\n"
        data = file.data
        yield "\r\n".join(base64.b64encode(data[n : n + _LINE]).decode() for n in range(0, len(data), _LINE))
        yield "\r\n"
    if files:
        yield f"--{boundary}--\r\n"


def _described(file: Enclosure) -> str:
    """The headers of a file; its name after RFC 2231, so that it may have any letters."""
    if not _TYPE.fullmatch(file.type) or (file.cid and not _CID.fullmatch(file.cid)):
        raise ValueError(f"this file cannot go with a mail: {file.type[:60]!r} {file.cid[:60]!r}")
    disposition = "inline" if file.cid else "attachment"
    name = quote(encode.words(file.name), safe="")
    charset = '; charset="utf-8"' if file.type.startswith("text/") else ""
    lines = f"Content-Type: {file.type}{charset}\r\nContent-Disposition: {disposition};\r\n filename*=utf-8''{name}\r\n"
    return lines + (f"Content-ID: <{file.cid}>\r\n" if file.cid else "")


__all__ = ["Words", "compiled"]
