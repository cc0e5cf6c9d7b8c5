"""A mail compiled: everything that is the same for all who share a content, encoded, with places for what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from operator import itemgetter
from typing import Any

from engine.outbound import encode, marks
from engine.outbound.drafts import MailDraft
from engine.outbound.headers import Place, headers
from engine.outbound.marks import Piece
from engine.outbound.sign import (
    Links,
    Sign,
    comment_link,
    hit_link,
    pixel_link,
    reply_address,
    settings_link,
    unsubscribe_link,
)
from engine.outbound.templates import watching
from engine.outbound.watching import Conditional, Slot

BOUNDARY = "=_sixpm"  # "=_" never comes out of quoted-printable, so that no body can hold it (RFC 2045 section 6.7)


class Form(StrEnum):
    """What one more value is; the files are rendered for each recipient, because they are conditional."""

    TEXT = "text"  # a personal string, in the text part
    HTML = "html"  # the same, in the HTML part
    SUBJECT_LINE = "subject"  # the header from its pieces
    SUBJECT = "subject.txt"
    BODY_TEXT = "body.txt"
    BODY_HTML = "body.html"


FILES = frozenset({Form.SUBJECT, Form.BODY_TEXT, Form.BODY_HTML})


@dataclass(frozen=True, slots=True)
class Made:
    """One more value: `name` is a personal string's; `line` makes a subject of fixed texts and of names."""

    form: Form
    name: str = ""
    line: tuple[tuple[str, str], ...] = ()  # (text, "") or ("", name)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A compiled mail: fixed text, by turns with places for values."""

    pieces: list[str]
    pick: Callable[[Sequence[str]], Sequence[str]]
    forms: tuple[Made, ...]
    size: int

    @property
    def conditional(self) -> list[str]:
        """The files of the template that are rendered for each recipient."""
        return [made.form.value for made in self.forms if made.form in FILES]

    def fill(self, values: Sequence[str]) -> bytes:
        """The mail with the values of one recipient: those of Place, then one for each of `forms`."""
        filled = self.pieces.copy()
        filled[1::2] = self.pick(values)
        return "".join(filled).encode()


def compiled(draft: MailDraft, blank: Mapping[str, str], sign: Sign) -> Skeleton:
    """The skeleton of the mails that share `draft.context`, and `blank`, what is blank of their personal strings.

    Raises ValueError for a header that cannot be.
    """
    work = _Work(draft, blank, sign)
    pieces: list[Piece] = [*headers(draft, sign), *work.subject(), *_opening()]
    pieces += [*_part("plain"), *work.body(Form.BODY_TEXT), "\r\n", *_part("html"), *work.body(Form.BODY_HTML)]
    pieces.append(f"\r\n--{BOUNDARY}--\r\n")
    fixed, places = by_turns(pieces)
    return Skeleton(fixed, itemgetter(*places), tuple(work.forms), sum(map(len, fixed)))


def by_turns(pieces: Sequence[Piece]) -> tuple[list[str], list[int]]:
    """Fixed texts, by turns with places; and the numbers of these places."""
    fixed: list[str] = [""]
    places: list[int] = []
    for piece in pieces:
        if isinstance(piece, str):
            fixed[-1] += piece
        else:
            places.append(piece)
            fixed += ["", ""]
    return fixed, places


def _opening() -> Iterator[str]:
    yield f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n\r\n'


def _part(subtype: str) -> Iterator[str]:
    yield f'--{BOUNDARY}\r\nContent-Type: text/{subtype}; charset="utf-8"\r\n'
    yield "Content-Transfer-Encoding: quoted-printable\r\n\r\n"


class _Work:
    """One compilation: the slots by number, and the values that its places need."""

    def __init__(self, draft: MailDraft, blank: Mapping[str, str], sign: Sign) -> None:
        self.forms: list[Made] = []
        self._template = draft.template
        self._names = [name for name in (*draft.personal, "to_name") if name not in blank]
        slots = {name: Slot(watching().mark(len(Place) + n)) for n, name in enumerate(self._names)}
        self._values: dict[str, Any] = {**draft.context, **slots, **blank, **_own(draft, sign)}

    def subject(self) -> list[Piece]:
        """The header of the subject: fixed, or the place of what makes it."""
        try:
            found = marks.pieces(self._template, Form.SUBJECT, self._values)
        except Conditional:
            return [self._place(Made(Form.SUBJECT))]
        if any(isinstance(piece, int) and piece < len(Place) for piece in found):
            return [self._place(Made(Form.SUBJECT))]
        if len(found) <= 1:
            return [encode.header("Subject", str(*found))]
        line = tuple((piece, "") if isinstance(piece, str) else ("", self._name(piece)) for piece in found)
        return [self._place(Made(Form.SUBJECT_LINE, line=line))]

    def body(self, form: Form) -> list[Piece]:
        """A body in quoted-printable. A place in a line stands between soft line breaks, so that it may have any size.

        It begins after the part's empty line, and its last line is ended.
        """
        try:
            found = marks.pieces(self._template, form, self._values)
        except Conditional:
            return [self._place(Made(form))]
        kind = Form.HTML if form is Form.BODY_HTML else Form.TEXT
        return list(_broken([self._coded(piece, kind) for piece in found]))

    def _coded(self, piece: Piece, kind: Form) -> Piece:
        if isinstance(piece, str):
            return encode.quoted(piece)
        return piece if piece < len(Place) else self._place(Made(kind, self._name(piece)))

    def _name(self, number: int) -> str:
        return self._names[number - len(Place)]

    def _place(self, made: Made) -> int:
        if made not in self.forms:
            self.forms.append(made)
        return len(Place) + self.forms.index(made)


def _own(draft: MailDraft, sign: Sign) -> dict[str, Any]:
    """What every mail has besides its content, as slots."""
    member, replies = draft.membership_id is not None, draft.reply_until is not None
    places = (Place.SETTINGS, Place.UNSUBSCRIBE, Place.NAME, Place.REPLY, Place.PIXEL, Place.HIDDEN)
    settings, out, name, reply, pixel, hidden = (watching().mark(place) for place in places)
    links = Links(
        sign.base_url,
        Slot(settings_link(sign.base_url, settings)) if member else "",
        Slot(unsubscribe_link(sign.base_url, out, name)) if draft.leaves else "",
        Slot(pixel_link(sign.base_url, pixel)) if draft.tracked else "",
        Slot(hit_link(sign.base_url, hidden)) if draft.tracked else "",
    )
    reply_to = Slot(reply_address(reply, sign.reply_domain)) if replies else ""
    return {"links": links, "reply_to": reply_to, "workspace": sign.name, "comment_link": partial(comment_link, sign)}


def _broken(coded: Sequence[Piece]) -> Iterator[Piece]:
    """Encoded pieces with soft line breaks around places, where no line of the text ends or begins anyway."""
    for n, piece in enumerate(coded):
        yield piece
        after = coded[n + 1] if n + 1 < len(coded) else "\r\n"
        if isinstance(piece, str) and isinstance(after, str):
            continue  # the end
        ended = isinstance(piece, str) and (not piece or piece.endswith("\r\n"))
        begun = isinstance(after, str) and after.startswith("\r\n")
        if not ended and not begun:
            yield encode.SOFT
    if not coded or (isinstance(coded[-1], str) and not coded[-1].endswith("\r\n")):
        yield "\r\n"
