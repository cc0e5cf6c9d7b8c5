"""Connecting a channel: a form for each service, what is wrong said beside the field, and a test post that is real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from engine import db
from engine import models as m
from engine.people.accounts import Account
from engine.transports import registry
from engine.transports.service import Service
from tests import factories as make
from tests.fakes.http_catcher import Catcher, catcher
from tests.web import scene
from tests.web.conftest import Browser, Enqueued
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
    answer = browser.post(
        path, f"{path}?kind={kind}", kind=kind, name="#new", **{"gets": "entries", **GOOD[kind], **fields}
    )
    assert answer.status_code == 303, answer.text
    with db.begin() as conn:
        return conn.scalars(select(m.Channel.id).where(m.Channel.name == "#new")).one()


def after_test_post(browser: Browser, made: Scene, channel: int) -> str:
    """The page of channels after a test post."""
    page = f"/teams/{made.team.id}"
    browser.post(f"{page}/channels/{channel}/test", page)
    return browser.get(f"{page}/channels").text


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
    pages = (f"/teams/{evening.team.id}/channels", f"/teams/{evening.team.id}/channels/{channel}")
    page = "".join(signed_in.get(path).text for path in pages)
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


# -- what a channel gets, and how its posts fared


def named(conn: db.Conn, name: str) -> int:
    """The id of a channel of the scene."""
    return conn.scalars(select(m.Channel.id).where(m.Channel.name == name)).one()


@pytest.fixture
def platform(evening: Scene) -> int:
    """The scene's Slack channel."""
    with db.begin() as conn:
        return named(conn, "#platform")


def failed(made: Scene, channel: int, *states: str, kind: str = "post", days: int = 0) -> list[int]:
    """Posts of a channel in these states, a run each, with what Slack said."""
    with db.begin() as conn:
        at, runs = db.now(conn) - timedelta(days=days), []
        for state in states:
            run = make.run(conn, made.team.workspace_id, kind, made_at=at, state="done", size=1)
            batch = make.batch(conn, made.team.workspace_id, run, transport="slack", state="done", epoch=1)
            make.delivery(
                conn, made.team.workspace_id, run, batch, 1, recipient=channel, transport="slack", address="#platform",
                state=state, code="not_in_channel", reply="Slack answered not_in_channel.", useful_until=at,
            )  # fmt: skip
            runs.append(run)
        return runs


def kept(channel: int) -> tuple[str, list[str], str]:
    with db.begin() as conn:
        c = m.Channel
        return tuple(conn.execute(select(c.name, c.gets, c.state).where(c.id == channel)).one())  # type: ignore[return-value]


def test_the_page_of_channels_says_what_each_gets_and_when(signed_in: Browser, evening: Scene, platform: int) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE channel SET gets = '{round,digest}' WHERE id = :id"), {"id": platform})

    page = signed_in.get(f"/teams/{evening.team.id}/channels").text

    assert "One post for each answer, as it comes." in page  # the other channel
    assert "One post when the round closes" in page
    assert "on days with something to say" in page
    assert "its posts are changed too" in page
    assert "Posts here cannot be changed." in page
    assert "none yet" in page


def test_a_member_sees_the_channels_and_none_of_the_buttons(evening: Scene, browser: Browser, user: Account) -> None:
    with db.begin() as conn:
        make.member(conn, evening.team, contact_id=user.contact_id, email=user.email)
    browser.post("/signout", "/teams")
    browser.sign_in(user.email)

    page = browser.get(f"/teams/{evening.team.id}/channels").text

    assert "#platform" in page
    assert "404 no such hook" not in page, "what a service says may name what a member should not know"
    assert "Disconnect" not in page
    assert "/channels/new" not in page


def test_what_is_chosen_is_kept_and_can_be_changed_later(signed_in: Browser, evening: Scene, platform: int) -> None:
    path = f"/teams/{evening.team.id}/channels/{platform}"

    done = signed_in.client.post(
        path, data={"csrf_token": signed_in.token(path), "name": "#done", "gets": ["digest", "round"]}
    )

    assert done.status_code == 303
    assert kept(platform) == ("#done", ["round", "digest"], "active")
    page = signed_in.get(path).text
    assert re.findall(r'value="(\w+)" id="gets-\w+"[^>]* checked', page) == ["round", "digest"]
    acts = signed_in.get("/acts").text
    assert "was #platform; gets the digest, the round" in acts


def test_a_channel_that_would_get_nothing_is_refused_and_the_rest_is_kept(
    signed_in: Browser, evening: Scene, platform: int
) -> None:
    path = f"/teams/{evening.team.id}/channels/{platform}"

    page = signed_in.post(path, path, name="#kept")

    assert page.status_code == 422
    assert "Choose at least one." in page.text
    assert 'value="#kept"' in page.text
    assert kept(platform)[0] == "#platform"


