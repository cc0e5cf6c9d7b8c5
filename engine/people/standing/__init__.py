"""Who may speak to the workspace: a contact is known, held (wrote unasked, nobody has said yet) or refused.

A held or refused contact is mailed by nothing: they are in no team, have no account, and notices pass them over.
Whoever adds or invites somebody lets them in by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.errors import NotFound
from engine.people import contacts, rights
from engine.people.principal import Principal
from engine.people.standing import queries

KNOWN, HELD, REFUSED = "known", "held", "refused"
LISTED = 50


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who wrote unasked. `mails`: how many of theirs are kept; `latest` is None where none is any more."""

    id: int
    address: str
    name: str
    standing: str
    mails: int
    latest: datetime | None
    latest_id: int | None
    subject: str


def hold(conn: Conn, workspace_id: int, address: str, name: str) -> int:
    """The id of a new held contact with this mail address. Whoever is there already stays what they are."""
    return queries.hold(conn, workspace_id, address, contacts.address_key(address), _one_line(name))


def hold_elsewhere(conn: Conn, workspace_id: int, platform: str, address: str, name: str) -> int:
    """The same for somebody whose address is one of `platform`, and who has no mail address that we know."""
    ident = queries.hold(conn, workspace_id, "", f"{platform}:{address}", _one_line(name) or address)
    queries.put_address(conn, workspace_id, ident, platform, address)
    return ident


def listed(conn: Conn, principal: Principal, standing: str = HELD, limit: int = LISTED) -> list[Newcomer]:
    """Who is held, or refused; who wrote last first. Raises NotAllowed."""
    rights.require(principal, "let_in")
    return [Newcomer(*tuple(row)) for row in queries.listed(conn, principal.workspace_id, standing, limit)]


def one(conn: Conn, principal: Principal, contact_id: int) -> Newcomer:
    """Somebody who is held or refused, or was. Raises NotAllowed, NotFound."""
    rights.require(principal, "let_in")
    found = queries.newcomer(conn, principal.workspace_id, contact_id)
    if found is None:
        raise NotFound("There is no such person here.")
    return Newcomer(*tuple(found))


def change(conn: Conn, principal: Principal, contact_id: int, sources: Sequence[str], dest: str) -> bool:
    """Let a contact have this standing, if it has one of `sources`; False when not. Raises NotAllowed."""
    rights.require(principal, "let_in")
    return queries.set_standing(conn, principal.workspace_id, contact_id, sources, dest)


def belongs(conn: Conn, workspace_id: int, contact_id: int) -> bool:
    """Whether somebody is in a team or may sign in, so that they are known in any case."""
    return queries.belongs(conn, workspace_id, contact_id)


def _one_line(name: str) -> str:
    return "".join(c if c.isprintable() else " " for c in " ".join(name.split()))[:100].strip()


__all__ = [
    "HELD",
    "KNOWN",
    "LISTED",
    "REFUSED",
    "Newcomer",
    "belongs",
    "change",
    "hold",
    "hold_elsewhere",
    "listed",
    "one",
]
