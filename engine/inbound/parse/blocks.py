"""Where an old mail begins without quote marks: header blocks ("From: … Sent: …") and dividers.

Each reader looks at a bounded number of lines from its start, so a scan over all lines is linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.inbound.parse import limits
from engine.inbound.parse.lines import COLON, bare, next_filled
from engine.inbound.parse.patterns import (
    ADDRESS,
    DATE,
    DIVIDER_FORWARD,
    DIVIDER_ORIGINAL,
    GLUED_LABEL,
    LABEL_CHARS,
    LABEL_OF,
)

_ARROWED = re.compile(r"^>>>\s?[^>\s].{3,300}>>>\s*$")
RULE = re.compile(r"^[>\s*]{0,6}[_=\-–—*]{5,200}\s*$")
_DASH_WORDS = re.compile(r"^\W{0,4}[-_=*—–‐~]{2,80}\s*([^-_=*—–‐~\s][^=*~]{2,70}?)\s*[-_=*—–‐~]{2,80}")


@dataclass
class Block:
    """A quoted header block: the line after it and the values by meaning (from, date, subject …)."""

    end: int
    values: dict[str, str] = field(default_factory=dict)


def label(line: str) -> tuple[str, str] | None:
    """(meaning, value) of a header line such as "*Von:* Ada"."""
    head = line[: LABEL_CHARS + 20].lstrip("> \t*_|•")
    colon = head.find(":") if ":" in head else head.find("：")
    if colon < 1 or len(line) > limits.LINE_CHARS:
        return None
    kind = LABEL_OF.get(" ".join(head[:colon].strip("*_").lower().split()))
    return (kind, line[line.find(head[colon]) + 1 :].strip(" \t*_")) if kind else None


def header_block(lines: Sequence[str], start: int, loose: bool = False) -> Block | None:
    """The header block that begins at `start` (a rule above it may be the start), or None.

    `loose`: one field is enough, because a divider has already said what this is.
    """
    index = start
    ruled = bool(RULE.match(lines[start]))
    if ruled:
        found = next_filled(lines, start + 1, 4)
        if found is None:
            return None
        index = found
    first = label(lines[index])
    if first is None:
        return None
    if first[0] == "from" and _squeezed(lines[index]):
        return Block(index + 1, {"from": first[1]})
    block = _fields(lines, index)
    return block if loose and block.values else block if _convincing(block.values, ruled) else None


def _squeezed(line: str) -> bool:
    """A header block in one line: "From: Ada Sent: Tuesday To: Bo Subject: What?"."""
    if line.count(":", 0, 1000) + line.count("：", 0, 1000) < 3:
        return False
    found = {LABEL_OF[" ".join(match.group(1).lower().split())] for match in GLUED_LABEL.finditer(line[:1000])}
    return {"from", "subject"} <= found and bool(found & {"sent", "date"})


def _fields(lines: Sequence[str], start: int) -> Block:
    block, last, index, wraps = Block(start), "", start, 0
    while index < min(len(lines), start + 18):
        line = lines[index]
        found = label(line)
        if found is not None and found[0] in block.values and found[0] != "other":
            break
        if found is not None:
            last, value = found
            block.values.setdefault(last, value)
            block.end, wraps = index + 1, 0
        elif not bare(line):
            following = next_filled([bare(item) for item in lines[index : index + 4]], 0, 4)
            if following is None or label(lines[index + following]) is None:
                break
        elif wraps < 3 and last and _continues(lines, index, last):
            block.values[last] += " " + bare(line)
            block.end, wraps = index + 1, wraps + 1
        else:
            break
        index += 1
    return block


def _continues(lines: Sequence[str], index: int, last: str) -> bool:
    """A wrapped value: only where another label follows within two lines, or an address list goes on."""
    text = bare(lines[index])
    if COLON.search(text) and DATE.search(text):
        return False  # an intro line
    ahead = [item for item in lines[index + 1 : index + 3] if bare(item)]
    if any(label(item) is not None for item in ahead):
        return True
    return last in ("to", "cc", "from") and text.count("@") >= 1 and len(text.split()) < 12


def _convincing(values: dict[str, str], ruled: bool) -> bool:
    kinds = set(values) - {"other"}
    when = values.get("sent", "") + values.get("date", "")
    address = any("@" in values.get(kind, "") for kind in ("from", "to", "cc", "reply-to"))
    if values.get("from") and not re.search(r"[^\W\d_]", values["from"]):
        return False  # "From: 10:00, To: 11:00" is an appointment
    if len(kinds) >= 3:
        return ("from" in kinds and (address or "subject" in kinds or "sent" in kinds)) or bool(when and address)
    if len(kinds) == 2 and (kinds & {"from", "to"}) and when:
        return address or (bool(DATE.search(when)) and (ruled or "sent" in kinds))
    return len(kinds) == 2 and kinds <= {"from", "to", "subject"} and "from" in kinds and (address or ruled)


def bare_divider(lines: Sequence[str], index: int) -> bool:
    """ "Original Message" without dashes (BlackBerry), which counts only above a header block."""
    text = bare(lines[index])
    if len(text) > 40 or DIVIDER_ORIGINAL.fullmatch(text.lower()) is None:
        return False
    following = next_filled(lines, index + 1, 3)
    return following is not None and label(lines[following]) is not None


def arrowed(line: str) -> bool:
    """GroupWise's ">>> Ada <ada@example.org> 3/3/2026 6:00 PM >>>"."""
    return bool(_ARROWED.match(line[:400]) and (DATE.search(line) or ADDRESS.search(line)))


def divider(line: str) -> str | None:
    """ "original" or "forward" for a line such as "-----Original Message-----", else None."""
    text = bare(line[:300])[:200].lower()
    if len(text) < 4:
        return None
    match = _DASH_WORDS.match(text)
    if match is not None:
        inner = match.group(1)
        return "forward" if DIVIDER_FORWARD.search(inner) else "original" if DIVIDER_ORIGINAL.search(inner) else None
    if len(text) <= 70 and COLON.search(text):
        found = DIVIDER_FORWARD.search(text)
        if found and len(text) - len(found.group()) < 25:
            return "forward"
        found = DIVIDER_ORIGINAL.match(text.strip("*_ "))
        return "original" if found and len(text) - len(found.group()) < 4 else None
    return None
