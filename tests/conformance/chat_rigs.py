"""One rig per chat service, against the catcher that speaks as it does. Adding a service is adding one to CHAT_RIGS."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from engine.outbound import slots
from engine.outbound.posting import Posting
from engine.transports.apprise import Apprise
from engine.transports.base import Key, Outcome, Post, SendTransport, Trouble
from engine.transports.console import Console
from engine.transports.discord import Discord
from engine.transports.mattermost import Mattermost
from engine.transports.net import Guard
from engine.transports.slack import Slack
from engine.transports.teams import Teams
from engine.transports.telegram import Telegram
from engine.transports.webhook import Webhook, new_secret
from tests.conformance.cases import CHAT, Case
from tests.engine.transports.slot import Gate
from tests.fakes.http_catcher import Catcher, Caught, catcher

PATIENCE = 0.4  # seconds, where the service is silent
BOT = "123456:AAF-abcdefghijklmnopqrstuvwxyz012345"
HOWS = {
    Case.PERMANENT: "gone", Case.TEMPORARY: "http-503", Case.RETRY_AFTER: "ratelimited", Case.DOUBT: "close",
    Case.GONE: "gone", Case.REVOKED: "revoked", Case.FORBIDDEN: "forbidden", Case.BROKEN: "http-500",
    Case.LATE: "slow",
}  # fmt: skip
HOSTILE = (
    """@everyone @here @channel @all <!channel> <!here> <@U123> <@&42> <#C1|general> \\@everyone
[click](https://evil.example/a) <https://evil.example|click> see (https://ok.example/a_b_c?d=e*f) 5 < 6 | 7 > 3
# head
- **bold** __under__ ~~struck~~ `code` ||spoiler|| *it* _it_ ~town :tada: &amp; &lt;b&gt;
> quote
1. one
/start #tag $USD mail@example.org\r\n"""
    "👩\u200d👩\u200d👧 e\u0301 שלום \u202eback\u2066wards NUL\0here \ud800 end"
)

Texts = Callable[[list[Caught]], list[str]]


def no_words(requests: list[Caught]) -> list[str]:
    """For what has no markup, or repeats nothing."""
    return []


def texts(requests: list[Caught]) -> list[str]:
    """What most services call it."""
    return [str(one.json()["text"]) for one in requests]


@dataclass
class ChatRig:
    """The call seam: one SendTransport, against the catcher.

    `build` makes it for a base URL and the word that has the catcher answer as a case wants; `address` is a post's
    `to`. `live` finds markup, mentions and links that came alive. `gone` are the service's own words for a deleted
    channel, `secret` is what must not stand in any error. `edits`: it is an Editor.
    """

    name: str
    build: Callable[[str, str], SendTransport]
    accepted: str = "ok"
    address: Callable[[str], str] = str
    texts: Texts = texts
    live: Texts = no_words
    ids: Texts = no_words
    doubt: str = "in_doubt"
    gone: str = ""
    secret: str = "never"
    edits: bool = False
    hows: dict[Case, str] = field(default_factory=lambda: HOWS)
    cases: frozenset[Case] = CHAT
    cuts: bool = True
    troubles: list[Trouble] = field(default_factory=list)
    caught: list[Caught] = field(default_factory=list)

    def play(self, case: Case) -> tuple[list[Outcome], list[str], list[str]]:
        """One or two calls."""
        how = self.hows.get(case, self.accepted)
        outcomes: list[Outcome] = []
        self.troubles.clear()
        with _base(case) as (server, url):
            for _ in range(2 if case is Case.REPEATED else 1):
                transport = self.build(url, how)
                if case in {Case.LATE, Case.MUTE}:
                    cast(Any, transport).patience = PATIENCE
                text = {Case.TOO_LONG: "x" * (transport.limit + 1), Case.HOSTILE: HOSTILE}.get(case, "hello")
                post = Post(Key(1, 1, 0), self.address(how), text, idempotency="delivery-1")
                asyncio.run(self._post(transport, post, case is not Case.WITHHELD, outcomes))
            self.caught = list(server.requests)
            return outcomes, self.texts(self.caught), self.ids(self.caught)

    async def _post(self, transport: SendTransport, post: Post, permitted: bool, outcomes: list[Outcome]) -> None:
        """The way of a post in a worker: wait for the permit, call in a thread, close."""
        gate = Gate()
        gate.allowed = permitted
        going = slots._post(Posting(transport, post), cast(Any, gate), outcomes.append, self.troubles.append)
        slot = asyncio.create_task(going)
        if not permitted:
            await gate.waiting.wait()
            gate.never()
        await slot


@contextlib.contextmanager
def _base(case: Case) -> Iterator[tuple[Catcher, str]]:
    """A catcher and the base URL to call: its own; one where nobody is; or one that takes a line and says nothing."""
    with catcher() as server, socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        if case is Case.UNREACHABLE:
            yield server, f"http://127.0.0.1:{mute.getsockname()[1]}"  # bound, not listening
        elif case is Case.MUTE:
            mute.listen()
            yield server, f"https://127.0.0.1:{mute.getsockname()[1]}"  # TLS waits for its answer in vain
        else:
            yield server, server.url


# -- what is alive in a text: by the service's rules, not by the adapter's


def _unescaped(marks: str, text: str) -> list[str]:
    return re.findall(rf"(?<!\\)(?:\\\\)*[{marks}]", text)


def _slack_live(requests: list[Caught]) -> list[str]:
    (post,) = [one.json() for one in requests]
    return re.findall(r"[<>]|&(?!amp;|lt;|gt;)", post["text"]) + (["mrkdwn"] if post["mrkdwn"] else [])


