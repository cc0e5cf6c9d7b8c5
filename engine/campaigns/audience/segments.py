"""Segments: queries that somebody saved under a name. A campaign takes the query as it is then, and keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from engine.campaigns.audience import checking
from engine.campaigns.audience.queries import known as names
from engine.campaigns.audience.queries import segments as queries
from engine.campaigns.audience.reading import read
from engine.campaigns.audience.writing import write
from engine.db import Conflict, Conn
from engine.errors import Invalid, NotFound
from engine.people import rights
from engine.people.principal import Principal

LONGEST = 100  # characters of a name
LISTED = 200
USERS = 20
SEE, CHANGE = "see_contacts", "write_campaigns"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. `used`: campaigns that began with it, in lists alone."""

    id: int
    name: str
    query: str
    made_by: str
    made_at: datetime
    changed_at: datetime
    archived_at: datetime | None
    used: int = 0


@dataclass(frozen=True, slots=True)
class User:
    """A campaign whose query came from a segment."""

    id: int
    name: str
    state: str


def listed(conn: Conn, principal: Principal, archived: bool = False, q: str = "") -> list[Segment]:
    """The segments with `q` in name or query, by name; one more than LISTED where there are more. Raises NotAllowed."""
    rights.require(principal, SEE)
    return [Segment(*row) for row in queries.listed(conn, principal.workspace_id, archived, q, LISTED + 1)]


def one(conn: Conn, principal: Principal, segment_id: int) -> Segment:
    """One segment, archived or not. Raises NotAllowed, NotFound."""
    rights.require(principal, SEE)
    found = queries.one(conn, principal.workspace_id, segment_id)
    if found is None:
        raise NotFound("There is no such segment here. It may belong to another workspace.")
    return Segment(*found)


def used_by(conn: Conn, principal: Principal, segment_id: int) -> Sequence[User]:
    """The newest campaigns whose query came from it. Raises NotAllowed."""
    rights.require(principal, SEE)
    return [User(*row) for row in queries.users(conn, principal.workspace_id, segment_id, USERS)]


def make(conn: Conn, principal: Principal, name: str, query: str, now: datetime) -> Segment:
    """A new segment, its query in canonical text. Raises NotAllowed, Invalid(name), Fault."""
    rights.require(principal, CHANGE)
    said, text = clean_name(name), clean_query(conn, principal.workspace_id, query)
    with _named(conn, said, "name"):
        made = queries.add(conn, principal.workspace_id, said, text, principal.actor, now)
    return one(conn, principal, made)


def change(conn: Conn, principal: Principal, segment_id: int, name: str, query: str, now: datetime) -> Segment:
    """Its new name and query. Raises NotAllowed, NotFound, Invalid(name), Fault."""
    rights.require(principal, CHANGE)
    if one(conn, principal, segment_id).archived_at is not None:
        raise Invalid("This segment is archived. Bring it back first, then change it.")
    said, text = clean_name(name), clean_query(conn, principal.workspace_id, query)
    with _named(conn, said, "name"):
        queries.change(conn, principal.workspace_id, segment_id, said, text, now)
    return one(conn, principal, segment_id)


def archive(conn: Conn, principal: Principal, segment_id: int, now: datetime) -> Segment:
    """Take it out of lists; campaigns keep their queries. Twice changes nothing. Raises NotAllowed, NotFound."""
    rights.require(principal, CHANGE)
    queries.archive(conn, principal.workspace_id, segment_id, now)
    return one(conn, principal, segment_id)


def restore(conn: Conn, principal: Principal, segment_id: int) -> Segment:
    """Bring it back. Raises NotAllowed, NotFound, Invalid where another has its name now."""
    rights.require(principal, CHANGE)
    name = one(conn, principal, segment_id).name
    with _named(conn, name, None):
        queries.restore(conn, principal.workspace_id, segment_id)
    return one(conn, principal, segment_id)


def clean_name(name: str) -> str:
    """A name without needless space. Raises Invalid(name)."""
    said = " ".join(name.replace("\0", "").split())
    if not said:
        raise Invalid("Give the segment a name, so that others find it.", "name")
    if len(said) > LONGEST:
        raise Invalid(f"A name has at most {LONGEST} characters.", "name")
    return said


def clean_query(conn: Conn, workspace_id: int, text: str) -> str:
    """A query in canonical text, with names that the workspace has. Raises Fault."""
    query = read(text)
    checking.check(query, names.known(conn, workspace_id))
    return write(query)


@contextmanager
def _named(conn: Conn, name: str, field: str | None) -> Iterator[None]:
    """A step that gives a segment a name: the unique index decides between two at the same instant."""
    try:
        with conn.begin_nested():
            yield
    except Conflict as taken:
        words = f"Another segment is called “{name}”. Choose another name, or archive that one."
        raise Invalid(words, field) from taken
