"""Whom an instance may send to. Only production may send to everybody; the rest is a rule over settings alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from engine.config import Settings
from engine.errors import ConfigError
from engine.transports import registry

SUPPRESSED = "not on SIXPM_ALLOW, and this instance is not production"


def allowed(settings: Settings, address: str) -> bool:
    """Whether mail may go to `address`.

    With the catcher on a non-production instance everything may, since nothing can leave this machine
    (engine.people.relays.relay_for gives the catcher whatever else is stored).
    """
    if settings.production or settings.catcher:
        return True
    key = address.strip().casefold()
    local, at, domain = key.rpartition("@")
    return bool(local and at) and (key in _listed(settings) or f"@{domain}" in _listed(settings))


def host_allowed(settings: Settings, host: str) -> bool:
    """Whether chat posts may go to `host` (a name or address without port): also loopback where not production."""
    name = host.strip().rstrip(".").casefold().strip("[]")
    return settings.production or name in _listed(settings) or is_loopback(name)


def check_channel(settings: Settings, kind: str, config: Mapping[str, object], secret: str | None = None) -> None:
    """Raise ConfigError when a channel's posts, a test post too, would go to a host this instance may not reach.

    `secret` is in clear: some services' addresses are secrets.
    """
    host = registry.host(kind, config, secret, settings)
    if host and not host_allowed(settings, host):
        raise ConfigError(f"{host} is {SUPPRESSED}")


def is_loopback(host: str) -> bool:
    """True for localhost and loopback addresses; no name is looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listed(settings: Settings) -> frozenset[str]:
    return frozenset(part.strip().casefold() for part in settings.allow.split(",") if part.strip())
