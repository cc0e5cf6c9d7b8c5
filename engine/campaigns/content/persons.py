"""A person as templates know them: plain data, without anything that could be called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.campaigns.content.queries import recipients as queries
from engine.db import Conn

Person = Mapping[str, Any]
# Stand in for links that only a mail on its way has, so that what names them can be looked at and tried.
NOBODYS_LINKS = {
    "unsubscribe": "https://sixpm.invalid/unsubscribe", "preferences": "https://sixpm.invalid/preferences",
}  # fmt: skip


def person(row: Any, campaign: str, links: Mapping[str, str]) -> dict[str, Any]:
    """The data of a row with id, email, name, zone, locale, tags and attributes."""
    name = row.name
    return {
        "name": name,
        "first_name": name.split(maxsplit=1)[0] if name and not name.isspace() else "",
        "email": row.email,
        "zone": row.zone,
        "locale": row.locale,
        "tags": row.tags,
        "attributes": row.attributes,
        "campaign": {"name": campaign},
        "links": links,
    }


def persons(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], campaign: str, links: Mapping[str, str] = NOBODYS_LINKS
) -> dict[int, dict[str, Any]]:
    """People by contact id; one statement. Whoever writes to them puts their own links in."""
    rows = queries.these(conn, workspace_id, contact_ids)
    return {row.id: person(row, campaign, links) for row in rows}


__all__ = ["NOBODYS_LINKS", "Person", "person", "persons"]
