"""Accounts: contacts who may sign in, their passwords, and the epoch that ends their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import contacts, queries
from engine.people.principal import Principal, of_session

ROLES = ("owner", "admin", "user")
SHORTEST, LONGEST = 10, 1000

hasher = PasswordHasher()  # argon2id with the RFC 9106 low-memory parameters (64 MiB, 3 passes, 4 lanes)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    id: int
    workspace_id: int
    contact_id: int
    role: str
    epoch: int
    email: str
    name: str
    zone: str | None = None  # in which they read times: their own, else their team's; of a session's account alone

    @property
    def principal(self) -> Principal:
        """The asker this account is in a session."""
        return of_session(self.workspace_id, self.contact_id, self.id, self.role)


def of_row(row: Any) -> Account:
    """The account of a row of queries.account*."""
    return Account(
        row.id, row.workspace_id, row.contact_id, row.role, row.epoch, row.email, row.name, getattr(row, "zone", None)
    )


def check_password(password: str, email: str) -> None:
    """Raise Invalid(password) for one that is too short, too long, or the person's own address.

    Length is what counts (NIST SP 800-63B section 5.1.1.2): no rules about kinds of characters.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"Choose a password of at least {SHORTEST} characters.", "password")
    if password.casefold() == email.strip().casefold() or len(set(password)) < 3:
        raise Invalid("Choose a password that is harder to guess.", "password")


def make(conn: Conn, workspace_id: int, contact_id: int, role: str, password: str | None) -> Account:
    """Let a contact sign in. Raises Invalid when the contact already can, or the role is unknown."""
    if role not in ROLES:
        raise Invalid(f"The role is one of {', '.join(ROLES)}.", "role")
    hashed = hasher.hash(password) if password is not None else None
    account_id = queries.put_account(conn, workspace_id, contact_id, role, hashed)
    if account_id is None:
        raise Invalid("This person already has an account.", "email")
    return get(conn, workspace_id, account_id)


def get(conn: Conn, workspace_id: int, account_id: int) -> Account:
    """One account. Raises NotFound."""
    found = queries.account(conn, workspace_id, account_id)
    if found is None:
        raise NotFound("There is no such account.")
    return of_row(found)


def in_session(conn: Conn, account_id: int, epoch: int) -> Account | None:
    """The account of a session cookie, or None when its epoch has passed."""
    found = queries.account_in_session(conn, account_id, epoch)
    return of_row(found) if found else None


def set_password(conn: Conn, account: Account, password: str) -> Account:
    """Set a new password and end every session; the returned account carries the new epoch. Raises Invalid."""
    check_password(password, account.email)
    queries.update_password(conn, account.id, hasher.hash(password), end_sessions=True)
    return get(conn, account.workspace_id, account.id)


def create_user(conn: Conn, email: str, name: str, role: str, password: str | None) -> Account:
    """An account in the instance's workspace, made from the command line.

    Raises NotFound when the instance is not set up, Invalid for bad input or a person who has an account.
    """
    workspace_id = queries.only_workspace(conn)
    if workspace_id is None:
        raise NotFound("There is no workspace yet. Open the web page once and set it up, then add users.")
    if password is not None:
        check_password(password, email)
    contact_id = contacts.add(conn, workspace_id, email, name, None)
    return make(conn, workspace_id, contact_id, role, password)
