"""A template taken apart into text and tags, each tag with its place; what is too long or not closed is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.campaigns.content.language.faults import Refused, at

LONGEST = 200_000  # characters of a template
MOST_TAGS = 500
LONGEST_TAG = 500
DEEPEST = 5  # blocks inside blocks
BLOCKS = {"if": "endif", "for": "endfor"}
_WORDS = frozenset({"if", "elif", "else", "endif", "for", "endfor"})
_OPENING = re.compile(r"\{[{%#]")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_WORD = re.compile(r"\w*")


@dataclass(frozen=True, slots=True)
class Tag:
    """`{{ inner }}` or `{% inner %}`, by its place in the source."""

    inner: str
    prints: bool
    start: int
    inside: int  # where `inner` begins

    @property
    def word(self) -> str:
        """The first word of a tag that prints nothing: if, elif, else, endif, for, endfor."""
        found = _WORD.match(self.inner.lstrip())
        return "" if self.prints or found is None else found[0]

    @property
    def code(self) -> str:
        """The tag on one line, as Jinja takes it."""
        inner = " ".join(self.inner.split("\n"))
        return f"{{{{ {inner} }}}}" if self.prints else f"{{% {inner} %}}"


@dataclass(frozen=True, slots=True)
class Parted:
    """The texts around the tags: one more than there are tags."""

    source: str
    texts: tuple[str, ...]
    tags: tuple[Tag, ...]


def parted(source: str) -> Parted:
    """Take a template apart. Raises Refused at the first tag that cannot be one."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if len(source) > LONGEST:
        raise _refused(source, LONGEST, f"A text has at most {LONGEST:,} characters, tags included; shorten it.")
    texts, tags, at_ = [""], [], 0
    for found, end in _tags(source):
        texts[-1] += source[at_ : found.start]
        at_ = end
        if source.startswith("{#", found.start):
            continue  # a comment prints nothing, and what is before and after it is one text
        tags.append(found)
        texts.append("")
        if len(tags) > MOST_TAGS:
            raise _refused(source, found.start, f"A text has at most {MOST_TAGS} tags; write this one shorter.")
    texts[-1] += source[at_:]
    _check_blocks(source, tags)
    return Parted(source, tuple(texts), tuple(tags))


def _refused(source: str, offset: int, words: str) -> Refused:
    return Refused([at(source, offset, words)])


def _tags(source: str) -> Iterator[tuple[Tag, int]]:
    """Every tag, with the place behind it. Its inside holds no braces, so that Jinja cannot see it end elsewhere."""
    place = 0
    while (opening := _OPENING.search(source, place)) is not None:
        start, sign = opening.start(), opening[0]
        closing = _CLOSING[sign]
        end = source.find(closing, start + 2)
        if end < 0:
            raise _refused(source, start, f"“{sign}” begins a tag that is never closed. Close it with “{closing}”.")
        tag = Tag(source[start + 2 : end], sign == "{{", start, start + 2)
        if sign != "{#":
            _check_tag(source, tag)
        place = end + 2
        yield tag, place


def _check_tag(source: str, tag: Tag) -> None:
    inner = tag.inner
    if len(inner) > LONGEST_TAG:
        raise _refused(source, tag.start, f"A tag has at most {LONGEST_TAG} characters. Write it shorter.")
    if (brace := re.search(r"[{}]", inner)) is not None:
        raise _refused(source, tag.inside + brace.start(), "A tag has no braces inside. Take them out, or close it.")
    if not inner.strip():
        raise _refused(source, tag.start, "This tag is empty. Name a field in it, or take it out.")
    if inner[0] in "-+" or inner[-1] in "-+":
        sign = inner[0] if inner[0] in "-+" else inner[-1]
        raise _refused(source, tag.start, f"Write the tag without “{sign}” at its edge.")
    if (control := re.search(r"[^\S\n\t ]|[\x00-\x08\x0e-\x1f\x7f]", inner)) is not None:
        raise _refused(source, tag.inside + control.start(), "A tag is written with plain spaces. Type this one anew.")
    if not tag.prints and tag.word not in _WORDS:
        words = f"“{tag.word or inner.strip()[:20]}” is no tag here. There are if, elif, else, endif, for and endfor."
        raise _refused(source, tag.start, words)


def _check_blocks(source: str, tags: list[Tag]) -> None:
    open_: list[Tag] = []
    for tag in tags:
        word = tag.word
        if word in BLOCKS:
            open_.append(tag)
            if len(open_) > DEEPEST:
                raise _refused(source, tag.start, f"Blocks lie at most {DEEPEST} deep in each other. Take one out.")
        elif word.startswith("end"):
            if not open_ or BLOCKS[open_[-1].word] != word:
                expected = f" “{BLOCKS[open_[-1].word]}” comes first." if open_ else ""
                raise _refused(source, tag.start, f"“{word}” closes nothing.{expected} Take it out, or open its block.")
            open_.pop()
        elif word in ("elif", "else") and not open_:
            raise _refused(source, tag.start, f"“{word}” belongs between if and endif. Put it there, or take it out.")
    if open_:
        word = open_[-1].word
        raise _refused(source, open_[-1].start, f"This “{word}” is never closed. Put {{% {BLOCKS[word]} %}} behind it.")


__all__ = ["BLOCKS", "DEEPEST", "LONGEST", "LONGEST_TAG", "MOST_TAGS", "Parted", "Tag", "parted"]
