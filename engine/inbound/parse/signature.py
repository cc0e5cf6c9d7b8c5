"""Signatures, sign-offs, mobile lines, list footers and disclaimers at the end of a reply.

What ends a check-in is noise, but only where it is sure: a delimiter, a known program's line, a closing formula
with a name, or lines that begin with the sender's own name. Everything else stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.inbound.parse.marks import lead
from engine.inbound.parse.mobile import is_mobile, mobile
from engine.inbound.parse.patterns import ADDRESS, CLOSING, DISCLAIMED, DISCLAIMER, LIST_FOOTER, NOTICE, TITLE

_DELIMITER = re.compile(r"^\s?(?:--|—|–)\s*$")
_RULE = re.compile(r"^\s{0,4}(?:[-_=*~#+—–]\s?){3,200}$")
_DECORATION = re.compile(r"^[\s\-_=*~#+.—–ᐧ|>]{2,200}$|^\s*ᐧ\s*$")
_BULLET = re.compile(r"^\s*(?:[-*•+]\s|\d{1,2}[.)]\s|\[[ xX]\])")
_PHONE = re.compile(
    r"(?:\+|\(|\b(?:x|t|f|tel|fax|cell|mobile|mobil|phone)\b[.: #-]*)?\d[\d\s().#/-]{4,}\d", re.IGNORECASE
)
_SHORT_PHONE = re.compile(r"^\W*(?:x|ext|tel|t|f|m)\W{0,3}\d[\d\s-]{2,}|\b[xX]?\d-\d{4}\b|\b[xX][-.]?\d{4,5}\b")
_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|org|net|de|fr|io|co)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?…]\s*$|[;:]\s*$")
_NAME_LINE = re.compile(r"^[\s*_/~–—-]{0,4}[^\W\d_][\w.'’-]*(?:[\s,&]+[\w.'’()-]+){0,3}[.,!\s*]*$")
_DASH_NAME = re.compile(r"^\s{0,2}[-–~/]([^\W\d_][\w'.-]{1,20}(?:\s[^\W\d_][\w'.-]{1,20}){0,2})\s*$")
_PROXY = re.compile(r"^\s*(?:i\.\s?[AV]\.|ppa?\.|p\.p\.)\s*")  # "i. A. Ada": signing for somebody
_PARTICLE = re.compile(
    r"(?:and|und|et|de|da|do|dos|das|del|della|di|la|le|van|von|der|den|zu|y|e|af|av|bin|al|el|ter|ten)$"
)
_TAIL_LINES = 15


@dataclass(frozen=True)
class Split:
    """Lines kept, lines cut from the end, and why."""

    kept: list[str]
    cut: list[str]
    reasons: tuple[str, ...]


def split(lines: Sequence[str], sender: str = "") -> Split:
    """The reply without its signature. `sender`: the From name, which makes a bare name line a sign-off."""
    kept, cut, reasons = list(lines), list[str](), list[str]()
    if kept and all(is_mobile(line) for line in kept if line.strip()):
        return Split([], kept, ("mobile-signature",))
    for reason, reader in (
        ("list-footer", _footer),
        ("mobile-signature", mobile),
        ("signature-delimiter", _delimited),
        ("disclaimer", _disclaimer),
        ("mobile-signature", mobile),
        ("decoration", _decoration),
        ("sign-off", lambda items: _sign_off(items, sender)),
        ("decoration", _decoration),
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
        return len(filled) <= 2 * _TAIL_LINES
    if all(_DECORATION.match(line) for line in filled):
        return True
    closing = CLOSING.match(first)
    if (
        closing is not None
        and len(filled) <= 6
        and all(len(line) < 60 and not _SENTENCE.search(line) for line in filled[1:])
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
    low = max(0, len(lines) - _TAIL_LINES)
    for index in range(len(lines) - 1, low - 1, -1):
        if LIST_FOOTER.search(lines[index][:300]):
            for start in range(index, max(-1, index - 4), -1):
                ruled = _RULE.match(lines[start]) or _DELIMITER.match(lines[start])
                if ruled and any(_LINK.search(line) or ADDRESS.search(line) for line in lines[start:]):
                    return start
    return None


def _delimited(lines: Sequence[str]) -> int | None:
    """ "-- " cuts to the end; a rule only before what looks like contact lines, for people rule their lists."""
    bare = sum(1 for line in lines if _DELIMITER.match(line) and not line.endswith("-- "))
    for index in range(max(0, len(lines) - 3 * _TAIL_LINES), len(lines)):
        delimiter = bool(_DELIMITER.match(lines[index]))
        if not delimiter and not _RULE.match(lines[index]):
            continue
        rest = [item for item in lines[index + 1 :] if item.strip()]
        if delimiter and not lines[index].endswith("-- ") and rest and lead(rest[0].strip())[0] is not None:
            continue  # "Blocked: none" below a rule of somebody's own
        if delimiter and bare > 1 and not lines[index].endswith("-- ") and not _contact(rest):
            continue  # several "--" part the points of a list
        if delimiter and len(rest) <= _TAIL_LINES + 10 * lines[index].endswith("-- "):
            if not any(_BULLET.match(item) for item in rest[:3]):
                return index
        elif len(rest) <= 12 and rest and not delimiter and _contact(rest):
            return index
    return None


def _contact(rest: Sequence[str]) -> bool:
    if any(_BULLET.match(line) or len(line) > 80 for line in rest):
        return False
    hits = sum(bool(_PHONE.search(line) or ADDRESS.search(line) or _LINK.search(line)) for line in rest)
    return hits > 0 or (len(rest) <= 2 and all(_like_name(line, set()) for line in rest))


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


def _sign_off(lines: Sequence[str], sender: str) -> int | None:
    """A closing formula with a name, or lines that begin with the sender's own name, at the very end."""
    filled = [index for index, line in enumerate(lines) if line.strip()][-_TAIL_LINES:]
    names = _names(sender)
    for index in filled[1:] if len(filled) < _TAIL_LINES else filled:
        rest = [lines[i] for i in filled if i > index]
        if _closes(lines[index], rest, names) or _own_name(lines[index], rest, names):
            return index
        if not lines[index - 1].strip() and _titled(lines[index], rest):
            return index
    return filled[-1] if len(filled) > 1 and _dash_name(lines, filled) else None


