"""Addresses that get nothing more. Only their keyed hashes are stored, which outlive the erasure of the address."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import sealing
from engine.db import Conn
from engine.people.contacts import address_key
from engine.people.reach import queries


def add(
    conn: Conn, workspace_id: int, secret: str, addresses: Sequence[str], reason: str, now: datetime,
    *, evidence: str = "", channel: str = "mail",
) -> int:  # fmt: skip
    """Suppress addresses; how many were not before. `reason`: bounce, complaint, unsubscribe, manual.

    `evidence` says what showed it (the reply of a relay, an event's id). A first reason is kept.
    """
    known = {sealing.address_hash(secret, address): address_key(address) for address in addresses}
    return queries.put_suppressions(conn, workspace_id, channel, known, reason, evidence, now)


def recognise(conn: Conn, workspace_id: int, secret: str, people: Mapping[str, int]) -> int:
    """Say whose these addresses are (mail address → contact), where they are suppressed already; how many are.

    For whoever makes contacts: lists of people are asked for by contact, and a hash alone says nobody.
    """
    known = {sealing.address_hash(secret, address): contact_id for address, contact_id in people.items()}
    return queries.recognise_suppressions(conn, workspace_id, "mail", known) if known else 0


def recognise_all(conn: Conn, secret: str) -> int:
    """The same for all that nobody is known for, in all workspaces; how many. For a job: it hashes every address there.

    Contacts come by many ways (teams, invitations, mails), and suppressions from before they were named have no name.
    """
    return queries.recognise_unknown(conn, *sealing.address_pads(secret))


def lift(conn: Conn, workspace_id: int, secret: str, addresses: Sequence[str], *, channel: str = "mail") -> int:
    """Let addresses get mail again; how many were suppressed."""
    return queries.delete_suppressions(conn, workspace_id, channel, list(_hashes(secret, addresses)))


def suppressed(
    conn: Conn, workspace_id: int, secret: str, addresses: Collection[str], *, channel: str = "mail"
) -> set[str]:
    """Which of these addresses are suppressed, as they were given; one statement."""
    by_hash: dict[bytes, list[str]] = {}
    for address in addresses:
        by_hash.setdefault(sealing.address_hash(secret, address), []).append(address)
    found = queries.suppressed_hashes(conn, workspace_id, channel, list(by_hash))
    return {address for value in found for address in by_hash[value]}


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Why an address gets nothing: the reason (bounce, complaint, unsubscribe, manual) and what showed it."""

    reason: str
    evidence: str
    at: datetime


def listed(
    conn: Conn, workspace_id: int, secret: str, addresses: Collection[str], *, channel: str = "mail"
) -> dict[str, Suppressed]:
    """Why by address, as it was given, for those of these that get nothing there; one statement, for pages."""
    by_hash = {sealing.address_hash(secret, address): address for address in addresses}
    rows = queries.suppressions(conn, workspace_id, channel, list(by_hash))
    return {by_hash[bytes(row.address_hash)]: Suppressed(row.reason, row.evidence, row.at) for row in rows}


def is_suppressed(conn: Conn, workspace_id: int, secret: str, address: str, *, channel: str = "mail") -> bool:
    """Whether one address is suppressed."""
    return bool(suppressed(conn, workspace_id, secret, (address,), channel=channel))


def _hashes(secret: str, addresses: Sequence[str]) -> dict[bytes, None]:
    return {sealing.address_hash(secret, a): None for a in addresses}
