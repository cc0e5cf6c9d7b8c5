"""The webhooks of providers as sources: each vendor's own form of a call, with the whole mail in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.conformance.source_hooks import HookSender, serving
from tests.conformance.sources import Place, Shape, Told
from tests.engine.outbound.events import rigs
from tests.web.hooks import providers

_PATH = re.compile(rb"\A([\r\n]*)Return-Path: <[^<>\r\n]*>\r?\n")
Post = Callable[[str, bytes, str, Sequence[str]], httpx.Response]


@dataclass
class Provider:
    """One provider. `alone`: it makes a call of its own for each recipient."""

    name: str
    post: Post
    alone: bool = False
    envelope: bool = True
    limited: bool = False  # SIXPM_INBOUND_SIZE bounds the call, and has tests of its own
    cannot: frozenset[Shape] = field(default=frozenset())

    @contextmanager
    def running(self, place: Place) -> Iterator[HookSender]:
        """The web process, which takes the provider's calls and reaches Amazon."""
        settings = {f"INBOUND_{name}": value for name, value in providers.ENV.items()}
        with serving(place, providers.amazon, **settings) as url:
            kind = _Alone if self.alone else HookSender
            yield kind(lambda raw, sender, to: self.post(url, raw, sender, to))

    def original(self, kept: bytes) -> bytes:
        """Without the Return-Path that we write, as a server does: below the empty lines that a mail begins with."""
        assert _PATH.match(kept)
        return _PATH.sub(rb"\1", kept)


class _Alone(HookSender):
    """A provider that calls once for each recipient, and repeats each."""

    _all: tuple[tuple[bytes, str, Sequence[str]], ...] = ()

    def deliver(self, raw: bytes, envelope_from: str, envelope_to: Sequence[str]) -> list[Told]:
        """A call for each."""
        self._all = tuple((raw, envelope_from, [to]) for to in envelope_to)
        return self.repeat()

    def repeat(self) -> list[Told]:
        """All of them again."""
        return [told for one in self._all for told in HookSender.deliver(self, *one)]


def _name(*parts: object) -> str:
    """What a provider calls a mail: the same when it is repeated."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:40]


def sendgrid(url: str, raw: bytes, sender: str, to: Sequence[str]) -> httpx.Response:
    """Raw mode."""
    body = providers.form([("email", raw), ("envelope", json.dumps({"to": [*to], "from": sender})), ("SPF", "pass")])
    headers = {"Content-Type": providers.FORM, **providers.basic()}
    return httpx.post(f"{url}/hooks/inbound/sendgrid", content=body, headers=headers, timeout=30)


def mailgun(url: str, raw: bytes, sender: str, to: Sequence[str]) -> httpx.Response:
    """A route to an address that ends in `mime`."""
    proof = providers.mailgun_proof(_name(raw, sender, to))
    body = providers.form(
        [("recipient", ",".join(to)), ("sender", sender), ("body-mime", raw), *proof.items()],
    )
    headers = {"Content-Type": providers.FORM}
    return httpx.post(f"{url}/hooks/inbound/mailgun/mime", content=body, headers=headers, timeout=30)


def postmark(url: str, raw: bytes, sender: str, to: Sequence[str]) -> httpx.Response:
    """With the raw mail in the JSON."""
    told = {"RawEmail": raw.decode(), "OriginalRecipient": to[0], "MessageID": _name(raw),
            "Headers": [{"Name": "Return-Path", "Value": f"<{sender}>"}]}  # fmt: skip
    return httpx.post(f"{url}/hooks/inbound/postmark", json=told, headers=providers.basic(), timeout=30)


def ses(url: str, raw: bytes, sender: str, to: Sequence[str]) -> httpx.Response:
    """An SNS action, Base64."""
    told = {
        "notificationType": "Received", "content": base64.b64encode(raw).decode(),
        "mail": {"messageId": _name(raw), "source": sender, "destination": [*to]},
        "receipt": {"recipients": [*to], "action": {"type": "SNS", "encoding": "BASE64"}},
    }  # fmt: skip
    message = rigs.notification(json.dumps(told), datetime.now(UTC))
    headers = {"x-amz-sns-message-type": "Notification", "x-amz-sns-message-id": message["MessageId"]}
    return httpx.post(f"{url}/hooks/inbound/ses", content=json.dumps(message).encode(), headers=headers, timeout=30)


# JSON is text: bytes that are no UTF-8 have no place in it.
PROVIDERS = (
    Provider("sendgrid", sendgrid),
    Provider("mailgun", mailgun),
    Provider("postmark", postmark, alone=True, cannot=frozenset({Shape.EIGHT_BIT})),
    Provider("ses", ses),
)
