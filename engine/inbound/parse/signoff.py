"""Sign-offs at the end of a reply: a closing formula with a name, or lines that begin with the writer's own name.

Only where it is sure: a name is capitalised words or the From name, and what stands below it reaches somebody or is
short. Everything else stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.inbound.parse.patterns import ADDRESS, CLOSING, CLOSING_FORMULA, TITLE

BULLET = re.compile(r"^\s*(?:[-*•+]\s|\d{1,2}[.)]\s|\[[ xX]\])")
PHONE = re.compile(
    r"(?:\+|\(|\b(?:x|t|f|tel|fax|cell|mobile|mobil|phone)\b[.: #-]*)?\d[\d\s().#/-]{4,}\d", re.IGNORECASE
)
_SHORT_PHONE = re.compile(r"^\W*(?:x|ext|tel|t|f|m)\W{0,3}\d[\d\s-]{2,}|\b[xX]?\d-\d{4}\b|\b[xX][-.]?\d{4,5}\b")
LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|org|net|de|fr|io|co)\b", re.IGNORECASE)
SENTENCE = re.compile(r"[.!?…]\s*$|[;:]\s*$")
_NAME_LINE = re.compile(r"^[\s*_/~–—-]{0,4}[^\W\d_][\w.'’-]*(?:[\s,&]+[\w.'’()-]+){0,3}[.,!\s*]*$")
_DASH_NAME = re.compile(r"^\s{0,2}[-–~/]([^\W\d_][\w'.-]{1,20}(?:\s[^\W\d_][\w'.-]{1,20}){0,2})\s*$")
_PROXY = re.compile(r"^\s*(?:i\.\s?[AV]\.|ppa?\.|p\.p\.)\s*")  # "i. A. Ada": signing for somebody
_PARTICLE = re.compile(
    r"(?:and|und|et|de|da|do|dos|das|del|della|di|la|le|van|von|der|den|zu|y|e|af|av|bin|al|el|ter|ten)$"
)
TAIL_LINES = 15


def sign_off(lines: Sequence[str], sender: str) -> int | None:
    """A closing formula with a name, or lines that begin with the sender's own name, at the very end."""
    filled = [index for index, line in enumerate(lines) if line.strip()][-TAIL_LINES:]
    names = _names(sender)
    for index in filled[1:] if len(filled) < TAIL_LINES else filled:
        rest = [lines[i] for i in filled if i > index]
        if _closes(lines[index], rest, names) or _own_name(lines[index], rest, names):
            return index
        if not lines[index - 1].strip() and _titled(lines[index], rest) and not _announced(lines[:index]):
            return index
    return filled[-1] if len(filled) > 1 and _dash_name(lines, filled) else None


def _announced(above: Sequence[str]) -> bool:
    """ "Interviewed:" above a name makes it what the writer tells."""
    return next((line for line in reversed(above) if line.strip()), "").rstrip().endswith((":", "："))


def _dash_name(lines: Sequence[str], filled: list[int]) -> bool:
    """ "-Ada" as the last line, unless the reply is a list of such lines."""
    found = _DASH_NAME.match(lines[filled[-1]])
    if found is None or not like_name(found.group(1), set()):
        return False
    return not re.match(r"\s*[-–~/*•+]", lines[filled[-2]])


def like_name(text: str, names: set[str]) -> bool:
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
    if BULLET.match(line) or len(line) > 120:
        return False
    return bool(PHONE.search(line) or ADDRESS.search(line) or line.count(" | ") or line.count(" · ")) or (
        LINK.search(line) is not None and len(line.split()) <= 4
    )


def _detail(line: str) -> bool:
    return len(line) < 70 and not BULLET.match(line) and (not SENTENCE.search(line) or len(line.split()) < 5)


def _closes(line: str, rest: Sequence[str], names: set[str]) -> bool:
    match = CLOSING.match(line) if len(line) < 90 else None
    if match is None:
        return not rest and _signed(line.strip(), names)
    if not _details(rest):
        return False
    spoken = match.group("rest").strip()
    for _ in range(2):  # "Venlig hilsen / Best regards"
        again = CLOSING.match(spoken)
        spoken = again.group("rest").strip() if again is not None else spoken
    if len(spoken.split()) > 4:
        return False
    who = spoken or (rest[0] if rest else "")
    if match.group("thanks"):
        inner = CLOSING.match(rest[0]) if rest and not spoken else None
        return bool(who) and (_is_own(who, names) or bool(inner and _closes(rest[0], rest[1:], names)))
    return bool(who and like_name(who, names) and not who.strip().startswith("//"))


def _signed(line: str, names: set[str]) -> bool:
    """ "VG Bo" as the last line: a formula and the sender's own name with nothing between them."""
    formula = CLOSING_FORMULA.match(line) if len(line) < 60 else None
    spoken = re.findall(r"[^\W\d_][\w'-]*", line[formula.end() :].lower()) if formula is not None else []
    return bool(spoken) and len(spoken) <= 3 and all(word in names for word in spoken)


def _titled(line: str, rest: Sequence[str]) -> bool:
    """A name of two words or more with a job below it, as a block of its own."""
    name = re.split(r",\s", line.strip(), maxsplit=1)[0]
    if len(name.split()) < 2 or not like_name(name, set()) or not 1 <= len(rest) <= 6 or not _details(rest):
        return False
    return any(len(item.split()) <= 6 and TITLE.search(item) for item in rest[:2])


def _own_name(line: str, rest: Sequence[str], names: set[str]) -> bool:
    text = re.split(r"\s{2,}|\s[|·]\s|[#(]|\d", line.strip(), maxsplit=1)[0]
    if len(line) > 60 or not like_name(text, names) or not _is_own(text, names) or not _details(rest):
        return False
    first = re.findall(r"[^\W\d_][\w'-]*", text.lower())[0]
    return first in names or bool(_SHORT_PHONE.search(line))
