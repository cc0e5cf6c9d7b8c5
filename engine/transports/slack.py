"""Slack by chat.postMessage, chat.update and chat.delete (docs.slack.dev/reference/methods)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from engine.config import Settings
from engine.errors import CannotEdit, ConfigError, TransportError
from engine.transports import plain, service
from engine.transports.base import Post, Receipt
from engine.transports.net import SECONDS, Answer, CallFailed, client, exchange, retry_after
from engine.transports.refusal import no_answer, refused
from engine.transports.service import SECRET, Config, Field, Service

# The method's own list of errors. About the token: nothing behind it can be sent.
TOKEN = frozenset(
    {
        "access_denied",
        "account_inactive",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
LATER = frozenset(
    {
        "message_limit_exceeded",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
# The same list says of these two that part of the work may have been done before they were raised.
DOUBT = frozenset({"fatal_error", "internal_error"})
RATE = frozenset({"rate_limited", "ratelimited"})
# Of chat.update and chat.delete: what they refuse for this message alone.
FROZEN = frozenset(
    {
        "cant_delete_message",
        "cant_update_message",
        "compliance_exports_prevent_deletion",
        "edit_window_closed",
        "is_inactive",
    }
)


class Slack:
    """Posts as a bot. A post's `to` is the channel id unless one is configured; `thread` is the post to answer under.

    A remote id is "channel:ts", since a ts names a message in its channel alone. Slack knows no idempotency key, so a
    call whose answer never came is in doubt; an edit may be made again. A gateway's 500, 502 or 504 says nothing about
    what happened behind it; 429 and 503 say that nothing did.
    """

    name = "slack"
    limit = 40_000  # Slack truncates longer text (docs.slack.dev/reference/methods/chat.postMessage#truncating)
    patience = SECONDS

    def __init__(
        self, token: str, base_url: str, channel: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        if not token:
            raise ConfigError("Slack needs a bot token (xoxb-…) with the scope chat:write.")
        if not (token.isascii() and token.isprintable()):
            raise ConfigError("That is no bot token: it has signs that no token has. Copy it again.")
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json; charset=utf-8"}
        self._url = base_url.rstrip("/")
        self._channel = channel
        self._clock = clock
        self._http = client()

    def send(self, post: Post) -> Receipt:
        """Post once."""
        channel = self._channel or post.to
        body = {"channel": channel, "text": fit(post.text, self.limit), "mrkdwn": False, "unfurl_links": False}
        if post.thread:
            body["thread_ts"] = post.thread.rpartition(":")[2]
        said = self._call("chat.postMessage", body)
        return Receipt("ok", "", f"{said.get('channel') or channel}:{said['ts']}" if said.get("ts") else None)

    def update(self, post: Post, remote_id: str) -> Receipt:
        """Give a message another text. Raises CannotEdit."""
        # Unlike chat.postMessage, chat.update parses names and links unless it is told not to.
        body = {"text": fit(post.text, self.limit), "parse": "none", "mrkdwn": False}
        return self._edit("chat.update", remote_id, body)

    def retract(self, post: Post, remote_id: str) -> Receipt:
        """Take a message away. Raises CannotEdit."""
        return self._edit("chat.delete", remote_id, {})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _edit(self, method: str, remote_id: str, body: dict[str, object]) -> Receipt:
        channel, _, ts = remote_id.rpartition(":")
        try:
            self._call(method, {"channel": channel or self._channel, "ts": ts, **body}, again=True)
        except TransportError as error:
            if error.code == "message_not_found":
                return Receipt("gone", "Slack says message_not_found: somebody removed the post")
            if error.code in FROZEN:
                raise CannotEdit(str(error), permanent=True, code=error.code) from error
            raise
        return Receipt("ok", "")

    def _call(self, method: str, body: dict[str, object], again: bool = False) -> dict[str, Any]:
        """What Slack said, where it said ok. `again`: doing it twice is harmless."""
        content = json.dumps(body, ensure_ascii=False).encode()
        request = self._http.build_request("POST", f"{self._url}/{method}", content=content, headers=self._headers)
        try:
            answer = exchange(self._http, request, self.patience)
        except CallFailed as failed:
            raise no_answer("Slack", failed, again) from failed
        return self._judge(answer, again)

    def _judge(self, answer: Answer, again: bool) -> dict[str, Any]:
        now = self._clock()
        if answer.status != 200:
            raise refused("Slack", answer, now, again=again)
        try:
            said: dict[str, Any] = json.loads(answer.body)
            if said["ok"]:
                return said
            code = str(said["error"])
        except (ValueError, KeyError, TypeError) as error:
            text = "Slack answered 200 with nothing we can read."
            raise TransportError(text, code="200", in_doubt=not again) from error
        raise _slack_error(code, retry_after(answer.headers, now), again)


def fit(text: str, limit: int) -> str:
    """`text` escaped as Slack wants it (& < > only), cut so that the escaped form has at most `limit` characters.

    Escaping also keeps a member's `<!channel>` from waking everybody.
    """
    return plain.fit(plain.clean(text), limit, _escape, len)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack_error(code: str, wait: float | None, again: bool) -> TransportError:
    scope = "transport" if code in TOKEN else "rate" if code in RATE else "recipient"
    return TransportError(
        f"Slack answered {code}.",
        permanent=code not in LATER and code not in DOUBT,
        retry_after=wait,
        code=code,
        in_doubt=code in DOUBT and not again,
        scope=scope,
    )


def _build(config: Config, secret: str | None, settings: Settings) -> Slack:
    return Slack((secret or "").strip(), settings.slack_base_url, channel=service.text(config, "channel"))


SERVICE = Service(
    kind="slack",
    label="Slack",
    edits=True,
    build=_build,
    host=lambda config, secret, settings: service.host(settings.slack_base_url),
    fields=(
        Field("channel", "Channel id", "Write the id of the Slack channel.",
              "In Slack: the channel's name, About, at the bottom.", "C0123456789"),
        Field(SECRET, "Bot token", "", "Stored encrypted, never shown again.", "xoxb-…"),
    ),
    steps=(
        "At api.slack.com/apps make an app from scratch. Under OAuth & Permissions give it the bot scope chat:write.",
        "Install it to your workspace and copy the Bot User OAuth Token.",
        "In the channel write /invite @ and the app's name.",
    ),
)  # fmt: skip
