"""POST /hooks/events/<preset>/<key>: a relay's provider tells what became of mails; 2xx only once it is committed.

The key is the relay's number, or `instance`, `instance-second`, `instance-bulk`. A relay without a key that proves its
events takes none. Vendors repeat what is not answered with 2xx, and what they repeat changes nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from werkzeug.exceptions import RequestEntityTooLarge

from engine import log
from engine.config import Settings, required
from engine.outbound.events import take
from engine.outbound.events.event import Refused, Unreadable
from engine.outbound.events.formats import FORMATS
from engine.people.relay_hooks import Hook, hook
from web import transaction
from web.hooks.call import body, call, real_time, say

blueprint = Blueprint("hooks_events", __name__, url_prefix="/hooks/events")
_log = log.get(__name__)

BODY = 2 * 1024 * 1024  # bytes; SendGrid's batches are the largest, and stay under 1 MB
CLOSED = "No such hook, or no key is set for it. Set one on the relay's page, or as SIXPM_RELAY_HOOK_SECRET."


@blueprint.post("/<preset>/<key>")
def events(preset: str, key: str) -> Response:
    """Prove the call, keep its events, act on them."""
    settings: Settings = current_app.extensions["sixpm_settings"]
    try:
        came = body(BODY)
        found = hook(transaction.conn(), settings, preset, key)
        transaction.commit()  # a proof may need a page from afar, and no transaction waits for it
        if found is None or preset not in FORMATS:
            return say(403, CLOSED)
        return _take(settings, found, came)
    except RequestEntityTooLarge:
        return say(413, f"More than {BODY} bytes at once are not taken.")
    except Refused as refused:
        _log.warning("event refused", preset=preset, key=key, why=str(refused))
        return say(401, str(refused))
    except Unreadable as error:
        return say(400, str(error))
    except Exception as error:  # on any doubt the provider must come again
        transaction.rollback()
        _log.warning("events not kept", preset=preset, key=key, error=repr(error)[:500])
        return say(503, "The events could not be kept at the moment. Send them again.", {"Retry-After": "30"})


def _take(settings: Settings, found: Hook, came: bytes) -> Response:
    told = call(came)
    format_, pages = FORMATS[found.preset], current_app.extensions["sixpm_pages"]
    format_.check(told, found.secret, real_time(), pages)
    read = format_.read(told)
    if (address := format_.confirm(told)) is not None:
        current_app.extensions["sixpm_fetch"](address)
        _log.info("subscription confirmed", source=found.source)
    secret = required(settings.secret_key, "secret_key")
    conn, now = transaction.conn(), transaction.now()
    taken = take.take(conn, found.source, found.workspace_id, read, secret, now)
    transaction.commit()
    return say(200, f"{taken.new} new of {len(read)}, {taken.moved} moved")
