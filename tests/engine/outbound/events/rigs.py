"""Every vendor's calls, in the shapes of their documentation, signed with keys made here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from engine.outbound.events import sns
from engine.outbound.events.event import Call, Kind

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"
PAGE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"
SECRET = "a signing key of Mailgun"
PASSWORD = "a password in the address"


@dataclass(frozen=True)
class Said:
    """What an event is to say."""

    kind: Kind
    token: str = ""
    message_id: str = ""
    remote_id: str = "0100018c-remote-id-000000"
    address: str = "ada@example.org"
    code: str = ""
    words: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = "event-1"
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rig:
    """One vendor: its key, another one of the same form, and its call for an event, signed as of `at`."""

    preset: str
    key: str
    wrong_key: str
    kinds: frozenset[Kind]
    make: Callable[[Said, datetime], Call]
    covers_body: bool = True
    has_time: bool = True

    def call(self, said: Said, at: datetime | None = None) -> Call:
        """The call."""
        return self.make(said, at or datetime.now(UTC))


# ---- Amazon ---------------------------------------------------------------------------------------------------------


@cache
def amazon(ended: bool = False) -> tuple[rsa.RSAPrivateKey, bytes]:
    """A signing key and its certificate."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begin = datetime.now(UTC) - timedelta(days=30)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(begin)
    made = made.not_valid_after(begin + timedelta(days=1 if ended else 60))
    return key, made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def pages(url: str) -> bytes:
    """What is at Amazon."""
    assert url == PAGE
    return amazon()[1]


def notification(message: str, at: datetime, version: str = "2", **changed: Any) -> dict[str, Any]:
    """A signed message of SNS."""
    envelope = {
        "Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification", "Message": message,
        "Timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "SignatureVersion": version,
        "SigningCertURL": PAGE, "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe", **changed,
    }  # fmt: skip
    return signed(envelope)


def confirmation(at: datetime, **changed: Any) -> dict[str, Any]:
    """The question whether we want the topic's messages."""
    envelope = {
        "Type": "SubscriptionConfirmation", "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b", "Token": "2336412f37",
        "TopicArn": TOPIC, "Message": "You have chosen to subscribe to the topic.",
        "SubscribeURL": f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336",
        "Timestamp": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"), "SignatureVersion": "1",
        "SigningCertURL": PAGE, **changed,
    }  # fmt: skip
    return signed(envelope)


def signed(envelope: dict[str, Any]) -> dict[str, Any]:
    """With Amazon's signature."""
    hashed = SHA256() if envelope["SignatureVersion"] == "2" else SHA1()  # what SNS signs with by default
    text = sns.canonical(envelope, sns._SIGNED[envelope["Type"]])
    raw = amazon()[0].sign(text, padding.PKCS1v15(), hashed)
    return {**envelope, "Signature": base64.b64encode(raw).decode()}


SES_NAMES = {
    Kind.ACCEPTED: "Send", Kind.DELIVERED: "Delivery", Kind.DEFERRED: "DeliveryDelay", Kind.BOUNCED: "Bounce",
    Kind.COMPLAINED: "Complaint", Kind.OPENED: "Open", Kind.CLICKED: "Click", Kind.UNSUBSCRIBED: "Subscription",
    Kind.OTHER: "SomethingNew",
}  # fmt: skip


def ses_event(said: Said) -> dict[str, Any]:
    """A record of a configuration set."""
    at = said.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    who = {"emailAddress": said.address, "status": said.code, "diagnosticCode": f"smtp; {said.words}"}
    parts: dict[Kind, tuple[str, dict[str, Any]]] = {
        Kind.DELIVERED: ("delivery", {"recipients": [said.address], "smtpResponse": said.words}),
        Kind.DEFERRED: ("deliveryDelay", {"delayType": "General", "delayedRecipients": [who]}),
        Kind.BOUNCED: ("bounce", {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [who]}),
        Kind.COMPLAINED: ("complaint", {"complainedRecipients": [{"emailAddress": said.address}],
                                        "complaintFeedbackType": "abuse"}),
        Kind.OPENED: ("open", {"ipAddress": "192.0.2.1"}),
        Kind.CLICKED: ("click", {"link": "https://example.org"}),
        Kind.UNSUBSCRIBED: ("subscription", {"newTopicPreferences": {"unsubscribeAll": True}}),
        Kind.ACCEPTED: ("send", {}),
        Kind.OTHER: ("other", {}),
    }  # fmt: skip
    name, part = parts[said.kind]
    headers = [{"name": "Message-ID", "value": said.message_id}] if said.message_id else []
    tags = {"ses:configuration-set": ["sixpm"]} | ({"sixpm": [said.token]} if said.token else {})
    mail = {
        "timestamp": at, "source": "b+x@reply.test", "messageId": said.remote_id, "destination": [said.address],
        "headersTruncated": False, "headers": headers, "tags": tags,
    }  # fmt: skip
    return {"eventType": SES_NAMES[said.kind], name: {"timestamp": at, **part, **said.extra}, "mail": mail}


def ses(said: Said, at: datetime) -> Call:
    envelope = notification(json.dumps(ses_event(said)), at, MessageId=said.id)
    return Call({"x-amz-sns-message-type": "Notification"}, json.dumps(envelope).encode())


# ---- SendGrid -------------------------------------------------------------------------------------------------------


