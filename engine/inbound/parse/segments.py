"""A text as segments, own text or quotation, in one pass: where a quotation begins, and how far it reaches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.inbound.parse.blocks import RULE, arrowed, bare_divider, divider, header_block
from engine.inbound.parse.html import CUT
from engine.inbound.parse.intro import intro_at
from engine.inbound.parse.lines import QUOTED, bare, compares, is_bar, quoted_after
from engine.inbound.parse.patterns import ADDRESS, FULL_DATE, MARKER

_LINK_ONLY = re.compile(r"^\s*[<(\[]?(?:https?://|mailto:|www\.)\S{1,900}\s*[>)\]]?\s*>?\s*$")
_SHOUTED = re.compile(r"^\s{0,4}>{2,}[^<>]{1,200}<{2,}\s*$")  # ">>> Read this <<<"
_WORDS = re.compile(r"\w")
CODE = "\ue0c3"
"""Stands in front of a line of fenced code until the signature is cut too."""


@dataclass
class Segment:
    """Lines [start, end). `intro`: the quotation names its writer. `hard`: it runs to the end of the mail."""

    quote: bool
    start: int
    end: int
    intro: bool = False
    hard: str = ""


def segments_of(lines: Sequence[str]) -> list[Segment]:
    """The segments of a text, which follow upon each other without a gap."""
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
    if QUOTED.match(line) and not arrowed(line) and not _SHOUTED.match(line) and not compares(lines, index):
        named = intro_at(lines, index) is not None or bool(divider(line)) or header_block(lines, index) is not None
        return Segment(True, index, quote_end(lines, index), named)
    hard = hard_at(lines, index)
    if hard:
        return Segment(True, index, len(lines), True, hard)
    end = intro_at(lines, index)
    if end is None:
        return None
    if not quoted_after(lines, end):
        return None if _tale(lines, index, end) else Segment(True, index, len(lines), True, "intro")
    while not lines[end].strip():
        end += 1
    return Segment(True, index, quote_end(lines, end), True)


def _tale(lines: Sequence[str], start: int, end: int) -> bool:
    """ "On 6 March at 10:00 Jo wrote:" in the writer's own report: programs name the year or the address, and where
    nothing stands above such a line, cutting it would leave nothing."""
    text = " ".join(bare(line) for line in lines[start:end])
    if ADDRESS.search(text):
        return False
    return not FULL_DATE.search(text) or not any(_WORDS.search(line) for line in lines[:start])


def hard_at(lines: Sequence[str], index: int) -> str:
    """Why everything from here on is the old mail, or ""."""
    line = lines[index]
    if CUT in line or (len(line) < 300 and _marker(line, lines[max(0, index - 1) : index + 2])):
        return "marker"
    if divider(line) or bare_divider(lines, index) or arrowed(line):
        return "divider"
    return "header-block" if header_block(lines, index) is not None else ""


def _marker(line: str, around: Sequence[str]) -> bool:
    """A ticket system's "reply above this line": decorated, beside a rule, or with nothing after it."""
    found = MARKER.search(line)
    if found is None or line[: found.start()][-1:] in ('"', "'", "“", "„", "«", "‘"):
        return False  # nothing there, or somebody speaks of it
    if any(RULE.match(item) for item in around):
        return True
    return line.lstrip()[:1] in "#-=~*_–—<[({" or len(line[found.end() :].split()) <= 2


def quote_end(lines: Sequence[str], start: int) -> int:
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
