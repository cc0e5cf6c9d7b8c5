"""The fields a template may name, and what kind of value each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a value is; an attribute of a workspace has one of the first five (engine.models.audience.Attribute)."""

    TEXT = "text"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"  # ISO 8601 text
    LIST = "list"  # of texts
    LINK = "link"  # an address that we made


PERSON = {
    "name": Kind.TEXT,
    "first_name": Kind.TEXT,
    "email": Kind.TEXT,
    "zone": Kind.TEXT,
    "locale": Kind.TEXT,
    "tags": Kind.LIST,
    "workspace": Kind.TEXT,
}
GROUPS: Mapping[str, Mapping[str, Kind]] = {
    "campaign": {"name": Kind.TEXT},
    "links": {"unsubscribe": Kind.LINK, "preferences": Kind.LINK},
}
PARTS = "__"  # stands for the dot of attributes.city once a template is compiled; no name of ours holds it


@dataclass(frozen=True, slots=True)
class Known:
    """The fields of one workspace: those everybody has, and its own attributes."""

    attributes: Mapping[str, Kind] = field(default_factory=dict)

    @classmethod
    def of(cls, attributes: Mapping[str, str]) -> Known:
        """From the kinds of a workspace's attributes by name."""
        return cls({name: Kind(kind) for name, kind in attributes.items()})

    def group(self, name: str) -> Mapping[str, Kind] | None:
        """The fields of a group (attributes, campaign, links), None for what is none."""
        return self.attributes if name == "attributes" else GROUPS.get(name)

    def names(self) -> list[str]:
        """All fields as a template writes them."""
        groups = {**GROUPS, "attributes": self.attributes}
        return [*PERSON, *(f"{group}.{name}" for group, fields in groups.items() for name in fields)]


__all__ = ["GROUPS", "PARTS", "PERSON", "Kind", "Known"]
