"""What each column of a file is: guessed by its name in many languages, then as a person says."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import Invalid
from engine.people.directory.knowing import MOST
from engine.people.imports import values
from engine.people.imports.column_names import NAMES

LEAVE = ""
# What a column can be, as the page calls it. An attribute has a name and a kind of its own.
TARGETS = {
    LEAVE: "Leave it out", "email": "Mail address", "name": "Name", "first_name": "First name",
    "last_name": "Last name", "zone": "Time zone", "locale": "Language", "phone": "Phone", "tags": "Tags",
    "consent": "Consent", "consent_at": "Consent date", "consent_source": "Consent source",
    "attribute": "Attribute",
}  # fmt: skip
ONCE = tuple(name for name in TARGETS if name not in (LEAVE, "attribute", "tags"))


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of the file becomes. `name`, `label` and `kind` (values.CHOICES) are an attribute's."""

    to: str = LEAVE
    name: str = ""
    label: str = ""
    kind: str = "text"

    def as_json(self) -> dict[str, str]:
        """For the import's row."""
        return asdict(self)


def of_json(found: Mapping[str, Any]) -> list[Column]:
    """The columns as an import's `mapping` keeps them."""
    return [Column(**one) for one in found.get("columns", [])]


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss").replace("ł", "l").replace("ø", "o"))
    return "".join(c for c in plain if c.isalnum())


_KNOWN = {_folded(word): to for to, names in NAMES.items() for word in names.split()}


def guessed(names: Sequence[str], rows: Sequence[Sequence[str]], known: Mapping[str, str]) -> list[Column]:
    """A guess for each column. `rows`: some of the first; `known`: the workspace's attributes, kind by name.

    A column of addresses is the address whatever it is called. What is not known becomes an attribute, with the kind
    that its values have.
    """
    found: list[Column] = []
    taken: set[str] = set()
    for place, name in enumerate(names):
        cells = [row[place] for row in rows if place < len(row)]
        column = _guess(name, cells, known, taken)
        taken.add(column.to if column.to in ONCE else f"attribute:{column.name}")
        found.append(column)
    if "email" not in taken:
        _by_values(found, rows)
    if {"first_name", "last_name"} <= taken and "name" in taken:
        found = [Column() if column.to == "name" else column for column in found]
    return found


def _guess(name: str, cells: Sequence[str], known: Mapping[str, str], taken: set[str]) -> Column:
    to = _KNOWN.get(_folded(name), "")
    if to and to not in taken:
        return Column(to)
    if not any(cell.strip() for cell in cells) and not name.strip():
        return Column()
    own = base = values.attribute_name(name)
    number = 2
    while f"attribute:{own}" in taken:
        own, number = f"{base}_{number}", number + 1
    kind = values.kind_of(cells)
    if own in known and not (known[own] == "date" and kind in ("dmy", "mdy")):
        kind = known[own]
    return Column("attribute", own, name.strip(), kind)


def _by_values(found: list[Column], rows: Sequence[Sequence[str]]) -> None:
    for place in range(len(found)):
        cells = [row[place] for row in rows if place < len(row) and row[place].strip()]
        if cells and all("@" in cell and "." in cell.rpartition("@")[2] for cell in cells):
            found[place] = Column("email")
            return


def checked(columns: Sequence[Column], known: Mapping[str, str]) -> list[Column]:
    """The columns as they may be used. Raises Invalid("column-3") for the one that is wrong, or Invalid(None)."""
    seen: dict[str, int] = {}
    found = []
    for place, one in enumerate(columns):
        column = _checked(one, place, known)
        own = column.to if column.to in ONCE else f"attribute:{column.name}"
        if column.to not in (LEAVE, "tags") and own in seen:
            raise Invalid(f"Column {seen[own] + 1} is this already. Choose another, or leave one out.", f"to-{place}")
        seen[own] = place
        found.append(column)
    if "email" not in seen:
        raise Invalid("Say which column has the mail address: everybody needs one.")
    new = {column.name for column in found if column.to == "attribute"} - known.keys()
    if new and len(known) + len(new) > MOST:
        raise Invalid(f"A workspace has at most {MOST} attributes. Leave out columns that you do not need.")
    return found


def _checked(column: Column, place: int, known: Mapping[str, str]) -> Column:
    if column.to not in TARGETS:
        raise Invalid("Choose what this column is.", f"to-{place}")
    if column.to != "attribute":
        return Column(column.to)
    name = values.attribute_name(column.name or column.label or f"column {place + 1}")
    if column.kind not in values.CHOICES:
        raise Invalid("Choose a kind.", f"kind-{place}")
    has = known.get(name)
    if has is not None and has != stored_kind(column.kind):
        raise Invalid(f"“{name}” is there already, as {values.CHOICES[has]}. Take that, or another name.",
                      f"kind-{place}")  # fmt: skip
    return Column("attribute", name, column.label[:100], column.kind)


def stored_kind(kind: str) -> str:
    """The kind of an attribute (engine.models.Attribute) for a kind that a person chose here."""
    return "date" if kind in ("dmy", "mdy") else kind
