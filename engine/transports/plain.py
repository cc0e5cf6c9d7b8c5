"""People's words as a chat service is to show them: plain, within its limit, and waking nobody.

Each adapter names what its service's markup is; here is what they share. What a person wrote stays readable: a mark is
escaped, a mention gets an invisible space after its sign, and a bare web address stays one where the service can link
it exactly. Nothing is left out but what cannot be seen and turns text around (Unicode TR9's overrides).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

MARK = "…"
UNSEEN = "\u200b"  # zero width space: parts a sign from the word behind it
_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # an override left open would turn the rest of the post around
_BROKEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # no text; lone surrogates are no UTF-8 either
_ADDRESS = re.compile(r"https?://[^\s<>]*[\w/=&#%+-]", re.I)
_ODD = re.compile(r"[!$'()*;@\[\\\]^`{|}~\"]")
# A sign before a word that is no mail address: that one wakes nobody, and should stay one to copy.
_AT = re.compile(r"(?<![\w.+-])@(?=\w)|@(?=(?:all|channel|everyone|here)\b)", re.I)


def clean(text: str) -> str:
    """`text` with line feeds as its only line breaks, and nothing that is no text."""
    return _BROKEN.sub("\ufffd", _TURNS.sub("", _BREAKS.sub("\n", text)))


def cut(text: str, most: int) -> str:
    """`text`, or its beginning with a mark, at most `most` characters in all; no joined sign is left half."""
    if len(text) <= most:
        return text
    return text[: max(most - len(MARK), 0)].rstrip("\u200d\ufe0f").rstrip() + MARK


def fit(text: str, limit: int, render: Callable[[str], T], size: Callable[[T], int]) -> T:
    """The longest beginning of `text`, rendered, that has at most `limit` of `size`; cut with a mark if it must be.

    It is `text` that is cut, never what was rendered: half an escape would be a mark again.
    """
    whole = render(text)
    if size(whole) <= limit:
        return whole
    low, high, best = len(MARK), min(len(text) - 1, limit), render(MARK)
    while low < high:
        middle = (low + high + 1) // 2
        made = render(cut(text, middle))
        if size(made) <= limit:
            low, best = middle, made
        else:
            high = middle - 1
    return best


def by_address(text: str, words: Callable[[str], str], address: Callable[[str], str]) -> str:
    """`text` with its web addresses rendered by `address`, all else by `words`.

    An address comes without any character that is a mark somewhere: those are percent-encoded (RFC 3986 section 2.1).
    """
    made, at = [], 0
    for found in _ADDRESS.finditer(text):
        made += [words(text[at : found.start()]), address(_ODD.sub(_percent, found.group()))]
        at = found.end()
    return "".join([*made, words(text[at:])])


def unmentioned(text: str) -> str:
    """`text` in which no @ stands before a name that could be called."""
    return _AT.sub("@" + UNSEEN, text)


def utf16(text: str) -> int:
    """Length as Telegram and Discord count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _percent(found: re.Match[str]) -> str:
    return f"%{ord(found.group()):02X}"
