"""How deep elements lie in each other: the libraries behind this go as deep as they are led, and end the process where
its stack ends (mrml at some 2,000, css-inline at some 10,000)."""

from __future__ import annotations

import re
from collections import Counter

from engine.campaigns.content.language.faults import Refused, at

DEEPEST = 100  # a mail of newsletters has some 20
_TAG = re.compile(r"""<(/?)([a-z][\w:-]*)(?:((?:[^<>"']|"[^"]*"|'[^']*')*)>)?""", re.IGNORECASE)
_VOID = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_LEFT_OPEN = _VOID | {"colgroup", "dd", "dt", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr"}


def check(text: str, source: str, ends: bool = True) -> None:
    """Raises Refused, at the place in the source, for text with elements too deep in each other.

    `ends`: all have their ends. Without it the text is as somebody wrote it, and the parser of HTML will end some.
    """
    alone = _VOID if ends else _LEFT_OPEN
    if _too_deep(text, alone) is not None:
        words = f"Elements lie at most {DEEPEST} deep in each other. Take some out, or close those that are open."
        raise Refused([at(source, _too_deep(source, alone) or 0, words)])


def _too_deep(text: str, alone: frozenset[str]) -> int | None:
    """Where elements begin to be too deep in each other; only an end that belongs to one counts."""
    open_: Counter[str] = Counter()
    depth = 0
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if name in alone or (tag[3] or "").endswith("/"):
            continue
        if not tag[1]:
            open_[name] += 1
            depth += 1
        elif open_[name]:
            open_[name] -= 1
            depth -= 1
        if depth > DEEPEST:
            return tag.start()
    return None


__all__ = ["DEEPEST", "check"]
