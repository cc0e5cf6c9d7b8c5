"""The line above a quotation: "On Tue, 3 Mar 2026 at 18:00, Ada <ada@example.org> wrote:", wrapped or not.

Each reader looks at a bounded number of lines from its start, so a scan over all lines is linear. None of them knows
a language by itself: an intro is what has enough of the evidence (a date, an address, a word for "wrote", a colon at
its end, quoted lines after it), with the words from words.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from engine.inbound.parse import limits
from engine.inbound.parse.lines import BAR, COLON, QUOTED, bare, next_filled, quoted_after
from engine.inbound.parse.patterns import ADDRESS, DATE, DIGITS, MONTH, STARTER, WROTE, WROTE_PART

_DATE_START = re.compile(r"^\W{0,4}(?:[^\W\d]{2,12}[.,]{0,2}\s+){0,3}\d{1,4}[\d\s./:,年-]")
_NAME_START = re.compile(r"^[\"“”«'„]?[^<>()\n]{1,80}[\"“”»']?\s*[<(][^<>()\s]{1,120}@[^<>()\s]{3,120}[>)]")
_NAME_ALONE = re.compile(r"^[\"“„]?[^\W\d_a-z][\w.'’-]*(?:[\s,]+[\w.'’()-]+){0,4}[\"”“]?\s?<?$")
_FIRST_PERSON = re.compile(
    r"\b(?:i|we|he|she|they|who|ich|wir|je|j['’]ai|nous|yo|io|eu|jag|jeg|ik)\s+(?:\w{2,8}\s+)?$", re.IGNORECASE
)
_PERSON = re.compile(r"\b(?:i|we|ich|wir|je|j['’]ai|nous|yo|ik|wij|jag|jeg|vi|я|мы)\b", re.IGNORECASE)
_YOU = {"you", "sie", "du", "vous", "tu", "usted", "lei", "você", "u", "je", "вы", "ви"}
_NAME_WORD = re.compile(r"[^\W\d_][\w.'’-]+")
_NAME_VERB = re.compile(rf"^(?:[^\W\d_a-z][\w.'’-]*,?\s){{1,4}}(?:{WROTE.pattern})\s(?=.*(?:{DATE.pattern}))")
_GLUED_END = re.compile("[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]\\W{1,4}$")
_MAIL_DATE = re.compile(r"^\W{0,4}(?:[^\W\d]{2,12}[.,]{1,2}\s+)?\d")
_INNER = re.compile(
    r"(?<=[\s.!?)-])(?=(?:On|Am|Le|El|Il|Op|Em|Den|På|Dne|Dnia)\s(?:\w{2,9}[.,]{1,2}\s|\d|(?:[A-Z]\w{2,8}\s\d)))"
)
_LONE_VERB = re.compile(r"^\s{0,3}>\s{0,3}[^\W\d_][^>:]{1,30}[:：]\s*$")  # ">" closes an address wrapped by itself
_INNER_VERB = re.compile("wrote|schrieb|écrit|escribi|scritto|schreef|escreveu|skrev|napsal|napisał")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}(?!\d)")
_CLOSED = re.compile(r"(?:[>)\]\"]|@[\w.-]{3,100})\W{0,6}$")
_ITEM = re.compile(r"^(?:[-*•+]|\d{1,2}[.)])\s")
_JOIN_LINES, _JOIN_CHARS = 6, 500
_JOINED = 2 * _JOIN_LINES + 1
_REACH = _JOINED + 8  # every joined line may have a blank above it; quoted lines are looked for in 8 more


def _starts(text: str) -> bool:
    if STARTER.match(text) or _DATE_START.match(text) or _NAME_START.match(text):
        return True
    if _GLUED_END.search(text) and DATE.search(text):
        return True  # "Ada 於 2026/3/3 寫道:"
    if COLON.search(text) and _TIME.search(text) and _NAME_VERB.match(text):
        return True  # "Ada Lovelace schrieb am 03.03.2026 um 18:00:"
    return text[0] in "-_*" and text[-1] in "-_*" and _dashed(text)


def _dashed(text: str) -> bool:
    """ "---- Ada wrote ----": something between dashes; by hand, for an expression would try every split of them."""
    inner = text.strip("-_* ")
    ends = text.strip()
    before, after = ends[: ends.find(inner)], ends[ends.find(inner) + len(inner) :]
    return 2 < len(inner) <= 300 and len(before.strip()) >= 2 and len(after.strip()) >= 2


def _above_quote(text: str) -> bool:
    """What counts only above quoted lines: in any language a date and a colon, or "Ada wrote:" and no more."""
    if not COLON.search(text) or _INNER.search(text):
        return False
    return bool(DATE.search(text) or (len(text.split()) <= 8 and WROTE.search(text)))


def _verdict(text: str, quoted: bool, verb: bool = True) -> bool:
    """True where the joined text of an intro has enough evidence. `verb`: a word for "wrote" may be in it."""
    if len(text) > _JOIN_CHARS:
        return False
    date, address, colon = DATE.search(text), ADDRESS.search(text), _ended(text)
    if not (date or address or (quoted and colon) or _dashed(text)):
        return False
    wrote = next(reversed(list(WROTE.finditer(text))), None) if verb else None
    if wrote is None:
        return bool(date) and len(text) < 260 and _wordless(text, bool(address), colon, quoted)
    if not (colon or quoted):
        return False
    head, tail = text[: wrote.start()], text[wrote.end() :]
    if len(tail.split()) > 8 and not (ADDRESS.search(tail) or DATE.search(tail)):
        return False
    return quoted or not (_FIRST_PERSON.search(head) or _tells(head, tail, bool(address)))


def _tells(head: str, tail: str, address: bool) -> bool:
    """The sentence goes on to say what was written: "am 3. März schrieb ich den Parser:" introduces no mail."""
    if not (ADDRESS.search(tail) or DATE.search(tail)):
        said = re.findall(r"[^\W\d_]{2,}", tail)
        small = [word for word in said if word.islower()]
        if len(small) > (3 if address else 2) or (small and len(small) == len(said) and not address):
            return True
    if address or re.search(r"[^\W\d_]{2}", tail):
        return False
    return not _somebody(head)


def _somebody(head: str) -> bool:
    """A name stands between the date and the verb, or before the date: "18:00, Ada wrote", "Ada 於 2026/3/3 寫道"."""
    comma = head.rpartition(",")[2] if re.search(r",[^\d,]+$", head) else ""
    parts = re.split(r"\d", head)
    who = _NAME_WORD.findall(comma or parts[-1]) or _NAME_WORD.findall(parts[0])
    you = bool(who) and who[-1].lower() in _YOU
    return you or any(not word[0].islower() for word in who) or (bool(comma) and 0 < len(who) <= 2)


def _ended(text: str) -> bool:
    """True where the text ends as an intro may: a colon, or the dashes of "---- Ada wrote ----"."""
    if text.count("(") > text.count(")") and ":(" not in text:
        return False  # "Ada ezt írta (időpont:" goes on
    return bool(COLON.search(text[-8:])) or (text[-1:] in "-_*" and text[0] in "-_*")


def _wordless(text: str, address: bool, colon: bool, quoted: bool) -> bool:
    """An intro in a language or form without a known verb: date, name, address and colon must be all there is."""
    count = len(text.split())
    if not address:
        return colon and quoted and count <= 16 and bool(_TIME.search(text))
    if quoted:
        return (colon or bool(_CLOSED.search(text))) and count <= 24 and not _PERSON.search(text)
    begins = bool(_MAIL_DATE.match(text) or STARTER.match(text) or MONTH.match(text))
    return begins and colon and bool(_CLOSED.search(text)) and count <= 22


def intro_at(lines: Sequence[str], start: int) -> int | None:
    """The line after an intro ("On … wrote:") that begins at `start` and may be wrapped over several lines."""
    first = bare(lines[start])
    if not first or len(first) > limits.LINE_CHARS:
        return None
    named = _name_alone(lines, start, first)
    if not (named or _starts(first) or (_above_quote(first) and quoted_after(lines, start + 1))):
        return None
    marked = bool(QUOTED.match(lines[start]))
    if not marked and not _may_end(lines, start):
        return None
    verb = _near(lines, start, 0)
    if not verb and not _dated(lines, start, marked):
        return None
    joined, end = first, start + 1
    for _ in range(_JOIN_LINES):
        quoted = _marked_next(lines, end) if marked else _answered(lines, end)
        if (quoted or _ended(joined)) and _verdict(joined, quoted, verb):
            return end
        if not (named or re.search(r"[\d@<]", first)) or (COLON.search(joined) and _ended(joined)):
            break
        following = _joinable(lines, end, marked, joined)
        if following is None:
            break
        joined, end = f"{joined} {bare(lines[following])}", following + 1
    return None


def _may_end(lines: Sequence[str], start: int) -> bool:
    """Some line within reach ends as an intro may, or is quoted; asked first, for joining costs ten times as much."""
    for line in lines[start : start + _REACH]:
        end = line.rstrip()[-4:]
        if ":" in end or "：" in end or end.endswith(("-", "_", "*")) or QUOTED.match(line) or BAR.match(line):
            return True
    return False


@lru_cache(maxsize=64)
def _evidence(line: str) -> tuple[bool, bool, bool]:
    """(a part of a word for "wrote", digits as in a date, quoted) of a line that 26 starting lines may ask about."""
    head = line[: limits.LINE_CHARS]
    verb, digits = WROTE_PART.search(head.lower()), DIGITS.search(head)
    return verb is not None, digits is not None, bool(QUOTED.match(head) or BAR.match(head))


def _near(lines: Sequence[str], start: int, which: int, reach: int = _JOINED) -> bool:
    """Some line within reach shows that piece of evidence."""
    return any(_evidence(line)[which] for line in lines[start : start + reach])


def _dated(lines: Sequence[str], start: int, marked: bool) -> bool:
    """What an intro without a known verb needs: a date, and an address or quoted lines."""
    near = lines[start : start + _JOINED]
    if not (marked or any("@" in line for line in near) or _near(lines, start, 2, _REACH)):
        return False
    if not _near(lines, start, 1):
        return False
    joined = " ".join(filter(None, [bare(line[: limits.LINE_CHARS]) for line in near]))
    return DATE.search(joined[:_JOIN_CHARS]) is not None


def _name_alone(lines: Sequence[str], start: int, first: str) -> bool:
    """A name whose address was wrapped onto the next line ("Ada Lovelace" above "<ada@example.org> wrote:")."""
    if len(first) > 60 or not _NAME_ALONE.match(first):
        return False
    following = next_filled(lines, start + 1, 2)
    if following is None:
        return False
    text = bare(lines[following])
    return bool(ADDRESS.search(text[:200])) and (first.endswith("<") or text[:1] in "<(")


def _answered(lines: Sequence[str], end: int) -> bool:
    """Quoted lines come next; "> wrote:" is none, its mark closes an address that was wrapped by itself."""
    index = next_filled(lines, end)
    if index is None or (_LONE_VERB.match(lines[index]) and WROTE.search(lines[index])):
        return False
    return bool(QUOTED.match(lines[index]) or BAR.match(lines[index]))


def _joinable(lines: Sequence[str], end: int, marked: bool, joined: str) -> int | None:
    """The line that may go on a wrapped intro: the next, or the one after a blank that can only belong to it."""
    blank = end < len(lines) and not bare(lines[end])
    index = end + 1 if blank else end
    if index >= len(lines) or (blank and re.search(r"[.!?]$", joined)):
        return None
    text = bare(lines[index])
    if not text or len(text) > 200 or _ITEM.match(text) or (blank and not _goes_on(text)):
        return None
    if bool(QUOTED.match(lines[index])) != marked and not _LONE_VERB.match(lines[index]):
        return None
    begins = _DATE_START.match(text) and STARTER.match(text) and DATE.search(text)
    return None if begins else index  # the next intro begins here


def _marked_next(lines: Sequence[str], start: int) -> bool:
    return start < len(lines) and bool(QUOTED.match(lines[start]))


def _goes_on(text: str) -> bool:
    return text[:1] in "<(" or bool(WROTE.search(text) and len(text) < 120)


def inner_intro(lines: Sequence[str], index: int) -> int | None:
    """The column where an intro begins inside a line that also holds the reply ("ok On Tue … wrote:")."""
    line = lines[index]
    if len(line) > limits.LINE_CHARS or not _INNER_VERB.search(line) or not DATE.search(line):
        return None
    for count, match in enumerate(_INNER.finditer(line)):
        if count > 5:
            return None
        rest = line[match.start() :]
        if _verdict(rest, quoted_after(lines, index + 1)) or re.search(r"@.{1,80}\s(?:wrote|schrieb)\s?:", rest[:300]):
            return match.start()
    return None
