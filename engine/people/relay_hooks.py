"""Whose events a provider's call may bring: the relay that its address names, and what proves that it is its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine import sealing
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import ConfigError
from engine.people import relays
from engine.people.instance_relays import instance_relays
from engine.people.reach import queries
from engine.people.relay_settings import RelaySettings


@dataclass(frozen=True, slots=True)
class Hook:
    """One relay's way in. `workspace_id` is None for the instance's relays, whose events may be about anybody's mail;
    events of a workspace's own relay may be about its own deliveries alone."""

    source: str
    preset: str
    workspace_id: int | None
    secret: str = field(repr=False)


def hook(conn: Conn, settings: Settings, preset: str, key: str) -> Hook | None:
    """The hook that an address names; None where there is no such relay, or no key that proves its events."""
    if key.isascii() and key.isdigit():
        return _of_workspace(conn, settings, preset, key)
    for relay in _of_instance(settings):
        if relay.key == key and relay.preset == preset and relay.hook_secret:
            return Hook(relay.event_source, preset, None, relay.hook_secret)
    return None


def _of_instance(settings: Settings) -> tuple[RelaySettings, ...]:
    try:
        return instance_relays(settings)
    except ConfigError:
        return ()  # the doctor says what is wrong


def _of_workspace(conn: Conn, settings: Settings, preset: str, key: str) -> Hook | None:
    row = queries.relay_by_id(conn, int(key)) if len(key) < 19 else None
    if row is None or row.preset != preset or not row.hook_secret:
        return None
    secret = required(settings.secret_key, "secret_key")
    opened = sealing.unseal(secret, row.hook_secret, f"relay-hook:{row.workspace_id}:{row.id}")
    return Hook(relays.of_row(row, None).event_source, preset, row.workspace_id, opened)
