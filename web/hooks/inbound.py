"""POST /hooks/inbound/…: a mail server or a provider hands over a mail; 2xx only once it is committed.

    curl --data-binary @mail.eml -H 'Authorization: Bearer …' -H 'Content-Type: message/rfc822' \\
         -H 'X-Envelope-To: r+token@reply.example.org' https://host/hooks/inbound/raw

`raw` takes a whole mail from whoever has the secret; `sendgrid`, `mailgun`, `postmark` and `ses` take those vendors'
own calls. The story is one: prove, read, keep as it came, commit, 2xx. Providers that retry on 5xx only must never see
another code for a fault of ours, or for a mail that we cannot find in their call, so every doubt is a 503.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from engine import log
from engine.config import Settings
from engine.errors import SixpmError
from engine.inbound.queries import refusing
from engine.inbound.retrieve.hooks.keep import keep, rows
from engine.inbound.retrieve.hooks.letter import NoMail, Vendor
from engine.inbound.retrieve.hooks.vendors import VENDORS, wrong
from engine.inbound.store import store
from engine.outbound.events.event import Refused, Unreadable
from engine.outbound.followup import FollowUp
from web import transaction
from web.hooks.call import body, call, real_time, say

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
_log = log.get(__name__)

TYPES = ("message/rfc822", "message/global", "application/octet-stream")
LARGE = 2 * 1024 * 1024  # bytes; a call that is larger waits for a seat, since it takes some times its size in memory
SEATS = 2
WAIT = 20.0  # seconds for a seat; then the provider comes again


class _Seat:
    """One of the seats for large calls of this process. Raises NoSeat when none is free for WAIT seconds."""

    _free = threading.BoundedSemaphore(SEATS)

    def __enter__(self) -> None:
        if not self._free.acquire(timeout=WAIT):
            raise NoSeat(f"{SEATS} large mails are being kept, and have been for {WAIT:.0f} s.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free.release()


class NoSeat(SixpmError):
    """There is no room for another large call at the moment."""


@blueprint.post("/inbound/<provider>")
@blueprint.post("/inbound/<provider>/<path:key>")
def handed(provider: str, key: str = "") -> Response:
    """Prove a vendor's call, read the mail in it, keep it. `key` proves it where the vendor can send nothing better."""
    settings: Settings = current_app.extensions["sixpm_settings"]
    vendor = VENDORS.get(provider)
    if vendor is None:
        return say(404, f"No such provider. There are: {', '.join(VENDORS)}, and raw.")
    secret: str | None = getattr(settings, f"inbound_{provider}")
    if not secret:
        told = f"This webhook is off. Set SIXPM_INBOUND_{provider.upper()}; it proves the calls."
        return _without_key(provider, f"inbound_{provider}", "", told)
    if fault := wrong(provider, secret):
        told = f"This webhook is off, for SIXPM_INBOUND_{provider.upper()} proves nothing. {fault}"
        return _without_key(provider, f"inbound_{provider}", f"proves nothing. {fault}", told)
    try:
        if not vendor.by_body(secret):
            vendor.check(call(b"", key), secret, real_time(), _page)
        with _seat():
            return _hand_over(settings, provider, vendor, secret, key)
    except Exception as error:  # on any doubt the provider must come again, and only a 5xx makes all of them
        return _refusal_of(error, provider, settings)


def _without_key(hook: str, setting: str, why: str, told: str) -> Response:
    """Refuse a call, since nothing could prove it, and count it. A 503, because the fault is ours, and there is mail in
    it: SendGrid repeats after a 5xx alone, SNS takes a 4xx as final, and Postmark stops at a 403 for good
    (docs/adr/0025). Who set the key in time has lost nothing."""
    _log.error("webhook has no key", hook=hook, setting=setting)
    try:
        refusing.note(transaction.conn(), hook, setting, why)
        transaction.commit()
    except Exception as error:  # the database is away: it is counted when they come again
        return _doubt(error)
    return say(503, told, {"Retry-After": "600"})


