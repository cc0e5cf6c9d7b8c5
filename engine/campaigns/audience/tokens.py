"""The words of a query: one pass of one pattern over a bounded text, each word with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from engine.errors import Fault

LONGEST = 10_000  # characters of a query
QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201e": "\u201c", "\u2018": "\u2019"}  # what word processors make


class Kind(Enum):
    """What a word of a query is."""

    WORD = "word"
    STRING = "text in quotes"
    NUMBER = "number"
    DATE = "date"
    ADDRESS = "address"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `text` is what it says (a string without its quotes, other words in lower case)."""

    kind: Kind
    text: str
    start: int
    end: int


# Each alternative begins with a character class of its own or is anchored by one, so nothing is tried twice over.
_PATTERN = re.compile(
    r"""
      (?P<ADDRESS>[^\s,;()"'<>=!@\u201c\u201d\u201e]{1,64}@[^\s,;()"'<>=!@\u201c\u201d\u201e]{1,255})
    | (?P<DATE>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?![\w.-]))
    | (?P<NUMBER>-?[0-9]{1,15}(?:\.[0-9]{1,9})?(?![\w.]))
    | (?P<WORD>attribute\.[A-Za-z0-9_]{1,100}(?!\w)|[A-Za-z_][A-Za-z0-9_]{0,99}(?!\w))
    | (?P<SIGN><=|>=|!=|<>|[=<>(),;])
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"[\s\u200b\ufeff]+")
_STRAY = re.compile(r"[^\s,;()\"'<>=]+")


def tokens(text: str) -> tuple[Token, ...]:
    """The words of `text`, the last of them END. Raises Fault for what is no word of the language."""
    if len(text) > LONGEST:
        raise Fault(
            f"A query has at most {LONGEST:,} characters; this one has {len(text):,}."
            " Long lists of people are better imported with a tag, and asked for by it.", LONGEST, len(text),
        )  # fmt: skip
    found: list[Token] = []
    at = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space is not None:
            at = space.end()
            continue
        found.append(_string(text, at) if text[at] in QUOTES else _word(text, at))
        at = found[-1].end
    return (*found, Token(Kind.END, "", len(text), len(text)))


def _word(text: str, at: int) -> Token:
    """The word at a place."""
    match = _PATTERN.match(text, at)
    if match is None:
        raise _stray(text, at)
    name = str(match.lastgroup)
    said = match.group() if name == "ADDRESS" else match.group().lower()
    return Token(Kind[name], "!=" if said == "<>" else said, at, match.end())


def _string(text: str, at: int) -> Token:
    """The text in quotes that begins at a place; a backslash keeps the next character as it is."""
    close, said, here = QUOTES[text[at]], [], at + 1
    while here < len(text) and text[here] != close:
        if text[here] == "\\" and here + 1 < len(text):
            here += 1
        if text[here] == "\0" or "\ud800" <= text[here] <= "\udfff":
            raise Fault("This character cannot be in a text. Take it out.", here, here + 1)
        said.append(text[here])
        here += 1
    if here >= len(text):
        raise Fault("This text has no closing quotation mark. Add one where it ends.", at, len(text))
    return Token(Kind.STRING, "".join(said), at, here + 1)


def _stray(text: str, at: int) -> Fault:
    match = _STRAY.match(text, at)
    end = min(match.end() if match else at + 1, at + 80)
    if text[at].isdigit() or text[at] == "-":
        return Fault(
            "This is no number or date. Dates are written 2026-11-22, numbers 7 or 2.5, texts in quotation marks.",
            at, end,
        )  # fmt: skip
    if text[at].isalpha():
        return Fault("This word means nothing here. Write texts in quotation marks.", at, end)
    return Fault("This sign means nothing in a query. Texts stand in quotation marks.", at, end)
