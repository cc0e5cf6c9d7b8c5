"""The lines of a text without their marks: what is quoted, what comes next."""

from __future__ import annotations

import re
from collections.abc import Sequence

QUOTED = re.compile(r"^[ \t]{0,4}>")
BAR = re.compile(r"^\s{0,2}\|(?:\s|$)")
COLON = re.compile(r"[:：]\W{0,6}$")
_MORE_THAN = re.compile(r"^\s{0,3}>(?:=\s?[\d\w]|\s?\d+(?:[.,]\d+)?\s?(?:%|[^\W\d]))")  # ">= 3.11", "> 90 % pass"
_EDGE = "> \t\ufeff"


def bare(line: str) -> str:
    """The line without quote marks and blanks around it."""
    return line.lstrip(_EDGE).rstrip()


def next_filled(lines: Sequence[str], start: int, reach: int = 8) -> int | None:
    """The first line at or after `start` that is not blank, looking at most `reach` lines ahead."""
    for index in range(start, min(len(lines), start + reach)):
        if lines[index].strip():
            return index
    return None


def quoted_after(lines: Sequence[str], start: int) -> bool:
    """True where the next filled line is a quoted one."""
    index = next_filled(lines, start)
    return index is not None and bool(QUOTED.match(lines[index]) or BAR.match(lines[index]))


def is_bar(line: str) -> bool:
    return bool(BAR.match(line))


def compares(lines: Sequence[str], index: int) -> bool:
    """ "> 90 % of the tests pass": a sign and a number on a line that no other quoted line is near."""
    if not _MORE_THAN.match(lines[index]):
        return False
    before = next((line for line in reversed(lines[max(0, index - 3) : index]) if line.strip()), "")
    return not (QUOTED.match(before) or COLON.search(before) or quoted_after(lines, index + 1))