def _refusal_of(error: Exception, provider: str, settings: Settings) -> Response:
    if isinstance(error, RequestEntityTooLarge):
        return say(413, f"The call is larger than the {settings.inbound_size} bytes of SIXPM_INBOUND_SIZE.")
    if isinstance(error, Refused):
        _log.warning("mail refused", provider=provider, why=str(error))
        return say(401, str(error), {"WWW-Authenticate": 'Basic realm="inbound"'})
    if isinstance(error, NoMail):
        _log.warning("no mail", provider=provider, why=str(error))
        return say(400, str(error))
    if isinstance(error, Unreadable):  # proven, so words may be in it: it comes again until that is mended
        _log.error("mail not found in a call", provider=provider, why=str(error))
        return say(503, str(error), {"Retry-After": "600"})
    return _doubt(error)


def _hand_over(settings: Settings, provider: str, vendor: Vendor, secret: str, key: str) -> Response:
    told = call(body(settings.inbound_size), key)
    vendor.check(told, secret, real_time(), _page)
    letter = vendor.read(told)
    if (address := vendor.confirm(told)) is not None:
        current_app.extensions["sixpm_fetch"](address)
        _log.info("subscription confirmed", provider=provider)
    if letter is None:
        return say(200, "there is no mail in it, and none was expected")
    conn, now = transaction.conn(), transaction.now()
    ident, followup = keep(conn, provider, letter, settings.authserv_id, now)
    transaction.follow(followup)
    transaction.commit()
    return say(200, f"kept as {ident}" if followup.inbound else f"here already as {ident}")


def _page(url: str) -> bytes:
    page: bytes = current_app.extensions["sixpm_pages"](url)
    return page


def _seat() -> AbstractContextManager[None]:
    length = request.content_length
    return nullcontext() if length is not None and length <= LARGE else _Seat()


def _doubt(error: Exception) -> Response:
    transaction.rollback()
    _log.warning("mail not kept", error=repr(error)[:500])
    return say(503, "The mail could not be kept at the moment. Send it again.", {"Retry-After": "30"})


@blueprint.post("/inbound/raw")
def raw() -> Response:
    """Keep the mail in the body. Envelope: `to` and `from` of the query, or X-Envelope-To and X-Envelope-From;
    without them the mail's own Delivered-To and To are read later. The same mail to the same people is one row."""
    settings: Settings = current_app.extensions["sixpm_settings"]
    refusal = _refused(settings)
    if refusal is not None:
        return refusal
    request.max_content_length = settings.smtpd_size
    try:
        mail = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return say(413, f"The mail is larger than the {settings.smtpd_size} bytes this instance takes.")
    if not mail.strip():
        return say(400, "The body is empty; send the whole mail as it came, headers first.")
    try:
        ids, new = _keep(mail)
    except Exception as error:  # on any doubt the sender must come again, and only a 5xx makes all of them
        return _doubt(error)
    return say(202 if new else 200, f"kept as {', '.join(map(str, ids))}")


def _refused(settings: Settings) -> Response | None:
    if not settings.inbound_secret:
        told = "This webhook is off. Set SIXPM_INBOUND_SECRET, and send it as `Authorization: Bearer …`."
        return _without_key("raw", "inbound_secret", "", told)
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), settings.inbound_secret.encode()):
        answer = {"WWW-Authenticate": 'Bearer realm="inbound"'}
        return say(401, "Send SIXPM_INBOUND_SECRET as `Authorization: Bearer …`.", answer)
    if request.mimetype not in TYPES or request.headers.get("Content-Encoding", "identity") != "identity":
        return say(415, "Send the whole mail, not encoded, as Content-Type: message/rfc822.")
    return None


def _keep(mail: bytes) -> tuple[list[int], bool]:
    """(ids, whether any is new): one row for each recipient, so that an answer to two of our mails is two answers."""
    sender = request.args.get("from") or request.headers.get("X-Envelope-From", "")
    conn, now, digest = transaction.conn(), transaction.now(), hashlib.sha256(mail).hexdigest()
    kept = [store(conn, "webhook", f"{digest} {' '.join(to)}".strip(), sender, to, mail, now) for to in _recipients()]
    transaction.follow(FollowUp(inbound=tuple(ident for ident, new in kept if new)))
    transaction.commit()
    return [ident for ident, _ in kept], any(new for _, new in kept)


def _recipients() -> list[list[str]]:
    given = [*request.args.getlist("to"), *request.headers.getlist("X-Envelope-To")]
    named = (address.strip() for value in given for address in value.split(","))
    return rows(address for address in named if address)
