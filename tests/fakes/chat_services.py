"""What the HTTP catcher says as Slack, Discord, Mattermost, Teams and Telegram, in each one's own words and limits.

How it answers is chosen by what a real channel is known by: Slack's channel, the last part of a webhook's address,
Telegram's chat. "ok…" and Slack's "C…" are accepted. In all of them: gone (deleted), revoked (401), forbidden (403),
ratelimited (429), http-503 and the like, close (no answer at all), slow (an hour). Slack besides: err-<word>; late…
(an edit is answered after LATE seconds); the token "bad" is refused; Telegram besides: -1 was a group that became
-100500. In an edit the message says how: "gone" or 404, "old" or 405 (too old to change).
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

HOUR = 3600.0
LATE = 3.0  # seconds; a worker waits five


@dataclass(slots=True)
class Reply:
    """A scripted answer; status 0 closes without one."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    drip: bool = False


def _json(answer: dict[str, object], status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(answer).encode(), {"content-type": "application/json", **(headers or {})})


def _slack(word: str) -> Reply:
    return _json({"ok": False, "error": word})


def _discord(status: int, words: str, code: int) -> Reply:
    return _json({"message": words, "code": code}, status)


def _mattermost(status: int, name: str, words: str) -> Reply:
    return _json({"id": name, "message": words, "status_code": status}, status)


def _teams(status: int, code: str, words: str) -> Reply:
    return _json({"error": {"code": code, "message": words}}, status)


def _telegram(code: int, words: str, **parameters: int) -> Reply:
    more = {"parameters": parameters} if parameters else {}
    return _json({"ok": False, "error_code": code, "description": words, **more}, code)


