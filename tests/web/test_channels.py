"""Connecting a channel: a form for each service, what is wrong said beside the field, and a test post that is real."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from engine import db
from engine import models as m
from engine.people.accounts import Account
from engine.transports import registry
from engine.transports.service import Service
from tests.fakes.http_catcher import Catcher, catcher
from tests.web import scene
from tests.web.conftest import Browser
from tests.web.scene import Scene

TOKEN = "123456:AAF-abcdefghijklmnopqrstuvwxyz012345"
OFFERED = [service for service in registry.SERVICES.values() if service.offered]
GOOD = {
    "slack": {"channel": "C1", "secret": "xoxb-very-secret"},
    "discord": {"secret": "https://discord.com/api/webhooks/1/very-secret"},
    "teams": {"secret": "https://flows.example/very-secret"},
    "mattermost": {"secret": "https://chat.example.org/hooks/very-secret"},
    "telegram": {"chat": "-100", "secret": TOKEN},
    "webhook": {"url": "https://h.example/x", "secret": "whsec_" + "a" * 40},
    "apprise": {"secret": f"tgram://{TOKEN}/-100"},
}


@pytest.fixture(autouse=True)
def services(web_env: pytest.MonkeyPatch) -> Iterator[Catcher]:
    """Chat services on this machine, before the app is made."""
    with catcher() as server:
        for name in ("slack", "discord", "telegram"):
            web_env.setenv(f"SIXPM_{name.upper()}_BASE_URL", f"{server.url}/{name}")
        yield server


@pytest.fixture
def evening(services: Catcher, signed_in: Browser, owner: Account) -> Scene:
    """A team in mid-evening."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


def connect(browser: Browser, made: Scene, kind: str, **fields: str) -> int:
    """Connect a channel by its form; its id."""
    path = f"/teams/{made.team.id}/channels/new"
    answer = browser.post(path, f"{path}?kind={kind}", kind=kind, name="#new", **{**GOOD[kind], **fields})
    assert answer.status_code == 303, answer.text
    with db.begin() as conn:
        return conn.scalars(select(m.Channel.id).where(m.Channel.name == "#new")).one()


def after_test_post(browser: Browser, made: Scene, channel: int) -> str:
    """The team page after a test post."""
    page = f"/teams/{made.team.id}"
    browser.post(f"{page}/channels/{channel}/test", page)
    return browser.get(page).text


@pytest.mark.parametrize("service", OFFERED, ids=lambda service: service.kind)
def test_each_service_says_what_to_paste_and_where_to_find_it(
    signed_in: Browser, evening: Scene, service: Service
) -> None:
    page = signed_in.get(f"/teams/{evening.team.id}/channels/new?kind={service.kind}").text

    assert re.search(r'aria-current="page">' + re.escape(service.label), page)
    for field in service.fields:
        assert f'name="{field.name}"' in page
    assert page.count("<li>") >= len(service.steps)
    assert page.count("channels/new?kind=") == len(OFFERED)


@pytest.mark.parametrize("kind", GOOD)
def test_what_is_secret_is_sealed_and_never_shown(signed_in: Browser, evening: Scene, kind: str) -> None:
    channel = connect(signed_in, evening, kind)

    with db.begin() as conn:
        row = conn.execute(select(m.Channel.kind, m.Channel.config, m.Channel.secret).where(m.Channel.id == channel))
        kept = row.one()
    page = signed_in.get(f"/teams/{evening.team.id}").text
    secret = GOOD[kind]["secret"]
    assert (kept.kind, kept.config) == (kind, {k: v for k, v in GOOD[kind].items() if k != "secret"})
    assert kept.secret is not None
    assert secret.encode() not in kept.secret
    assert secret not in page
    assert registry.SERVICES[kind].label in page


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("discord", {"secret": ""}, "Paste the webhook&#39;s address."),
        ("discord", {"secret": "https://example.org/x"}, "no Discord webhook"),
        ("teams", {"secret": "https://a.webhook.office.com/x"}, "retired"),
        ("mattermost", {"secret": "https://chat.example.org"}, "no Mattermost webhook"),
        ("telegram", {"chat": "my group"}, "The chat is a number"),
        ("telegram", {"chat": ""}, "Write the id of the chat."),
        ("telegram", {"secret": "abc"}, "no bot token"),
        ("apprise", {"secret": "json://10.0.0.7"}, "SIXPM_HOOKS_PRIVATE"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    signed_in: Browser, evening: Scene, kind: str, typed: dict[str, str], said: str
) -> None:
    path = f"/teams/{evening.team.id}/channels/new"

    page = signed_in.post(path, f"{path}?kind={kind}", kind=kind, name="#kept", **{**GOOD[kind], **typed})

    assert page.status_code == 422
    assert any(said in words for words in re.findall(r'class="wrong"[^>]*>([^<]*)<', page.text))
    assert 'value="#kept"' in page.text
    assert f'aria-current="page">{registry.SERVICES[kind].label}' in page.text
    for name, value in {**GOOD[kind], **typed}.items():
        assert not value or (f'value="{value}"' in page.text) is (name != "secret")


@pytest.mark.parametrize("kind", ["nothing", "console", ""])
def test_there_is_no_form_for_a_service_that_is_not_offered(signed_in: Browser, evening: Scene, kind: str) -> None:
    path = f"/teams/{evening.team.id}/channels/new"

    assert signed_in.get(f"{path}?kind={kind}").status_code == 404
    assert signed_in.post(path, path, kind=kind, name="#x", secret="x").status_code == 404


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("slack", {}), ("discord", {"secret": "https://discord.com/api/webhooks/1/ok"}), ("telegram", {})],
)
def test_a_test_post_arrives(
    signed_in: Browser, evening: Scene, services: Catcher, kind: str, fields: dict[str, str]
) -> None:
    channel = connect(signed_in, evening, kind, **fields)

    page = after_test_post(signed_in, evening, channel)

    assert "#new took the test post" in page
    assert len(services.requests) == 1
    assert evening.team.name in services.requests[0].body


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("slack", {"channel": "gone"}, "channel_not_found"),
        ("discord", {"secret": "https://discord.com/api/webhooks/1/gone"}, "Unknown Webhook"),
        ("discord", {"secret": "https://discord.com/api/webhooks/1/ratelimited"}, "You are being rate limited"),
        ("telegram", {"chat": "@forbidden"}, "bot was kicked from the group chat"),
    ],
)
def test_a_test_post_that_fails_is_told_in_the_services_own_words(
    signed_in: Browser, evening: Scene, kind: str, fields: dict[str, str], words: str
) -> None:
    channel = connect(signed_in, evening, kind, **fields)

    assert words in after_test_post(signed_in, evening, channel)


@pytest.mark.parametrize(("kind", "host"), [("mattermost", "chat.example.org"), ("teams", "flows.example")])
def test_a_test_post_to_a_secret_address_keeps_to_the_allow_list_too(
    signed_in: Browser, evening: Scene, kind: str, host: str
) -> None:
    channel = connect(signed_in, evening, kind)

    assert f"{host} is not on SIXPM_ALLOW" in after_test_post(signed_in, evening, channel)


def test_the_environment_of_the_services_is_the_apps(services: Catcher, app: Flask) -> None:
    assert app.extensions["sixpm_settings"].discord_base_url == f"{services.url}/discord"
