"""All that is kept of one person, as JSON, place by place: what they may ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from engine.db import Conn
from engine.errors import NotFound
from engine.people import rights
from engine.people.directory.queries import erasing as queries
from engine.people.directory.queries import persons
from engine.people.directory.queries.places import PLACES
from engine.people.principal import Principal


def all_of(conn: Conn, principal: Principal, contact_id: int, now: datetime) -> Iterator[str]:
    """The pieces of one JSON object: a list of rows for each place that holds any of theirs, a row in a piece.

    Secrets (a password's hash, the keyed hash of an address) are left out. Raises NotAllowed, NotFound.
    """
    rights.require(principal, "see_contacts")
    found = persons.one(conn, principal.workspace_id, contact_id)
    if found is None:
        raise NotFound("There is no such person here.")
    whose = queries.whose(conn, principal.workspace_id, contact_id, found.email.casefold(), found.name, now)
    yield '{\n"taken_at": ' + json.dumps(now.isoformat())
    for table in PLACES:
        before = f",\n{json.dumps(table)}: ["
        for row in queries.told(conn, table, whose):
            yield f"{before}\n{json.dumps(row, ensure_ascii=False)}"
            before = ","
        yield "\n]" if before == "," else ""
    yield "\n}\n"


__all__ = ["all_of"]
