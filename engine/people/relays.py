"""The mail relays of a workspace: which one takes which mail, its limits, its secrets sealed at rest."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from engine import sealing
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import Invalid
from engine.people import contacts
from engine.people.instance_relays import catcher, catches, instance_relay, instance_relays, instance_relays_for
from engine.people.principal import Principal
from engine.people.reach import queries
from engine.people.relay_settings import TLS, Purpose, RelaySettings, RelayTerms, Tls

__all__ = [
    "TLS", "Purpose", "RelaySettings", "Tls", "clear_relay", "instance_relay", "instance_relays", "of_row", "opened",
    "own_relay", "place", "relay_for", "relay_places", "relays_for", "set_relay",
]  # fmt: skip


def set_relay(
    conn: Conn, principal: Principal, settings: Settings, *, host: str, port: int, tls: str, user: str | None,
    password: str | None, connections: int = 4,
) -> None:  # fmt: skip
    """Use a relay of the workspace's own. Admins may. An empty password keeps the one that is there.

    Raises NotAllowed, and Invalid(host, port, tls, password or connections).
    """
    principal.require_admin()
    user = contacts.clean_name(user or "", "user") or None
    values = place(host, port, tls, connections)
    relay_id = queries.put_relay(conn, principal.workspace_id, {**values, "username": user})
    queries.forget_faults(conn, relay_id)
    if user is None:
        queries.set_relay_secret(conn, principal.workspace_id, None)
    elif password:
        key = required(settings.secret_key, "secret_key")
        sealed = sealing.seal(key, password, f"relay:{principal.workspace_id}:{relay_id}")
        queries.set_relay_secret(conn, principal.workspace_id, sealed)
    else:
        kept = queries.relay(conn, principal.workspace_id)
        if kept is None or kept.secret is None:
            raise Invalid("A relay with a user needs a password.", "password")


def clear_relay(conn: Conn, principal: Principal) -> None:
    """Forget the workspace's own relay, so that the instance's holds. Admins may."""
    principal.require_admin()
    queries.delete_relay(conn, principal.workspace_id)


def own_relay(conn: Conn, workspace_id: int) -> RelaySettings | None:
    """The workspace's first relay as its settings page shows it: without the password. None when it has none."""
    row = queries.relay(conn, workspace_id)
    return row and of_row(row, None)


def relay_places(conn: Conn) -> list[tuple[str, int]]:
    """(host, port) of every relay that a workspace has of its own, for the instance's doctor."""
    return queries.relay_places(conn)


def lane_names(conn: Conn, workspace_id: int) -> dict[str, str]:
    """What people call the workspace's relays, by lane."""
    return {f"relay:{row.id}": row.name or row.host for row in queries.relays(conn, workspace_id)}


def relay_for(conn: Conn, workspace_id: int, settings: Settings) -> RelaySettings:
    """The first relay for a workspace's transactional mail. Raises ConfigError when there is none."""
    return relays_for(conn, workspace_id, settings, "transactional")[0]


def relays_for(conn: Conn, workspace_id: int, settings: Settings, purpose: Purpose) -> tuple[RelaySettings, ...]:
    """The relays for one kind of a workspace's mail, by rank: its own, else the instance's. Raises ConfigError.

    Those that say `purpose` go before those for all mail. Where the catcher runs and the instance is not production,
    it takes everything, so that no mail leaves whatever a workspace has stored.
    """
    if catches(settings):
        return (catcher(settings),)
    own = [row for row in queries.relays(conn, workspace_id) if row.uses in (purpose, "all")]
    if not own:
        return instance_relays_for(settings, purpose)
    own.sort(key=lambda row: (row.rank, row.uses == "all"))
    return tuple(opened(row, workspace_id, settings) for row in own)


def place(host: str, port: int, tls: str, connections: int) -> dict[str, Any]:
    """Those columns of a relay, checked. Raises Invalid(host, port, tls or connections)."""
    host = host.strip().rstrip(".").lower()
    if not host or len(host) > 253 or any(c.isspace() or c in "/@<>" for c in host):
        raise Invalid("Write the relay's host name, such as smtp.example.org.", "host")
    if not 1 <= port <= 65535:
        raise Invalid("A port is a number from 1 to 65535; relays listen on 587, 465 or 25.", "port")
    if tls not in TLS:
        raise Invalid("Choose STARTTLS, TLS or none.", "tls")
    if not 1 <= connections <= 100:
        raise Invalid("Use 1 to 100 connections.", "connections")
    return {"host": host, "port": port, "tls": tls, "connections": connections}


def of_row(row: Any, password: str | None) -> RelaySettings:
    """A stored relay; its password is opened by who needs it."""
    terms: dict[str, Any] = {item.name: getattr(row, item.name) for item in fields(RelayTerms)}  # its columns' names
    where = row.host, row.port, row.tls, row.username, password, row.connections
    return RelaySettings(*where, "workspace", row.id, **terms)


def opened(row: Any, workspace_id: int, settings: Settings) -> RelaySettings:
    """A stored relay with its password. Raises ConfigError where SIXPM_SECRET_KEY does not open it."""
    return of_row(row, _password(row, workspace_id, settings))


def _password(row: Any, workspace_id: int, settings: Settings) -> str | None:
    if not row.secret:
        return None
    return sealing.unseal(required(settings.secret_key, "secret_key"), row.secret, f"relay:{workspace_id}:{row.id}")
