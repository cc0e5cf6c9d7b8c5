"""A line of the file to the person it means, or to what is wrong with it. A million times, so it does little."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from engine.errors import Invalid
from engine.people.contacts import address_key, clean_name
from engine.people.imports import addresses, values
from engine.people.imports.columns import Column
from engine.people.imports.options import Options
from engine.people.imports.reading import Record

UNCLOSED = "A quotation mark in this line is not closed. Close it, or double it where it is meant."


class Person(NamedTuple):
    """What a line says of a person, in the order of the stage. None and empty: it says nothing."""

    line: int
    at: int
    key: str
    email: str
    name: str
    zone: str | None
    locale: str | None
    attributes: str  # JSON
    tags: list[str]
    phone: str | None
    consent: str | None
    consent_at: datetime | None
    consent_words: str

    @property
    def shown(self) -> dict[str, values.Value]:
        """The attributes, for a page."""
        found: dict[str, values.Value] = json.loads(self.attributes)
        return found


class Fault(NamedTuple):
    """A line that was not taken. `column` is its name in the file."""

    line: int
    column: str
    words: str
    raw: str


class Judge:
    """The rules of one import, made ready once. `brought`: when the file came; nobody has consented after that."""

    def __init__(self, names: Sequence[str], mapped: Sequence[Column], options: Options, brought: datetime) -> None:
        self.options, self.names = options, names
        self._latest = (brought + timedelta(days=1)).date().isoformat()  # today, in whatever zone
        self._at = {column.to: place for place, column in enumerate(mapped) if column.to not in ("attribute", "tags")}
        self._tags = [place for place, column in enumerate(mapped) if column.to == "tags"]
        self._attributes = [(place, column.name, values.CONVERT[column.kind]) for place, column in enumerate(mapped)
                            if column.to == "attribute"]  # fmt: skip
        self._plain = [(self._at[name], convert) for name, convert in
                       (("zone", values.zone), ("locale", values.locale), ("phone", values.phone))
                       if name in self._at]  # fmt: skip
        self._email = self._at["email"]
        self._day = _instant(options.consent_date) if options.consent_date else None

    def person(self, record: Record) -> Person:
        """Raises `Refused` with the columns and what is wrong in each."""
        cells = record.cells
        if cells is None:
            raise Refused([("", UNCLOSED)])
        wrong: list[tuple[int, str]] = []
        email = self._address(cells, wrong)
        name = self._name(cells, wrong)
        said = {place: _converted(cells, place, convert, wrong) for place, convert in self._plain}
        attributes = {}
        for place, key, convert in self._attributes:
            value = _converted(cells, place, convert, wrong)
            if value is not None and value != []:
                attributes[key] = value
        tags = self._tagged(cells, wrong)
        consent, at = self._consent(cells, wrong)
        if wrong:
            raise Refused([(self.names[place] if place < len(self.names) else "", words) for place, words in wrong])
        get = self._at.get
        return Person(
            record.line, record.at, address_key(email), email, name, said.get(get("zone", -1)),  # type: ignore[arg-type]
            said.get(get("locale", -1)), json.dumps(attributes, ensure_ascii=False) if attributes else "{}", tags,  # type: ignore[arg-type]
            said.get(get("phone", -1)), consent, at, self._words(cells) if consent else "",  # type: ignore[arg-type]
        )  # fmt: skip

    def _address(self, cells: Sequence[str], wrong: list[tuple[int, str]]) -> str:
        text = _cell(cells, self._email)
        if not text:
            wrong.append((self._email, "There is no mail address."))
            return ""
        try:
            return addresses.clean(text)
        except Invalid as error:
            wrong.append((self._email, str(error)))
            return ""

    def _name(self, cells: Sequence[str], wrong: list[tuple[int, str]]) -> str:
        at = self._at
        parts = [_cell(cells, at[part]) for part in ("first_name", "last_name") if part in at]
        whole = _cell(cells, at["name"]) if "name" in at else ""
        text = whole or " ".join(part for part in parts if part)
        if not text:
            return ""
        try:
            return clean_name(text)
        except Invalid as error:
            wrong.append((at.get("name", at.get("last_name", at.get("first_name", 0))), str(error)))
            return ""

    def _tagged(self, cells: Sequence[str], wrong: list[tuple[int, str]]) -> list[str]:
        tags = list(self.options.tags)
        for place in self._tags:
            found = _converted(cells, place, values.tags, wrong)
            tags += found if isinstance(found, list) else []
        return list(dict.fromkeys(tags)) if self._tags else tags

    def _consent(self, cells: Sequence[str], wrong: list[tuple[int, str]]) -> tuple[str | None, datetime | None]:
        """What the line says of consent, and since when. An empty cell says nothing, a no says withdrawn."""
        at = self._day
        if (place := self._at.get("consent_at")) is not None:
            found = _converted(cells, place, values.day, wrong)
            at = _instant(found) if isinstance(found, str) else at
            if isinstance(found, str) and found > self._latest:
                wrong.append((place, f"“{_cell(cells, place)[:60]}” is yet to come, read as {found}."))
        if (place := self._at.get("consent")) is None:
            return ("given" if self.options.consent else None), at
        said = _converted(cells, place, values.yes_or_no, wrong)
        if said is None:
            return ("given" if self.options.consent else None), at
        return ("given" if said else "withdrawn"), at

    def _words(self, cells: Sequence[str]) -> str:
        place = self._at.get("consent_source")
        own = _cell(cells, place)[:500] if place is not None else ""
        return own or self.options.consent_source


class Refused(Exception):  # no error: a line that is not taken
    """What is wrong with a line: column and words of each fault."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(faults)
        self.faults = faults

    def fault(self, line: int, raw: str) -> Fault:
        """The faults of one line in one row."""
        columns = ", ".join(dict.fromkeys(column for column, _ in self.faults if column))
        return Fault(line, columns, " ".join(words for _, words in self.faults), raw)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _converted(
    cells: Sequence[str], place: int, convert: Callable[[str], Any], wrong: list[tuple[int, str]]
) -> values.Value | None:
    text = cells[place].strip() if place < len(cells) else ""
    if not text:
        return None
    try:
        found: values.Value = convert(text)
        return found
    except Invalid as error:
        wrong.append((place, f"“{text[:60]}” {error}."))
        return None


def _instant(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(values.day(day)), time(), UTC)
