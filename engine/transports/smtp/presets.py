"""What each mail provider wants to be told and does with a mail, as data. A new provider is one Preset in PRESETS.

Figures and headers are the vendors' own, from the page named beside each. docs/howto/add-a-relay-preset.md lists what
else a preset needs; tests/conformance/test_presets.py what every one must pass.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

TOPIC = re.compile(r"arn:aws(?:-[a-z]+)*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_.-]{1,256}")
SHORTEST_SECRET = 16
ID = "sixpm"  # the name under which our id travels; letters only, as every vendor takes it


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider.

    `host` may hold <region>, to be filled in. `pipelining`: whether its EHLO was seen to announce it; without, a
    connection takes one round trip for each command, and more of them are needed. `rewrites`: headers it puts its own
    in place of, so that a signature of ours must not cover them. `remakes`: it takes mails apart and builds them anew,
    so that no signature of ours holds. `id_header`: what stands before and after our id in the header that its events
    give back. `stream_header` names a stream or configuration set, `fixed` is sent as it is. `key` says what proves its
    events: the words for the person who pastes it; empty for no events at all.
    """

    name: str
    title: str
    host: str = ""
    port: int = 587
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str = ""
    connections: int = 4
    per_connection: int = 100
    per_second: int | None = None
    per_day: int | None = None
    pipelining: bool | None = None
    rewrites: frozenset[bytes] = frozenset()
    remakes: bool = False
    id_header: tuple[str, str] | None = None
    fixed: str = ""
    stream_header: str = ""
    stream: str = ""
    key: str = ""
    page: str = ""


SMARTHOST = Preset("smarthost", "Plain mail server")

# Host and ports: smtp-connect.html. 14 a second and 50,000 a day are where an account begins that has left the sandbox
# (1 and 200 in it); its own figures stand in the console (manage-sending-quotas.html). PIPELINING is not announced.
# Connections are to be short (aws.amazon.com/blogs/ses/amazon-ses-smtp-recommendations). Date and Message-ID are
# replaced (header-fields.html), and are not to be signed (send-email-authentication-dkim-manual.html). Tags hold
# letters, digits, - and _ alone, and come back with events of a configuration set (event-publishing-send-email.html).
SES = Preset(
    "ses",
    "Amazon SES",
    host="email-smtp.<region>.amazonaws.com",
    connections=10,
    per_connection=50,
    per_second=14,
    per_day=50_000,
    pipelining=False,
    rewrites=frozenset({b"message-id", b"date"}),
    id_header=(f"X-SES-MESSAGE-TAGS: {ID}=", ""),
    stream_header="X-SES-CONFIGURATION-SET",
    stream="Configuration set",
    key="ARN of the SNS topic that gets the events",
    page="https://docs.aws.amazon.com/ses/latest/dg/",
)

# Host, user, ports and limits (5,000 mails a connection, older pages say 100): integrating-with-the-smtp-api.
# Unique arguments stand at the top of every event (tracking-events/event). PIPELINING is announced.
SENDGRID = Preset(
    "sendgrid",
    "SendGrid",
    host="smtp.sendgrid.net",
    user="apikey",
    connections=10,
    pipelining=True,
    id_header=(f'X-SMTPAPI: {{"unique_args": {{"{ID}": "', '"}}'),
    key="Verification key of the signed Event Webhook",
    page="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event",
)

# Ports and headers: user-manual/sending-messages, "Send via SMTP"; smtp.eu.mailgun.org is the European region. A JSON
# object in X-Mailgun-Variables comes back as `user-variables`. PIPELINING is announced.
MAILGUN = Preset(
    "mailgun",
    "Mailgun",
    host="smtp.mailgun.org",
    pipelining=True,
    id_header=(f'X-Mailgun-Variables: {{"{ID}": "', '"}'),
    key="HTTP webhook signing key",
    page="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks",
)