@cache
def sendgrid_pair(number: int = 0) -> tuple[ec.EllipticCurvePrivateKey, str]:
    """A signing key and what the admin copies."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return key, base64.b64encode(public).decode()


SENDGRID_NAMES = {
    Kind.ACCEPTED: "processed", Kind.DELIVERED: "delivered", Kind.DEFERRED: "deferred", Kind.BOUNCED: "bounce",
    Kind.COMPLAINED: "spamreport", Kind.OPENED: "open", Kind.CLICKED: "click", Kind.UNSUBSCRIBED: "unsubscribe",
    Kind.OTHER: "account_status_change",
}  # fmt: skip


def sendgrid_event(said: Said) -> dict[str, Any]:
    """One event of the array."""
    event: dict[str, Any] = {
        "email": said.address, "timestamp": int(said.at.timestamp()), "event": SENDGRID_NAMES[said.kind],
        "sg_event_id": said.id, "sg_message_id": f"{said.remote_id}.recvd-5f54b5d587-5r2lj-1-644B2B6E-11.0",
    }  # fmt: skip
    if said.message_id:
        event["smtp-id"] = said.message_id
    if said.token:
        event["sixpm"] = said.token
    if said.kind is Kind.BOUNCED:
        event |= {"reason": said.words, "status": said.code, "type": "bounce"}
    if said.kind in (Kind.DELIVERED, Kind.DEFERRED):
        event["response"] = said.words
    return {**event, **said.extra}


def sendgrid_call(events: list[dict[str, Any]], at: datetime) -> Call:
    """A signed call with several."""
    body, time = json.dumps(events).encode() + b"\r\n", str(int(at.timestamp()))
    signature = sendgrid_pair()[0].sign(time.encode() + body, ec.ECDSA(SHA256()))
    headers = {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": time,
    }
    return Call(headers, body)


def sendgrid(said: Said, at: datetime) -> Call:
    return sendgrid_call([sendgrid_event(said)], at)


# ---- Mailgun --------------------------------------------------------------------------------------------------------


def mailgun(said: Said, at: datetime) -> Call:
    names = {Kind.BOUNCED: "failed", Kind.DEFERRED: "failed", Kind.OTHER: "stored"}
    event: dict[str, Any] = {
        "event": names.get(said.kind, str(said.kind)), "id": said.id, "timestamp": said.at.timestamp(),
        "recipient": said.address, "user-variables": {"sixpm": said.token} if said.token else {},
        "message": {"headers": {"message-id": (said.message_id or said.remote_id).strip("<>"), "to": said.address}},
    }  # fmt: skip
    if said.kind in (Kind.BOUNCED, Kind.DEFERRED):
        event["severity"] = "permanent" if said.kind is Kind.BOUNCED else "temporary"
        event["delivery-status"] = {"code": 550, "enhanced-code": said.code, "message": said.words}
    time, token = str(int(at.timestamp())), hashlib.sha256(said.id.encode()).hexdigest()[:50]
    signature = hmac.digest(SECRET.encode(), f"{time}{token}".encode(), "sha256").hex()
    body = {
        "signature": {"timestamp": time, "token": token, "signature": signature}, "event-data": {**event, **said.extra}
    }  # fmt: skip
    return Call({}, json.dumps(body).encode())


# ---- Postmark -------------------------------------------------------------------------------------------------------

POSTMARK_NAMES = {
    Kind.DELIVERED: "Delivery", Kind.BOUNCED: "Bounce", Kind.DEFERRED: "Bounce", Kind.COMPLAINED: "SpamComplaint",
    Kind.OPENED: "Open", Kind.CLICKED: "Click", Kind.UNSUBSCRIBED: "SubscriptionChange", Kind.OTHER: "SomethingNew",
}  # fmt: skip


def postmark(said: Said, at: datetime) -> Call:
    event: dict[str, Any] = {
        "RecordType": POSTMARK_NAMES[said.kind], "MessageID": said.remote_id, "Recipient": said.address,
        "MessageStream": "outbound", "Metadata": {"sixpm": said.token} if said.token else {},
        "DeliveredAt": said.at.isoformat(),
    }  # fmt: skip
    if said.kind in (Kind.BOUNCED, Kind.DEFERRED):
        type_ = "HardBounce" if said.kind is Kind.BOUNCED else "Transient"
        event |= {"ID": 42, "Type": type_, "Email": said.address, "Details": f"smtp;{said.words}"}
    if said.kind is Kind.UNSUBSCRIBED:
        event |= {"SuppressSending": True, "SuppressionReason": "ManualSuppression"}
    return Call({}, json.dumps({**event, **said.extra}).encode(), ("sixpm", PASSWORD))


_ALL = frozenset(Kind)
RIGS = (
    Rig("ses", TOPIC, TOPIC.replace("mail", "other"), _ALL, ses),
    Rig("sendgrid", sendgrid_pair()[1], sendgrid_pair(1)[1], _ALL, sendgrid),
    Rig("mailgun", SECRET, "another key", _ALL, mailgun, covers_body=False),
    Rig("postmark", PASSWORD, "another password, as long", _ALL - {Kind.ACCEPTED}, postmark,
        covers_body=False, has_time=False),
)  # fmt: skip


def unsigned(call: Call) -> Call:
    """The same call without whatever proves it."""
    body = json.loads(call.body)
    if isinstance(body, dict):
        for name in ("signature", "Signature"):
            body.pop(name, None)
    return replace(call, headers={}, login=None, body=json.dumps(body).encode())
