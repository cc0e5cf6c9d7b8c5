"""Invitations: many addresses at once, each with its own result; sent again, revoked, over after a week, accepted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any, Literal

from engine.db import Conn
from engine.errors import Invalid, NotFound, TokenError
from engine.people import accounts, contacts, rights, teams, throttle
from engine.people import queries as people
from engine.people.accounts import Account
from engine.people.entrance import queries
from engine.people.principal import Principal
from engine.tokens import Keys, Purpose, read

GOOD = timedelta(days=7)
MOST = 500  # lines at once
LISTED = 50  # on the page
AGAIN = throttle.Limit(3, 3600)
ROLES = ("user", "admin")
OVER = "This invitation is over: it was accepted, taken back, or is older than a week. Ask for a new one."
Outcome = Literal["invited", "already here", "already invited", "twice", "not an address"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of what was pasted, as it was typed, and what became of it; `why` for what is no address."""

    typed: str
    outcome: Outcome
    email: str = ""
    why: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """The identity of its address."""
        return contacts.address_key(self.email)


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of a paste, line by line, and the contacts who are to be mailed."""

    lines: Sequence[Line]
    contact_ids: Sequence[int]
    until: datetime

    @property
    def left(self) -> str:
        """The lines that still want mending, to be shown in the form again."""
        return "\n".join(line.typed for line in self.lines if line.outcome == "not an address")


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation. `over` when its link works no more; it can be sent again."""

    id: int
    contact_id: int
    role: str
    team_id: int | None
    team: str
    email: str
    name: str
    sent_at: datetime
    useful_until: datetime
    over: bool


def split(text: str) -> list[str]:
    """The lines of a paste: one address each, parted by line ends, commas or semicolons."""
    return [part.strip() for part in re.split(r"[\r\n,;]+", text) if part.strip()]


def invite(conn: Conn, principal: Principal, text: str, role: str, team_id: int | None, now: datetime) -> Invited:
    """Invite the addresses of `text`; those who are here, or invited, are left as they are. Admins may.

    A fixed number of statements, however many lines. Raises Invalid(addresses, role or team_id), NotAllowed, NotFound.
    """
    rights.require(principal, "invite")
    if role not in ROLES:
        raise Invalid("The role is user or admin.", "role")
    if team_id is not None:
        teams.get(conn, principal, team_id)
    typed = split(text)
    if not typed:
        raise Invalid("Write at least one address.", "addresses")
    if len(typed) > MOST:
        raise Invalid(f"Invite at most {MOST} people at once; these are {len(typed)}.", "addresses")
    lines = [_read(line) for line in typed]
    found: dict[str, Line] = {}
    for line in lines:
        if line.email:
            found.setdefault(line.key, line)  # of two alike the first one counts
    ids = queries.put_contacts(
        conn, principal.workspace_id, list(found), [o.email for o in found.values()], [o.name for o in found.values()]
    )
    here = queries.with_account(conn, principal.workspace_id, list(ids.values()))
    fresh = [ident for ident in ids.values() if ident not in here]
    until = now + GOOD
    new = queries.insert_invitations(conn, principal.workspace_id, fresh, role, team_id, principal.actor, now, until)
    return Invited(_told(lines, ids, here, new), sorted(new), until)


def _read(typed: str) -> Line:
    """A line with its address, or why it has none."""
    name, address = parseaddr(typed)
    try:
        return Line(typed, "invited", contacts.clean_address(address or typed), "", contacts.clean_name(name))
    except Invalid as error:
        return Line(typed, "not an address", "", str(error))


def _told(lines: Sequence[Line], ids: dict[str, int], here: set[int], new: set[int]) -> list[Line]:
    told: list[Line] = []
    seen: set[int] = set()
    for line in lines:
        ident = ids.get(line.key) if line.email else None
        told.append(line if ident is None else replace(line, outcome=_outcome(ident, here, new, seen)))
        if ident is not None:
            seen.add(ident)
    return told


def _outcome(ident: int, here: set[int], new: set[int], seen: set[int]) -> Outcome:
    if ident in seen:
        return "twice"
    if ident in new:
        return "invited"
    return "already here" if ident in here else "already invited"


def listed(
    conn: Conn, principal: Principal, now: datetime, person: str = "", limit: int = LISTED
) -> Sequence[Invitation]:
    """The workspace's open invitations, latest first; `person`: part of a name or address. Admins may."""
    rights.require(principal, "see_people")
    return [_of_row(row, now) for row in queries.invitations(conn, principal.workspace_id, person, limit)]


def one(conn: Conn, principal: Principal, ident: int, now: datetime) -> Invitation:
    """One open invitation. Admins may. Raises NotFound."""
    rights.require(principal, "invite")
    row = queries.invitation(conn, principal.workspace_id, ident, None)
    if row is None:
        raise NotFound("There is no such invitation here. It may have been accepted.")
    return _of_row(row, now)


def again(conn: Conn, principal: Principal, ident: int, now: datetime) -> Invitation:
    """Renew an invitation for a week, to be mailed again. Raises Invalid when that has been done too often."""
    found = one(conn, principal, ident, now)
    if throttle.take(conn, f"invite:{found.id}", AGAIN, now):
        raise Invalid("It was mailed again three times already. Wait an hour, or ask whether it is in their spam.")
    queries.renew_invitation(conn, found.id, now, now + GOOD)
    return one(conn, principal, ident, now)


def revoke(conn: Conn, principal: Principal, ident: int, now: datetime) -> Invitation:
    """Take an invitation back: its link works no more. Admins may. Raises NotFound."""
    found = one(conn, principal, ident, now)
    queries.end_invitation(conn, found.id, now, accepted=False)
    return found


def look(conn: Conn, keys: Keys, token: str, now: datetime) -> tuple[int, Invitation]:
    """The (workspace_id, invitation) of a link, without accepting it. Raises TokenError; `expired` when it is over."""
    workspace_id, contact_id = read(keys, token, Purpose.INVITATION, now.date())
    row = queries.invitation(conn, workspace_id, None, contact_id)
    if row is None or row.useful_until <= now:
        raise TokenError(OVER, expired=True)
    return workspace_id, _of_row(row, now)


def accept(conn: Conn, keys: Keys, token: str, name: str, password: str, now: datetime) -> tuple[Account, Invitation]:
    """Accept an invitation: the account, which signs in by mailed links where no password is chosen.

    Of two at once one has the account, the other is told that it is over. The caller puts the account into the
    invitation's team. Raises Invalid(name or password), TokenError.
    """
    workspace_id, found = look(conn, keys, token, now)
    if password:
        accounts.check_password(password, found.email)
    contact = contacts.get(conn, workspace_id, found.contact_id)
    cleaned = contacts.clean_name(name) or contact.name
    if not cleaned:
        raise Invalid("Say what people call you.", "name")
    people.update_contact(conn, workspace_id, contact.id, cleaned, contact.zone)
    queries.end_invitation(conn, found.id, now, accepted=True)
    account = accounts.make(conn, workspace_id, contact.id, found.role, password or None)
    return account, found


def _of_row(row: Any, now: datetime) -> Invitation:
    return Invitation(
        row.id, row.contact_id, row.role, row.team_id, row.team, row.email, row.name, row.sent_at, row.useful_until,
        row.useful_until <= now,
    )  # fmt: skip
