"""Mailed links that work once and for a quarter of an hour: to sign in, or to set a new password.

Whoever asks hears the same whether the address is known or not, and asks under the same limits as one who tries
passwords. The token in the mail is made when the mail is rendered; no row holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from engine.db import Conn
from engine.errors import TokenError
from engine.people import accounts, contacts, signin, throttle
from engine.people.accounts import Account
from engine.people.entrance import queries, sessions
from engine.tokens import Keys, Purpose, read, sign

Use = Literal["signin", "reset"]
GOOD = timedelta(minutes=15)
PURPOSES: Mapping[str, Purpose] = {"signin": Purpose.SIGN_IN, "reset": Purpose.RESET}
OVER = "This link has been used, or is older than 15 minutes. Have a new one mailed."


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that was just made. `opens` is what the mail's context keeps for `token`; `useful_until` ends it."""

    account: Account
    opens: Mapping[str, Any]
    useful_until: datetime


def wait(conn: Conn, email: str, address: str, now: datetime) -> float:
    """Count one ask and return 0, or the seconds to wait; as passwords are counted, known address or not.

    The caller commits either way.
    """
    key = contacts.address_key(email)[:320]
    found = throttle.take(conn, f"link:from:{address}", signin.PER_ADDRESS, now)
    return found or throttle.take(conn, f"link:to:{signin.digest(key)}", signin.PER_ACCOUNT, now)


def make(conn: Conn, email: str, use: Use, now: datetime) -> Sequence[Ticket]:
    """A ticket for every account of an address: one in each workspace, none for an address that is not known."""
    until = now + GOOD
    made = []
    for row in queries.accounts_of_mail(conn, contacts.address_key(email)[:320]):  # five at most
        ident = queries.insert_ticket(conn, row.workspace_id, row.id, use, now, until)
        opens = {"purpose": int(PURPOSES[use]), "id": ident, "until": until.date().isoformat()}
        made.append(Ticket(accounts.of_row(row), opens, until))
    return made


def look(conn: Conn, keys: Keys, token: str, use: Use, now: datetime) -> Account:
    """Whose ticket a link is, without using it up. Raises TokenError; `expired` for an own one that is over."""
    workspace_id, ident = read(keys, token, PURPOSES[use], now.date())
    found = queries.ticket(conn, workspace_id, ident, use, now)
    if found is None:
        raise TokenError(OVER, expired=True)
    return accounts.get(conn, workspace_id, found.id)


def use_up(conn: Conn, keys: Keys, token: str, use: Use, now: datetime) -> Account:
    """Use a ticket: of two at once one gets the account, the other a TokenError that has `expired`."""
    account = look(conn, keys, token, use, now)
    if queries.use_ticket(conn, account.workspace_id, _ident(keys, token, use, now), use, now) is None:
        raise TokenError(OVER, expired=True)
    return account


def reset(conn: Conn, keys: Keys, token: str, password: str, now: datetime) -> Account:
    """Set a new password by a ticket; ends every session, and every other ticket. Raises Invalid(password), TokenError.

    A password that is refused uses nothing up.
    """
    accounts.check_password(password, look(conn, keys, token, "reset", now).email)
    account = use_up(conn, keys, token, "reset", now)
    sessions.end_all(conn, account.id, now)
    queries.end_tickets(conn, account.id, now)
    return accounts.set_password(conn, account, password)


def token(keys: Keys, workspace_id: int, opens: Mapping[str, Any], contact_id: int) -> str:
    """The token that a mail carries, from what its context keeps; an `id` of None stands for the contact's own."""
    ident = contact_id if opens["id"] is None else int(opens["id"])
    return sign(keys, Purpose(opens["purpose"]), workspace_id, ident, datetime.fromisoformat(opens["until"]).date())


def _ident(keys: Keys, text: str, use: Use, now: datetime) -> int:
    return read(keys, text, PURPOSES[use], now.date())[1]
