"""How a workspace reaches its teams' chat channels, secrets sealed at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import move, sealing
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import access, contacts
from engine.people.principal import Principal
from engine.people.reach import queries
from engine.states import CHANNEL

GETS = ("entries", "round", "digest")  # each answer as it comes, one post when a round closes, the team's digest


@dataclass(frozen=True, slots=True)
class Channel:
    """A team's place in a chat service; `secret` is None where it has none, and is never shown. `gets` are of GETS."""

    id: int
    team_id: int
    kind: str
    name: str
    config: Mapping[str, Any]
    state: str
    failure: str
    gets: tuple[str, ...] = ("entries",)
    secret: str | None = field(default=None, repr=False)


def connect(
    conn: Conn, principal: Principal, team_id: int, kind: str, name: str, config: Mapping[str, Any],
    secret: str | None, settings: Settings, gets: Sequence[str] = ("entries",),
) -> int:  # fmt: skip
    """The id of a new channel of a team, its secret sealed. Managers may. Raises NotAllowed, NotFound.

    Raises Invalid(name) without a name, Invalid(gets) where it is to get nothing.

    Whether `kind` exists and `config` suits it is for engine.transports.registry to say, before this.
    """
    access.require_manager(conn, principal, team_id)
    named, wanted = _named(name), _wanted(gets)
    channel_id = queries.insert_channel(conn, principal.workspace_id, team_id, kind, named, config, wanted)
    _seal_channel(conn, principal.workspace_id, channel_id, secret, settings)
    return channel_id


def change(
    conn: Conn, principal: Principal, channel_id: int, name: str, gets: Sequence[str], secret: str | None,
    settings: Settings,
) -> None:  # fmt: skip
    """Rename a channel, choose what it gets, and replace its secret if one is given. Managers may.

    Raises as `connect` does. Whether the secret is one is for engine.transports.registry to say, before this. Its state
    stays: a failing channel is mended by a test post that arrives.
    """
    _managed(conn, principal, channel_id)
    queries.update_channel(conn, principal.workspace_id, channel_id, _named(name), _wanted(gets))
    _seal_channel(conn, principal.workspace_id, channel_id, secret, settings)


def _named(name: str) -> str:
    cleaned = contacts.clean_name(name)
    if not cleaned:
        raise Invalid("Give the channel a name.", "name")
    return cleaned


def _wanted(gets: Sequence[str]) -> list[str]:
    wanted = [one for one in GETS if one in gets]
    if not wanted or len(wanted) != len(set(gets)):
        raise Invalid("Choose at least one. A channel that is to get nothing can be disconnected.", "gets")
    return wanted


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


def _managed(conn: Conn, principal: Principal, channel_id: int) -> Channel:
    row = queries.channel(conn, principal.workspace_id, channel_id)
    if row is None:
        raise NotFound("There is no such channel here.")
    access.require_manager(conn, principal, row.team_id)
    return _channel(row)


def _channel(row: Any, secret: str | None = None) -> Channel:
    return Channel(row.id, row.team_id, row.kind, row.name, row.config, row.state, row.failure, tuple(row.gets), secret)


def _seal_channel(conn: Conn, workspace_id: int, channel_id: int, secret: str | None, settings: Settings) -> None:
    if secret:
        key = required(settings.secret_key, "secret_key")
        sealed = sealing.seal(key, secret, f"channel:{workspace_id}:{channel_id}")
        queries.set_channel_secret(conn, workspace_id, channel_id, sealed)
