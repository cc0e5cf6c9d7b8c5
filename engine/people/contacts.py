"""The people a workspace writes to: one contact per address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import queries
from engine.people.principal import Principal

RESERVED = ("localhost", "test", "example", "invalid")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ZONES = frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's address, name and zone (IANA; None takes the team's). `standing`: engine.people.standing."""

    id: int
    email: str
    name: str
    zone: str | None
    standing: str = "known"


def clean_address(text: str, field: str = "email") -> str:
    """The address in its normal form (RFC 5321, domain in lower case). Raises Invalid(field).

    The reserved names of RFC 2606 and 6761 are allowed, since local instances and tests live on them.
    """
    local, _, domain = text.strip().rpartition("@")
    top = domain.rpartition(".")[2].lower()
    stand_in = f"{local}@{domain}.org" if top in RESERVED else text.strip()
    try:
        found = validate_email(stand_in, check_deliverability=False)
    except EmailNotValidError as error:
        raise Invalid(f"This is not a mail address: {error}", field) from error
    return found.normalized.removesuffix(".org") if top in RESERVED else found.normalized


def address_key(address: str) -> str:
    """The identity of an address: casefolded, and something a database takes whatever was typed."""
    return address.replace("\0", "").strip().casefold()


def clean_zone(text: str | None, field: str = "zone") -> str | None:
    """A known IANA zone, or None for an empty one. Raises Invalid(field)."""
    zone = (text or "").strip()
    if zone and zone not in _ZONES:
        raise Invalid(f"{zone} is not a time zone we know. Pick one such as Europe/Berlin.", field)
    return zone or None


def clean_name(text: str, field: str = "name") -> str:
    """A person's name on one line. Raises Invalid(field)."""
    name = " ".join(text.split())
    if len(name) > 100:
        raise Invalid("A name has at most 100 characters.", field)
    if _CONTROL.search(name):
        raise Invalid("A name has letters that nobody can see in it. Type it anew.", field)
    return name


def add(conn: Conn, workspace_id: int, email: str, name: str, zone: str | None) -> int:
    """The contact with this address, made if new; a name or zone it already has is kept. Raises Invalid."""
    address = clean_address(email)
    return queries.put_contact(conn, workspace_id, address, address_key(address), clean_name(name), clean_zone(zone))


def get(conn: Conn, workspace_id: int, contact_id: int) -> Contact:
    """One contact. Raises NotFound."""
    found = queries.contact(conn, workspace_id, contact_id)
    if found is None:
        raise NotFound("There is no such person here.")
    return Contact(found.id, found.email, found.name, found.zone, found.standing)


def change(conn: Conn, principal: Principal, contact_id: int, name: str, zone: str | None) -> None:
    """Set a person's name and zone: the person or an admin may. The caller then calls rounds.schedule.reschedule.

    Raises NotFound (also where the principal may not), Invalid.
    """
    if not (principal.is_admin or principal.contact_id == contact_id):
        raise NotFound("There is no such person here.")
    if not queries.update_contact(conn, principal.workspace_id, contact_id, clean_name(name), clean_zone(zone)):
        raise NotFound("There is no such person here.")
