"""Where the tags of a template stand in clean HTML: in text, in an address or another attribute, inside which element.

A tag that stands where a value could shape the document, or that the sanitiser threw out with what held it, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from engine.campaigns.content.language.faults import Fault, at
from engine.campaigns.content.language.splitting import BLOCKS, Tag
from engine.campaigns.content.markup.marks import Marks

_PIECE = re.compile(r'<!--.*?-->|<(/?)([a-zA-Z][\w:-]*)((?:[^<>"]|"[^"]*")*)>', re.DOTALL)
_ATTRIBUTE = re.compile(r'([^\s"=]+)="([^"]*)"')
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_HOST = re.compile(r"(?:https?://[^/?#\s@]+[/?#]|mailto:|tel:)\S*")
_OURS = re.compile(r"\s*links\.\w+\s*")
_LINK_BEGINS = re.compile(r"(?:href|src)\s*=", re.IGNORECASE)
_QUOTE_BEGINS = re.compile(r"""(?:href|src)\s*=\s*["']$""", re.IGNORECASE)
_NEAR = 2000  # characters before a tag that are looked at: no address is longer
_WORDS = frozenset({"alt", "title"})
PART, WHOLE = "sixpm_part_of_url", "sixpm_whole_url"  # filters (engine.campaigns.content.language.filters.OWN)


@dataclass(frozen=True, slots=True)
class Place:
    """A tag in HTML: the element around it, by its number; in an attribute its name, and what is before it there."""

    number: int
    element: int
    attribute: str = ""
    before: str = ""
    comment: bool = False


def places(html: str, marks: Marks) -> Iterator[Place]:
    """Every mark, in order."""
    around, count, end = [0], 0, 0
    for piece in [*_PIECE.finditer(html), None]:
        text = html[end : piece.start() if piece else None]
        yield from (Place(number, around[-1]) for number in marks.numbers(text))
        if piece is None:
            return
        end = piece.end()
        if piece[2] is None:
            yield from (Place(number, around[-1], comment=True) for number in marks.numbers(piece[0]))
        elif piece[1]:
            del around[max(1, len(around) - 1) :]
        else:
            count += 1
            yield from _in_tag(piece[3], around[-1], marks)
            if piece[2].lower() not in _VOID:
                around.append(count)


def _in_tag(inside: str, element: int, marks: Marks) -> Iterator[Place]:
    named = 0
    for name, value in _ATTRIBUTE.findall(inside):
        for number in marks.numbers(value):
            named += 1
            yield Place(number, element, name.lower(), unescape(marks.before(value)))
    if named != len(marks.numbers(inside)):
        yield from (Place(number, element, "?") for number in marks.numbers(inside))


def filter_of(place: Place, tag: Tag) -> str | None:
    """The filter that fits a value into the address it stands in; None elsewhere. Raises KeyError where none does."""
    if place.attribute not in ("href", "src"):
        return None
    if not place.before and _OURS.fullmatch(tag.inner):
        return WHOLE
    if _HOST.fullmatch(place.before):
        return PART
    raise KeyError(place.attribute)


def faults(source: str, html: str, marks: Marks, numbers: Sequence[int]) -> list[Fault]:
    """What is wrong with the places of these tags, all of one source."""
    found = list(places(html, marks))
    wrong = {place.number: words for place in found if (words := _misplaced(place, marks))}
    wrong |= {number: _lost(source, marks.tags[number]) for number in _missing(found, numbers, marks)}
    wrong = wrong or _unbalanced(found, marks)
    return [at(source, marks.tags[number].start, words) for number, words in sorted(wrong.items())]


def _misplaced(place: Place, marks: Marks) -> str:
    tag = marks.tags[place.number]
    if not tag.prints:
        return "" if place.comment else "Put if and for between words or elements, not inside one, nor in an address."
    if not place.attribute or place.attribute in _WORDS:
        return ""
    try:
        return "" if filter_of(place, tag) else "A field cannot stand in this attribute. Put it into the text."
    except KeyError:
        return "Write the address up to its first “/” out, as in https://example.org/?city={{ attributes.city }}."


def _missing(found: Sequence[Place], numbers: Sequence[int], marks: Marks) -> set[int]:
    """Tags that are gone, and those that came to stand on the other side of an if or a for."""
    wanted, there = _groups(numbers, marks), _groups([place.number for place in found], marks)
    return {number for number, group in wanted.items() if there.get(number) != group}


def _groups(numbers: Sequence[int], marks: Marks) -> dict[int, int]:
    """For each tag, how many tags that print nothing are before it."""
    groups: dict[int, int] = {}
    silent = 0
    for number in numbers:
        groups[number] = silent
        silent += not marks.tags[number].prints
    return groups


def _lost(source: str, tag: Tag) -> str:
    if _in_link(source[max(0, tag.start - _NEAR) : tag.start]):
        return "Write the address out up to its first “/”, with https:// before it; a field may stand behind that."
    return "This stands where nothing is shown, as in a comment, a script or a style sheet. Put it into the text."


def _in_link(before: str) -> bool:
    """Whether the address of a link or an image goes on. One pattern for all of it took hours for many blanks."""
    at = max(map(before.rfind, "\"'>"))
    if _LINK_BEGINS.search(before, at + 1) or _QUOTE_BEGINS.search(before[: at + 1]):
        return True
    _, link, address = before.rpartition("](")
    return bool(link) and re.search(r"[)\s]", address) is None


def _unbalanced(found: Sequence[Place], marks: Marks) -> dict[int, str]:
    """Blocks that begin in one element and end in another."""
    open_: list[Place] = []
    wrong: dict[int, str] = {}
    for place in found:
        word = marks.tags[place.number].word
        if word in BLOCKS:
            open_.append(place)
        elif word and open_:
            if place.element != open_[-1].element:
                wrong[place.number] = (
                    f"This “{word}” is in another paragraph or element than its “{marks.tags[open_[-1].number].word}”. "
                    "Put both on lines of their own, or into the same element."
                )
            if word.startswith("end"):
                open_.pop()
    return wrong


__all__ = ["Place", "faults", "filter_of", "places"]
