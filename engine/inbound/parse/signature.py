"""Signatures, sign-offs, mobile lines, list footers and disclaimers at the end of a reply.

What ends a check-in is noise, but only where it is sure: a delimiter, a known program's line, a closing formula
with a name, or lines that begin with the sender's own name. Everything else stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.inbound.parse.marks import lead
from engine.inbound.parse.mobile import is_mobile, mobile, only_mobile
from engine.inbound.parse.patterns import ADDRESS, CLOSING, DISCLAIMED, DISCLAIMER, LIST_FOOTER, NOTICE
from engine.inbound.parse.signoff import BULLET, LINK, PHONE, SENTENCE, TAIL_LINES, like_name, sign_off

_DELIMITER = re.compile(r"^\s?(?:--|—|–)\s*$")
_RULE = re.compile(r"^\s{0,4}(?:[-_=*~#+—–]\s?){3,200}$")
_DECORATION = re.compile(r"^[\s\-_=*~#+.—–ᐧ|>]{2,200}$|^\s*ᐧ\s*$")
_PICTURE = re.compile(
    r"^\s*\[(?:image|cid|bild|photo|logo)[^\[\]]{0,120}\]\s*$|^\s*\[https?://[^\s\[\]]{1,300}\.(?:png|gif|jpe?g)\]\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Split:
    """Lines kept, lines cut from the end, and why."""

    kept: list[str]
    cut: list[str]
    reasons: tuple[str, ...]


def split(lines: Sequence[str], sender: str = "") -> Split:
    """The reply without its signature. `sender`: the From name, which makes a bare name line a sign-off."""
    kept, cut, reasons = list(lines), list[str](), list[str]()
    if only_mobile(kept):
        return Split([], kept, ("mobile-signature",))
    for reason, reader in (
        ("list-footer", _footer),
        ("mobile-signature", mobile),
        ("signature-delimiter", _delimited),
        ("disclaimer", _disclaimer),
        ("mobile-signature", mobile),
        ("decoration", _decoration),
        ("sign-off", lambda items: sign_off(items, sender)),
        ("decoration", _decoration),
        ("decoration", lambda items: _picture(items) if "sign-off" in reasons else None),
    ):
        _trim(kept)
        start = reader(kept)
        if start is not None and _says(kept[:start]):
            cut[:0] = kept[start:]
            del kept[start:]
            if reason not in reasons:
                reasons.append(reason)
    _trim(kept)
    return Split(kept, cut, tuple(reasons))


def only_signature(lines: Sequence[str]) -> bool:
    """True where the lines below a quotation are a signature, footer or sign-off and nothing else."""
    filled = [line[:400] for line in lines if line.strip()]
    if not filled:
        return True
    first = filled[0]
    if _DELIMITER.match(first) or is_mobile(first) or (_RULE.match(first) and _footer(lines) is not None):
        return len(filled) <= 2 * TAIL_LINES
    if all(_DECORATION.match(line) for line in filled):
        return True
    closing = CLOSING.match(first)
    if (
        closing is not None
        and len(filled) <= 6
        and all(len(line) < 60 and not SENTENCE.search(line) for line in filled[1:])
    ):
        return len(closing.group("rest").split()) <= 3 and not closing.group("thanks")
    return len(filled) <= 30 and bool(DISCLAIMER.search(" ".join(filled[:6])) and len(" ".join(filled)) > 150)


def _says(lines: Sequence[str]) -> bool:
    return any(any(c.isalnum() or ord(c) > 0x2190 for c in line) and "ᐧ" not in line for line in lines)


def _trim(lines: list[str]) -> None:
    while lines and not lines[-1].strip():
        lines.pop()


def _footer(lines: Sequence[str]) -> int | None:
    """A mailing list's footer: a rule or delimiter, then a line that says so."""
    low = max(0, len(lines) - TAIL_LINES)
    for index in range(len(lines) - 1, low - 1, -1):
        if LIST_FOOTER.search(lines[index][:300]):
            for start in range(index, max(-1, index - 4), -1):
                ruled = _RULE.match(lines[start]) or _DELIMITER.match(lines[start])
                if ruled and any(LINK.search(line) or ADDRESS.search(line) for line in lines[start:]):
                    return start
    return None


def _delimited(lines: Sequence[str]) -> int | None:
    """ "-- " cuts to the end; a rule only before what looks like contact lines, for people rule their lists."""
    bare = sum(1 for line in lines if _DELIMITER.match(line) and not line.endswith("-- "))
    for index in range(max(0, len(lines) - 3 * TAIL_LINES), len(lines)):
        delimiter = bool(_DELIMITER.match(lines[index]))
        if not delimiter and not _RULE.match(lines[index]):
            continue
        rest = [item for item in lines[index + 1 :] if item.strip()]
        if delimiter and not lines[index].endswith("-- ") and rest and lead(rest[0].strip())[0] is not None:
            continue  # "Blocked: none" below a rule of somebody's own
        if delimiter and bare > 1 and not lines[index].endswith("-- ") and not _contact(rest):
            continue  # several "--" part the points of a list
        if delimiter and len(rest) <= TAIL_LINES + 10 * lines[index].endswith("-- "):
            if not any(BULLET.match(item) for item in rest[:3]):
                return index
        elif len(rest) <= 12 and rest and not delimiter and _contact(rest):
            return index
    return None


def _contact(rest: Sequence[str]) -> bool:
    if any(BULLET.match(line) or len(line) > 80 for line in rest):
        return False
    hits = sum(bool(PHONE.search(line) or ADDRESS.search(line) or LINK.search(line)) for line in rest)
    return hits > 0 or (len(rest) <= 2 and all(like_name(line, set()) for line in rest))


def _disclaimer(lines: Sequence[str]) -> int | None:
    """The paragraph near the end that speaks of confidentiality and recipients, to the end."""
    low = max(1, len(lines) - 40)
    for index in range(low, len(lines)):
        if not lines[index].strip():
            continue
        if NOTICE.match(lines[index][:200]) and index >= len(lines) - 3:
            return index
        if lines[index - 1].strip() and not _RULE.match(lines[index - 1]):
            continue
        paragraph = _paragraph(lines, index)
        hits = {match.group().lower() for match in DISCLAIMER.finditer(paragraph)}
        if len(hits) >= 2 and len(paragraph) > 120 and (len(hits) > 2 or DISCLAIMED.search(paragraph)):
            return index
    return None


def _paragraph(lines: Sequence[str], start: int) -> str:
    end = start
    while end < min(len(lines), start + 20) and lines[end].strip():
        end += 1
    return " ".join(lines[start:end])[:1500]


def _decoration(lines: Sequence[str]) -> int | None:
    index = len(lines)
    while index and (_DECORATION.match(lines[index - 1]) or not lines[index - 1].strip()):
        index -= 1
    return index if index < len(lines) else None


def _picture(lines: Sequence[str]) -> int | None:
    """The logo or portrait above a name that went; elsewhere a picture may be what the reply shows."""
    return len(lines) - 1 if lines and _PICTURE.match(lines[-1]) else None
