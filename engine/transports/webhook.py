"""Signed webhooks by the Standard Webhooks specification 1.0 (github.com/standard-webhooks/standard-webhooks)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable

from engine.config import Settings
from engine.errors import ConfigError, TransportError
from engine.transports import plain, service
from engine.transports.base import Post, Receipt
from engine.transports.net import SECONDS, Answer, CallFailed, Guard, client, guarded, retry_after
from engine.transports.service import SECRET, Config, Field, Service

PREFIX = "whsec_"
TRY_AGAIN = frozenset({408, 425, 429})


def new_secret() -> str:
    """A fresh signing secret; the specification wants 24 to 64 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(keys: list[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The webhook-signature header: one `v1,` signature per key, so that a key can be replaced without a gap."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys)


class Webhook:
    """POSTs JSON: the post's data, with its text under "text".

    A call whose answer never came is not in doubt but temporary: the receiver must drop a webhook-id it has seen
    (the specification asks for it), and ours stays the same over all attempts. Without an idempotency key it is in
    doubt, as for any other service.
    """

    name = "webhook"
    limit = 40_000
    patience = SECONDS

    def __init__(
        self, secret: str, url: str | None = None, guard: Guard | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        """`secret`: one or more whsec_ secrets, parted by blanks. `url`: else a post's `to` is the address."""
        self._keys = [_key(one) for one in secret.split()]
        if not self._keys:
            raise ConfigError("A webhook needs a signing secret (whsec_…). Make one and give it to the receiver.")
        self._url = url
        self._guard = guard or Guard()
        self._clock = clock
        self._http = client()

    def send(self, post: Post) -> Receipt:
        """Call the hook once. Any 2xx is success."""
        said = {"text": plain.cut(plain.clean(post.text), self.limit), **post.data}
        body = json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
        try:
            answer = guarded(
                self._http, self._guard, self._url or post.to, body, self._headers(post, body), self.patience
            )
        except CallFailed as failed:
            doubtful = failed.written and not post.idempotency
            text = f"The webhook did not answer: {failed}."
            raise TransportError(text, code="no_answer", in_doubt=doubtful) from failed
        if 200 <= answer.status < 300:
            return Receipt(str(answer.status), answer.text())
        raise _error(answer, self._clock())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _headers(self, post: Post, body: bytes) -> dict[str, str]:
        message_id = post.idempotency or "msg_{}_{}_{}".format(*post.key)
        timestamp = int(self._clock())
        return {
            "content-type": "application/json",
            "user-agent": "sixpm-webhook/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._keys, message_id, timestamp, body),
        }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX) + "==") if secret.startswith(PREFIX) else b""
    except binascii.Error:
        key = b""
    if len(key) < 24:
        raise ConfigError("A webhook secret is whsec_ and the base64 form of at least 24 bytes.")
    return key


def _error(answer: Answer, now: float) -> TransportError:
    if 300 <= answer.status < 400:
        text = f"The webhook answered {answer.status}; redirects are not followed. Enter the final address."
    elif answer.status == 410:
        text = "The webhook answered 410: it is gone. The specification asks to stop calling it."
    else:
        text = f"The webhook answered {answer.status}: {answer.text(200)}"
    permanent = answer.status < 500 and answer.status not in TRY_AGAIN
    return TransportError(
        text, permanent=permanent, code=str(answer.status), retry_after=retry_after(answer.headers, now)
    )


def _build(config: Config, secret: str | None, settings: Settings) -> Webhook:
    return Webhook(secret or "", url=service.text(config, "url"), guard=Guard(private=settings.hooks_private))


SERVICE = Service(
    kind="webhook",
    label="Signed webhook",
    build=_build,
    host=lambda config, secret, settings: service.host(service.text(config, "url")),
    fields=(
        Field("url", "Webhook address", "Write the webhook's address.", "", "https://"),
        Field(SECRET, "Signing secret", "", "whsec_ and base64, which the receiver knows too."
              " Stored encrypted, never shown again.", "whsec_…"),
    ),
    steps=(
        "For a program of your own. It gets JSON, signed as the Standard Webhooks specification says.",
        "A webhook-id that it has seen before is a repetition, which it should drop.",
    ),
    fresh=new_secret,
)  # fmt: skip
