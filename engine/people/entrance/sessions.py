"""The browsers in which an account is signed in: begun, seen, listed, ended one by one or all others at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from engine.db import Conn
from engine.errors import NotFound
from engine.people import accounts
from engine.people.accounts import Account
from engine.people.entrance import queries

How = Literal["password", "link", "reset", "invitation", "setup"]
LIFE = timedelta(days=14)  # without a visit; the cookie's own life
TOUCH = timedelta(minutes=15)  # how exact "seen" is: a visit more often writes nothing
KEPT = timedelta(days=90)  # rows of sessions that are over

# What a browser calls itself, in the order in which to ask: Edge and Opera also say Chrome, Chrome also says Safari.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Session:
    """One browser. `browser` is a guess from what it calls itself."""

    id: int
    how: str
    browser: str
    address: str
    made_at: datetime
    seen_at: datetime


def begin(conn: Conn, account: Account, how: How, agent: str, address: str, now: datetime) -> int:
    """The id of a new session. `agent` and `address` are what the browser says and where it is."""
    plain = re.sub(r"[^\x20-\x7e]", "", agent)[:200]
    return queries.insert_session(conn, account, how, plain, address[:100], now)


def account_of(conn: Conn, account_id: int, epoch: int, session_id: int, now: datetime) -> Account | None:
    """Whose session it is, or None when it is over. Notes that it was seen, four times an hour at most."""
    row = queries.account_of_session(conn, account_id, epoch, session_id)
    if row is None or row.seen_at < now - LIFE:
        return None
    if row.seen_at < now - TOUCH:
        queries.touch_session(conn, session_id, now, now - TOUCH)
    return accounts.of_row(row)


def listed(conn: Conn, account: Account, now: datetime) -> Sequence[Session]:
    """The account's sessions that live, the latest seen first."""
    rows = queries.sessions(conn, account.id, account.epoch, now - LIFE)
    return [Session(r.id, r.how, browser(r.agent), r.address, r.made_at, r.seen_at) for r in rows]


def end(conn: Conn, account: Account, session_id: int, now: datetime) -> None:
    """End one session of the account. Raises NotFound for one that is over, or another's."""
    if not queries.end_sessions(conn, account.id, now, session_id, None):
        raise NotFound("This session has ended already.")


def end_others(conn: Conn, account: Account, session_id: int, now: datetime) -> int:
    """End every session of the account but this one; how many."""
    return queries.end_sessions(conn, account.id, now, None, session_id)


def end_all(conn: Conn, account_id: int, now: datetime) -> int:
    """End every session of an account; how many."""
    return queries.end_sessions(conn, account_id, now, None, None)


def tidy(conn: Conn, now: datetime) -> int:
    """Forget sessions and tickets that have been over for long, and return how many; for retention."""
    return queries.drop_old(conn, now - KEPT)


def browser(agent: str) -> str:
    """ "Firefox on Linux", as far as a browser's own words say it."""
    name = next((name for word, name in _BROWSERS if f"{word}/" in agent), "A browser")
    system = next((name for word, name in _SYSTEMS if word in agent), "")
    return f"{name} on {system}" if system else name