def _dash_name(lines: Sequence[str], filled: list[int]) -> bool:
    """ "-Ada" as the last line, unless the reply is a list of such lines."""
    found = _DASH_NAME.match(lines[filled[-1]])
    if found is None or not _like_name(found.group(1), set()):
        return False
    return not re.match(r"\s*[-–~/*•+]", lines[filled[-2]])


def _like_name(text: str, names: set[str]) -> bool:
    """Up to four words, each capitalised, without case (中), a particle or the sender's own: a name and no sentence."""
    text = _PROXY.sub("", text)
    spoken = re.findall(r"[^\W\d_][\w'’.-]*", text)
    if not spoken or len(spoken) > 5 or not _NAME_LINE.match(text):
        return False
    return all(not word[0].islower() or word.lower() in names or _PARTICLE.match(word) for word in spoken)


def _names(sender: str) -> set[str]:
    found = {word.lower() for word in re.findall(r"[^\W\d_][\w'-]+", sender)}
    letters = [word[0] for word in re.findall(r"[^\W\d_]\w+", sender)]
    if 2 <= len(letters) <= 3:
        found |= {"".join(letters).lower(), "".join(reversed(letters)).lower()}
    return found - {"the", "team", "mr", "mrs", "dr", "houston", "via"}


def _is_own(text: str, names: set[str]) -> bool:
    spoken = re.findall(r"[^\W\d_][\w'-]*", text.lower())
    return bool(spoken) and len(spoken) <= 4 and bool(names & {word for word in spoken if len(word) > 1})


def _details(rest: Sequence[str]) -> bool:
    """Lines below a name that can belong to a signature: contacts, or short, no list, no sentence."""
    if len(rest) > 8 and not any(_reaches(line) for line in rest):
        return False
    return all(_reaches(line) or _detail(line) for line in rest)


def _reaches(line: str) -> bool:
    """Says how to reach somebody, or sets facts apart with bars."""
    if _BULLET.match(line) or len(line) > 120:
        return False
    return bool(_PHONE.search(line) or ADDRESS.search(line) or line.count(" | ") or line.count(" · ")) or (
        _LINK.search(line) is not None and len(line.split()) <= 4
    )


def _detail(line: str) -> bool:
    return len(line) < 70 and not _BULLET.match(line) and (not _SENTENCE.search(line) or len(line.split()) < 5)


def _closes(line: str, rest: Sequence[str], names: set[str]) -> bool:
    match = CLOSING.match(line) if len(line) < 90 else None
    if match is None or not _details(rest):
        return False
    spoken = match.group("rest").strip()
    again = CLOSING.match(spoken)  # "Venlig hilsen / Best regards"
    spoken = again.group("rest").strip() if again is not None else spoken
    if len(spoken.split()) > 4:
        return False
    who = spoken or (rest[0] if rest else "")
    if match.group("thanks"):
        inner = CLOSING.match(rest[0]) if rest and not spoken else None
        return bool(who) and (_is_own(who, names) or bool(inner and _closes(rest[0], rest[1:], names)))
    return bool(who and _like_name(who, names) and not who.strip().startswith("//"))


def _titled(line: str, rest: Sequence[str]) -> bool:
    """A name of two words or more with a job below it, as a block of its own."""
    name = re.split(r",\s", line.strip(), maxsplit=1)[0]
    if len(name.split()) < 2 or not _like_name(name, set()) or not 1 <= len(rest) <= 6 or not _details(rest):
        return False
    return any(len(item.split()) <= 6 and TITLE.search(item) for item in rest[:2])


def _own_name(line: str, rest: Sequence[str], names: set[str]) -> bool:
    text = re.split(r"\s{2,}|[#(]|\d", line.strip(), maxsplit=1)[0]
    if len(line) > 60 or not _like_name(text, names) or not _is_own(text, names) or not _details(rest):
        return False
    first = re.findall(r"[^\W\d_][\w'-]*", text.lower())[0]
    return first in names or bool(_SHORT_PHONE.search(line))
