"""The line that a phone or a mail program adds below a reply: "Sent from my iPhone", "Get Outlook for iOS".

Such a line is an origin ("sent from", "von meinem … gesendet", "…から送信") with a device or product in it and nothing
else. A sentence that merely begins like one stays, for people write about phones and mails they have sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.inbound.parse import words
from engine.inbound.parse.patterns import alternatives, compiled

_FROM = compiled(words.SENT_FROM, "^")
_BY = compiled(words.SENT_BY, "^", r"(?!\w)")
_END = re.compile(words.SENT_END + r"\s*[.!。]?$", re.IGNORECASE)
_MINE = re.compile(r"^(?:sent from|from) my\s", re.IGNORECASE)
_SENT_FROM_MINE = re.compile(r"^sent from my\s", re.IGNORECASE)
_BEFORE = "(?<![a-z\u00c0-\u04ff])"  # Chinese and Japanese write the name right behind the verb
_DEVICE = compiled(words.DEVICES, _BEFORE, r"(?![a-z])")
# Finnish, Czech, Turkish and others decline the big names: "iPhonesta", "iPhonu", "Outlookista".
_PROGRAM = re.compile(
    rf"{_BEFORE}(?:(?:iphon|ipad|outlook|android|samsung)[^\W\d_]{{0,3}}['’]?[^\W\d_]{{0,6}}|{alternatives(words.PROGRAMS)})(?![a-z])",
    re.IGNORECASE,
)
_FETCH = re.compile(rf"^(?:{alternatives(words.FETCH)})(?!\w)|(?:{alternatives(words.FETCH)})\W*$", re.IGNORECASE)
_SHOP = re.compile(r"\b(?:outlook|yahoo mail|bluemail|typeapp|gmail|spark|mymail)\b", re.IGNORECASE)
_PLATFORM = re.compile(r"\b(?:ios|android|iphone|ipad|mobile|windows|mac|conquer|app)", re.IGNORECASE)
_URL = re.compile(r"[<(\[]\s*(?:https?|mailto):[^\s<>()\[\]]{1,500}\s*[>)\]]|https?://\S{1,500}")
_ADVERT_ENDS = re.compile(
    rf"^(?!(?:get|download)\s)|\b(?:ios|android|iphone|ipad|mobile|windows|mac|app|today|here|now|{alternatives(words.FETCH)})\W*$",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"\b(?:to|and|but|because|is|are|was|were|has|have|had|should|will|as|when|we|they|und|aber|ist|wird|mais|est|"
    r"pero|ma|och|men|could|can|cannot|does|did|not|mistake|accident|versehentlich|nicht|geht|par\serreur|error)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"(?<![\w'’.-])(?!(?:on|via|with|using|by|in|the\sgo|device|phone|mobile|smartphone|tablet|pro|max|plus|mini|"
    r"mail|app|ultra|note|for)(?!\w))[a-z]{3,}(?!\w)(?![.]\w)"
)
"""A word of a sentence behind the name of a device: "From my iPhone the build works"."""
_MY = frozenset(words.MY.replace("\n", "").split("|"))
_SUFFIX = re.compile(r"['’]\w+")
_PLEASE = re.compile(
    r"^(?:please |pls )?(?:excuse|pardon|forgive|apologies for)\b[^.!?]{3,60}[,.;:–—-]\s*(?=sent\b)", re.IGNORECASE
)
_TYPOS = re.compile(
    r"[,.;:–—-]\s*(?:so )?(?:please |pls )?(?:excuse|pardon|forgive|ignore|apologies)\b.*$", re.IGNORECASE
)
_CHARS = 160


def is_mobile(line: str) -> bool:
    """True where a phone or a mail program wrote the line."""
    if len(line) > 2 * _CHARS:
        return False
    text = " ".join(_URL.sub(" ", line).strip(" \t<>()[]*_|~\"'-–—.。!").split())
    if not text or len(text) > _CHARS:
        return False
    text = _TYPOS.sub("", _PLEASE.sub("", text))
    if len(text.split()) <= 8 and _FETCH.search(text) and _SHOP.search(text) and _PLATFORM.search(text):
        return _STORY.search(text) is None and _ADVERT_ENDS.search(text) is not None
    if _SENT_FROM_MINE.match(text) and len(text.split()) <= 4:
        return True  # whatever it is called; without the verb it must be a device: "From my other address."
    head = re.split(r"[.!?;]\s|,\s(?!samsung)", text, maxsplit=1)[0]
    if len(head.split()) > 14 or ":" in head or "：" in head or _STORY.search(_SUFFIX.sub("", head)):
        return False
    return _origin(head)


def _origin(head: str) -> bool:
    by, source = _BY.match(head), _FROM.match(head)
    if _END.search(head):
        return bool(_DEVICE.search(head) or _PROGRAM.search(head))
    if source is not None:
        return _named(head, source.end() - (0 if source.end() < len(head) else 7))
    if by is not None:
        rest = head[by.end() :]
        device = _DEVICE.search(rest) if re.match(r"\s(?:my|the)\s(?!mail)", rest) else None
        named = _PROGRAM.search(rest) or (device is not None and not re.search(r"\d", rest[device.end() :]))
        return bool(named) and len(rest.split()) <= 8
    return False


def _named(head: str, start: int) -> bool:
    """Names a device within few words of its beginning."""
    rest = head[start:]
    product = _PROGRAM.search(rest)
    found = product or _DEVICE.search(rest)
    if found is None or (_MINE.match(head) and product is None and len(head.split()) > 7):
        return False
    before, after = rest[: found.start()].split(), rest[found.end() :]
    if product is None:  # a thing that is no product is named at once and nothing is told of it
        plain = [word for word in before if word.lower() not in _MY]
        return len(plain) <= 1 and len(_OWN.findall(after)) < 2 and not re.search(r"\d", after)
    if re.match(r"from my\s", head, re.IGNORECASE) and len(_OWN.findall(after)) > 1:
        return False
    return len(before) <= 6 and len(after.split()) <= 8


def only_mobile(lines: Sequence[str]) -> bool:
    """Nobody wrote anything above the line of the phone; "From my phone" alone is an answer."""
    filled = [line for line in lines if line.strip()]
    alone = len(filled) == 1 and _MINE.match(filled[0].strip()) and not _SENT_FROM_MINE.match(filled[0].strip())
    return bool(filled) and not alone and all(is_mobile(line) for line in filled)


def mobile(lines: Sequence[str]) -> int | None:
    """The first of the mobile lines; what stands below it is an unmarked quotation."""
    for index, line in enumerate(lines):
        if not index or len(line) > 2 * _CHARS or not line.strip():
            continue
        if (not lines[index - 1].strip() or index >= len(lines) - 2) and is_mobile(line):
            return index
    return None
