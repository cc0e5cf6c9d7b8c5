"""Discord, Mattermost, Teams, Telegram and Apprise: what they take for an address, and where they refuse to go."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from engine.config import Settings
from engine.errors import ConfigError, TransportError
from engine.people import allowlist
from engine.transports import registry
from engine.transports.apprise import Apprise
from engine.transports.base import Key, Post, SendTransport
from engine.transports.discord import Discord
from engine.transports.mattermost import Mattermost
from engine.transports.net import Guard
from engine.transports.teams import Teams
from engine.transports.telegram import Telegram
from tests.fakes.http_catcher import Catcher, catcher

POST = Post(Key(1, 2, 0), "", "hello")
TOKEN = "123456:AAF-abcdefghijklmnopqrstuvwxyz012345"


@pytest.fixture
def caught() -> Iterator[Catcher]:
    """A catcher."""
    with catcher() as server:
        yield server


@pytest.mark.parametrize(
    "address",
    [
        "https://discord.com/api/webhooks/1/ok",
        " https://discord.com/api/webhooks/1/ok/ ",
        "https://canary.discord.com/api/webhooks/1/ok",
        "https://discordapp.com/api/v10/webhooks/1/ok",
    ],
)
def test_discords_address_is_taken_in_all_its_forms(address: str, caught: Catcher) -> None:
    transport = Discord(address, f"{caught.url}/discord")

    receipt = transport.send(POST)
    transport.close()

    assert receipt.remote_id is not None
    assert caught.requests[0].path == "/discord/webhooks/1/ok?wait=true"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://discord.com.evil.example/api/webhooks/1/ok",
        "http://discord.com/api/webhooks/1/ok",
        "https://discord.com/api/webhooks/1/ok/../../users",
        "https://127.0.0.1/api/webhooks/1/ok",
    ],
)
def test_what_is_no_discord_webhook_is_refused_at_once(address: str) -> None:
    with pytest.raises(ConfigError, match="no Discord webhook"):
        Discord(address, "https://discord.com/api")


def test_discords_own_wait_counts_before_its_header(caught: Catcher) -> None:
    transport = Discord("https://discord.com/api/webhooks/1/ratelimited", f"{caught.url}/discord")

    with pytest.raises(TransportError) as error:
        transport.send(POST)
    transport.close()

    assert error.value.retry_after == 30.0


def test_discord_shows_what_was_written_without_its_meaning(caught: Catcher) -> None:
    transport = Discord("https://discord.com/api/webhooks/1/ok", f"{caught.url}/discord")

    transport.send(Post(POST.key, "", "Ada · Rockets\n- *done* at 10:30, see https://x.example/a_b (v1.2)"))
    transport.close()

    said = caught.requests[0].json()
    assert said["content"] == "Ada · Rockets\n\\- \\*done\\* at 10:30, see <https://x.example/a_b> \\(v1.2\\)"


def test_a_telegram_group_that_became_another_gets_the_post_there(caught: Catcher) -> None:
    transport = Telegram(TOKEN, f"{caught.url}/telegram", chat="-1")

    receipt = transport.send(POST)
    transport.close()

    assert [one.json()["chat_id"] for one in caught.requests] == ["-1", -100500]
    assert receipt.remote_id == "-100500:1"


@pytest.mark.parametrize(("token", "chat"), [("", "-1"), ("abc", "-1"), (TOKEN + "/x", "-1"), (TOKEN, "my group")])
def test_a_token_or_chat_that_is_none_is_refused_at_once(token: str, chat: str) -> None:
    with pytest.raises(ConfigError):
        Telegram(token, "https://api.telegram.org", chat=chat)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://acme.webhook.office.com/webhookb2/x", "retired"),
        ("http://flows.example/x", "https"),
        ("", "no Workflows address"),
        ("https://[half", "no Workflows address"),
    ],
)
def test_what_is_no_workflow_is_refused_at_once(address: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Teams(address)


@pytest.mark.parametrize("address", ["", "https://chat.example.org/", "https://[half/hooks/x"])
def test_what_is_no_mattermost_webhook_is_refused_at_once(address: str) -> None:
    with pytest.raises(ConfigError, match="no Mattermost webhook"):
        Mattermost(address)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/hooks/x", "http://169.254.169.254/hooks/x", "http://[::1]/hooks/x"]
)
def test_mattermost_in_our_own_network_is_never_called(address: str) -> None:
    transport = Mattermost(address)

    with pytest.raises(TransportError) as error:
        transport.send(POST)
    transport.close()

    assert (error.value.permanent, error.value.code) == (True, "refused_address")


def test_a_name_that_leads_into_our_own_network_is_never_called(caught: Catcher) -> None:
    guard = Guard(resolve=lambda host, port: ["10.0.0.7"])
    transports: list[SendTransport] = [
        Teams("https://flows.example/x", guard),
        Mattermost("https://chat.example/hooks/x", guard),
    ]

    for transport in transports:
        with pytest.raises(TransportError, match="not on the public Internet"):
            transport.send(POST)
        transport.close()


@pytest.mark.parametrize(
    "url", ["json://10.0.0.7/x", "jsons://x.example", "syslog://", "mmost://chat.example/key", "ntfy://host.example/t"]
)
def test_apprise_goes_to_no_host_that_its_url_names(url: str) -> None:
    with pytest.raises(ConfigError, match="SIXPM_HOOKS_PRIVATE"):
        Apprise(url)


def test_apprise_takes_services_that_have_a_host_of_their_own() -> None:
    assert Apprise(f"tgram://{TOKEN}/-100/?redirect=yes").name == "apprise"


@pytest.mark.parametrize("url", ["", "nothing", "carrier-pigeon://x"])
def test_an_url_that_apprise_does_not_know_is_refused_at_once(url: str) -> None:
    with pytest.raises(ConfigError, match="does not know"):
        Apprise(url)


def test_apprise_follows_no_redirect_whatever_its_url_says(caught: Catcher) -> None:
    transport = Apprise(f"{caught.url.replace('http', 'json')}/hook/redirect?redirect=yes", private=True)

    with pytest.raises(TransportError):
        transport.send(POST)

    assert [one.path for one in caught.requests] == ["/hook/redirect"]


def test_without_the_extra_apprise_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(ConfigError, match=r"pip install 'sixpm\[apprise\]'"):
        registry.build("apprise", {}, "json://x.example", Settings())


@pytest.mark.parametrize(
    ("kind", "secret", "host"),
    [
        ("discord", "https://discord.com/api/webhooks/1/ok", "discord.com"),
        ("telegram", TOKEN, "api.telegram.org"),
        ("mattermost", "https://chat.example.org/hooks/x", "chat.example.org"),
        ("teams", "https://flows.example/x", "flows.example"),
        ("apprise", "json://x.example", "apprise"),
    ],
)
def test_an_instance_that_is_not_production_posts_only_where_it_is_allowed_to(
    kind: str, secret: str, host: str
) -> None:
    with pytest.raises(ConfigError, match=f"{host} is not on SIXPM_ALLOW"):
        allowlist.check_channel(Settings(), kind, {}, secret)
    allowlist.check_channel(Settings(allow=host), kind, {}, secret)


def test_every_service_that_is_offered_says_what_to_paste_and_where_to_find_it() -> None:
    for service in registry.SERVICES.values():
        if service.offered:
            assert service.steps
            assert service.fields
            assert all(field.label for field in service.fields)
