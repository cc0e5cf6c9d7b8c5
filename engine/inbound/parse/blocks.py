"""Where an old mail begins in the text of a new one: intro lines, header blocks, dividers.

Each reader looks at a bounded number of lines from its start, so a scan over all lines is linear. None of them knows
a language by itself: an intro line is one that has enough of the evidence (a date, an address, a word for "wrote",
a colon at its end, quoted lines after it), with the words from words.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.inbound.parse import limits
from engine.inbound.parse.patterns import (
    ADDRESS,
    DATE,
    DIVIDER_FORWARD,
    DIVIDER_ORIGINAL,
    GLUED_LABEL,
    LABEL_CHARS,
    LABEL_OF,
    MONTH,
    STARTER,
    WROTE,
)

QUOTED = re.compile(r"^[ \t]{0,4}>")
_ARROWED = re.compile(r"^>>>\s?[^>\s].{3,300}>>>\s*$")
_BAR = re.compile(r"^\s{0,2}\|(?:\s|$)")
_DATE_START = re.compile(r"^\W{0,4}(?:[^\W\d]{2,12}[.,]{0,2}\s+){0,3}\d{1,4}[\d\s./:,年-]")
_NAME_START = re.compile(r"^[\"“”«'„]?[^<>()\n]{1,80}[\"“”»']?\s*[<(][^<>()\s]{1,120}@[^<>()\s]{3,120}[>)]")
_NAME_ALONE = re.compile(r"^[\"“„]?[^\W\d_a-z][\w.'’-]*(?:[\s,]+[\w.'’()-]+){0,4}[\"”“]?\s?<?$")
_DASHED = re.compile(r"^\s*[-_*]{2,60}\s?[^-_].{2,300}[-_*]{2,60}\s*$")
_FIRST_PERSON = re.compile(
    r"\b(?:i|we|he|she|they|who|ich|wir|je|j['’]ai|nous|yo|io|eu|jag|jeg|ik)\s+(?:\w{2,8}\s+)?$", re.IGNORECASE
)
_PERSON = re.compile(r"\b(?:i|we|ich|wir|je|j['’]ai|nous|yo|ik|wij|jag|jeg|vi|я|мы)\b", re.IGNORECASE)
_YOU = {"you", "sie", "du", "vous", "tu", "usted", "lei", "você", "u", "je", "вы", "ви"}
_NAME_WORD = re.compile(r"[^\W\d_][\w.'’-]+")
_NAME_VERB = re.compile(rf"^(?:[^\W\d_a-z][\w.'’-]*,?\s){{1,4}}(?:{WROTE.pattern})\s(?=.*(?:{DATE.pattern}))")
_GLUED_END = re.compile("[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]\\W{1,4}$")
_MAIL_DATE = re.compile(r"^\W{0,4}(?:[^\W\d]{2,12}[.,]{1,2}\s+)?\d")
_COLON = re.compile(r"[:：]\W{0,6}$")
_INNER = re.compile(
    r"(?<=[\s.!?)-])(?=(?:On|Am|Le|El|Il|Op|Em|Den|På|Dne|Dnia)\s(?:\w{2,9}[.,]{1,2}\s|\d|(?:[A-Z]\w{2,8}\s\d)))"
)
_LONE_VERB = re.compile(r"^\s{0,3}>\s{0,3}[^\W\d_][^>:]{1,30}[:：]\s*$")  # ">" closes an address wrapped by itself
_INNER_VERB = re.compile("wrote|schrieb|écrit|escribi|scritto|schreef|escreveu|skrev|napsal|napisał")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}(?!\d)")
_CLOSED = re.compile(r"(?:[>)\]\"]|@[\w.-]{3,100})\W{0,6}$")
_ITEM = re.compile(r"^(?:[-*•+]|\d{1,2}[.)])\s")
RULE = re.compile(r"^[>\s*]{0,6}[_=\-–—*]{5,200}\s*$")
_DASH_WORDS = re.compile(r"^\W{0,4}[-_=*—–‐~]{2,80}\s*([^-_=*—–‐~\s][^=*~]{2,70}?)\s*[-_=*—–‐~]{2,80}")
_EDGE = "> \t\ufeff"
_JOIN_LINES, _JOIN_CHARS = 6, 500


def bare(line: str) -> str:
    """The line without quote marks and blanks around it."""
    return line.lstrip(_EDGE).rstrip()


def next_filled(lines: Sequence[str], start: int, reach: int = 8) -> int | None:
    """The first line at or after `start` that is not blank, looking at most `reach` lines ahead."""
    for index in range(start, min(len(lines), start + reach)):
        if lines[index].strip():
            return index
    return None


def quoted_after(lines: Sequence[str], start: int) -> bool:
    """True where the next filled line is a quoted one."""
    index = next_filled(lines, start)
    return index is not None and bool(QUOTED.match(lines[index]) or _BAR.match(lines[index]))


def is_bar(line: str) -> bool:
    return bool(_BAR.match(line))


def _starts(text: str) -> bool:
    if STARTER.match(text) or _DATE_START.match(text) or _NAME_START.match(text):
        return True
    if _GLUED_END.search(text) and DATE.search(text):
        return True  # "Ada 於 2026/3/3 寫道:"
    if _COLON.search(text) and _TIME.search(text) and _NAME_VERB.match(text):
        return True  # "Ada Lovelace schrieb am 03.03.2026 um 18:00:"
    return text[0] in "-_*" and text[-1] in "-_*" and bool(_DASHED.match(text))


def _above_quote(text: str) -> bool:
    """What counts only above quoted lines: in any language a date and a colon, or "Ada wrote:" and no more."""
    if not _COLON.search(text) or _INNER.search(text):
        return False
    return bool(DATE.search(text) or (len(text.split()) <= 8 and WROTE.search(text)))


def _verdict(text: str, quoted: bool) -> bool:
    """True where the joined text of an intro has enough evidence."""
    if len(text) > _JOIN_CHARS:
        return False
    date, address, colon = DATE.search(text), ADDRESS.search(text), _ended(text)
    wrote = next(reversed(list(WROTE.finditer(text))), None)
    if wrote is None:
        return bool(date) and len(text) < 260 and _wordless(text, bool(address), colon, quoted)
    if not (colon or quoted) or not (date or address or (quoted and colon) or _DASHED.match(text)):
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
    return ":" in text[-4:] or "：" in text[-4:] or text[-1:] in "-_*"


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
    joined, end = first, start + 1
    for _ in range(_JOIN_LINES):
        quoted = _marked_next(lines, end) if marked else _answered(lines, end)
        if (quoted or _ended(joined)) and _verdict(joined, quoted):
            return end
        if not (named or re.search(r"[\d@<]", first)) or (_COLON.search(joined) and _ended(joined)):
            break
        following = _joinable(lines, end, marked, joined)
        if following is None:
            break
        joined, end = f"{joined} {bare(lines[following])}", following + 1
    return None


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
    return bool(QUOTED.match(lines[index]) or _BAR.match(lines[index]))


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
    if _COLON.search(text) and DATE.search(text):
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
    if len(text) <= 70 and _COLON.search(text):
        found = DIVIDER_FORWARD.search(text)
        if found and len(text) - len(found.group()) < 25:
            return "forward"
        found = DIVIDER_ORIGINAL.match(text.strip("*_ "))
        return "original" if found and len(text) - len(found.group()) < 4 else None
    return None
