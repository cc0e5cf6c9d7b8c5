"""`sixpm user create`: an account made from the command line."""

from __future__ import annotations

from engine import db
from engine.people import accounts


def create_user(email: str, name: str, role: str, password: str | None) -> None:
    """Make an account in the instance's workspace: role owner, admin or user.

    Raises NotFound when the instance is not set up, Invalid for bad input or a person who has an account.
    """
    with db.begin() as conn:
        accounts.create_user(conn, email, name, role, password)
