"""A relay to be tried: one that is stored, one as a form has it, or the instance's own; with its password."""

from __future__ import annotations

from email.utils import parseaddr

from engine.config import Settings
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import relays, workspaces
from engine.people.principal import Principal
from engine.people.reach import queries
from engine.people.relay_changes import RelayDraft
from engine.people.relay_settings import RelaySettings
from engine.transports.smtp.relay import Relay


def stored(conn: Conn, principal: Principal, settings: Settings, relay_id: int) -> RelaySettings:
    """A relay of the workspace, its password opened. Admins may. Raises NotFound, ConfigError."""
    principal.require_admin()
    for row in queries.relays(conn, principal.workspace_id):
        if row.id == relay_id:
            return relays.opened(row, principal.workspace_id, settings)
    raise NotFound("There is no such relay here.")


def drafted(
    conn: Conn, principal: Principal, settings: Settings, draft: RelayDraft, relay_id: int | None
) -> RelaySettings:
    """A relay as it was typed, nothing saved. An empty password is the stored one, for the stored host alone.

    Admins may. Raises NotFound, ConfigError, and Invalid with the field that is wrong.
    """
    principal.require_admin()
    place = relays.place(draft.host, draft.port, draft.tls, draft.connections)
    user, password = draft.user.strip() or None, draft.password or None
    if user and not password:
        kept = stored(conn, principal, settings, relay_id) if relay_id is not None else None
        if kept is None or kept.password is None:
            raise Invalid("A relay with a user needs a password.", "password")
        if (kept.host, kept.user) != (place["host"], user):
            raise Invalid("Type the password: the stored one goes to its own host and user alone.", "password")
        password = kept.password
    return RelaySettings(
        place["host"], place["port"], place["tls"], user, password, place["connections"], "workspace", relay_id,
        name=draft.name, preset=draft.preset,
    )  # fmt: skip


def as_relay(conn: Conn, principal: Principal, settings: Settings, found: RelaySettings) -> tuple[Relay, str]:
    """What to connect to, and an envelope sender as mails of the workspace have it. Raises ConfigError."""
    workspace = workspaces.get(conn, principal.workspace_id)
    sender = workspace.mail_from or settings.mail_from if found.id is not None else settings.mail_from
    hello = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    relay = Relay(
        host=found.host, port=found.port, tls=found.tls, user=found.user, password=found.password, hello=hello
    )
    return relay, f"b+test@{workspace.reply_domain or settings.reply_domain}"