def _discord_live(requests: list[Caught]) -> list[str]:
    (post,) = [one.json() for one in requests]
    rest = re.sub(r"<https?://[\w./?=&%#+:;,-]+>", "", post["content"])
    mentions = [] if post["allowed_mentions"] == {"parse": []} else ["mentions"]
    lines = re.findall(r"(?m)^\s*(?:[-+#]\s|\d+\.\s|-#)", rest)
    return _unescaped(r"@*_~`|<>\[\]", rest) + mentions + lines + re.findall(r"(?<!\\):\w+:", rest)


def _mattermost_live(requests: list[Caught]) -> list[str]:
    (post,) = [one.json() for one in requests]
    rest = re.sub(r"https?://[\w./?=&%#+:;,-]+(?=[\s.,:;?]|$)", "", post["text"])
    calls = re.findall(r"(?<![\w.])@\w|[#~]\w|:\w+:|<[^<|]+\|[^>]+>|<!\w+>|<@\w", rest)
    return _unescaped(r"*_~`|<>\[\]", rest) + calls + re.findall(r"(?m)^\s*(?:[-+#]\s|\d+\.\s)", rest)


def _telegram_live(requests: list[Caught]) -> list[str]:
    (post,) = [one.json() for one in requests]
    rest = re.sub(r"https?://\S+", "", post["text"])
    return re.findall(r"(?<!\w)[@#/$]\w", rest) + [name for name in ("parse_mode", "entities") if name in post]


def _teams_live(requests: list[Caught]) -> list[str]:
    (card,) = _cards(requests)
    runs = [run["type"] for block in card["body"] for run in block["inlines"]]
    return [one for one in runs if one != "TextRun"] + [name for name in ("entities",) if name in card["msteams"]]


def _cards(requests: list[Caught]) -> list[Any]:
    return [one.json()["attachments"][0]["content"] for one in requests]


def _teams_texts(requests: list[Caught]) -> list[str]:
    return ["\n".join(block["inlines"][0]["text"] for block in card["body"]) for card in _cards(requests)]


# -- the rigs


def _console_rig() -> ChatRig:
    streams: list[io.StringIO] = []

    def build(url: str, how: str) -> SendTransport:
        streams.append(io.StringIO())
        return Console(streams[-1])

    def written(requests: list[Caught]) -> list[str]:
        found = [io_text(stream) for stream in streams if stream.getvalue()]
        streams.clear()
        return found

    def io_text(stream: io.StringIO) -> str:
        return "\n".join(line[2:] for line in stream.getvalue().splitlines()[1:])

    cases = frozenset({Case.ACCEPTED, Case.TOO_LONG, Case.WITHHELD, Case.REPEATED, Case.HOSTILE})
    return ChatRig("console", build, "#team", texts=written, cases=cases)  # a terminal refuses nothing


def _webhook_rig() -> ChatRig:
    hows = {
        **HOWS, Case.PERMANENT: "404", Case.GONE: "410", Case.REVOKED: "401", Case.FORBIDDEN: "403",
        Case.BROKEN: "500", Case.TEMPORARY: "503", Case.RETRY_AFTER: "retry/30", Case.LATE: "slow/3600",
    }  # fmt: skip
    return ChatRig(
        "webhook",
        lambda url, how: Webhook(new_secret(), f"{url}/hook/{how}", Guard(private=True)),
        ids=lambda requests: [one.headers["webhook-id"] for one in requests],
        doubt="deferred",  # the receiver drops a webhook-id it has seen, so trying again is safe
        gone="it is gone",
        secret="whsec_",
        hows=hows,
    )


def _apprise_rig() -> ChatRig:
    hows = {
        **HOWS, Case.PERMANENT: "404", Case.GONE: "404", Case.REVOKED: "401", Case.FORBIDDEN: "403",
        Case.BROKEN: "500", Case.TEMPORARY: "503", Case.LATE: "slow/3600",
    }  # fmt: skip

    def build(url: str, how: str) -> SendTransport:
        return Apprise(f"{url.replace('http', 'json', 1)}/hook/{how}", private=True)

    return ChatRig(
        "apprise",
        build,
        texts=lambda requests: [str(one.json()["message"]) for one in requests],
        gone="error=404",
        secret="/hook/",
        hows=hows,
        # It tells no wait, and a line that never came about from an answer that was lost: both are doubts.
        cases=CHAT - {Case.RETRY_AFTER, Case.UNREACHABLE, Case.MUTE},
    )


CHAT_RIGS = [
    ChatRig(
        "slack",
        lambda url, how: Slack("xoxb-test", f"{url}/slack"),
        "C1",
        live=_slack_live,
        gone="channel_not_found",
        secret="xoxb",
        edits=True,
    ),
    ChatRig(
        "discord",
        lambda url, how: Discord(f"https://discord.com/api/webhooks/1/{how}", f"{url}/discord"),
        texts=lambda requests: [str(one.json()["content"]) for one in requests],
        live=_discord_live,
        gone="Unknown Webhook",
        secret="webhooks/",
        edits=True,
    ),
    ChatRig(
        "mattermost",
        lambda url, how: Mattermost(f"{url}/mattermost/hooks/{how}", Guard(private=True)),
        live=_mattermost_live,
        gone="Invalid webhook",
        secret="hooks/",
    ),
    ChatRig(
        "teams",
        lambda url, how: Teams(f"{url}/teams/flow/{how}", Guard(private=True)),
        texts=_teams_texts,
        live=_teams_live,
        gone="WorkflowNotFound",
        secret="flow/",
    ),
    ChatRig(
        "telegram",
        lambda url, how: Telegram(BOT, f"{url}/telegram"),
        address=lambda how: f"@{how}",
        live=_telegram_live,
        gone="chat not found",
        secret="AAF-",
        edits=True,
    ),
    _webhook_rig(),
    _apprise_rig(),
    _console_rig(),
]
