"""POST /hooks/inbound/raw: a mail server or provider hands over a whole mail; 2xx only once it is committed.

    curl --data-binary @mail.eml -H 'Authorization: Bearer …' -H 'Content-Type: message/rfc822' \\
         -H 'X-Envelope-To: r+token@reply.example.org' https://host/hooks/inbound/raw

Providers that retry on 5xx only must never see another code for a fault of ours, so every doubt is a 503.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from engine import log
from engine.config import Settings
from engine.inbound.store import store
from engine.outbound.followup import FollowUp
from web import transaction

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
_log = log.get(__name__)

TYPES = ("message/rfc822", "message/global", "application/octet-stream")
RECIPIENTS = 100


@blueprint.post("/inbound/raw")
def raw() -> Response:
    """Keep the mail in the body. Envelope: `to` and `from` of the query, or X-Envelope-To and X-Envelope-From;
    without them the mail's own Delivered-To and To are read later. The same mail to the same people is one row."""
    settings: Settings = current_app.extensions["sixpm_settings"]
    refusal = _refusal(settings)
    if refusal is not None:
        return refusal
    request.max_content_length = settings.smtpd_size
    try:
        mail = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _say(413, f"The mail is larger than the {settings.smtpd_size} bytes this instance takes.")
    if not mail.strip():
        return _say(400, "The body is empty; send the whole mail as it came, headers first.")
    try:
        ids, new = _keep(mail)
    except Exception as error:  # on any doubt the sender must come again, and only a 5xx makes all of them
        transaction.rollback()
        _log.warning("mail not kept", error=str(error))
        return _say(503, "The mail could not be kept at the moment. Send it again.", {"Retry-After": "30"})
    return _say(202 if new else 200, f"kept as {', '.join(map(str, ids))}")


def _refusal(settings: Settings) -> Response | None:
    if not settings.inbound_secret:
        return _say(403, "This webhook is off. Set SIXPM_INBOUND_SECRET, and send it as `Authorization: Bearer …`.")
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), settings.inbound_secret.encode()):
        answer = {"WWW-Authenticate": 'Bearer realm="inbound"'}
        return _say(401, "Send SIXPM_INBOUND_SECRET as `Authorization: Bearer …`.", answer)
    if request.mimetype not in TYPES or request.headers.get("Content-Encoding", "identity") != "identity":
        return _say(415, "Send the whole mail, not encoded, as Content-Type: message/rfc822.")
    return None


def _keep(mail: bytes) -> tuple[list[int], bool]:
    """(ids, whether any is new): one row for each recipient, so that an answer to two of our mails is two answers."""
    sender = request.args.get("from") or request.headers.get("X-Envelope-From", "")
    recipients = [[address] for address in _recipients()] or [[]]
    conn, now, digest = transaction.conn(), transaction.now(), hashlib.sha256(mail).hexdigest()
    kept = [store(conn, "webhook", f"{digest} {' '.join(to)}".strip(), sender, to, mail, now) for to in recipients]
    transaction.follow(FollowUp(inbound=tuple(ident for ident, new in kept if new)))
    transaction.commit()
    return [ident for ident, _ in kept], any(new for _, new in kept)


def _recipients() -> list[str]:
    given = [*request.args.getlist("to"), *request.headers.getlist("X-Envelope-To")]
    named = (address.strip() for value in given for address in value.split(","))
    return list(dict.fromkeys(address for address in named if address))[:RECIPIENTS]


def _say(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return Response(text + "\n", status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
