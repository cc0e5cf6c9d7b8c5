"""Mattermost by incoming webhook (developers.mattermost.com/integrate/webhooks/incoming).

Its own errors are an object of id, message and status_code; a webhook that was deleted answers 400 with
web.incoming_webhook.invalid.app_error (server/channels/app/webhook.go of mattermost/mattermost).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from engine.config import Settings
from engine.errors import ConfigError, TransportError
from engine.transports import plain, service
from engine.transports.base import Post, Receipt
from engine.transports.net import SECONDS, Answer, CallFailed, Guard, client, guarded
from engine.transports.refusal import no_answer, refused, said
from engine.transports.service import SECRET, Config, Field, Service

_MARKS = re.compile(r"[\\*_~`|<>\[\]()!$#&]|(?m:^\s*)[-+=](?=\s|[-=])|(?m:^\s*\d+)\.(?=\s)")
_CALLS = re.compile(r"([#~])(?=\w)|(:)(?=[\w+-]+:)")  # hashtag, channel link, emoji: known before any backslash is


class Mattermost:
    """Posts to an incoming webhook, whose address is the secret. It answers "ok": no id, so nothing can be edited.

    It knows no idempotency key, so a call whose answer never came is in doubt.
    """

    name = "mattermost"
    limit = 16_383  # characters of a post since server 5.0; longer ones are split by the server
    patience = SECONDS

    def __init__(self, address: str, guard: Guard | None = None, clock: Callable[[], float] = time.time) -> None:
        self._url = address.strip()
        if not re.search(r"/hooks/\w", _path(self._url)):
            raise ConfigError("That is no Mattermost webhook. It looks like https://chat.example.org/hooks/….")
        self._guard = guard or Guard()
        self._clock = clock
        self._http = client()

    def send(self, post: Post) -> Receipt:
        """Post once."""
        text = plain.fit(plain.clean(post.text), self.limit, _escape, len)
        body = json.dumps({"text": text}, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "user-agent": "sixpm-chat/1"}
        try:
            answer = guarded(self._http, self._guard, self._url, body, headers, self.patience)
        except CallFailed as failed:
            raise no_answer("Mattermost", failed) from failed
        if 200 <= answer.status < 300:
            return Receipt(str(answer.status), answer.text(50))
        raise _refused(answer, self._clock())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _refused(answer: Answer, now: float) -> TransportError:
    found = said(answer)
    return refused("Mattermost", answer, now, str(found.get("message") or "")[:200], str(found.get("id") or "")[:100])


def _escape(text: str) -> str:
    """A blank after an address ends it: a mark behind it would be taken into the link.

    The server itself knows Slack's `<link|words>` before it knows markdown, so after a `<` no bar is left one.
    """
    bar = text.find("<")
    if bar >= 0:
        text = text[:bar] + text[bar:].replace("|", "｜")
    return re.sub(r"(https?://\S*[^\s.,:;?]) (?=[\s.,:;?]|$)", r"\1", plain.by_address(text, _words, "{} ".format))


def _words(text: str) -> str:
    marked = _MARKS.sub(lambda found: found.group()[:-1] + "\\" + found.group()[-1], plain.unmentioned(text))
    return _CALLS.sub(lambda sign: sign.group() + plain.UNSEEN, marked)


def _build(config: Config, secret: str | None, settings: Settings) -> Mattermost:
    return Mattermost(secret or "", Guard(private=settings.hooks_private))


SERVICE = Service(
    kind="mattermost",
    label="Mattermost",
    build=_build,
    host=lambda config, secret, settings: service.host(secret),
    fields=(
        Field(SECRET, "Webhook address", "Paste the webhook's address.", "Stored encrypted, never shown again.",
              "https://chat.example.org/hooks/…"),
    ),
    steps=(
        "In Mattermost, open the product menu (top left), Integrations, Incoming Webhooks.",
        "Is it not there? An administrator has to allow it.",
        "Add Incoming Webhook, choose the channel, Save, and copy the URL.",
    ),
)  # fmt: skip
