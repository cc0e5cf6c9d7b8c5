"""How a workspace reaches the outside: its teams' chat channels and its mail relay, secrets sealed at rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from engine import move, sealing
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import ConfigError, Invalid, NotFound
from engine.people import access, contacts
from engine.people.principal import Principal
from engine.people.reach import queries
from engine.states import CHANNEL

Tls = Literal["none", "starttls", "tls"]
TLS: tuple[Tls, ...] = ("none", "starttls", "tls")


@dataclass(frozen=True, slots=True)
class Channel:
    """A team's place in a chat service; `secret` is None where it has none, and is never shown."""

    id: int
    team_id: int
    kind: str
    name: str
    config: Mapping[str, Any]
    state: str
    failure: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """The relay that takes a workspace's mail, and where that was said: workspace, instance or catcher."""

    host: str
    port: int
    tls: Tls
    user: str | None
    password: str | None = field(repr=False)
    connections: int
    source: Literal["workspace", "instance", "catcher"]


def connect(
    conn: Conn, principal: Principal, team_id: int, kind: str, name: str, config: Mapping[str, Any],
    secret: str | None, settings: Settings,
) -> int:  # fmt: skip
    """The id of a new channel of a team, its secret sealed. Managers may. Raises NotAllowed, NotFound, Invalid(name).

    Whether `kind` exists and `config` suits it is for engine.transports.registry to say, before this.
    """
    access.require_manager(conn, principal, team_id)
    name = contacts.clean_name(name)
    if not name:
        raise Invalid("Give the channel a name.", "name")
    channel_id = queries.insert_channel(conn, principal.workspace_id, team_id, kind, name, config)
    _seal_channel(conn, principal.workspace_id, channel_id, secret, settings)
    return channel_id


def disconnect(conn: Conn, principal: Principal, channel_id: int, now: datetime) -> None:
    """Send nothing more to a channel; its settings stay, so that `mend` undoes it. Managers may."""
    _managed(conn, principal, channel_id)
    move.one(conn, "channel", channel_id, "disconnect", now, actor=principal.actor)


def mend(
    conn: Conn, principal: Principal, channel_id: int, now: datetime, settings: Settings, secret: str | None = None
) -> None:
    """Let a failing or disconnected channel get posts again, with a new secret if one is given. Managers may."""
    found = _managed(conn, principal, channel_id)
    if secret:
        _seal_channel(conn, principal.workspace_id, channel_id, secret, settings)
    if found.state in CHANNEL.move("mend").sources:
        move.one(conn, "channel", channel_id, "mend", now, actor=principal.actor, values={"failure": ""})


def of_team(conn: Conn, principal: Principal, team_id: int) -> list[Channel]:
    """A team's channels for its page, without their secrets. Raises NotFound where the principal may not see it."""
    access.require_seeing(conn, principal, team_id)
    return [_channel(row) for row in queries.team_channels(conn, principal.workspace_id, team_id)]


def opened(conn: Conn, workspace_id: int, channel_id: int, settings: Settings) -> Channel:
    """A channel with its secret in clear, for the transport. Raises NotFound, or ConfigError when the key is gone."""
    row = queries.channel(conn, workspace_id, channel_id)
    if row is None:
        raise NotFound("There is no such channel.")
    if row.secret is None:
        return _channel(row)
    key = required(settings.secret_key, "secret_key")
    return _channel(row, sealing.unseal(key, row.secret, f"channel:{workspace_id}:{channel_id}"))


def set_relay(
    conn: Conn, principal: Principal, settings: Settings, *, host: str, port: int, tls: str, user: str | None,
    password: str | None, connections: int = 4,
) -> None:  # fmt: skip
    """Use a relay of the workspace's own. Admins may. An empty password keeps the one that is there.

    Raises NotAllowed, and Invalid(host, port, tls, password or connections).
    """
    principal.require_admin()
    user = contacts.clean_name(user or "", "user") or None
    values = _checked_relay(host, port, tls, connections)
    relay_id = queries.put_relay(conn, principal.workspace_id, {**values, "username": user})
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
    """The workspace's own relay as its settings page shows it: without the password. None when it has none."""
    row = queries.relay(conn, workspace_id)
    return row and RelaySettings(row.host, row.port, row.tls, row.username, None, row.connections, "workspace")


def relay_places(conn: Conn) -> list[tuple[str, int]]:
    """(host, port) of every relay that a workspace has of its own, for the instance's doctor."""
    return queries.relay_places(conn)


def relay_for(conn: Conn, workspace_id: int, settings: Settings) -> RelaySettings:
    """The relay for a workspace's mail: its own, else the instance's. Raises ConfigError when there is none.

    Where the catcher runs and the instance is not production, it takes everything, so that no mail leaves whatever
    a workspace has stored.
    """
    if settings.catcher and not settings.production:
        return _catcher(settings)
    row = queries.relay(conn, workspace_id)
    if row is not None:
        password = row.secret and sealing.unseal(
            required(settings.secret_key, "secret_key"), row.secret, f"relay:{workspace_id}:{row.id}"
        )
        return RelaySettings(row.host, row.port, row.tls, row.username, password, row.connections, "workspace")
    return instance_relay(settings)


def instance_relay(settings: Settings) -> RelaySettings:
    """The relay of the instance's own settings, or the catcher. Raises ConfigError when there is neither."""
    if settings.relay_host and not (settings.catcher and not settings.production):
        return RelaySettings(
            settings.relay_host, settings.relay_port, settings.relay_tls, settings.relay_user,
            settings.relay_password, settings.relay_connections, "instance",
        )  # fmt: skip
    if settings.catcher:
        return _catcher(settings)
    raise ConfigError("There is no mail relay. Set SIXPM_RELAY_HOST, or give the workspace a relay in its settings.")


def _catcher(settings: Settings) -> RelaySettings:
    return RelaySettings("127.0.0.1", settings.catcher_port, "none", None, None, settings.relay_connections, "catcher")


def _checked_relay(host: str, port: int, tls: str, connections: int) -> dict[str, Any]:
    host = host.strip().rstrip(".").lower()
    if not host or len(host) > 253 or any(c.isspace() or c in "/@" for c in host):
        raise Invalid("Write the relay's host name, such as smtp.example.org.", "host")
    if not 1 <= port <= 65535:
        raise Invalid("A port is a number from 1 to 65535; relays listen on 587, 465 or 25.", "port")
    if tls not in TLS:
        raise Invalid("Choose STARTTLS, TLS or none.", "tls")
    if not 1 <= connections <= 100:
        raise Invalid("Use 1 to 100 connections.", "connections")
    return {"host": host, "port": port, "tls": tls, "connections": connections}


def _managed(conn: Conn, principal: Principal, channel_id: int) -> Channel:
    row = queries.channel(conn, principal.workspace_id, channel_id)
    if row is None:
        raise NotFound("There is no such channel here.")
    access.require_manager(conn, principal, row.team_id)
    return _channel(row)


def _channel(row: Any, secret: str | None = None) -> Channel:
    return Channel(row.id, row.team_id, row.kind, row.name, row.config, row.state, row.failure, secret)


def _seal_channel(conn: Conn, workspace_id: int, channel_id: int, secret: str | None, settings: Settings) -> None:
    if secret:
        key = required(settings.secret_key, "secret_key")
        sealed = sealing.seal(key, secret, f"channel:{workspace_id}:{channel_id}")
        queries.set_channel_secret(conn, workspace_id, channel_id, sealed)
