"""A segment's page in one piece: the text, its faults marked in place, the builder's lines, whom it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.campaigns.audience import looking
from engine.campaigns.audience.checking import Known
from engine.campaigns.audience.looking import Seen
from engine.campaigns.audience.tokens import LONGEST
from engine.errors import Fault
from web import auth, segment_lines, transaction
from web.segment_lines import Line, Lines

FIRST = Lines(every=True, lines=(Line("email", "contains"),))


@dataclass(frozen=True, slots=True)
class Draft:
    """A query as it stands on the page, saved or not."""

    text: str
    lines: Lines
    seen: Seen
    known: Known

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, and whether each is wrong."""
        return pieces(self.text, self.seen.faults)

    def how(self, line: Line) -> Mapping[str, str]:
        """What a line can ask."""
        return segment_lines.how(line.what, self.known)

    def kind(self, line: Line) -> str:
        """The kind of what a line asks about."""
        return segment_lines.kind(line.what, self.known)

    @property
    def subjects(self) -> Mapping[str, Mapping[str, str]]:
        """What lines can be about."""
        return segment_lines.subjects(self.known)


def of_text(text: str, before: Lines = FIRST, empty: str = "") -> Draft:
    """The page of a text; its lines stay as they were while it cannot be read. `empty`: what an empty one means."""
    known = looking.known(transaction.conn(), auth.principal())
    seen = _seen(text if text.strip() else empty, known)
    lines = before if seen.query is None or not text.strip() else segment_lines.lines_of(seen.query, known)
    return Draft(text, lines, seen, known)


def of_form(form: Mapping[str, str], columns: Mapping[str, Sequence[str]], empty: str = "") -> Draft:
    """The page of a form, by the side that somebody changed: the text, or the lines."""
    text = form.get("query", "").replace("\r\n", "\n")[: LONGEST + 1]
    typed = segment_lines.typed(form, columns)
    if form.get("from") != "lines" and not form.get("do"):
        return of_text(text, typed, empty)
    known = looking.known(transaction.conn(), auth.principal())
    said = segment_lines.text_of(typed, known)
    return Draft(said, typed, _seen(said or empty, known), known)


def _seen(text: str, known: Known) -> Seen:
    if not text.strip():
        return Seen()
    return looking.look(transaction.conn(), auth.principal(), text, known, transaction.now())


def pieces(text: str, faults: Iterable[Fault]) -> list[tuple[str, bool]]:
    """A text cut at its faults: each piece, and whether it is wrong. What is missing is an empty piece that is."""
    found, at = [], 0
    for fault in faults:
        if fault.start < at:
            continue
        found += [(text[at : fault.start], False), (text[fault.start : fault.end], True)]
        at = fault.end
    return [piece for piece in (*found, (text[at:], False)) if piece[0] or piece[1]]
