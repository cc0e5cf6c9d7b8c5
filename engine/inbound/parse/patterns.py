"""The word lists of words.py compiled once, in forms that match one bounded line in linear time."""

from __future__ import annotations

import re

from engine.inbound.parse import robot_words, words


def alternatives(block: str) -> str:
    """The words of a list as one regular expression group, the longest first."""
    found = {" ".join(item.split()) for item in block.replace("\n", " ").split("|")}
    return "|".join(sorted((item.replace(" ", r"\s") for item in found if item), key=len, reverse=True))


def compiled(block: str, before: str = "", after: str = "") -> re.Pattern[str]:
    return re.compile(f"{before}(?:{alternatives(block)}){after}", re.IGNORECASE)


_EDGE, _END = r"(?<![\w@./-])", r"(?![\w@/-])"
# The verbs of Chinese, Japanese, Korean and Thai stand without blanks around them.
_GLUED = re.compile("[\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]")
_VERBS = [item for item in words.WROTE.replace("\n", " ").split("|") if item.strip()]
WROTE = re.compile(
    rf"(?<![\w@./-])(?:{alternatives('|'.join(v for v in _VERBS if not _GLUED.search(v)))})(?![\w@/]|-\w)"
    rf"|(?:{alternatives('|'.join(v for v in _VERBS if _GLUED.search(v)))})",
    re.IGNORECASE,
)
WROTE_PART = re.compile(alternatives("|".join({max(item.split(), key=len) for item in _VERBS})))
"""The longest words of the verbs, for lower-case text: lines without one hold no verb, wrapped or not."""
STARTER = compiled(words.STARTERS, r"^[\W_]{0,12}", r"(?![\w])")
MONTH = compiled(words.MONTHS, r"(?<!\w)")
ADDRESS = re.compile(r"[\w.+%=&'*/-]{1,64}@[\w.-]{1,100}")
YEAR = r"(?<!\d)(?:19|20)\d\d(?!\d)"
DATE = re.compile(
    rf"{YEAR}|(?<!\d)\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}|\d{{1,2}}[:h]\d{{2}}(?!\d)|\d{{1,2}}\s?月\s?\d{{1,2}}"
    r"|(?<!\d)\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,10}\.?,?\s(?:de\s)?\d{2,4}(?!\d)"
)
FULL_DATE = re.compile(
    r"(?<!\d)\d{4}(?!\d)|(?<!\d)\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}|\d{1,2}\s?月"
    r"|(?<!\d)\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,10}\.?,?\s(?:de\s)?\d{2,4}(?![\d:.h])"
)
"""A day with its year, which programs always write."""
DIGITS = re.compile(r"\d\d|\d[./-]\d|月")
"""What no date is without, wrapped or not."""
# Matched against lower-case text: without IGNORECASE the search skips to possible first letters, ten times faster.
DIVIDER_ORIGINAL = re.compile(alternatives(words.ORIGINAL))
DIVIDER_FORWARD = re.compile(alternatives(words.FORWARDED))
MARKER = compiled(words.MARKERS)
LABEL_OF: dict[str, str] = {}
for _kind, _block in words.LABELS.items():
    for _item in alternatives(_block).split("|"):
        LABEL_OF.setdefault(_item.replace(r"\s", " "), _kind)
LABEL_CHARS = max(len(item) for item in LABEL_OF)
GLUED_LABEL = re.compile(
    r"(?<![\w-])("
    + "|".join(sorted((re.escape(k) for k in LABEL_OF if len(k) > 1 or k in "àa"), key=len, reverse=True))
    + r")\s?[:：](?!//)",
    re.IGNORECASE,
)  # fmt: skip
REPLY_SUBJECT = re.compile(rf"^\s*(?:{words.REPLY_PREFIXES})\s*(?:[\[(]\d+[\])])?\s*[:：]", re.IGNORECASE)
FORWARD_SUBJECT = re.compile(rf"^\s*\[?(?:{words.FORWARD_PREFIXES})\.?\s*[:：]", re.IGNORECASE)
CLOSING = re.compile(
    r"^[\s*_>/-]{0,6}(?:(?:" + alternatives(words.CLOSINGS) + r")|(?P<thanks>" + alternatives(words.THANKS) + r"))"
    r"(?:\s(?:aus|from)\s[^\W\d_]+)?(?:\s*[,.!;:/|~،。，！-]+|\s*$|(?=\s{2,}))\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
CLOSING_FORMULA = re.compile(rf"^(?:{alternatives(words.CLOSINGS)}|{alternatives(words.THANKS)})\s", re.IGNORECASE)
TITLE = compiled(words.TITLES, r"(?<!\w)", r"(?!\w)")
NOTICE = compiled(words.NOTICES, r"^(?:\s?<https?:[^<>\s]{1,150}>)?\W{0,6}(?:P\s)?")
DISCLAIMER = compiled(words.DISCLAIMER)
DISCLAIMED = compiled(words.DISCLAIMED)
LIST_FOOTER = compiled(words.LIST_FOOTER)
AUTOREPLY_SUBJECT = compiled(robot_words.AUTOREPLY_SUBJECTS, r"(?<!\w)")
BOUNCE_SUBJECT = compiled(robot_words.BOUNCE_SUBJECTS)
