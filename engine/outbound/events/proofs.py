"""What proves that a call is a vendor's own; the same for its events and for the mail it hands over."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from engine.outbound.events.event import Call, Refused
from engine.outbound.events.reading import fresh, instant
from engine.transports.smtp.presets import sendgrid_key

SIGNATURE = "x-twilio-email-event-webhook-signature"
TIME = "x-twilio-email-event-webhook-timestamp"


def ecdsa(call: Call, key: str, now: datetime) -> None:
    """SendGrid's: ECDSA over the time's text and the body as it came. Raises Refused."""
    public, said = sendgrid_key(key), call.headers.get(TIME, "")
    if public is None:
        raise Refused("The verification key cannot be read. Copy it again.")
    try:
        signature = base64.b64decode(call.headers.get(SIGNATURE, ""), validate=True)
        public.verify(signature, said.encode() + call.body, ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Refused("The signature is missing, or of another key. Switch on signing for this webhook.") from error
    fresh(seconds(said), now)


def token(said: str, once: str, signature: str, key: str, now: datetime) -> None:
    """Mailgun's: HMAC-SHA256 over a time and a token that is good once, and over nothing else. Raises Refused."""
    ours = hmac.digest(key.encode(), f"{said}{once}".encode("utf-8", "replace"), "sha256").hex()
    if not once or not hmac.compare_digest(ours.encode(), signature.encode("utf-8", "replace")):
        raise Refused("The signature is missing, or of another key. Copy the HTTP webhook signing key.")
    fresh(seconds(said), now)


def password(call: Call, key: str) -> bool:
    """Whether the call knows `key`: as the password of HTTP Basic, whatever the user, or as the end of its address."""
    given = call.login[1] if call.login else call.tail
    return hmac.compare_digest(given.encode("utf-8", "replace"), key.encode())


def seconds(said: str) -> datetime | None:
    """Seconds since 1970 in digits as an instant; None for anything else."""
    return instant(int(said)) if said.isascii() and said.isdigit() and len(said) < 16 else None
