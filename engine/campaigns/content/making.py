"""A version compiled once, for every language it has; and the letter of one person, filled into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.campaigns.content.language.faults import Fault, Refused
from engine.campaigns.content.sheet import UNTRACKED, Sheet, Theme, Track, Written, sheet
from engine.campaigns.content.version import Version
from engine.outbound.paper import Kept

_KEPT = 64
_made: Kept[Made] = Kept(_KEPT)  # of this process


@dataclass(frozen=True, slots=True)
class Letter:
    """What one person gets to read. The subject is one line, the text part always there.

    `pieces` are the HTML; those that are the same for everybody are the same objects, and are encoded once.
    """

    subject: str
    pieces: Sequence[str] = field(repr=False)
    text: str

    @property
    def html(self) -> str:
        """The HTML part."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Made:
    """The compiled languages of a version; "" is the one that everybody else gets."""

    version: Version
    theme: Theme
    sheets: Mapping[str, Sheet] = field(repr=False)

    def locale(self, locale: str) -> str:
        """The language that fits a locale best, in lower case: de-at, else de, else the version's own, ""."""
        key = locale.replace("_", "-").lower()
        return next((known for known in (key, key.partition("-")[0]) if known in self.sheets), "")

    def sheet(self, locale: str) -> Sheet:
        """The programs of the language that fits a locale best."""
        return self.sheets[self.locale(locale)]

    @property
    def targets(self) -> tuple[str, ...]:
        """The fixed addresses that links of all its languages lead to, each once."""
        return tuple(dict.fromkeys(url for sheet in self.sheets.values() for url in sheet.targets))

    def letter(self, person: Mapping[str, Any]) -> Letter:
        """The letter of a person, who is plain data: name, first_name, email, zone, locale, attributes, tags, links.

        Raises Unfilled with what stands in the way.
        """
        own = {"workspace": self.theme.workspace, **person}
        return Letter(*self.sheet(str(person.get("locale") or "")).fill(own))


def made(version: Version, theme: Theme, track: Track = UNTRACKED) -> Made:
    """The version compiled, or as this process has it already. Raises Refused with the faults of all its languages."""
    key = (version.workspace_id, version.campaign_id, version.no, version.saved, theme, track)
    found = _made.get(key)
    if found is None:
        found = compiled(version, theme, track)
        _made.keep(key, found, sum(len(one.body) for one in version.texts.values()) * 4)
    return found


def compiled(version: Version, theme: Theme, track: Track = UNTRACKED) -> Made:
    """The version compiled. Raises Refused with the faults of all its languages."""
    sheets: dict[str, Sheet] = {}
    faults: list[Fault] = []
    for locale, written in version.texts.items():
        try:
            sheets[locale.lower()] = sheet(written, theme, version.known, track)
        except Refused as refused:
            faults += [_of(fault, locale) for fault in refused.faults]
    if faults:
        raise Refused(faults)
    return Made(version, theme, sheets)


def _of(fault: Fault, locale: str) -> Fault:
    return replace(fault, part=f"{fault.part} ({locale})") if locale else fault


__all__ = ["UNTRACKED", "Letter", "Made", "Theme", "Track", "Written", "compiled", "made"]
