"""What admins do with their workspace's relays: see them, add one, change it, remove it. Secrets are never shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine import sealing
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import contacts, relays
from engine.people.principal import Principal
from engine.people.reach import queries
from engine.people.relay_settings import USES, RelaySettings, RelayTerms
from engine.transports.smtp import presets

MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class RelayDraft(RelayTerms):
    """A relay as an admin writes it. An empty password or hook_secret keeps the one that is there."""

    host: str = ""
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    connections: int = 4
    hook_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Listed:
    """A relay for its page: without its password. `proven`: a key for its events is set."""

    relay: RelaySettings
    proven: bool
    last_event: datetime | None


def listed(conn: Conn, principal: Principal) -> tuple[Listed, ...]:
    """The workspace's relays, those of rank 0 first. Admins may."""
    principal.require_admin()
    rows = queries.relays(conn, principal.workspace_id)
    found = [relays.of_row(row, None) for row in rows]
    last = queries.last_events(conn, [relay.event_source for relay in found])
    return tuple(
        Listed(relay, row.hook_secret is not None, last.get(relay.event_source))
        for relay, row in zip(found, rows, strict=True)
    )


def one(conn: Conn, principal: Principal, relay_id: int) -> Listed:
    """One relay of the workspace. Admins may. Raises NotFound."""
    for found in listed(conn, principal):
        if found.relay.id == relay_id:
            return found
    raise NotFound("There is no such relay here.")


def add(conn: Conn, principal: Principal, settings: Settings, draft: RelayDraft) -> int:
    """One relay more; its id. Admins may. Raises Invalid with the field that is wrong."""
    principal.require_admin()
    values = _checked(draft)
    if draft.user.strip() and not draft.password:
        raise Invalid("A relay with a user needs a password.", "password")
    relay_id = queries.insert_relay(conn, principal.workspace_id, values)
    if relay_id is None:
        raise _taken(draft)
    _seal(conn, principal.workspace_id, relay_id, settings, draft)
    return relay_id


def change(conn: Conn, principal: Principal, settings: Settings, relay_id: int, draft: RelayDraft) -> None:
    """Change a relay, even while mail goes through it: what leaves after the next batch is claimed takes the new one.

    One that rests is tried at once: who mends a login should not wait for five minutes to see it.
    Admins may. Raises NotFound, or Invalid with the field that is wrong.
    """
    before = one(conn, principal, relay_id).relay
    values = _checked(draft)
    if not draft.user.strip():
        values["secret"] = None
    elif not draft.password and before.user is None:
        raise Invalid("A relay with a user needs a password.", "password")
    if draft.preset != before.preset:
        values["hook_secret"] = None  # another provider's key
    if not queries.update_relay(conn, principal.workspace_id, relay_id, values):
        raise _taken(draft)
    _seal(conn, principal.workspace_id, relay_id, settings, draft)
    queries.forget_faults(conn, relay_id)
    if any(values[name] != getattr(before, name) for name in ("host", "port", "preset", "idempotency_header")):
        queries.keyed_anew(conn, relay_id)


def remove(conn: Conn, principal: Principal, relay_id: int) -> None:
    """Forget a relay with its secrets; its mail goes to the next one that fits. Admins may. Raises NotFound."""
    one(conn, principal, relay_id)
    queries.remove_relay(conn, principal.workspace_id, relay_id)


def _seal(conn: Conn, workspace_id: int, relay_id: int, settings: Settings, draft: RelayDraft) -> None:
    key = required(settings.secret_key, "secret_key")
    sealed: dict[str, Any] = {}
    if draft.user.strip() and draft.password:
        sealed["secret"] = sealing.seal(key, draft.password, f"relay:{workspace_id}:{relay_id}")
    if draft.hook_secret:
        sealed["hook_secret"] = sealing.seal(key, draft.hook_secret.strip(), f"relay-hook:{workspace_id}:{relay_id}")
    if sealed:
        queries.update_relay(conn, workspace_id, relay_id, sealed)


def _taken(draft: RelayDraft) -> Invalid:
    mail = "all mail" if draft.uses == "all" else f"{draft.uses} mail"
    which = "first" if draft.rank == 0 else "second"
    return Invalid(f"There is already a {which} relay for {mail}. Change that one, or choose another use.", "uses")


def _checked(draft: RelayDraft) -> dict[str, Any]:
    """The plain columns. Raises Invalid."""
    if draft.preset not in presets.PRESETS:
        raise Invalid("Choose one of the providers.", "preset")
    if "<" in draft.host:
        raise Invalid("Put your region in place of <region>, such as eu-west-1.", "host")
    values = relays.place(draft.host, draft.port, draft.tls, draft.connections)
    if draft.uses not in USES:
        raise Invalid("Choose all, transactional or bulk mail.", "uses")
    if draft.rank not in (0, 1):
        raise Invalid("A relay is the first or the second one.", "rank")
    return {
        **values,
        **_numbers(draft),
        **_words(draft),
        "preset": draft.preset,
        "uses": draft.uses,
        "rank": draft.rank,
        "warmup_from": draft.warmup_from,
        "visible": draft.visible,
        "chunking": draft.chunking,
    }


def _numbers(draft: RelayDraft) -> dict[str, Any]:
    if not 1 <= draft.per_connection <= 100_000:
        raise Invalid("Use 1 to 100,000 mails a connection.", "per_connection")
    for name, number in (("per_second", draft.per_second), ("per_day", draft.per_day)):
        if number is not None and not 1 <= number <= MOST:
            raise Invalid("Use 1 or more, or leave it empty for no limit.", name)
    if not 1 <= draft.warmup_first <= MOST:
        raise Invalid("The first day takes 1 mail or more.", "warmup_first")
    if not 1 <= draft.warmup_growth <= 1000:
        raise Invalid("Grow by 1 to 1,000 percent a day.", "warmup_growth")
    names = ("per_connection", "per_second", "per_day", "warmup_first", "warmup_growth")
    return {name: getattr(draft, name) for name in names}


def _words(draft: RelayDraft) -> dict[str, Any]:
    header, stream, hook_secret = draft.idempotency_header.strip(), draft.stream.strip(), draft.hook_secret.strip()
    if header and (wrong := presets.wrong_header(header)):
        raise Invalid(wrong, "idempotency_header")
    if stream and (wrong := presets.wrong_stream(stream)):
        raise Invalid(wrong, "stream")
    if hook_secret and (wrong := presets.wrong_key(draft.preset, hook_secret)):
        raise Invalid(wrong, "hook_secret")
    user = contacts.clean_name(draft.user, "user") or None
    return {
        "name": contacts.clean_name(draft.name, "name"),
        "username": user,
        "idempotency_header": header,
        "stream": stream,
    }
