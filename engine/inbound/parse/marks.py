"""What marks an entry in a line: bullets, numbers, check marks, headings, leading words, question numbers."""

from __future__ import annotations

import re
from typing import Literal

from engine.inbound.parse import headings
from engine.inbound.parse.patterns import alternatives

EntryKind = Literal["note", "done", "doing", "blocked"]

BULLET = re.compile(r"^(?P<indent>\s*)(?:(?:[-*–—+»]|--|->|=>)\s+|[•·‣◦▪●○・]\s*)(?=\S)")
TIGHT_BULLET = re.compile(r"^\s*(?P<mark>--?|[–*+])(?=[^\W_])(?!.*\*$)")
"""A bullet without a blank behind it: only where several lines have one."""
NUMBER = re.compile(r"^(?P<indent>\s*)(?:\(?(?P<number>\d{1,2})[.)]|(?P<letter>[a-h])\))\s+(?=\S)")
PLAIN_NUMBER = re.compile(r"^(?P<indent>\s*)(?P<number>\d)(?:\s?[:：]|\s[-–—])\s+(?=\S)")
"""A number as people set it before the answer to a question ("1: yes"); only where several questions were asked."""
CHECK = re.compile(
    r"^\s*(?:[-*•]\s+)?(?:[\[(](?P<box>[ xX✓✔~!-])[\])](?=\s)|(?P<done>[✅✓✔☑]|:(?:white_|heavy_)check_mark:)|"
    r"(?P<open>[☐⬜◻🔲⏳🔄🚧🏗]|:construction:|:hourglass(?:_flowing_sand)?:)|"
    r"(?P<bad>[❌✗✘🚫⛔🛑⚠]|:(?:x|no_entry(?:_sign)?|octagonal_sign|warning):))\ufe0f?\s*"
)
QUESTION = re.compile(r"^\s*(?:q|question|answer|a|frage|antwort)\s?(?P<number>\d{1,2})\s?[:.)-]\s*", re.IGNORECASE)
RULE = re.compile(r"^\s*(?:[-_=*~#]{3,}|`{3}\w{0,20})\s*$")
_WORDS: dict[EntryKind, str] = {
    "done": alternatives(headings.DONE),
    "doing": alternatives(headings.DOING),
    "blocked": alternatives(headings.BLOCKED),
    "note": alternatives(headings.NOTE),
}
_MARK = r"^(?:[^\w#]|#(?=[\s#])){0,6}"  # "# Done" is a heading, "#done" a tag
_HEADING = {kind: re.compile(rf"{_MARK}(?:{found})\W{{0,4}}$", re.IGNORECASE) for kind, found in _WORDS.items()}
_LEAD = {
    kind: re.compile(rf"^[*_]{{0,2}}(?:{found})[*_]{{0,2}}\s?(?::|：|–|—)[*_]{{0,2}}\s*(?=\S)", re.IGNORECASE)
    for kind, found in _WORDS.items()
    if kind != "note"
}
_STATE = re.compile(
    r"^(?:\[(?P<boxed>done|wip|doing|in progress|todo|next|blocked)\]|(?P<plain>DONE|WIP|DOING|TODO|BLOCKED))"
    r"(?:\s?[-:–—])?\s+(?=\S)"
)
_GREETING = re.compile(
    rf"^(?:{alternatives(headings.GREETINGS)})(?!\w)[\s,]*(?:[\w.'’-]+[\s,]*){{0,3}}[,!.:，！]*$", re.IGNORECASE
)
_HEADING_CHARS = 40


def heading(line: str, following: str) -> EntryKind | None:
    """The kind that a heading sets, None where the line is none.

    A word alone is a heading only with a mark or a list below it; "Done" as a whole reply is an entry.
    """
    if len(line) >= _HEADING_CHARS:
        return None
    kind = next((kind for kind, pattern in _HEADING.items() if pattern.match(line)), None)
    if kind is None:
        return None
    text = line.strip()
    marked = text[-1] in ":：*_" or text[0] in "#*_"
    listed = BULLET.match(following) or NUMBER.match(following) or CHECK.match(following)
    return kind if marked or listed else None


def lead(text: str) -> tuple[EntryKind | None, str]:
    """ "Blocked: keys" as (blocked, keys); (None, text) without such a word in front."""
    for kind, pattern in _LEAD.items():
        found = pattern.match(text)
        if found is not None:
            return kind, text[found.end() :]
    found = _STATE.match(text)
    if found is None:
        return None, text
    word = (found.group("boxed") or found.group("plain")).lower()
    return "done" if word == "done" else "blocked" if word == "blocked" else "doing", text[found.end() :]


def checked(match: re.Match[str]) -> EntryKind:
    """The kind that a check mark says."""
    box = match.group("box")
    if match.group("done") or (box is not None and box in "xX✓✔"):
        return "done"
    return "blocked" if match.group("bad") or box == "!" else "doing"


def greets(line: str) -> bool:
    """ "Hi team," and the like: goes in front of what follows it, for it is no entry of its own."""
    return len(line) < _HEADING_CHARS and _GREETING.match(line.strip()) is not None
