"""Microsoft Teams by a Workflows webhook, which takes Adaptive Cards
(learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using).

The card is made of TextRuns, which know no markdown (adaptivecards.io/explorer/TextRun.html), and has no `entities`,
without which nothing in Teams is a mention: people's words need no escaping.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

from engine.config import Settings
from engine.errors import ConfigError, TransportError
from engine.transports import plain, service
from engine.transports.base import Post, Receipt
from engine.transports.net import SECONDS, Answer, CallFailed, Guard, client, guarded
from engine.transports.refusal import no_answer, refused, said
from engine.transports.service import SECRET, Config, Field, Service

# "The message size limit is 28 KB" (…/how-to/add-incoming-webhook); Teams counts UTF-16 (…/format-your-bot-messages).
BYTES = 28_000
OLD = re.compile(r"\.webhook\.office\.com$", re.I)


class Teams:
    """Posts to a flow, whose address is the secret. 202 says that the flow has it, not that Teams showed it.

    It gives no id, so nothing can be edited; it knows no idempotency key, so a call without an answer is in doubt.
    """

    name = "teams"
    limit = 12_000
    patience = SECONDS

    def __init__(self, address: str, guard: Guard | None = None, clock: Callable[[], float] = time.time) -> None:
        self._url = address.strip()
        found = service.host(self._url)
        if OLD.search(found):
            raise ConfigError("That is an old connector, which Microsoft has retired. Make a workflow instead.")
        guard = guard or Guard()
        if not found or not self._url.startswith(("https://", "http://") if guard.private else "https://"):
            raise ConfigError("That is no Workflows address. Copy it whole; it begins with https://.")
        self._guard = guard
        self._clock = clock
        self._http = client()

    def send(self, post: Post) -> Receipt:
        """Post once."""
        body = plain.fit(plain.cut(plain.clean(post.text), self.limit), BYTES, _body, _size)
        headers = {"content-type": "application/json", "user-agent": "sixpm-chat/1"}
        try:
            answer = guarded(self._http, self._guard, self._url, body, headers, self.patience)
        except CallFailed as failed:
            raise no_answer("Teams", failed) from failed
        if 200 <= answer.status < 300:
            return Receipt(str(answer.status), answer.text(50))
        raise _refused(answer, self._clock())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def _body(text: str) -> bytes:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [_line(line, first=not number) for number, line in enumerate(text.split("\n"))],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return json.dumps({"type": "message", "attachments": [attachment]}, ensure_ascii=False).encode()


def _line(line: str, first: bool) -> dict[str, object]:
    """A block per line: whether a line feed inside a run breaks the line depends on the client."""
    run = {"type": "TextRun", "text": line or " "} | ({"weight": "Bolder"} if first else {})
    return {"type": "RichTextBlock", "spacing": "None", "inlines": [run]}


def _size(body: bytes) -> int:
    return 2 * plain.utf16(body.decode())


def _refused(answer: Answer, now: float) -> TransportError:
    """A flow that was deleted or turned off answers 404 WorkflowNotFound or 400 WorkflowTriggerIsNotEnabled."""
    error = said(answer).get("error")
    error = error if isinstance(error, dict) else {}
    words = " ".join(filter(None, (str(error.get("code") or ""), str(error.get("message") or ""))))
    return refused("Teams", answer, now, words[:300], str(error.get("code") or "")[:100])


def _build(config: Config, secret: str | None, settings: Settings) -> Teams:
    return Teams(secret or "", Guard(private=settings.hooks_private))


SERVICE = Service(
    kind="teams",
    label="Microsoft Teams",
    build=_build,
    host=lambda config, secret, settings: service.host(secret),
    fields=(
        Field(SECRET, "Workflow address", "Paste the workflow's address.",
              "Stored encrypted, never shown again. It is long: copy all of it.", "https://…"),
    ),
    steps=(
        "In Teams, open the channel's menu (…), Workflows, and choose the template for webhook alerts to a channel.",
        "Follow its steps and copy the address it shows at the end.",
        "Whoever makes it owns it. Add a second owner in Power Automate, or it stops when that person leaves.",
    ),
)  # fmt: skip
