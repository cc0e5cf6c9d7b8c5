"""Slack by chat.postMessage (docs.slack.dev/reference/methods/chat.postMessage)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from engine.errors import ConfigError, TransportError
from engine.transports.base import Post, Receipt
from engine.transports.net import Answer, CallFailed, client, cut_text, exchange, retry_after

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


class Slack:
    """Posts as a bot. A post's `to` is the channel id unless one is configured; `thread` is the ts to answer under.

    Slack knows no idempotency key, so a call whose answer never came is in doubt. A gateway's 500, 502 or 504 says
    nothing about what happened behind it; 429 and 503 say that nothing did.
    """

    name = "slack"
    limit = 40_000  # Slack truncates longer text (docs.slack.dev/reference/methods/chat.postMessage#truncating)

    def __init__(
        self, token: str, base_url: str, channel: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        if not token:
            raise ConfigError("Slack needs a bot token (xoxb-…) with the scope chat:write.")
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json; charset=utf-8"}
        self._url = base_url.rstrip("/") + "/chat.postMessage"
        self._channel = channel
        self._clock = clock
        self._http = client()

    def send(self, post: Post) -> Receipt:
        """Post once; the receipt's remote id is the message's ts."""
        body: dict[str, object] = {
            "channel": self._channel or post.to,
            "text": fit(post.text, self.limit),
            "mrkdwn": False,
            "unfurl_links": False,
        }
        if post.thread:
            body["thread_ts"] = post.thread
        request = self._http.build_request(
            "POST", self._url, content=json.dumps(body, ensure_ascii=False).encode(), headers=self._headers
        )
        try:
            answer = exchange(self._http, request)
        except CallFailed as failed:
            text = f"Slack did not answer: {failed}."
            raise TransportError(text, code="no_answer", in_doubt=failed.written) from failed
        return self._judge(answer)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _judge(self, answer: Answer) -> Receipt:
        if answer.status != 200:
            raise _http_error(answer, self._clock())
        try:
            said = json.loads(answer.body)
            if said["ok"]:
                return Receipt("ok", "", str(said["ts"]))
            code = str(said["error"])
        except (ValueError, KeyError, TypeError) as error:
            raise TransportError("Slack answered 200 with nothing we can read.", code="200", in_doubt=True) from error
        raise _slack_error(code, retry_after(answer.headers, self._clock()))


def fit(text: str, limit: int) -> str:
    """`text` escaped as Slack wants it (& < > only), cut so that the escaped form has at most `limit` characters.

    Escaping also keeps a member's `<!channel>` from waking everybody.
    """
    size = limit
    while len(escaped := _escape(cut_text(text, size))) > limit:
        size -= max((len(escaped) - limit) // 5, 1)  # one character becomes five at most
    return escaped


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack_error(code: str, wait: float | None) -> TransportError:
    return TransportError(
        f"Slack answered {code}.",
        permanent=code not in LATER and code not in DOUBT,
        retry_after=wait,
        code=code,
        in_doubt=code in DOUBT,
        scope="transport" if code in TOKEN else "recipient",
    )


def _http_error(answer: Answer, now: float) -> TransportError:
    status = answer.status
    return TransportError(
        f"Slack answered {status}: {answer.text(200)}",
        permanent=status < 500 and status not in {408, 429},
        retry_after=retry_after(answer.headers, now),
        code=str(status),
        in_doubt=status >= 500 and status != 503,
    )
