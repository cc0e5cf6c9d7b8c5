"""What a workspace may know of its people: attributes with their kinds, and the topics one can hear of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import rights
from engine.people.directory.queries import knowing as queries
from engine.people.principal import Principal

KINDS = {
    "text": "Text", "number": "Number", "bool": "Yes or no", "date": "Date", "list": "Several words",
}  # fmt: skip
MOST = 100  # of each; a form and a page show them all
LONGEST = 1000  # characters of a value
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# What the query language calls by these names itself.
TAKEN = {"name", "email", "zone", "locale", "tags", "tag", "consent", "team", "standing", "and", "or", "not", "in"}
YES, NO = ("yes", "true", "1", "on"), ("no", "false", "0", "off")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact that contacts may have; `title` is what pages call it."""

    id: int
    name: str
    label: str
    kind: str

    @property
    def title(self) -> str:
        """Its label, else its name in words."""
        return self.label or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Topic:
    """What one may hear of."""

    id: int
    name: str
    words: str
    archived: bool


def attributes(conn: Conn, workspace_id: int) -> list[Attribute]:
    """All attributes, by name."""
    return [Attribute(*tuple(row)) for row in queries.attributes(conn, workspace_id)]


def topics(conn: Conn, workspace_id: int, archived: bool = False) -> list[Topic]:
    """The topics by name; with `archived` those too that nobody is asked about any more."""
    return [Topic(*tuple(row)) for row in queries.topics(conn, workspace_id, archived)]


def define(conn: Conn, principal: Principal, name: str, label: str, kind: str) -> int:
    """The id of a new attribute. Raises NotAllowed, Invalid(name, label or kind)."""
    rights.require(principal, "change_contacts")
    name = name.strip().lower().replace(" ", "_").replace("-", "_")
    if not _NAME.fullmatch(name):
        raise Invalid("Begin with a letter; then letters a to z, digits and _, at most 40 in all.", "name")
    if name in TAKEN:
        raise Invalid(f"{name} means something else in queries. Choose another name.", "name")
    if kind not in KINDS:
        raise Invalid("Choose what its values are.", "kind")
    _room(len(attributes(conn, principal.workspace_id)))
    made = queries.insert_attribute(conn, principal.workspace_id, name, _short(label, "label"), kind)
    if made is None:
        raise Invalid("There is an attribute with this name.", "name")
    return made


def drop(conn: Conn, principal: Principal, attribute_id: int) -> Attribute:
    """Forget an attribute that no contact has a value of; what it was. Raises NotAllowed, NotFound, Invalid."""
    rights.require(principal, "change_contacts")
    found = next((one for one in attributes(conn, principal.workspace_id) if one.id == attribute_id), None)
    if found is None:
        raise NotFound("There is no such attribute here.")
    if queries.attribute_used(conn, principal.workspace_id, found.name):
        raise Invalid(f"People have a value of “{found.title}”. Empty it there first.")
    queries.delete_attribute(conn, principal.workspace_id, attribute_id)
    return found


def make_topic(conn: Conn, principal: Principal, name: str, words: str) -> int:
    """The id of a new topic. Raises NotAllowed, Invalid(name or words)."""
    rights.require(principal, "change_contacts")
    name = _short(name, "name")
    if not name:
        raise Invalid("Fill this in.", "name")
    _room(len(topics(conn, principal.workspace_id, archived=True)))
    made = queries.insert_topic(conn, principal.workspace_id, name, _short(words, "words", 300))
    if made is None:
        raise Invalid("There is a topic with this name.", "name")
    return made


def rename_topic(conn: Conn, principal: Principal, topic_id: int, name: str, words: str) -> Topic:
    """Its new name and words; what people said of it stays. Raises NotAllowed, NotFound, Invalid(name or words)."""
    rights.require(principal, "change_contacts")
    name = _short(name, "name")
    if not name:
        raise Invalid("Give it a name.", "name")
    if any(one.name == name and one.id != topic_id for one in topics(conn, principal.workspace_id, archived=True)):
        raise Invalid("There is a topic with this name.", "name")
    found = queries.rename_topic(conn, principal.workspace_id, topic_id, name, _short(words, "words", 300))
    if found is None:
        raise NotFound("There is no such topic here.")
    return Topic(*tuple(found))


def archive_topic(conn: Conn, principal: Principal, topic_id: int, archived: bool, now: datetime) -> Topic:
    """Ask nobody about a topic any more, or again; what people said of it stays. Raises NotAllowed, NotFound."""
    rights.require(principal, "change_contacts")
    found = queries.archive_topic(conn, principal.workspace_id, topic_id, now if archived else None)
    if found is None:
        raise NotFound("There is no such topic here.")
    return Topic(*tuple(found))


def typed(kind: str, text: str, field: str | None = None) -> Any:
    """A value of a kind from what somebody typed; None for nothing. Raises Invalid(field).

    A number is an int or float, a date its ISO 8601 text, a list its words without repeats.
    """
    said = text.replace("\0", "").strip()
    if not said:
        return None
    if len(said) > LONGEST:
        raise Invalid(f"At most {LONGEST} characters.", field)
    return {"number": _number, "bool": _bool, "date": _date, "list": _list}.get(kind, _text)(said, field)


def shown(kind: str, value: Any) -> str:
    """A value as people type it."""
    if value is None:
        return ""
    if kind == "bool":
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def typed_all(defined: Sequence[Attribute], said: Mapping[str, str]) -> dict[str, Any]:
    """The values of all attributes as typed, without those that are empty. Raises Invalid(attribute-<name>)."""
    found = {one.name: typed(one.kind, said.get(one.name, ""), f"attribute-{one.name}") for one in defined}
    return {name: value for name, value in found.items() if value is not None}


def _text(said: str, _: str | None) -> str:
    return said


def _number(said: str, field: str | None) -> int | float:
    try:
        found = float(said.replace(",", "."))
    except ValueError as error:
        raise Invalid("Write a number, such as 12 or 3.5.", field) from error
    if not abs(found) < 1e15:  # beyond, a JSON number is no longer exact; NaN is no number at all
        raise Invalid("Write a number of at most 15 digits.", field)
    return int(found) if found.is_integer() else found


def _bool(said: str, field: str | None) -> bool:
    if said.casefold() not in YES + NO:
        raise Invalid("Write yes or no.", field)
    return said.casefold() in YES


def _date(said: str, field: str | None) -> str:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError as error:
        raise Invalid("Write a date as year, month, day: 2026-03-04.", field) from error


def _list(said: str, _: str | None) -> list[str]:
    return list(dict.fromkeys(word for part in said.split(",") if (word := " ".join(part.split()))))


def _short(text: str, field: str, most: int = 100) -> str:
    said = " ".join(text.replace("\0", "").split())
    if len(said) > most:
        raise Invalid(f"At most {most} characters.", field)
    return said


def _room(number: int) -> None:
    if number >= MOST:
        raise Invalid(f"There are {MOST} already. Remove one that nobody uses.")


__all__ = ["KINDS", "Attribute", "Topic", "archive_topic", "attributes", "define", "drop", "make_topic",
           "rename_topic", "shown", "topics", "typed", "typed_all"]  # fmt: skip
