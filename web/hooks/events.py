"""POST /hooks/events/<preset>/<key>: a relay's provider tells what became of mails; 2xx only once it is committed.

The key is the relay's number, or `instance`, `instance-second`, `instance-bulk`. A relay without a key that proves its
events takes none. Vendors repeat what is not answered with 2xx, and what they repeat changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from engine import log
from engine.config import Settings, required
from engine.outbound.events import take
from engine.outbound.events.event import Call, Refused, Unreadable
from engine.outbound.events.formats import FORMATS
from engine.outbound.events.pages import Pages, fetch
from engine.people.relay_hooks import Hook, hook
from web import transaction

blueprint = Blueprint("hooks_events", __name__, url_prefix="/hooks/events")
_log = log.get(__name__)

BODY = 2 * 1024 * 1024  # bytes; SendGrid's batches are the largest, and stay under 1 MB
CLOSED = "No such hook, or no key is set for it. Set one on the relay's page, or as SIXPM_RELAY_HOOK_SECRET."


def install(app: Flask) -> None:
    """Give `app` its way to the pages that proofs need: Amazon's certificates, and its question whether we want it."""
    app.extensions.setdefault("sixpm_fetch", fetch)
    app.extensions.setdefault("sixpm_pages", Pages(app.extensions["sixpm_fetch"]))


@blueprint.post("/<preset>/<key>")
def events(preset: str, key: str) -> Response:
    """Prove the call, keep its events, act on them."""
    settings: Settings = current_app.extensions["sixpm_settings"]
    request.max_content_length = BODY
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _say(413, f"More than {BODY} bytes at once are not taken.")
    try:
        found = hook(transaction.conn(), settings, preset, key)
        transaction.commit()  # a proof may need a page from afar, and no transaction waits for it
        if found is None or preset not in FORMATS:
            return _say(403, CLOSED)
        return _take(settings, found, body)
    except Refused as refused:
        _log.warning("event refused", preset=preset, key=key, why=str(refused))
        return _say(401, str(refused))
    except Unreadable as error:
        return _say(400, str(error))
    except Exception as error:  # on any doubt the provider must come again
        transaction.rollback()
        _log.warning("events not kept", preset=preset, key=key, error=repr(error)[:500])
        return _say(503, "The events could not be kept at the moment. Send them again.", {"Retry-After": "30"})


def _take(settings: Settings, found: Hook, body: bytes) -> Response:
    login = request.authorization
    basic = (login.username or "", login.password or "") if login is not None and login.type == "basic" else None
    call = Call({name.lower(): value for name, value in request.headers.items()}, body, basic)
    format_, pages = FORMATS[found.preset], current_app.extensions["sixpm_pages"]
    format_.check(call, found.secret, datetime.now(UTC), pages)  # real time: the vendor knows nothing of ours
    read = format_.read(call)
    if (address := format_.confirm(call)) is not None:
        current_app.extensions["sixpm_fetch"](address)
        _log.info("subscription confirmed", source=found.source)
    secret = required(settings.secret_key, "secret_key")
    conn, now = transaction.conn(), transaction.now()
    taken = take.take(conn, found.source, found.workspace_id, read, secret, now)
    transaction.commit()
    return _say(200, f"{taken.new} new of {len(read)}, {taken.moved} moved")


def _say(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(text + "\n", status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