def test_a_webhook_is_offered_a_secret_that_it_then_takes(signed_in: Browser, evening: Scene) -> None:
    path = f"/teams/{evening.team.id}/channels/new?kind=webhook"
    offers = [re.search(r"whsec_[\w+/=]{44}", signed_in.get(path).text) for _ in range(2)]
    assert offers[0]
    assert offers[1]

    connect(signed_in, evening, "webhook", secret=offers[0][0])

    assert offers[0][0] != offers[1][0]
    assert "whsec_" not in signed_in.get(f"{path[:-7]}slack").text


def test_a_new_secret_is_checked_sealed_and_never_shown(signed_in: Browser, evening: Scene, services: Catcher) -> None:
    channel = connect(signed_in, evening, "discord", secret="https://discord.com/api/webhooks/1/revoked")
    path = f"/teams/{evening.team.id}/channels/{channel}"
    fields = {"name": "#new", "gets": "entries"}

    wrong = signed_in.post(path, path, **fields, secret="https://example.org/nothing")
    empty = signed_in.post(path, path, **fields, secret="")
    before = after_test_post(signed_in, evening, channel)
    right = signed_in.post(path, path, **fields, secret="https://discord.com/api/webhooks/2/ok-secret")
    after = after_test_post(signed_in, evening, channel)

    assert (wrong.status_code, empty.status_code, right.status_code) == (422, 303, 303)
    assert "no Discord webhook" in wrong.text
    assert "Invalid Webhook Token" in before
    assert "took the test post" in after
    assert services.requests[-1].path.startswith("/discord/webhooks/2/ok-secret")
    assert "ok-secret" not in signed_in.get(path).text


def test_digests_that_are_chosen_begin_with_what_is_written_from_now_on(
    signed_in: Browser, evening: Scene, platform: int
) -> None:
    path = f"/teams/{evening.team.id}/channels/{platform}"

    signed_in.post(path, path, name="#platform", gets="digest")
    signed_in.post(path, path, name="#platform", gets="digest")

    with db.begin() as conn:
        marks = conn.execute(text("SELECT until_no, run_id FROM channel_digest")).all()
        written = conn.scalar(select(m.Team.entry_no).where(m.Team.id == evening.team.id))
    assert [tuple(mark) for mark in marks] == [(written, None)]


def test_failures_are_told_in_the_services_words_with_what_follows(
    signed_in: Browser, evening: Scene, platform: int
) -> None:
    failed(evening, platform, "bounced", "failed", "deferred", "in_doubt", "expired")
    failed(evening, platform, "expired", kind="correction")

    page = signed_in.get(f"/teams/{evening.team.id}/channels/{platform}").text

    assert page.count("Slack answered not_in_channel.") == 5, "a correction that expired had nothing left to say"
    for words in ("It is tried again by itself.", "It may be there.", "It came too late"):
        assert words in page
    assert "3 posts of the last week failed" in page


def test_what_failed_is_sent_again_once_the_channel_works(
    signed_in: Browser, evening: Scene, platform: int, enqueued: Enqueued
) -> None:
    failed(evening, platform, "bounced", "failed", "expired")
    left = failed(evening, platform, "in_doubt", "sent", "cancelled")
    left += failed(evening, platform, "failed", kind="digest_post") + failed(evening, platform, "failed", days=8)
    with db.begin() as conn:
        left += failed(evening, named(conn, "Dashboard"), "failed")
    page = f"/teams/{evening.team.id}/channels/{platform}"

    signed_in.post(f"{page}/again", page)
    again = signed_in.post(f"{page}/again", page)

    with db.begin() as conn:
        found = conn.execute(text("SELECT run_id, state FROM delivery WHERE transport = 'slack' ORDER BY run_id")).all()
    assert [row.state for row in found if row.run_id not in left] == ["queued"] * 3
    assert {row.state for row in found if row.run_id in left} == {"in_doubt", "sent", "cancelled", "failed"}
    assert len(enqueued.batch_ids) == 3
    assert again.status_code == 303
    assert "There is nothing left to send again." in signed_in.get(page).text


def test_nothing_is_sent_again_to_a_channel_that_is_not_mended(signed_in: Browser, evening: Scene) -> None:
    with db.begin() as conn:
        broken = named(conn, "Dashboard")
        conn.execute(text("UPDATE channel SET kind = 'slack' WHERE id = :id"), {"id": broken})
    failed(evening, broken, "failed")
    page = f"/teams/{evening.team.id}/channels/{broken}"

    signed_in.post(f"{page}/again", page)

    assert "The channel is not mended yet" in signed_in.get(page).text
    with db.begin() as conn:
        assert conn.scalar(text("SELECT count(*) FROM delivery WHERE transport = 'slack' AND state = 'queued'")) == 0


def test_another_teams_channel_is_not_there(signed_in: Browser, evening: Scene, owner: Account) -> None:
    with db.begin() as conn:
        ws = make.Workspace(evening.team.workspace_id, "Acme")
        other = make.channel(conn, make.team(conn, ws, "Other"), "slack", "#other")
    path = f"/teams/{evening.team.id}/channels"

    answers = [signed_in.get(f"{path}/{other}").status_code]
    answers += [signed_in.post(f"{path}/{other}{act}", path).status_code for act in ("", "/again", "/test")]

    assert answers == [404] * 4
