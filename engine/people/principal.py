"""Who asks: every story call takes one principal, made from a session, a signed mail link, or the engine itself.

A principal says who, never whether: rights inside a team are looked up when they are needed (engine.people.access).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.errors import NotAllowed

Kind = Literal["session", "link", "system"]
Role = Literal["owner", "admin", "user", "system"]
ADMINS = ("owner", "admin", "system")
OPERATOR = "operator"  # the actor of whoever has a shell on the server and uses the `sixpm` command


@dataclass(frozen=True, slots=True)
class Principal:
    """One asker in one workspace. A link speaks for its one membership only and is never more than a user."""

    kind: Kind
    workspace_id: int
    contact_id: int | None
    account_id: int | None
    role: Role
    membership_id: int | None = None

    @property
    def actor(self) -> str:
        """The name event rows carry: "account:7", "membership:12", or empty for the engine."""
        if self.kind == "session":
            return f"account:{self.account_id}"
        return f"membership:{self.membership_id}" if self.kind == "link" else ""

    @property
    def is_admin(self) -> bool:
        """True for owners and admins of the workspace, and for the engine."""
        return self.role in ADMINS

    def require_admin(self) -> None:
        """Raise NotAllowed unless the principal is an owner or admin of the workspace."""
        if not self.is_admin:
            raise NotAllowed("Only an owner or admin of the workspace may do this. Ask one of them.")


def SYSTEM(workspace_id: int) -> Principal:
    """The engine itself acting in `workspace_id`: ticks, sweeps, commands."""
    return Principal("system", workspace_id, None, None, "system")


def of_session(workspace_id: int, contact_id: int, account_id: int, role: str) -> Principal:
    """The person who signed in."""
    if role not in ("owner", "admin", "user"):
        raise ValueError(f"unknown account role {role!r}")
    return Principal("session", workspace_id, contact_id, account_id, role)  # type: ignore[arg-type]


def of_link(workspace_id: int, contact_id: int, membership_id: int) -> Principal:
    """The holder of a member's signed link: speaks for that membership, whatever account the person has."""
    return Principal("link", workspace_id, contact_id, None, "user", membership_id)