# Ports and X-PM-KeepID, without which the Message-ID is replaced: user-guide/send-email-with-smtp. The same page says
# that a mail is taken apart and assembled anew. Metadata (support/article/1125-custom-metadata-faq): at most 20 letters
# of name and 80 of value, taken out before the mail goes on. There is no implicit TLS.
POSTMARK = Preset(
    "postmark",
    "Postmark",
    host="smtp.postmarkapp.com",
    remakes=True,
    id_header=(f"X-PM-Metadata-{ID}: ", ""),
    fixed="X-PM-KeepID: true\r\n",
    stream_header="X-PM-Message-Stream",
    stream="Message stream",
    key=f"Password in the webhook's address, at least {SHORTEST_SECRET} characters",
    page="https://postmarkapp.com/developer/webhooks/webhooks-overview",
)

PRESETS: dict[str, Preset] = {preset.name: preset for preset in (SMARTHOST, SES, SENDGRID, MAILGUN, POSTMARK)}

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_STREAM = re.compile(r"[A-Za-z0-9_-]{1,64}")
# Ours, or what MIME and transport need: an idempotency key in their place would break the mail.
_TAKEN = frozenset({
    "from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id", "in-reply-to", "references",
    "mime-version", "list-id", "list-unsubscribe", "list-unsubscribe-post", "auto-submitted", "return-path",
    "received", "dkim-signature", "x-auto-response-suppress",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the mails through one relay carry for it, and what a signature of ours leaves out there.

    `lines` are whole headers; `around` stands before and after the id, with the line's end; `idempotency` is the name
    of the header that holds the same key for every attempt.
    """

    lines: str = ""
    around: tuple[str, str] | None = None
    idempotency: str = ""
    rewrites: frozenset[bytes] = frozenset()
    remakes: bool = False


PLAIN = Stamp()


@lru_cache(maxsize=256)
def stamp(name: str, stream: str = "", idempotency_header: str = "") -> Stamp:
    """The stamp of a relay of preset `name`; one object for equal relays. KeyError for a name that is none."""
    preset = PRESETS[name]
    lines = preset.fixed
    if stream and preset.stream_header:
        lines += f"{preset.stream_header}: {stream}\r\n"
    around = preset.id_header and (preset.id_header[0], f"{preset.id_header[1]}\r\n")
    return Stamp(lines, around, idempotency_header, preset.rewrites, preset.remakes)


def wrong_key(name: str, key: str) -> str:
    """What is wrong with what is to prove a provider's events, as a sentence; empty when it can be used."""
    if name == "ses" and not TOPIC.fullmatch(key):
        return "Write the topic's ARN, such as arn:aws:sns:eu-west-1:123456789012:mail-events."
    if name == "sendgrid" and sendgrid_key(key) is None:
        return "Copy the verification key from SendGrid's page of the signed Event Webhook; it begins with MFkw."
    if name == "postmark" and (len(key) < SHORTEST_SECRET or not key.isascii() or not key.isprintable()):
        return f"Choose at least {SHORTEST_SECRET} plain characters, and put them in the address you give Postmark."
    if name == "smarthost":
        return "A plain mail server sends no events; choose the provider's own preset."
    return ""


def wrong_header(name: str) -> str:
    """What is wrong with the name of an idempotency header, as a sentence; empty when it can be used."""
    if not _HEADER.fullmatch(name):
        return "Write a header's name, such as Resend-Idempotency-Key."
    if name.lower() in _TAKEN or name.lower().startswith("content-"):
        return f"{name} has another meaning in every mail. Look for the name in your provider's documentation."
    return ""


def wrong_stream(name: str) -> str:
    """What is wrong with the name of a stream or configuration set; empty when it can be used."""
    return "" if _STREAM.fullmatch(name) else "Use letters, digits, - and _, as in the provider's list."


@lru_cache(maxsize=64)
def sendgrid_key(text: str) -> EllipticCurvePublicKey | None:
    """SendGrid's verification key (base64 of DER), or None for what is none."""
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None
