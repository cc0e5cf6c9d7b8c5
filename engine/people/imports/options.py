"""What holds for a whole file: what becomes of people who are here, tags for all, and where a consent comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.errors import Invalid
from engine.people.imports import values
from engine.people.imports.columns import Column

EXISTING = {
    "update": "Update them",
    "fill": "Fill in what is empty",
    "leave": "Leave them",
}


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for the whole file. `consent`: everybody in it gave theirs, from `consent_source` on `consent_date`;
    `regive`: a withdrawn one may be given again by it."""

    existing: str = "update"
    tags: tuple[str, ...] = ()
    consent: bool = False
    consent_source: str = ""
    consent_date: str = ""
    regive: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the import's row."""
        return {"existing": self.existing, "tags": list(self.tags), "consent": self.consent, "regive": self.regive,
                "consent_source": self.consent_source, "consent_date": self.consent_date}  # fmt: skip


def of_json(found: Mapping[str, Any]) -> Options:
    """The options as an import's row keeps them."""
    return Options(**{**found, "tags": tuple(found.get("tags", ()))})


def checked(given: Options, mapped: Sequence[Column], today: date) -> Options:
    """The options as they may be used. Raises Invalid with the field."""
    if given.existing not in EXISTING:
        raise Invalid("Choose what happens to people who are here already.", "existing")
    says = given.consent or any(column.to == "consent" for column in mapped)
    has_source = bool(given.consent_source.strip()) or any(column.to == "consent_source" for column in mapped)
    if says and not has_source:
        raise Invalid("Say where the consent comes from: it is kept as its proof.", "consent_source")
    if given.consent_date and _day(given.consent_date) > today.isoformat():
        raise Invalid("This day is yet to come.", "consent_date")
    if given.consent and not given.consent_date and not any(column.to == "consent_at" for column in mapped):
        raise Invalid("Say when the consent was given.", "consent_date")
    return given


def _day(text: str) -> str:
    try:
        return values.day(text)
    except Invalid:
        raise Invalid("Write a date such as 2026-03-04.", "consent_date") from None
