"""Where one recipient's strings stand in a rendered template: its text in pieces, or Conditional where that cannot be.

HTML goes through the inliner with its marks in place, so that a slot may stand where every value makes the same
document: in text, and in attributes that no rule of the sheet looks at. It is always escaped once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.outbound.templates import inlined, watching
from engine.outbound.watching import Conditional

Piece = str | int  # fixed text, or the number of a slot

_ATTRIBUTES = frozenset({"alt", "aria-label", "content", "href", "src", "summary", "title", "value"})
_RAW = re.compile(
    r"<(script|style|textarea|pre|listing|xmp|iframe|noscript|noembed|noframes)\b.*?(?:</\1|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(r"<!--.*?-->|<[/!?]?[a-z](?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL | re.IGNORECASE)
_VALUE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*("[^"]*"|'[^']*')""")


def pieces(template: str, part: str, values: Mapping[str, Any]) -> list[Piece]:
    """The file `part` of a mail, rendered with slots among `values`. Raises Conditional."""
    try:
        text = watching().printed(f"{template}/{part}", values)
    except Conditional:
        raise
    except Exception as error:  # rendered with real values it either works or says better what is wrong
        raise Conditional(str(error)) from error
    found = _html(text) if part.endswith(".html") else _split(text, "&")
    if found and isinstance(found[-1], int):
        raise Conditional("a slot is the end of the file: its line ends cannot be told from the file's")
    return found


def _html(text: str) -> list[Piece]:
    before = _split(text, "&amp;")
    if len(before) == 1:
        return [inlined(text)]
    if re.search(rf"(?:&#?\w*|<[/!?]?)\ue000{watching().nonce}", text):
        raise Conditional("a slot goes on with a character reference or a tag")
    _check_places(text)
    after = _split(inlined(text), "&amp;")
    if _numbers(before) != _numbers(after):
        raise Conditional("the inliner lost a slot, or said it twice")
    return after


def _check_places(html: str) -> None:
    """Raise Conditional for a mark anywhere but in text and in harmless attributes with quotes."""
    nonce = watching().nonce
    raw = [found[0] for found in _RAW.finditer(html)]
    tags = [found[0] for found in _TAG.finditer(html) if nonce in found[0]]
    if any(nonce in text for text in raw):
        raise Conditional("a slot is in text that is no markup")
    if tags and any("[" in text for text in raw):
        raise Conditional("a rule of the sheet may look at an attribute with a slot")
    for tag in tags:
        names = {name.lower() for name, value in _VALUE.findall(tag) if nonce in value}
        if not names <= _ATTRIBUTES or nonce in _VALUE.sub("", tag) or tag.startswith("<!"):
            raise Conditional("a slot is where it shapes the document")


def _numbers(found: Sequence[Piece]) -> list[int]:
    return sorted(piece for piece in found if isinstance(piece, int))


def _split(text: str, sign: str) -> list[Piece]:
    nonce = watching().nonce
    parts = re.split(rf"\ue000{nonce}{sign}([0-9]+)\ue001", text)
    found: list[Piece] = [int(part) if n % 2 else part for n, part in enumerate(parts) if part or n % 2]
    if any(isinstance(piece, str) and nonce.lower() in piece.lower() for piece in found):
        raise Conditional("a slot came out changed")
    return found
