"""How sure the reading of a reply is: 1.0 where a mark decided all, less for each rule that had to guess.

A page that shows old readings (held mails, a new version over history) sorts by it; nothing is dropped for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.inbound.parse.blocks import divider, header_block
from engine.inbound.parse.patterns import ADDRESS, DATE, WROTE

NOTHING_LEFT, NOTHING_SAID = "nothing-left", "nothing-said"
MUCH_CUT, LEFTOVER = "much-cut", "leftover"

_DOUBT = {
    "intro": 0.1, "sign-off": 0.1, "disclaimer": 0.05, "inline": 0.15, "bottom-posted": 0.1, "marker": 0.0,
    "divider": 0.0, "forward": 0.05, "markup": 0.05, LEFTOVER: 0.3, MUCH_CUT: 0.15,
}  # fmt: skip
_ELSE = 0.03
_LINES = 400


def judge(kept: Sequence[str], cut: str, reasons: tuple[str, ...], html: bool) -> tuple[float, tuple[str, ...]]:
    """(confidence, reasons): the rules that cut, and what makes their work doubtful."""
    text = "\n".join(kept)
    if not text.strip():
        return (0.2, (*reasons, NOTHING_LEFT)) if cut.strip() else (0.5, (*reasons, NOTHING_SAID))
    found = list(reasons)
    if "inline" not in reasons and _leftover(kept):
        found.append(LEFTOVER)
    if len(cut) > 20 * len(text) + 4000 and "inline" not in reasons:
        found.append(MUCH_CUT)
    doubt = sum(_DOUBT.get(reason, _ELSE) for reason in found) + (_DOUBT["markup"] if html else 0.0)
    return round(max(0.1, 1.0 - doubt), 2), tuple(found)


def _leftover(lines: Sequence[str]) -> bool:
    """What was kept still holds what the rules look for: one saw a quotation where another saw none."""
    for index, line in enumerate(lines[:_LINES]):
        if not line.strip() or len(line) > 300:
            continue
        if divider(line) or header_block(lines, index) is not None:
            return True
        if line.rstrip()[-1] in ":：" and WROTE.search(line) and (DATE.search(line) or ADDRESS.search(line)):
            return True
    return False
