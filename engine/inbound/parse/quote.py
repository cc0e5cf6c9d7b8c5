"""Which lines of a mail its writer wrote: quotations are cut, inline and bottom-posted answers stay.

The text becomes segments, own text or quotation, in one pass. Then three rules: what nobody answered below is cut;
a quotation on top, with an intro line, goes; quotations between own lines stay, because the answers need them.
Losing the writer's words is worse than keeping junk, so doubt keeps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.inbound.parse import limits
from engine.inbound.parse.blocks import RULE, Block, header_block
from engine.inbound.parse.html import CUT, SIGNATURE
from engine.inbound.parse.intro import inner_intro, intro_at
from engine.inbound.parse.lines import QUOTED, bare
from engine.inbound.parse.patterns import ADDRESS, DATE, WROTE
from engine.inbound.parse.segments import CODE, Segment, hard_at, quote_end, segments_of
from engine.inbound.parse.signature import only_signature

_FENCE = re.compile(r"^\s{0,3}```[\w+-]{0,20}\s*$")
_CODE_LINES = 200
_SHOWN_LINES = 8
_HEADER_LINES = 9
_NOTES_HEAD = re.compile(r"^(?:\[[^\[\]]{1,200}\]\s?)?[^\n]{1,80}?---\d{1,4}[./-]\d{1,2}[./-]\d{1,4} [^\n]{1,20}---")
_WORDS = re.compile(r"\w")


@dataclass(frozen=True)
class Kept:
    """The outcome: own lines, cut lines, why, and whether answers stand between quotations."""

    lines: list[str]
    cut: list[str]
    reasons: tuple[str, ...]
    inline: bool = False


def keep(text: str, html: bool = False) -> Kept:
    """The own lines of a text. `html`: the quote marks come from markup, hence are sure."""
    lines, cut = _without_marked_signature(text.split("\n", limits.LINES)[: limits.LINES])
    lines = _split_inner(_fenced(lines))
    segments = segments_of(lines)
    kept = _choose(lines, segments, html)
    if not any(_WORDS.search(line) for line in kept.lines):
        kept = _below(lines, kept)
    return Kept(kept.lines, cut + kept.cut, kept.reasons + (("signature-marked",) if cut else ()), kept.inline)


def _below(lines: Sequence[str], kept: Kept) -> Kept:
    """What stands below an old mail that begins with its header and is marked to its end: the answer, where there is
    no other. Without marks nobody can tell where the old mail ends."""
    marks = [index for index, line in enumerate(lines) if QUOTED.match(line)]
    if not marks or sum(1 for line in lines[: marks[0]] if line.strip()) > _HEADER_LINES:
        return kept
    end = quote_end(lines, marks[0])
    own = list(lines[end:])
    if marks[-1] >= end or only_signature(own) or any(hard_at(own, index) for index, line in enumerate(own) if line):
        return kept
    return Kept(own, list(lines[:end]), (*kept.reasons, "bottom-posted"))


def _fenced(lines: list[str]) -> list[str]:
    """Lines between ``` and ``` with CODE in front, so that nothing in them is taken for a quotation or signature."""
    fences = [index for index, line in enumerate(lines) if _FENCE.match(line)]
    for start, end in zip(fences[::2], fences[1::2], strict=False):
        if end - start <= _CODE_LINES:
            lines[start : end + 1] = [CODE + line for line in lines[start : end + 1]]
    return lines


def _without_marked_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    if not any(SIGNATURE in line for line in lines):
        return lines, []
    kept: list[str] = []
    cut: list[str] = []
    depth = 0
    for line in lines:
        if line == SIGNATURE:
            depth = 1 - depth
        elif SIGNATURE not in line:
            (cut if depth else kept).append(line)
    own = any(_WORDS.search(line) for line in kept if not QUOTED.match(line))
    return (kept, cut) if own else ([line for line in lines if SIGNATURE not in line], [])


def _split_inner(lines: list[str]) -> list[str]:
    """Lines that hold the end of the reply and an intro become two."""
    out: list[str] = []
    for index, line in enumerate(lines):
        column = inner_intro(lines, index) if not QUOTED.match(line) and not line.startswith(CODE) else None
        if column is None or intro_at(lines, index) is not None:
            out.append(line)
        else:
            out += [line[:column].rstrip(" -"), line[column:]]
    return out


def _choose(lines: Sequence[str], segments: list[Segment], html: bool) -> Kept:
    reasons: list[str] = []
    cut: list[str] = []
    while segments and (segments[-1].quote or _idle(lines, segments)):
        if _shown(lines, segments):
            break
        last = segments.pop()
        if last.hard == "header-block" and segments:
            segments[-1].end = last.start = _head(lines, segments[-1], last, html)
        cut[:0] = lines[last.start : last.end]
        _add(reasons, (last.hard or "quote") if last.quote else "" if _blank(lines, last) else "trailing-signature")
    while segments and not segments[0].quote and _blank(lines, segments[0]):
        segments.pop(0)
    quotes = [segment for segment in segments if segment.quote]
    if quotes and ((segments[0].quote and segments[0].intro and len(quotes) == 1) or (html and len(quotes) == 1)):
        segments = [segment for segment in segments if not segment.quote]
        cut[:0] = lines[quotes[0].start : quotes[0].end]
        _add(reasons, "bottom-posted")
        quotes = []
    if quotes:
        _add(reasons, "inline")
    kept = [line for segment in segments for line in lines[segment.start : segment.end]]
    return Kept([line for line in kept if CUT not in line], cut, tuple(reasons), bool(quotes))


def _shown(lines: Sequence[str], segments: list[Segment]) -> bool:
    """A few quoted lines right under "The log says:" are what the writer shows, not what they answer."""
    last = segments[-1]
    if not last.quote or last.intro or last.hard or len(segments) < 2 or last.end - last.start > _SHOWN_LINES:
        return False
    above = lines[last.start - 1].strip()
    if above[-1:] not in (":", "：") or len(above) < 4:
        return False
    return not (WROTE.search(above) or DATE.search(above) or ADDRESS.search(above))


def _head(lines: Sequence[str], own: Segment, block: Segment, html: bool) -> int:
    """Where a header block begins if the line above it belongs to it: the name of its writer above a rule, an address
    that is one of its own (Foxmail), or a line that names writer, time and subject between dashes (Notes)."""
    found, index = header_block(lines, block.start), block.start - 1
    if own.quote or found is None:
        return block.start
    if html and RULE.match(lines[block.start]) and index > own.start and _names(lines[index], found):
        return index
    while index > own.start and not lines[index].strip():
        index -= 1
    text = lines[index][:300].strip(" <>")
    if index <= own.start or not (_NOTES_HEAD.match(text) or ADDRESS.fullmatch(text)):
        return block.start
    known = _NOTES_HEAD.match(text) or any(text.lower() in value.lower() for value in found.values.values())
    return index if known else block.start


def _names(line: str, block: Block) -> bool:
    name = line.strip().lower()
    words = re.findall(r"[^\W\d_]+", block.values.get("from", "").lower())
    return bool(name) and len(name.split()) <= 3 and all(word in words for word in name.split())


def _add(reasons: list[str], reason: str) -> None:
    if reason and reason not in reasons:
        reasons.append(reason)


def _blank(lines: Sequence[str], segment: Segment) -> bool:
    return not any(line.strip() for line in lines[segment.start : segment.end])


def _idle(lines: Sequence[str], segments: list[Segment]) -> bool:
    """The last own text says nothing: blank, or only a signature below a quotation."""
    last = segments[-1]
    if _blank(lines, last):
        return True
    return len(segments) > 1 and only_signature([bare(line) for line in lines[last.start : last.end]])
