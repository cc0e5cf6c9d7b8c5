"""Telling of incidents, each once and once more when it is over: by mail through the ledger, and by one webhook call.

A workspace's admins hear of what is theirs. Operators (SIXPM_ALERT_MAIL, the webhook) hear of everything; where no
address is set, the admins of the first workspace hear of what is the whole instance's. The webhook is called by this
process itself, past ledger, broker and relay: it works when they do not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import log
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import SixpmError
from engine.outbound import notices
from engine.outbound.alerts import queries, words
from engine.outbound.followup import FollowUp
from engine.people import allowlist, contacts
from engine.transports import registry
from engine.transports.base import Key, Post
from engine.transports.webhook import PREFIX

logger = log.get(__name__)

MOST = 10  # incidents that one message spells out


def by_mail(conn: Conn, now: datetime, settings: Settings) -> FollowUp:
    """Plan the mails about what has to be told, and write down that it was: one transaction, so once."""
    rows = queries.to_tell(conn, now - timedelta(seconds=settings.alert_after_seconds))
    if not rows:
        return FollowUp()
    queries.told(conn, [row.id for row in rows], now)
    left = FollowUp()
    for workspace_id, people, said in _letters(conn, rows, settings):
        left += notices.send_to_all(conn, workspace_id, people, "alert", _context(said), now)
    return left


def _letters(conn: Conn, rows: Sequence[Any], settings: Settings) -> list[tuple[int, list[int], list[Any]]]:
    """(workspace, contacts, incidents) of each letter; an operator who is an admin too gets one, with everything."""
    first = queries.first_workspace(conn)
    if first is None:
        return []
    operators = _operators(conn, first, settings)
    theirs: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row.workspace_id is not None:
            theirs[row.workspace_id].append(row)
        elif not operators:
            theirs[first].append(row)
    people: dict[int, list[int]] = defaultdict(list)
    for who in queries.admins(conn, sorted(theirs)):
        if not (who.workspace_id == first and who.contact_id in operators):
            people[who.workspace_id].append(who.contact_id)
    found = [(workspace_id, people[workspace_id], said) for workspace_id, said in sorted(theirs.items())]
    return [letter for letter in [*found, (first, operators, list(rows))] if letter[1]]


def _operators(conn: Conn, workspace_id: int, settings: Settings) -> list[int]:
    """The operators' contacts, which the instance's own workspace keeps."""
    named = [address.strip() for address in settings.alert_mail.split(",") if address.strip()]
    return sorted({contacts.add(conn, workspace_id, address, "", None) for address in named})


def _context(rows: Sequence[Any]) -> dict[str, Any]:
    opened = [row for row in rows if row.over_at is None]
    over = [row for row in rows if row.over_at is not None]
    return {
        "headline": words.headline(opened, over),
        "opened": [_said(row) for row in opened[:MOST]],
        "over": [_said(row) for row in over[:MOST]],
        "more": max(0, len(opened) - MOST) + max(0, len(over) - MOST),
    }


def _said(row: Any) -> dict[str, str]:
    return {
        "title": words.TITLES[row.kind],
        "words": row.words,
        "todo": words.ADVICE[row.kind],
        "since": f"{row.opened_at.astimezone(UTC):%d %b %H:%M} UTC",
    }


def by_chat(conn: Conn, now: datetime, settings: Settings) -> bool:
    """Call the operators' webhook about what was told; False when it did not take it, and is to be tried again."""
    if not settings.alert_webhook:
        return True
    rows = queries.to_post(conn)
    if not rows:
        return True
    opened, over = [r for r in rows if r.over_at is None], [r for r in rows if r.over_at is not None]
    text = words.chat(opened[:MOST], over[:MOST], settings.base_url)
    try:
        _call(settings, text, f"alert-{rows[0].id}-{rows[-1].id}-{len(opened)}-{len(over)}")
    except SixpmError as error:
        logger.warning("alert not taken by the webhook", error=str(error)[:300])
        return False
    queries.posted(conn, [row.id for row in rows], now)
    return True


def _call(settings: Settings, text: str, name: str) -> None:
    """One call. Raises TransportError, or ConfigError for a host that this instance may not reach."""
    config = {"url": settings.alert_webhook}
    allowlist.check_channel(settings, "webhook", config)
    hook = registry.build("webhook", config, settings.alert_webhook_secret or _own_secret(settings), settings)
    try:
        hook.send(Post(Key(0, 0, 0), "", text, {}, idempotency=name))
    finally:
        hook.close()


def _own_secret(settings: Settings) -> str:
    """A signing secret that nobody else knows, for services that check none."""
    key = required(settings.secret_key, "secret_key").partition(",")[0].encode()
    return PREFIX + base64.b64encode(hmac.digest(key, b"alert webhook", hashlib.sha256)).decode()
