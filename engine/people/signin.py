"""Signing in with a password: the same answer, after the same work, whether the address is known or not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from argon2.exceptions import InvalidHashError, VerificationError

from engine.db import Conn
from engine.errors import Invalid
from engine.people import accounts, contacts, queries, throttle
from engine.people.accounts import Account

PER_ACCOUNT = throttle.Limit(10, 60)
PER_ADDRESS = throttle.Limit(30, 20)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a try to sign in came to: the account, or None; `wait` is how many seconds to wait before the next try."""

    account: Account | None
    wait: float = 0.0


def sign_in(conn: Conn, email: str, password: str, address: str, now: datetime) -> Attempt:
    """Check a password. Never raises for wrong input; the caller commits either way, so that the try counts.

    `address` is the client's. Tries are counted per mail address and per client address, known or not.
    """
    key = contacts.address_key(email)[:320]
    wait = throttle.take(conn, f"signin:from:{address}", PER_ADDRESS, now)
    wait = wait or throttle.take(conn, f"signin:to:{digest(key)}", PER_ACCOUNT, now)
    if wait:
        return Attempt(None, wait)
    found = queries.accounts_by_mail(conn, key)
    if not found:
        _matches(_nobody(), password)
    for row in found:
        if _matches(row.password_hash, password):
            _refresh(conn, row, password)
            return Attempt(accounts.of_row(row))
    return Attempt(None)


def change_password(conn: Conn, account: Account, old: str, new: str, now: datetime) -> Account:
    """Set a new password for somebody signed in; ends all sessions. Raises Invalid with the field it belongs to."""
    row = queries.account(conn, account.workspace_id, account.id)
    if throttle.take(conn, f"password:{account.id}", PER_ACCOUNT, now):
        raise Invalid("Too many tries. Wait a few minutes.", "old")
    if row is None or row.password_hash is None or not _matches(row.password_hash, old):
        raise Invalid("This is not your present password.", "old")
    return accounts.set_password(conn, account, new)


def confirm(conn: Conn, account: Account, password: str, now: datetime) -> None:
    """Have somebody who is signed in prove that it is still them. Raises Invalid(password)."""
    row = queries.account(conn, account.workspace_id, account.id)
    if throttle.take(conn, f"password:{account.id}", PER_ACCOUNT, now):
        raise Invalid("Too many tries. Wait a few minutes.", "password")
    if row is None or row.password_hash is None:
        raise Invalid("You have no password. Have a link mailed that sets one, then come back.", "password")
    if not _matches(row.password_hash, password):
        raise Invalid("This is not your present password.", "password")


def digest(text: str) -> str:
    """A short name of an address for a bucket's key."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@cache
def _nobody() -> str:
    """A hash no password fits, so that an unknown address costs as much as a known one."""
    return accounts.hasher.hash("nobody has this password")


def _matches(hashed: str, password: str) -> bool:
    if len(password) > accounts.LONGEST:
        password = ""  # still one verification, of a length that cannot be made expensive
    try:
        return accounts.hasher.verify(hashed, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


def _refresh(conn: Conn, row: Any, password: str) -> None:
    """Hash anew when the parameters have grown since; sessions live on."""
    if accounts.hasher.check_needs_rehash(row.password_hash):
        queries.update_password(conn, row.id, accounts.hasher.hash(password), end_sessions=False)
