"""What was written under which quoted lines, and which of our own texts those lines quote. Pure.

The parser has said which lines are the writer's own (`ParsedMail.reply_text`); here they are found again in the whole
text, each with the quoted lines above it. A quotation is compared letter by letter, without blanks and marks, so that
wrapping, quote marks, bullets and a client's own links make no difference.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.inbound.parse.intro import intro_at
from engine.inbound.parse.lines import QUOTED, bare, is_bar, quoted_after

ENOUGH = 12  # letters that are not there by chance
PART = 20  # letters of a longer text, of which the rest was deleted or left out
REACH = 4_000  # letters looked at above an answer
SHOWN, WIDEST = 3, 200  # lines of a quotation kept as context, and their letters

_LINK = re.compile(r"[<(\[](?:https?://|mailto:)[^<>()\[\]\s]{1,500}[>)\]]|<[^<>\s@]{1,100}@[^<>\s]{1,400}>")
_MAILTO = re.compile(r"mailto:[^\s<>]{1,500}")
_LABEL = re.compile(r"^\W*comment\W*$", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[\W_]+")
_DOTS = re.compile(r"(?:\.{3}|…|\[\.\.\.\]|\[…\])\s*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of the writer, and the quoted lines right above them; none where nothing is quoted there."""

    words: str
    quoted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A reply in its order. `below`: what is quoted after the last words."""

    pieces: tuple[Piece, ...]
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotable:
    """A text of ours that a reply may quote: its id, and the name that stands above it."""

    id: int
    text: str
    name: str = ""


def written(text: str, reply: str) -> Written:
    """The writer's own lines of `reply` where they stand in the whole `text`, with what is quoted above each.

    Nothing is lost: a line that is not found in the text stays behind the one before it.
    """
    own = [line for line in reply.split("\n") if not _is_quoted(line)]
    lines = text.split("\n")
    places: dict[str, list[int]] = {}
    for n, line in enumerate(lines):
        places.setdefault(line.strip(), []).append(n)
    pieces: list[Piece] = []
    words: list[str] = []
    quoted: tuple[str, ...] = ()
    at = 0
    intros = _intros(lines)
    for line in own:
        found = _find(places, line, at)
        if found in intros:
            continue
        above = _quotation(lines[at:found]) if found is not None else ()
        if above:
            _add(pieces, words, quoted)
            words, quoted = [], above
        words.append(line)
        at = found + 1 if found is not None else at
    _add(pieces, words, quoted)
    return Written(tuple(pieces), _quotation(lines[at:]))


def _intros(lines: Sequence[str]) -> set[int]:
    """The lines that say who wrote what is quoted below: the parser keeps them where answers stand in between."""
    found: set[int] = set()
    for n, line in enumerate(lines):
        end = intro_at(lines, n) if line.strip() and not _is_quoted(line) else None
        if end is not None and quoted_after(lines, end):
            found.update(range(n, end))
    return found


def _find(places: Mapping[str, Sequence[int]], line: str, start: int) -> int | None:
    """Where an own line stands; None for a blank one, and for one that the parser has changed."""
    wanted = line.strip()
    found = places.get(wanted, ()) if wanted else ()
    at = bisect_left(found, start)
    return found[at] if at < len(found) else None


def _add(pieces: list[Piece], words: list[str], quoted: tuple[str, ...]) -> None:
    said = "\n".join(words).strip("\n")
    if said.strip():
        pieces.append(Piece(said, quoted))


def _is_quoted(line: str) -> bool:
    return bool(QUOTED.match(line)) or is_bar(line)


def _quotation(lines: Sequence[str]) -> tuple[str, ...]:
    """The quoted lines, without their marks; a line without one goes on the quoted line right above it."""
    found: list[str] = []
    open_ = False
    for line in lines:
        marked = _is_quoted(line)
        if marked or (open_ and line.strip()):
            found.append(bare(line.lstrip(" \t|") if is_bar(line) else line))
        open_ = marked
    return tuple(line for line in found if line.strip())


def answered(quoted: Sequence[str], texts: Sequence[Quotable]) -> int | None:
    """The id of the text right above the answer, as far as the quoted lines say it; None where that is in doubt.

    The whole text, or the beginning that was left of it. The same words by two people are told apart by the name
    above them.
    """
    tail = _letters("\n".join(_without_labels(quoted)))[-REACH:]
    return _at_end(tail, _last(quoted), texts) if tail else None


def selected(below: Sequence[str], texts: Sequence[Quotable]) -> int | None:
    """The id of the one text that is all there is quoted below the words: somebody marked it before they answered."""
    whole = _letters("\n".join(_without_labels(below)))
    if not ENOUGH <= len(whole) <= REACH:
        return None
    found = {one.id for one in texts if whole in _letters(one.text) or whole == _letters(one.name + one.text)}
    return found.pop() if len(found) == 1 else None


def context(quoted: Sequence[str]) -> str:
    """The end of a quotation that is no text of ours, to be kept above the words that answer it."""
    lines = [line.strip()[:WIDEST] for line in _without_labels(quoted)][-SHOWN:]
    return "\n".join(f"> {line}" for line in lines)


def _at_end(tail: str, last: str, texts: Sequence[Quotable]) -> int | None:
    found = [(score, one) for one in texts if (score := _score(tail, last, _letters(one.text)))]
    best = max((score for score, _ in found), default=None)
    top = [one for score, one in found if score == best]
    return top[0].id if len(top) == 1 else _by_name(tail, top)


def _score(tail: str, last: str, text: str) -> tuple[int, int] | None:
    """How much of the text stands at the end of the quotation: (all of it, how many letters); None for too little."""
    if not text:
        return None
    text = text[-REACH:] if tail.endswith(text[-REACH:]) else text[: 2 * REACH]
    if tail.endswith(text):
        return (1, len(text)) if len(text) >= ENOUGH or last == text else None
    common = _common(tail, text)
    whole = common == len(tail) and common >= min(ENOUGH, len(text))
    return (0, common) if common >= PART or whole else None


def _common(tail: str, text: str) -> int:
    """The length of the longest end of `tail` that is somewhere in `text`."""
    low, high = 0, min(len(tail), len(text))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tail[-middle:] in text else (low, middle - 1)
    return low


def _by_name(tail: str, texts: Sequence[Quotable]) -> int | None:
    """Of equal texts the one whose name stands last in the quotation, where that says it."""
    places = sorted(
        ((tail.rfind(_letters(one.name)), one.id) for one in texts if one.name and _letters(one.name) in tail),
        reverse=True,
    )
    if not places or (len(places) > 1 and places[0][0] == places[1][0]):
        return None
    return places[0][1]


def _last(quoted: Sequence[str]) -> str:
    lines = _without_labels(quoted)
    return _letters(lines[-1]) if lines else ""


def _without_labels(quoted: Sequence[str]) -> list[str]:
    """The lines without what our links, and clients beside links, add to them."""
    lines = [_MAILTO.sub(" ", _LINK.sub(" ", line)).rstrip() for line in quoted]
    kept = [line for line in lines if line.strip() and not _LABEL.match(line)]
    return [_DOTS.sub("", re.sub(r"(?<=\S)\s+Comment$", "", line)) for line in kept]


def _letters(text: str) -> str:
    return _NOT_LETTERS.sub("", _LINK.sub(" ", text)).casefold()


__all__ = ["Piece", "Quotable", "Written", "answered", "context", "selected", "written"]
