"""Messages of Amazon SNS over HTTP: whose they are, by the signature of a topic that we expect.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. Anybody may own a topic, so a signature
of Amazon alone proves nothing: the topic has to be the one an admin has written down.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from engine.outbound.events.event import Call, Fetch, Refused, Unreadable
from engine.outbound.events.reading import fresh, instant, mapping, text
from engine.transports.smtp.presets import TOPIC

NOTIFICATION = "Notification"
CONFIRMATION = "SubscriptionConfirmation"
_SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    CONFIRMATION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES = {"1": SHA1, "2": SHA256}  # 1 is what a topic has until its owner chooses 2


def message(call: Call) -> dict[str, Any]:
    """The message in a call. Raises Refused where it is none, or the call's headers tell of another."""
    try:
        found = mapping(call.body)
    except Unreadable as error:
        raise Refused("The body is not a message of Amazon SNS.") from error
    if call.headers.get("x-amz-sns-rawdelivery", "").casefold() == "true":
        raise Refused("Raw delivery must be off: a message without its envelope has no signature.")
    for header, name in (("x-amz-sns-message-type", "Type"), ("x-amz-sns-message-id", "MessageId")):
        if call.headers.get(header, text(found, name)) != text(found, name):
            raise Refused(f"{header} is of another message than the body.")
    return found


def check(message: Mapping[str, Any], topic: str, now: datetime, fetch: Fetch) -> None:
    """Raise Refused unless SNS signed this message for `topic` (an ARN), not long ago."""
    if text(message, "TopicArn") != topic:
        raise Refused("The message is of another topic than the one written down here.")
    fresh(instant(message.get("Timestamp")), now)
    names, hashed = _SIGNED.get(text(message, "Type")), _HASHES.get(text(message, "SignatureVersion"))
    if names is None or hashed is None:
        raise Refused("The message is of a type or signature that is not known here. Raw delivery must be off.")
    key = _key(fetch(certificate(message, topic)), now)
    try:
        signature = base64.b64decode(str(message.get("Signature", "")), validate=True)
        key.verify(signature, canonical(message, names), PKCS1v15(), hashed())
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise Refused("The signature is wrong.") from error


def canonical(message: Mapping[str, Any], names: tuple[str, ...] = _SIGNED[NOTIFICATION]) -> bytes:
    """What is signed: name and value of each that is there, a line each."""
    return "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode("utf-8", "replace")


def certificate(message: Mapping[str, Any], topic: str) -> str:
    """Where the signing certificate is. Raises Refused for any place but SNS's own in the topic's region."""
    url = text(message, "SigningCertURL", most=1000)
    if not _of_sns(url, topic) or not re.fullmatch(r"/SimpleNotificationService-[0-9a-zA-Z]+\.pem", urlsplit(url).path):
        raise Refused("The certificate is not at Amazon SNS.")
    return url


def subscribe(message: Mapping[str, Any], topic: str) -> str:
    """The address that confirms a subscription. Raises Refused for any place but SNS's own in the topic's region."""
    url = text(message, "SubscribeURL", most=2000)
    if not _of_sns(url, topic):
        raise Refused("The address to confirm is not at Amazon SNS.")
    return url


def _of_sns(url: str, topic: str) -> bool:
    """Not just amazonaws.com: anybody may put a page at s3.amazonaws.com."""
    region = TOPIC.fullmatch(topic)
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" and parts.username is None and parts.port is None
    except ValueError:
        return False
    host = f"sns.{region[1] if region else ''}.amazonaws.com"
    return plain and parts.netloc in (host, f"{host}.cn") and "\\" not in url


def _key(pem: bytes, now: datetime) -> RSAPublicKey:
    try:
        found = load_pem_x509_certificate(pem)
    except ValueError as error:
        raise Refused("Amazon's certificate cannot be read.") from error
    key = found.public_key()
    if not isinstance(key, RSAPublicKey) or not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
        raise Refused("Amazon's certificate is no longer good.")
    return key
