"""What stands in cells: kinds of attributes guessed from values, and cells as the values they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from zoneinfo import available_timezones

from engine.errors import Invalid

KINDS = ("text", "number", "bool", "date", "list")
# Kinds as a person chooses them: dates with strokes are written in two orders.
CHOICES = {
    "text": "text", "number": "number", "bool": "yes or no", "date": "date",
    "dmy": "date, 31/12/2026", "mdy": "date, 12/31/2026", "list": "list",
}  # fmt: skip
_YES = (
    "yes y true t 1 on x ja j wahr oui o vrai si sí sì s vero verdadero sim verdadeiro tak evet igen kyllä да 是 はい"
)
_NO = "no n false f 0 off nein falsch non faux falso não nao nie hayır hayir nem ei нет 否 いいえ"
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())
LONGEST = 1000  # characters of a text
MANY = 50  # tags, or things in a list
LONGEST_TAG = 60

_NUMBER = re.compile(r"[+-]?\d{1,18}(?:[.,]\d{1,12})?|[+-]?\d{1,3}(?:,\d{3})+(?:\.\d{1,12})?|"
                     r"[+-]?\d{1,3}(?:\.\d{3}){2,}(?:,\d{1,12})?|[+-]?\d{1,3}(?:\.\d{3})+,\d{1,12}")  # fmt: skip
_STROKES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]*Z?)?|(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_PHONE = re.compile(r"\+?[0-9]{6,15}")
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}|[A-Za-z]{4}|\d{3}))?")
_PARTS = re.compile(r"[,;|\n]")
_WORDS = re.compile(r"[\s,;|]+")
_ZONES = {name.lower(): name for name in available_timezones()}
Value = str | float | int | bool | list[str]


def number(text: str) -> float | int:
    """1,234.5 and 1.234,5 are the same; a single comma is a decimal one. Raises Invalid."""
    if not _NUMBER.fullmatch(text):
        raise Invalid("is not a number")
    plain = text
    if "." in text and "," in text:
        grouping = "." if text.rfind(",") > text.rfind(".") else ","
        plain = text.replace(grouping, "")
    elif text.count(",") > 1 or text.count(".") > 1:
        plain = text.replace(",", "").replace(".", "")
    plain = plain.replace(",", ".")
    return float(plain) if "." in plain else int(plain)


def yes_or_no(text: str) -> bool:
    """Raises Invalid."""
    said = text.casefold()
    if said in YES:
        return True
    if said in NO:
        return False
    raise Invalid("is neither yes nor no")


def day(text: str, month_first: bool = False) -> str:
    """A date as 2026-12-31. Raises Invalid."""
    try:
        if found := _DAY.fullmatch(text):
            year, month, of_month, of_month2, month2, year2 = found.groups()
            parts = (year or year2, month or month2, of_month or of_month2)
        elif found := _STROKES.fullmatch(text):
            one, two, year = found.groups()
            parts = (year, one, two) if month_first else (year, two, one)
        else:
            raise ValueError
        return date(*map(int, parts)).isoformat()
    except ValueError:
        raise Invalid("is not a date such as 2026-12-31") from None


def listed(text: str) -> list[str]:
    """Things between commas, semicolons or bars, each once. Raises Invalid."""
    found = list(dict.fromkeys(part for part in (" ".join(one.split()) for one in _PARTS.split(text)) if part))
    if len(found) > MANY or any(len(one) > 100 for one in found):
        raise Invalid(f"has more than {MANY} parts, or one of more than 100 characters")
    return found


def tags(text: str) -> list[str]:
    """Tags as the page of a person keeps them: words in lower case, each once, without #. Raises Invalid."""
    found = list(dict.fromkeys(part for one in _WORDS.split(text.casefold()) if (part := one.lstrip("#"))))
    if len(found) > MANY or any(len(one) > LONGEST_TAG for one in found):
        raise Invalid(f"has more than {MANY} parts, or one of more than {LONGEST_TAG} characters")
    return found


def words(text: str) -> str:
    """Text as it stands. Raises Invalid."""
    if len(text) > LONGEST:
        raise Invalid(f"has more than {LONGEST} characters")
    return text


def zone(text: str) -> str:
    """An IANA zone, however it is capitalised. Raises Invalid."""
    found = _ZONES.get(text.lower().replace(" ", "_"))
    if found is None:
        raise Invalid("is not a time zone we know, such as Europe/Berlin")
    return found


def locale(text: str) -> str:
    """A language, with its region where that is said: de, pt-BR. Raises Invalid."""
    found = _LOCALE.fullmatch(text)
    if found is None:
        raise Invalid("is not a language code such as de or pt-BR")
    language, region = found.groups()
    return language.lower() if region is None else f"{language.lower()}-{_region(region)}"


def _region(text: str) -> str:
    return text.title() if len(text) == 4 else text.upper()


def phone(text: str) -> str:
    """A number without what people write between its digits; 00 is +. Raises Invalid."""
    plain = re.sub(r"[\s().\u00a0/-]", "", text)
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    if not _PHONE.fullmatch(plain):
        raise Invalid("is not a phone number")
    return plain


def attribute_name(label: str) -> str:
    """A column's name as queries write it: "Größe (cm)" is grosse_cm."""
    plain = unicodedata.normalize("NFKD", label.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50]
    return f"a_{name}" if not name or name[0].isdigit() else name


CONVERT: dict[str, Callable[[str], Value]] = {
    "text": words, "number": number, "bool": yes_or_no, "date": day, "dmy": day, "mdy": lambda text: day(text, True),
    "list": listed,
}  # fmt: skip


def kind_of(cells: Sequence[str]) -> str:
    """The kind, of CHOICES, that all these values have; text for none, and for codes that begin with 0."""
    said = [cell.strip() for cell in cells if cell.strip()]
    if not said:
        return "text"
    strokes = [found for found in map(_STROKES.fullmatch, said) if found]
    if len(strokes) == len(said):
        return "mdy" if any(int(one[2]) > 12 for one in strokes) else "dmy"
    if any(len(cell) > 1 and cell[0] == "0" and cell.isdigit() for cell in said):
        return "text"
    for kind in ("bool", "number", "date"):
        if all(_fits(kind, cell) for cell in said):
            return kind
    several = sum(1 for cell in said if ";" in cell or "|" in cell)
    return "list" if several * 2 > len(said) else "text"


def _fits(kind: str, cell: str) -> bool:
    try:
        CONVERT[kind](cell)
    except Invalid:
        return False
    return True
