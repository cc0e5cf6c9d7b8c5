"""Telegram by a bot (core.telegram.org/bots/api: sendMessage, editMessageText, deleteMessage, making requests)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from engine.config import Settings
from engine.errors import CannotEdit, ConfigError, TransportError
from engine.transports import plain, service
from engine.transports.base import Post, Receipt
from engine.transports.net import SECONDS, Answer, CallFailed, client, exchange
from engine.transports.refusal import no_answer, refused, said, seconds
from engine.transports.service import SECRET, Config, Field, Service

TOKEN = re.compile(r"\d+:[\w-]{20,}", re.ASCII)
CHAT = re.compile(r"-?[0-9]+|@[A-Za-z0-9_]+")
BAD_CHAT = "The chat is a number such as -1001234567890, or a public channel's @name."
# Without a parse mode nothing is markup, but servers link these wherever they stand: commands, hashtags, cashtags.
_LINKS = re.compile(r"(?<![\w/])[/#$](?=\w)")


class Telegram:
    """Posts as a bot. A remote id is "chat:message": Telegram counts messages in each chat anew.

    It knows no idempotency key, so a call whose answer never came is in doubt; an edit may be made again.
    """

    name = "telegram"
    limit = 4_096  # "1-4096 characters after entities parsing", in UTF-16
    patience = SECONDS

    def __init__(
        self, token: str, base_url: str, chat: str | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        if not TOKEN.fullmatch(token.strip()):
            raise ConfigError("That is no bot token. @BotFather gives it: digits, a colon, about 35 signs.")
        if chat and not CHAT.fullmatch(chat):
            raise ConfigError(BAD_CHAT)
        self._url = f"{base_url.rstrip('/')}/bot{token.strip()}/"
        self._chat = chat
        self._clock = clock
        self._http = client()

    def send(self, post: Post) -> Receipt:
        """Post once; to the chat that its group became, where it became one (`migrate_to_chat_id`)."""
        chat = self._chat or post.to
        answer = self._call("sendMessage", {"chat_id": chat, **_text(post, self.limit)})
        if moved := _parameter(answer, "migrate_to_chat_id"):  # refused, so that nothing was posted yet
            answer = self._call("sendMessage", {"chat_id": moved, **_text(post, self.limit)})
        if answer.status != 200:
            raise self._refused(answer)
        found = said(answer)
        if found.get("ok") is not True:
            raise TransportError("Telegram answered 200 with nothing we can read.", code="200", in_doubt=True)
        return Receipt("ok", "", _remote_id(found.get("result"), chat))

    def update(self, post: Post, remote_id: str) -> Receipt:
        """Give a message another text. Raises CannotEdit."""
        return self._edit("editMessageText", remote_id, _text(post, self.limit))

    def retract(self, post: Post, remote_id: str) -> Receipt:
        """Take a message away, which Telegram allows for 48 hours. Raises CannotEdit."""
        return self._edit("deleteMessage", remote_id, {})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _edit(self, method: str, remote_id: str, body: dict[str, object]) -> Receipt:
        chat, _, message = remote_id.rpartition(":")
        answer = self._call(method, {"chat_id": chat, "message_id": int(message), **body}, again=True)
        if answer.status == 200:
            return Receipt("ok", "")
        words = str(said(answer).get("description") or "")
        if "message is not modified" in words:
            return Receipt("ok", words)
        if re.search(r"message (to \w+ )?not found|MESSAGE_ID_INVALID", words):
            return Receipt("gone", f"Telegram says {words}: somebody removed the post")
        if "message can't be" in words:
            raise CannotEdit(f"Telegram answered {answer.status}: {words}", permanent=True, code=str(answer.status))
        raise self._refused(answer, again=True)

    def _call(self, method: str, body: dict[str, object], again: bool = False) -> Answer:
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", "user-agent": "sixpm-chat/1"}
        request = self._http.build_request("POST", self._url + method, content=content, headers=headers)
        try:
            return exchange(self._http, request, self.patience)
        except CallFailed as failed:
            raise no_answer("Telegram", failed, again) from failed

    def _refused(self, answer: Answer, again: bool = False) -> TransportError:
        words = str(said(answer).get("description") or "")[:200]
        wait = seconds(_parameter(answer, "retry_after"))
        return refused("Telegram", answer, self._clock(), words, "", wait, again)


def _parameter(answer: Answer, name: str) -> Any:
    """A field of ResponseParameters."""
    found = said(answer).get("parameters")
    return found.get(name) if isinstance(found, dict) else None


def _remote_id(message: object, chat: str) -> str | None:
    if not isinstance(message, dict) or "message_id" not in message:
        return None
    where = message.get("chat")
    return f"{where.get('id', chat) if isinstance(where, dict) else chat}:{message['message_id']}"


def _text(post: Post, limit: int) -> dict[str, object]:
    text = plain.fit(plain.clean(post.text), limit, _escape, plain.utf16)
    return {"text": text, "link_preview_options": {"is_disabled": True}}


def _escape(text: str) -> str:
    return plain.by_address(
        text, lambda words: _LINKS.sub(lambda sign: sign.group() + plain.UNSEEN, plain.unmentioned(words)), str
    )


def _build(config: Config, secret: str | None, settings: Settings) -> Telegram:
    return Telegram(secret or "", settings.telegram_base_url, chat=service.text(config, "chat"))


SERVICE = Service(
    kind="telegram",
    label="Telegram",
    edits=True,
    build=_build,
    host=lambda config, secret, settings: service.host(settings.telegram_base_url),
    fields=(
        Field("chat", "Chat id", "Write the id of the chat.", "A group's begins with a minus. A public channel: @name.",
              "-1001234567890", CHAT.pattern, BAD_CHAT),
        Field(SECRET, "Bot token", "Paste the bot's token.", "Stored encrypted, never shown again.", "123456:ABC-…"),
    ),
    steps=(
        "In Telegram, write /newbot to @BotFather. It gives you the bot's token.",
        "Add the bot to the group, or make it an administrator of the channel.",
        "The chat's id stands in the address of Telegram Web when the group is open, as a number with a minus.",
    ),
)  # fmt: skip
