"""Discord by webhook (docs.discord.com/developers/resources/webhook: execute, edit and delete webhook message)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

from engine.config import Settings
from engine.errors import CannotEdit, ConfigError, TransportError
from engine.transports import plain, service
from engine.transports.base import Post, Receipt
from engine.transports.net import SECONDS, Answer, CallFailed, client, exchange
from engine.transports.refusal import no_answer, refused, said, seconds
from engine.transports.service import SECRET, Config, Field, Service

ADDRESS = re.compile(
    r"https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api(?:/v\d+)?/webhooks/(\d+)/([\w.-]+)/?", re.ASCII
)
# Discord's JSON error codes (docs.discord.com/developers/topics/opcodes-and-status-codes#json).
GONE = 10008  # Unknown Message: somebody removed it in the chat
FROZEN = frozenset({50005, 30046})  # written by another user; edits of an old message used up
SUPPRESS_EMBEDS = 1 << 2
# What its markdown knows, anywhere; and what opens a list, a heading or a small line.
_MARKS = re.compile(r"[\\*_~`|<>@#\[\]()]|:(?=\w+:)|(?m:^\s*)[-+](?=\s|#)|(?m:^\s*\d+)\.(?=\s)")


class Discord:
    """Posts by the webhook's address, which is the secret. With `wait`, the answer names the message.

    A webhook knows no idempotency key, so a call whose answer never came is in doubt; an edit may be made again.
    """

    name = "discord"
    limit = 2_000  # of `content`; counted in UTF-16, which is never less than what Discord counts
    patience = SECONDS

    def __init__(self, address: str, base_url: str, clock: Callable[[], float] = time.time) -> None:
        found = ADDRESS.fullmatch(address.strip())
        if found is None:
            raise ConfigError("That is no Discord webhook. It begins with https://discord.com/api/webhooks/.")
        self._url = f"{base_url.rstrip('/')}/webhooks/{found[1]}/{found[2]}"
        self._clock = clock
        self._http = client()

    def send(self, post: Post) -> Receipt:
        """Post once; the receipt's remote id is the message's."""
        answer = self._call("POST", "?wait=true", _body(post, self.limit))
        if not 200 <= answer.status < 300:
            raise self._refused(answer)
        found = said(answer).get("id")
        return Receipt(str(answer.status), "", str(found) if found else None)

    def update(self, post: Post, remote_id: str) -> Receipt:
        """Give a message another text. Raises CannotEdit."""
        return self._edited(self._call("PATCH", f"/messages/{remote_id}", _body(post, self.limit), again=True))

    def retract(self, post: Post, remote_id: str) -> Receipt:
        """Take a message away. Raises CannotEdit."""
        return self._edited(self._call("DELETE", f"/messages/{remote_id}", None, again=True))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _call(self, method: str, path: str, body: dict[str, object] | None, again: bool = False) -> Answer:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "user-agent": "sixpm (chat posts, 1)"}
        request = self._http.build_request(method, self._url + path, content=content, headers=headers)
        try:
            return exchange(self._http, request, self.patience)
        except CallFailed as failed:
            raise no_answer("Discord", failed, again) from failed

    def _edited(self, answer: Answer) -> Receipt:
        if 200 <= answer.status < 300:
            return Receipt(str(answer.status), "")
        words, code = _words(answer)
        if code == GONE:
            return Receipt("gone", f"Discord says {words}: somebody removed the post")
        if code in FROZEN:
            raise CannotEdit(f"Discord answered {answer.status}: {words}", permanent=True, code=str(code))
        raise self._refused(answer, again=True)

    def _refused(self, answer: Answer, again: bool = False) -> TransportError:
        words, code = _words(answer)
        wait = seconds(said(answer).get("retry_after"))  # a fraction of a second; the header is rounded
        name = str(code) if code and answer.status != 429 else ""
        return refused("Discord", answer, self._clock(), words, name, wait, again)


def _words(answer: Answer) -> tuple[str, int]:
    found = said(answer)
    code = found.get("code")
    return str(found.get("message") or "")[:200], code if isinstance(code, int) else 0


def _body(post: Post, limit: int) -> dict[str, object]:
    text = plain.fit(plain.clean(post.text), limit, _escape, plain.utf16)
    # An empty `parse` lets no mention through, whatever the text says (…/resources/message#allowed-mentions-object).
    return {"content": text, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS}


def _escape(text: str) -> str:
    """In angle brackets an address is linked to its last character and gets no preview."""
    return plain.by_address(text, _words_of, lambda address: f"<{address}>")


def _words_of(text: str) -> str:
    return _MARKS.sub(lambda found: found.group()[:-1] + "\\" + found.group()[-1], text)


def _build(config: Config, secret: str | None, settings: Settings) -> Discord:
    return Discord(secret or "", settings.discord_base_url)


SERVICE = Service(
    kind="discord",
    label="Discord",
    edits=True,
    build=_build,
    host=lambda config, secret, settings: service.host(settings.discord_base_url),
    fields=(
        Field(SECRET, "Webhook address", "Paste the webhook's address.", "Stored encrypted, never shown again.",
              "https://discord.com/api/webhooks/…"),
    ),
    steps=(
        "In Discord, open the channel's settings (the cog), Integrations, Webhooks.",
        "New Webhook, give it a name, Copy Webhook URL.",
    ),
)  # fmt: skip
