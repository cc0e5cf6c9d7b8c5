"""Plain addresses: where a team, or the workspace, is written to without a token. One of each, unique in the instance.

The domain is the workspace's reply domain, which may be everybody's; so the local part alone tells them apart.
"""

from __future__ import annotations

import re
import secrets

from engine.db import Conn
from engine.errors import Invalid
from engine.people import rights
from engine.people.plain import queries
from engine.people.principal import Principal

LONGEST = 64  # RFC 5321 section 4.5.3.1.1
SHORTEST = 3  # what is shorter is ours: r+, b+ and such
# Of every domain (RFC 2142), of mail servers, and what people take for a machine's.
RESERVED = frozenset(
    {"abuse", "admin", "administrator", "bounce", "bounces", "hostmaster", "mailer-daemon", "mailerdaemon", "no-reply",
     "nobody", "noreply", "postmaster", "root", "security", "spam", "unsubscribe", "webmaster", "www"}
)  # fmt: skip
_LOCAL = re.compile(r"[a-z0-9](?:[a-z0-9]|[._-](?=[a-z0-9]))*")


def make(conn: Conn, workspace_id: int, team_id: int | None = None) -> None:
    """Give a new team, or workspace, its address: its name and its number. Where somebody has that, a little more."""
    if not queries.insert(conn, workspace_id, team_id, ""):
        queries.insert(conn, workspace_id, team_id, f"-{secrets.token_hex(4)}")


def of(conn: Conn, workspace_id: int, team_id: int | None = None) -> str:
    """The local part of the address of a team, or of the workspace; empty where it has none."""
    return queries.written(conn, workspace_id, team_id)[0]


def written(conn: Conn, workspace_id: int, team_id: int | None, instance: str) -> tuple[str, str]:
    """(local part, domain) of that address; `instance` is the reply domain of workspaces without their own."""
    local, own = queries.written(conn, workspace_id, team_id)
    return local, own or instance


def change(conn: Conn, principal: Principal, team_id: int | None, typed: str) -> str:
    """Set the address of a team (its managers may) or of the workspace (admins may); as it is now.

    Raises NotFound, NotAllowed, Invalid(local).
    """
    if team_id is None:
        rights.require(principal, "change_mail_settings")
    else:
        rights.require_in_team(conn, principal, "change_plain_address", team_id)
    wanted = clean(typed)
    if not queries.put(conn, principal.workspace_id, team_id, wanted):
        raise Invalid("This address is taken. Choose another one.", "local")
    return wanted


def clean(typed: str) -> str:
    """A local part as it is kept, in lower case. Raises Invalid(local)."""
    name = typed.strip().lower()
    if "@" in name:
        raise Invalid("Write only what stands before the @.", "local")
    if not SHORTEST <= len(name) <= LONGEST:
        raise Invalid(f"Write {SHORTEST} to {LONGEST} characters.", "local")
    if not _LOCAL.fullmatch(name):
        raise Invalid(
            "Use the letters a to z and digits, with single dots, dashes or underscores between them.", "local"
        )
    if name in RESERVED:
        raise Invalid("Mail systems use this name themselves. Choose another one.", "local")
    return name


__all__ = ["LONGEST", "RESERVED", "SHORTEST", "change", "clean", "make", "of", "written"]