SLACK = {
    "gone": _slack("channel_not_found"),
    "revoked": _slack("invalid_auth"),
    "forbidden": _slack("not_in_channel"),
    "ratelimited": Reply(429, b'{"ok":false,"error":"ratelimited"}', {"Retry-After": "30"}),
}
SLACK_EDITS = {"gone": _slack("message_not_found"), "old": _slack("edit_window_closed")}
DISCORD = {
    "gone": _discord(404, "Unknown Webhook", 10015),
    "revoked": _discord(401, "Invalid Webhook Token", 50027),
    "forbidden": _discord(403, "Missing Access", 50001),
    "ratelimited": _json(
        {"message": "You are being rate limited.", "retry_after": 30.0, "global": False}, 429, {"Retry-After": "31"}
    ),
}
DISCORD_EDITS = {"404": _discord(404, "Unknown Message", 10008), "405": _discord(400, "Maximum edits reached", 30046)}
MATTERMOST = {
    "gone": _mattermost(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook."),
    "revoked": _mattermost(401, "api.context.session_expired.app_error", "Invalid or expired session."),
    "forbidden": _mattermost(403, "web.incoming_webhook.permissions.app_error", "Inappropriate channel permissions."),
    "ratelimited": Reply(429, b"limit exceeded\n", {"Retry-After": "30", "X-Ratelimit-Reset": "30"}),
}
TEAMS = {
    "gone": _teams(404, "WorkflowNotFound", "The workflow could not be found."),
    "revoked": _teams(401, "DirectApiAuthorizationRequired", "The request must be authenticated by its signature."),
    "forbidden": _teams(400, "WorkflowTriggerIsNotEnabled", "The workflow's state is 'Disabled'."),
    "ratelimited": Reply(429, b'{"error":{"code":"TooManyRequests","message":"Slow down."}}', {"Retry-After": "30"}),
}
TELEGRAM = {
    "gone": _telegram(400, "Bad Request: chat not found"),
    "revoked": _telegram(401, "Unauthorized"),
    "forbidden": _telegram(403, "Forbidden: bot was kicked from the group chat"),
    "ratelimited": _telegram(429, "Too Many Requests: retry after 30", retry_after=30),
    "-1": _telegram(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-100500),
}


class Services:
    """All of them. Ids of messages count up over one instance."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)  # next() of it is atomic

    def answer(self, method: str, path: str, headers: dict[str, str], body: str) -> Reply | None:
        """The answer to one request; None where the path belongs to none of them."""
        service, _, rest = path.removeprefix("/").partition("/")
        known: dict[str, Callable[[str, str, dict[str, str], str], Reply]] = {
            "slack": self._slack, "discord": self._discord, "mattermost": self._mattermost,
            "teams": self._teams, "telegram": self._telegram,
        }  # fmt: skip
        return known[service](method, rest, headers, body) if service in known else None

    def _slack(self, method: str, rest: str, headers: dict[str, str], body: str) -> Reply:
        post = json.loads(body)
        channel = str(post.get("channel", ""))
        if headers.get("authorization") in {None, "Bearer bad"}:
            return _slack("invalid_auth")
        if channel.startswith("err-"):
            return _slack(channel.removeprefix("err-"))
        if scripted := _scripted(SLACK, channel):
            return scripted
        if rest != "chat.postMessage":
            edited = _json({"ok": True, "channel": channel, "ts": post["ts"]})
            return SLACK_EDITS.get(post["ts"]) or replace(edited, wait=LATE if channel.startswith("late") else 0.0)
        if len(post["text"]) > 40_000:
            return _slack("msg_too_long")
        return _json({"ok": True, "channel": channel, "ts": f"1700000000.{next(self._ids):06d}"})

    def _discord(self, method: str, rest: str, headers: dict[str, str], body: str) -> Reply:
        found = re.fullmatch(r"webhooks/\d+/([\w.-]+?)(?:/messages/(\w+))?(?:\?wait=true)?", rest)
        how, message = found.groups() if found else ("gone", None)
        if scripted := _scripted(DISCORD, how) or DISCORD_EDITS.get(message or ""):
            return scripted
        if method == "DELETE":
            return Reply(204, b"")
        if not 0 < _utf16(json.loads(body)["content"]) <= 2000:
            return _discord(400, "Invalid Form Body", 50035)
        return _json({"id": message or str(1_100_000_000_000_000_000 + next(self._ids)), "type": 0})

    def _mattermost(self, method: str, rest: str, headers: dict[str, str], body: str) -> Reply:
        if scripted := _scripted(MATTERMOST, rest.removeprefix("hooks/")):
            return scripted
        if len(json.loads(body)["text"]) > 16_383:
            return _mattermost(400, "model.post.is_valid.msg.app_error", "Invalid message.")
        return Reply()

    def _teams(self, method: str, rest: str, headers: dict[str, str], body: str) -> Reply:
        if scripted := _scripted(TEAMS, rest.removeprefix("flow/")):
            return scripted
        if len(body.encode("utf-16-le")) > 28 * 1024:
            return _teams(413, "RequestEntityTooLarge", "MessageSizeTooBig")
        return Reply(202, b"")

    def _telegram(self, method: str, rest: str, headers: dict[str, str], body: str) -> Reply:
        found = re.fullmatch(r"bot\d+:[\w-]+/(\w+)", rest)
        post: dict[str, Any] = json.loads(body)
        if found is None:
            return _telegram(404, "Not Found")
        if scripted := _scripted(TELEGRAM, str(post.get("chat_id", "")).removeprefix("@")):
            return scripted
        if found[1] != "sendMessage" and post["message_id"] in {404, 405}:
            return _telegram_edit(found[1], post["message_id"])
        if "text" in post and not 0 < _utf16(post["text"]) <= 4096:
            return _telegram(400, "Bad Request: message is too long")
        chat = {"id": post["chat_id"], "type": "supergroup"}
        return _json({"ok": True, "result": {"message_id": next(self._ids), "chat": chat}})


def _scripted(table: dict[str, Reply], how: str) -> Reply | None:
    if how.startswith("http-"):
        return Reply(int(how.removeprefix("http-")), b"scripted")
    return table.get(how) or {"close": Reply(0), "slow": Reply(wait=HOUR)}.get(how)


def _telegram_edit(method: str, message: int) -> Reply:
    verb, done = ("edit", "edited") if method == "editMessageText" else ("delete", "deleted")
    words = f"message to {verb} not found" if message == 404 else f"message can't be {done}"
    return _telegram(400, f"Bad Request: {words}")


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
