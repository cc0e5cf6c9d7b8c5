"""Who may sign in to a workspace: roles, handing over, leaving. There is an owner at every instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people import accounts, rights, signin
from engine.people.accounts import Account
from engine.people.entrance import queries, sessions
from engine.people.principal import Principal

PAGE = 50
LAST = "This is the last owner. Hand the workspace over to somebody first."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in, as the people page shows them."""

    id: int
    contact_id: int
    role: str
    email: str
    name: str
    has_password: bool
    made_at: datetime
    seen_at: datetime | None
    teams: int


@dataclass(frozen=True, slots=True)
class Which:
    """A part of the list. `person`: part of a name or address; `after`: the account seen last. Empty: all, from first.

    An `after` that is not in the list (any more) has nothing after it.
    """

    person: str = ""
    role: str = ""
    after: int | None = None


ALL = Which()  # everybody, from the first


def listed(conn: Conn, principal: Principal, which: Which = ALL, limit: int = PAGE) -> Sequence[Person]:
    """Who may sign in, owners first, then by name; at most `limit`. Admins may."""
    rights.require(principal, "see_people")
    rows = queries.people(conn, principal.workspace_id, which.person, which.role, which.after, limit)
    return [Person(r.id, r.contact_id, r.role, r.email, r.name, r.has_password, r.made_at, r.seen_at, r.teams)
            for r in rows]  # fmt: skip


def one(conn: Conn, principal: Principal, account_id: int) -> Account:
    """One account of the workspace. Admins may. Raises NotFound."""
    rights.require(principal, "see_people")
    return accounts.get(conn, principal.workspace_id, account_id)


def change_role(conn: Conn, principal: Principal, account_id: int, role: str) -> Account:
    """Make an account owner, admin or user. Admins may; into an owner, or an owner into less, owners alone.

    Raises Invalid(role), also for the last owner; NotAllowed, NotFound.
    """
    if role not in accounts.ROLES:
        raise Invalid(f"The role is one of {', '.join(accounts.ROLES)}.", "role")
    rights.require(principal, "change_account")
    owners = queries.lock_owners(conn, principal.workspace_id)
    account = accounts.get(conn, principal.workspace_id, account_id)
    if "owner" in (role, account.role) and role != account.role:
        rights.require(principal, "change_owner")
        _keep_one(owners, account, role)
    queries.set_role(conn, account.id, role)
    return account


def remove(conn: Conn, principal: Principal, account_id: int, now: datetime) -> Account:
    """Take an account away; what the person wrote and their teams stay. As change_role otherwise."""
    rights.require(principal, "change_account")
    owners = queries.lock_owners(conn, principal.workspace_id)
    account = accounts.get(conn, principal.workspace_id, account_id)
    if account.role == "owner":
        rights.require(principal, "change_owner")
        _keep_one(owners, account, "")
    _end(conn, account, now)
    return account


def leave(conn: Conn, principal: Principal, now: datetime) -> Account:
    """Give up one's own account. Raises Invalid for the last owner."""
    owners = queries.lock_owners(conn, principal.workspace_id)
    account = _own(conn, principal)
    _keep_one(owners, account, "")
    _end(conn, account, now)
    return account


def hand_over(conn: Conn, principal: Principal, account_id: int, password: str, now: datetime) -> Account:
    """Make somebody the owner in one's own place, and oneself an admin, confirmed with one's own password.

    Raises Invalid(password), NotAllowed, NotFound.
    """
    rights.require(principal, "hand_over")
    queries.lock_owners(conn, principal.workspace_id)
    own, heir = _own(conn, principal), accounts.get(conn, principal.workspace_id, account_id)
    if own.role != "owner":
        raise NotAllowed("You are no owner any more.")
    if heir.id == own.id:
        raise Invalid("Hand over to somebody else.")
    signin.confirm(conn, own, password, now)
    queries.set_role(conn, heir.id, "owner")
    queries.set_role(conn, own.id, "admin")
    return heir


def _keep_one(owners: Sequence[int], account: Account, role: str) -> None:
    if role != "owner" and list(owners) == [account.id]:
        raise Invalid(LAST, "role")


def _own(conn: Conn, principal: Principal) -> Account:
    if principal.account_id is None:
        raise NotFound("There is no such account.")
    return accounts.get(conn, principal.workspace_id, principal.account_id)


def _end(conn: Conn, account: Account, now: datetime) -> None:
    sessions.end_all(conn, account.id, now)
    queries.end_tickets(conn, account.id, now)
    queries.end_account(conn, account.id, now)
