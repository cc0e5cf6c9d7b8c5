"""One contact: added, looked at, changed; who may get nothing more by a channel, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import consent, contacts, rights, suppression
from engine.people.consent import Word
from engine.people.directory import knowing
from engine.people.directory.queries import listing, persons
from engine.people.principal import Principal
from engine.people.suppression import Suppressed

TAGS = 50
PLACES = 20
_TAG = re.compile(r"[^\s,;#]{1,60}")
_PLATFORM = re.compile(r"[a-z][a-z0-9_-]{0,29}")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody typed about a person. `attributes` by name, as typed; `elsewhere`: lines of "platform address".

    `tracked`: whether links and pictures of mails to them are counted, where the workspace counts any.
    """

    email: str
    name: str = ""
    zone: str | None = None
    locale: str = "en"
    tags: str = ""
    elsewhere: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    tracked: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with all that their page shows above the timeline.

    `attributes`: (title, value as people type it) of those that have one; `suppressed`: why, by channel; `teams`: rows
    of (team_id, name, role, membership_id).
    """

    id: int
    email: str
    name: str
    zone: str | None
    locale: str
    standing: str
    tags: tuple[str, ...]
    tracked: bool
    made_at: datetime
    erased_at: datetime | None
    account_id: int | None
    elsewhere: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]
    attributes: tuple[tuple[str, str], ...]
    teams: Sequence[Any]
    words: Sequence[Word]
    suppressed: Mapping[str, Suppressed]

    @property
    def title(self) -> str:
        """What pages call them."""
        return self.name or self.email or "Person without a name"


def get(conn: Conn, principal: Principal, contact_id: int, secret: str) -> Person:
    """One contact: seven statements at most. Raises NotAllowed, NotFound."""
    rights.require(principal, "see_contacts")
    found = persons.one(conn, principal.workspace_id, contact_id)
    if found is None:
        raise NotFound("There is no such person here.")
    workspace_id = principal.workspace_id
    elsewhere = tuple((platform, address) for platform, address in found.elsewhere)
    defined = {one.name: one for one in knowing.attributes(conn, workspace_id)}
    return Person(
        found.id, found.email, found.name, found.zone, found.locale, found.standing, tuple(found.tags), found.tracked,
        found.made_at, found.erased_at, found.account_id, elsewhere, found.attributes,
        tuple(_named(defined, name, value) for name, value in sorted(found.attributes.items())),
        listing.teams_of(conn, workspace_id, [contact_id]), consent.of_contact(conn, workspace_id, contact_id),
        _suppressed(conn, workspace_id, secret, found.email, elsewhere),
    )  # fmt: skip


def add(conn: Conn, principal: Principal, given: Given, secret: str) -> int:
    """The id of a new contact. Raises NotAllowed, Invalid with the field."""
    rights.require(principal, "change_contacts")
    values, places = _clean(conn, principal.workspace_id, given), _places(given.elsewhere)
    made = persons.insert(conn, principal.workspace_id, {k: v for k, v in values.items() if k != "defined"})
    if made is None:
        raise Invalid("Somebody with this address is here already.", "email")
    _put_places(conn, principal.workspace_id, made, places)
    suppression.recognise(conn, principal.workspace_id, secret, {values["email"]: made})
    return made


def change(conn: Conn, principal: Principal, contact_id: int, given: Given, secret: str) -> None:
    """Let what was typed hold for a contact. The caller then reschedules whoever is in a team, for the zone.

    Raises NotAllowed, NotFound, Invalid with the field.
    """
    rights.require(principal, "change_contacts")
    workspace_id = principal.workspace_id
    before = persons.one(conn, workspace_id, contact_id)
    if before is None or before.erased_at is not None:
        raise NotFound("There is no such person here.")
    values, places = _clean(conn, workspace_id, given, reached=bool(before.elsewhere)), _places(given.elsewhere)
    if not values["email"]:  # somebody whom we know by a chat service alone keeps the key they came with
        if before.email or not places:
            raise Invalid("Write their mail address.", "email")
        values["key"] = f"{places[0][0]}:{places[0][1]}"
    if persons.with_key(conn, workspace_id, values["key"]) not in (None, contact_id):
        raise Invalid("Somebody else here has this address.", "email")
    persons.update(conn, workspace_id, contact_id, values)
    _put_places(conn, workspace_id, contact_id, places)
    if values["email"] != before.email:
        persons.forget_suppressions(conn, workspace_id, contact_id)
        suppression.recognise(conn, workspace_id, secret, {values["email"]: contact_id})


def suppress(
    conn: Conn, principal: Principal, contact_id: int, channel: str, evidence: str, secret: str, now: datetime
) -> int:
    """Let a person get nothing more by a channel; how many of their addresses got something until now.

    Raises NotAllowed, NotFound, Invalid.
    """
    rights.require(principal, "change_contacts")
    told = " ".join(evidence.replace("\0", "").split())[: consent.LONGEST]
    if not told:
        raise Invalid("Say why, so that others can see it.", "why")
    at = _addresses(get(conn, principal, contact_id, secret), channel)
    return suppression.add(
        conn, principal.workspace_id, secret, at, "manual", now, evidence=told, channel=channel
    )  # fmt: skip


def lift(conn: Conn, principal: Principal, contact_id: int, channel: str, secret: str) -> int:
    """Let a person get something by a channel again; how many addresses got nothing. Raises as `suppress`."""
    rights.require(principal, "lift_suppression")
    at = _addresses(get(conn, principal, contact_id, secret), channel)
    return suppression.lift(conn, principal.workspace_id, secret, at, channel=channel)


def _addresses(of: Person, channel: str) -> list[str]:
    found = [of.email] if channel == "mail" and of.email else [a for platform, a in of.elsewhere if platform == channel]
    if not found:
        raise Invalid("They have no address there.", "place")
    return found


def _suppressed(
    conn: Conn, workspace_id: int, secret: str, email: str, elsewhere: Sequence[tuple[str, str]]
) -> dict[str, Suppressed]:
    by_channel = {"mail": [email] if email else []}
    for platform, address in elsewhere[:3]:  # a page is so many statements; who has more is looked at one by one
        by_channel.setdefault(platform, []).append(address)
    found: dict[str, Suppressed] = {}
    for channel, at in by_channel.items():
        for why in suppression.listed(conn, workspace_id, secret, at, channel=channel).values() if at else ():
            found.setdefault(channel, why)
    return found


def _named(defined: Mapping[str, knowing.Attribute], name: str, value: Any) -> tuple[str, str]:
    of = defined.get(name)
    return (of.title, knowing.shown(of.kind, value)) if of else (name, knowing.shown("", value))


def _clean(conn: Conn, workspace_id: int, given: Given, reached: bool = False) -> dict[str, Any]:
    """The columns of a contact from what was typed; `reached`: without a mail address they can be. Raises Invalid."""
    email = contacts.clean_address(given.email) if given.email.strip() or not reached else ""
    locale = given.locale.strip().replace("_", "-") or "en"
    if not _LOCALE.fullmatch(locale):
        raise Invalid("Write a language as en or de-CH.", "locale")
    defined = knowing.attributes(conn, workspace_id)
    return {
        "email": email, "key": contacts.address_key(email), "name": contacts.clean_name(given.name.replace("\0", "")),
        "zone": contacts.clean_zone(given.zone), "locale": locale, "tags": clean_tags(given.tags),
        "attributes": knowing.typed_all(defined, given.attributes), "defined": [one.name for one in defined],
        "tracked": given.tracked,
    }  # fmt: skip


def clean_tags(typed: str, field: str = "tags") -> list[str]:
    """Tags as they are kept: lower case, without #, each once, in order. Raises Invalid(field)."""
    parts = [part.lstrip("#").casefold() for part in re.split(r"[\s,;]+", typed.replace("\0", "")) if part.strip("#")]
    if wrong := [part for part in parts if not _TAG.fullmatch(part)]:
        raise Invalid(f"A tag is one word of at most 60 characters: {wrong[0][:60]}", field)
    if len(set(parts)) > TAGS:
        raise Invalid(f"At most {TAGS} tags.", field)
    return sorted(set(parts))


def _places(typed: str, field: str = "elsewhere") -> list[tuple[str, str]]:
    found = []
    for line in typed.replace("\0", "").splitlines():
        platform, _, address = line.strip().partition(" ")
        if not platform:
            continue
        platform, address = platform.rstrip(":").lower(), address.strip()
        if not _PLATFORM.fullmatch(platform) or not address or len(address) > 200 or platform == "mail":
            raise Invalid("Write a service and the address there on each line, such as: sms +491701234567", field)
        found.append((platform, address))
    if len(found) > PLACES:
        raise Invalid(f"At most {PLACES} addresses.", field)
    return list(dict.fromkeys(found))


def _put_places(conn: Conn, workspace_id: int, contact_id: int, places: Sequence[tuple[str, str]]) -> None:
    if others := persons.taken(conn, workspace_id, contact_id, places) if places else []:
        raise Invalid(f"{others[0]} is somebody else's.", "elsewhere")
    persons.set_elsewhere(conn, workspace_id, contact_id, places)


__all__ = ["Given", "Person", "add", "change", "clean_tags", "get", "lift", "suppress"]
