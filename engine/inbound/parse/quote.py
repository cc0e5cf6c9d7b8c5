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
from engine.inbound.parse.blocks import RULE, arrowed, bare_divider, divider, header_block
from engine.inbound.parse.html import CUT, SIGNATURE
from engine.inbound.parse.intro import inner_intro, intro_at
from engine.inbound.parse.lines import QUOTED, bare, is_bar, quoted_after
from engine.inbound.parse.patterns import ADDRESS, DATE, MARKER, WROTE
from engine.inbound.parse.signature import only_signature

_LINK_ONLY = re.compile(r"^\s*[<(\[]?(?:https?://|mailto:|www\.)\S{1,900}\s*[>)\]]?\s*>?\s*$")
CODE = "\ue0c3"
"""Stands in front of a line of fenced code until the signature is cut too."""
_FENCE = re.compile(r"^\s{0,3}```[\w+-]{0,20}\s*$")
_CODE_LINES = 200
_SHOWN_LINES = 8
_SHOUTED = re.compile(r"^\s{0,4}>{2,}[^<>]{1,200}<{2,}\s*$")  # ">>> Read this <<<"
_WORDS = re.compile(r"\w")


@dataclass
class Segment:
    """Lines [start, end). `intro`: the quotation names its writer. `hard`: it runs to the end of the mail."""

    quote: bool
    start: int
    end: int
    intro: bool = False
    hard: str = ""


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
    segments = _segments(lines)
    kept = _choose(lines, segments, html)
    return Kept(kept.lines, cut + kept.cut, kept.reasons + (("signature-marked",) if cut else ()), kept.inline)


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


def _segments(lines: Sequence[str]) -> list[Segment]:
    segments: list[Segment] = []
    index = 0
    while index < len(lines):
        found = _quotation(lines, index)
        if found is None:
            if segments and not segments[-1].quote:
                segments[-1].end = index + 1
            else:
                segments.append(Segment(False, index, index + 1))
            index += 1
        else:
            segments.append(found)
            index = found.end
    return segments


def _quotation(lines: Sequence[str], index: int) -> Segment | None:
    line = lines[index]
    if not line.strip() or line.startswith(CODE):
        return None
    if QUOTED.match(line) and not arrowed(line) and not _SHOUTED.match(line):
        named = intro_at(lines, index) is not None or bool(divider(line)) or header_block(lines, index) is not None
        return Segment(True, index, _quote_end(lines, index), named)
    hard = _hard(lines, index)
    if hard:
        return Segment(True, index, len(lines), True, hard)
    end = intro_at(lines, index)
    if end is None:
        return None
    if not quoted_after(lines, end):
        return Segment(True, index, len(lines), True, "intro")
    while not lines[end].strip():
        end += 1
    return Segment(True, index, _quote_end(lines, end), True)


def _hard(lines: Sequence[str], index: int) -> str:
    """Why everything from here on is the old mail, or ""."""
    line = lines[index]
    if CUT in line or (len(line) < 300 and _marker(line)):
        return "marker"
    if divider(line) or bare_divider(lines, index) or arrowed(line):
        return "divider"
    return "header-block" if header_block(lines, index) is not None else ""


def _marker(line: str) -> bool:
    """A ticket system's "reply above this line": decorated, or with nothing after it."""
    found = MARKER.search(line)
    if found is None:
        return False
    return line.lstrip()[:1] in "#-=~*_–—<[({" or len(line[found.end() :].split()) <= 2


def _quote_end(lines: Sequence[str], start: int) -> int:
    """The line after a run of quoted lines, with the blanks and broken-off pieces inside it."""
    end = start + 1
    index = start + 1
    bars = is_bar(lines[start])
    while index < len(lines):
        line = lines[index]
        if QUOTED.match(line) or (bars and is_bar(line)):
            end = index + 1
        elif line.strip() and not _broken_off(lines, index, end):
            break
        elif line.strip():
            end = index + 1
        index += 1
    return end


def _broken_off(lines: Sequence[str], index: int, end: int) -> bool:
    """An unmarked line that a mail program wrapped off the quoted line above it, or a lone link in the quotation."""
    after = lines[index + 1] if index + 1 < len(lines) else ""
    if _LINK_ONLY.match(lines[index]) and QUOTED.match(after):
        return True
    if end != index or not QUOTED.match(lines[index - 1]):
        return False
    before, text = lines[index - 1].rstrip(), lines[index].strip()
    if QUOTED.match(after) and before.count("(") > before.count(")") and ")" in text and "(" not in text:
        return True
    wide = len(before) + 1 + len(text.split()[0]) > 70
    return wide and text[0].islower() and before[-1] not in "?:" and bool(QUOTED.match(after) or not after.strip())


def _choose(lines: Sequence[str], segments: list[Segment], html: bool) -> Kept:
    reasons: list[str] = []
    cut: list[str] = []
    while segments and (segments[-1].quote or _idle(lines, segments)):
        if _shown(lines, segments):
            break
        last = segments.pop()
        if html and last.hard == "header-block" and segments and _heads(lines, segments[-1], last):
            segments[-1].end -= 1
            last.start -= 1
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


def _heads(lines: Sequence[str], own: Segment, block: Segment) -> bool:
    """The line right above a ruled header block is the name of the block's writer: it heads the block."""
    found = header_block(lines, block.start)
    name = lines[own.end - 1].strip().lower()
    if own.quote or found is None or not RULE.match(lines[block.start]) or own.end - own.start < 2:
        return False
    words = re.findall(r"[^\W\d_]+", found.values.get("from", "").lower())
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
