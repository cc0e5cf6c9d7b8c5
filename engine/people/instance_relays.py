"""The relays of the instance's own settings: the first, one that steps in for it, one for bulk.

The others are addresses, `smtp(s)://user:password@host:port?option=value&…`, whose options are those of SIXPM_RELAY_*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.config import Settings
from engine.errors import ConfigError
from engine.people.relay_settings import TLS, Purpose, RelaySettings
from engine.transports.smtp import presets

PORTS = {"smtp": 587, "smtps": 465}
SLOTS = ("second", "bulk")


def catches(settings: Settings) -> bool:
    """Whether the local catcher takes all mail, so that none leaves whatever a workspace has stored."""
    return settings.catcher and not settings.production


def instance_relay(settings: Settings) -> RelaySettings:
    """The first relay of the instance's own settings, or the catcher. Raises ConfigError when there is neither."""
    if settings.relay_host and not catches(settings):
        return _first(settings, settings.relay_host)
    if settings.catcher:
        return catcher(settings)
    raise ConfigError("There is no mail relay. Set SIXPM_RELAY_HOST, or give the workspace a relay in its settings.")


def instance_relays(settings: Settings) -> tuple[RelaySettings, ...]:
    """All relays of the instance's settings, the first one first; the catcher alone where it takes all mail.

    Raises ConfigError where there is none, and for what is wrong with one of them.
    """
    first = instance_relay(settings)
    if first.source == "catcher":
        return (first,)
    others = (_other(settings, slot) for slot in SLOTS)
    return (first, *(relay for relay in others if relay is not None))


def instance_relays_for(settings: Settings, purpose: Purpose) -> tuple[RelaySettings, ...]:
    """Those for one kind of mail, by rank. Raises what `instance_relays` raises."""
    found = [relay for relay in instance_relays(settings) if relay.uses in (purpose, "all")]
    return tuple(sorted(found, key=lambda relay: (relay.rank, relay.uses == "all")))


def catcher(settings: Settings) -> RelaySettings:
    """The local catcher."""
    return RelaySettings("127.0.0.1", settings.catcher_port, "none", None, None, settings.relay_connections, "catcher")


def _first(settings: Settings, host: str) -> RelaySettings:
    return _checked(
        "SIXPM_RELAY",
        RelaySettings(
            host, settings.relay_port, settings.relay_tls, settings.relay_user, settings.relay_password,
            settings.relay_connections, "instance",
            preset=settings.relay_preset, per_connection=settings.relay_per_connection,
            per_second=settings.relay_per_second, per_day=settings.relay_per_day,
            warmup_from=settings.relay_warmup_from, visible=settings.relay_visible, chunking=settings.relay_chunking,
            idempotency_header=settings.relay_idempotency_header, stream=settings.relay_stream,
            hook_secret=settings.relay_hook_secret,
        ),
    )  # fmt: skip


def _other(settings: Settings, slot: str) -> RelaySettings | None:
    text = settings.relay_second if slot == "second" else settings.relay_bulk
    if not text:
        return None
    where = f"SIXPM_RELAY_{slot.upper()}"
    made = replace(_of_url(where, text, settings.relay_connections), slot=slot)
    made = replace(made, rank=1) if slot == "second" else replace(made, uses="bulk")
    return _checked(where, made)


def _of_url(where: str, text: str, connections: int) -> RelaySettings:
    """Never says what the address holds: a password may be in it."""
    form = "smtp://user:password@host:port or smtps://…, letters such as @ and / in a password as %40 and %2F"
    try:
        url = urlsplit(text.strip())
        port = url.port
        options = dict(parse_qsl(url.query, strict_parsing=bool(url.query)))
    except ValueError:
        raise ConfigError(f"{where} is no address. Write {form}.") from None
    if url.scheme not in PORTS or not url.hostname or url.path not in ("", "/") or url.fragment:
        raise ConfigError(f"{where} is no relay's address. Write {form}.")
    user = unquote(url.username) if url.username else None
    password = unquote(url.password) if url.password else None
    tls = "tls" if url.scheme == "smtps" else "starttls"
    values = {"tls": tls, "connections": connections, **_options(where, options)}
    return RelaySettings(
        url.hostname, port or PORTS[url.scheme], user=user, password=password, source="instance", **values
    )


def _flag(text: str) -> bool:
    return {"1": True, "true": True, "0": False, "false": False}[text.lower()]


_OPTIONS: Mapping[str, Callable[[str], Any]] = {
    "tls": str,
    "preset": str,
    "connections": int,
    "per_connection": int,
    "per_second": int,
    "per_day": int,
    "warmup_from": date.fromisoformat,
    "visible": _flag,
    "chunking": _flag,
    "idempotency_header": str,
    "stream": str,
    "hook_secret": str,
}


def _options(where: str, given: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name not in _OPTIONS:
            raise ConfigError(f"{where} has the option {name!r}. Known are {', '.join(_OPTIONS)}.")
        try:
            values[name] = _OPTIONS[name](text)
        except (KeyError, ValueError):
            raise ConfigError(f"{where}: the option {name} has a value that it cannot have.") from None
    return values


def _checked(where: str, relay: RelaySettings) -> RelaySettings:
    """Raises ConfigError with the first thing that is wrong."""
    wrong = [
        ("preset", relay.preset not in presets.PRESETS and f"use one of {', '.join(presets.PRESETS)}"),
        ("tls", relay.tls not in TLS and f"use one of {', '.join(TLS)}"),
        ("connections", not 1 <= relay.connections <= 100 and "use 1 to 100"),
        ("per connection", relay.per_connection < 1 and "use 1 or more"),
        ("per second", relay.per_second is not None and relay.per_second < 1 and "use 1 or more, or leave it out"),
        ("per day", relay.per_day is not None and relay.per_day < 1 and "use 1 or more, or leave it out"),
        ("password", relay.user and relay.password is None and "a relay with a user needs a password"),
        ("idempotency header", relay.idempotency_header and presets.wrong_header(relay.idempotency_header)),
        ("stream", relay.stream and presets.wrong_stream(relay.stream)),
        ("hook secret", relay.hook_secret and presets.wrong_key(relay.preset, relay.hook_secret)),
    ]
    for what, why in wrong:
        if why:
            raise ConfigError(f"{where}, {what}: {why}")
    return relay
