"""Slack, webhook, console: what they say to the service and what they make of its answer."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import standardwebhooks

from engine.config import Settings
from engine.errors import ConfigError, TransportError
from engine.transports import registry
from engine.transports.base import Key, Post, Scope, Verdict
from engine.transports.console import Console
from engine.transports.failure import call, failed
from engine.transports.net import Guard
from engine.transports.slack import Slack, fit
from engine.transports.webhook import Webhook, new_secret
from tests.fakes.http_catcher import Catcher, catcher

KEY = Key(1, 2, 0)


@pytest.fixture
def caught() -> Iterator[Catcher]:
    """A catcher."""
    with catcher() as server:
        yield server


def slack(server: Catcher, token: str = "xoxb-test") -> Slack:
    """Slack at the catcher."""
    return Slack(token, f"{server.url}/slack", clock=lambda: 0.0)


def hook(server: Catcher, secret: str) -> Webhook:
    """A webhook that may call this machine."""
    return Webhook(secret, guard=Guard(private=True))


def refusal(transport: Any, post: Post) -> TransportError:
    """The error that sending `post` raises."""
    try:
        with pytest.raises(TransportError) as error:
            transport.send(post)
    finally:
        transport.close()
    return error.value


# Slack


def test_a_slack_post_carries_token_channel_text_and_thread_and_returns_the_ts(caught: Catcher) -> None:
    transport = slack(caught)

    receipt = transport.send(Post(KEY, "C123", "Done: a < b & <!channel>", thread="C123:1699.1"))
    transport.close()

    assert receipt.remote_id == "C123:1700000000.000001"
    (request,) = caught.requests
    assert request.path == "/slack/chat.postMessage"
    assert request.headers["authorization"] == "Bearer xoxb-test"
    said = request.json()
    assert (said["channel"], said["thread_ts"]) == ("C123", "1699.1")
    assert said["text"] == "Done: a &lt; b &amp; &lt;!channel&gt;"
    assert said["mrkdwn"] is False


@pytest.mark.parametrize(
    ("channel", "permanent", "in_doubt", "scope"),
    [
        ("err-channel_not_found", True, False, "recipient"),
        ("err-is_archived", True, False, "recipient"),
        ("err-something_new", True, False, "recipient"),
        ("err-token_revoked", True, False, "transport"),
        ("err-ratelimited", False, False, "rate"),
        ("err-service_unavailable", False, False, "recipient"),
        ("err-internal_error", False, True, "recipient"),
        ("http-404", True, False, "recipient"),
        ("http-503", False, False, "recipient"),
        ("http-502", False, True, "recipient"),
        ("close", False, True, "recipient"),
    ],
)
def test_slacks_refusals_keep_its_own_word(
    channel: str, permanent: bool, in_doubt: bool, scope: str, caught: Catcher
) -> None:
    error = refusal(slack(caught), Post(KEY, channel, "x"))

    assert (error.permanent, error.in_doubt, error.scope) == (permanent, in_doubt, scope)
    if channel.startswith("err-"):
        assert error.code == channel.removeprefix("err-")
        assert error.code in str(error)


def test_slacks_rate_limit_says_how_long(caught: Catcher) -> None:
    error = refusal(slack(caught), Post(KEY, "ratelimited", "x"))

    assert error.retry_after == 30
    assert not error.permanent


def test_the_token_never_shows_in_an_error(caught: Catcher) -> None:
    assert "xoxb" not in str(refusal(slack(caught), Post(KEY, "close", "x")))


@pytest.mark.parametrize("text", ["x" * 50, "&" * 50, "<a>" * 20, "", "a&" * 5])
def test_escaped_text_fits_the_limit_and_no_entity_is_cut(text: str) -> None:
    import html

    fitted = fit(text, 20)

    assert len(fitted) <= 20
    plain = html.unescape(fitted)
    assert plain == text or (plain.endswith("…") and text.startswith(plain[:-1]))


# webhook


def test_a_webhook_is_signed_so_that_the_library_verifies_it(caught: Catcher) -> None:
    secret = new_secret()
    transport = hook(caught, secret)

    receipt = transport.send(Post(KEY, f"{caught.url}/hook/ok", "Grüße", {"type": "entry"}, idempotency="e-1"))
    transport.close()

    (request,) = caught.requests
    assert standardwebhooks.Webhook(secret).verify(request.body, request.headers) == {"text": "Grüße", "type": "entry"}
    assert request.headers["webhook-id"] == "e-1"
    assert receipt.code == "200"


def test_a_changed_body_does_not_verify(caught: Catcher) -> None:
    secret = new_secret()
    transport = hook(caught, secret)
    transport.send(Post(KEY, f"{caught.url}/hook/ok", "yes"))
    transport.close()
    (request,) = caught.requests

    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(request.body.replace("yes", "no!"), request.headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(new_secret()).verify(request.body, request.headers)


def test_two_secrets_sign_twice_so_that_a_key_can_be_replaced(caught: Catcher) -> None:
    old, new = new_secret(), new_secret()
    transport = hook(caught, f"{new} {old}")
    transport.send(Post(KEY, f"{caught.url}/hook/ok", "x"))
    transport.close()
    (request,) = caught.requests

    for secret in (old, new):
        assert standardwebhooks.Webhook(secret).verify(request.body, request.headers) == {"text": "x"}


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_c2hvcnQ=", "whsec_a"])
def test_a_secret_that_is_none_is_refused_at_once(secret: str) -> None:
    with pytest.raises(ConfigError):
        Webhook(secret)


@pytest.mark.parametrize(
    ("how", "permanent", "wait"),
    [
        ("404", True, None),
        ("410", True, None),
        ("422", True, None),
        ("redirect", True, None),
        ("408", False, None),
        ("500", False, None),
        ("502", False, None),
        ("503", False, None),
        ("retry/30", False, 30.0),
    ],
)
def test_a_webhooks_answers_are_for_good_or_for_later(
    how: str, permanent: bool, wait: float | None, caught: Catcher
) -> None:
    error = refusal(hook(caught, new_secret()), Post(KEY, f"{caught.url}/hook/{how}", "x", idempotency="a"))

    assert (error.permanent, error.retry_after, error.in_doubt) == (permanent, wait, False)


@pytest.mark.parametrize(("idempotency", "in_doubt"), [("a", False), ("", True)])
def test_a_lost_answer_is_in_doubt_only_without_an_idempotency_key(
    idempotency: str, in_doubt: bool, caught: Catcher
) -> None:
    post = Post(KEY, f"{caught.url}/hook/close", "x", idempotency=idempotency)

    assert refusal(hook(caught, new_secret()), post).in_doubt is in_doubt


def test_a_webhook_to_our_own_network_is_never_called(caught: Catcher) -> None:
    error = refusal(Webhook(new_secret()), Post(KEY, "http://127.0.0.1:80/hook/ok", "x"))

    assert error.permanent
    assert error.code == "refused_address"
    assert not caught.requests


# console, outcomes, registry


def test_the_console_writes_address_and_text() -> None:
    stream = io.StringIO()

    Console(stream).send(Post(KEY, "#team", "one\ntwo"))

    assert stream.getvalue() == "→ #team\n  one\n  two\n"


def test_a_fault_of_the_connection_defers_the_row_and_raises_the_trouble() -> None:
    ended = failed(KEY, TransportError("no route", code="no_answer", scope="transport"))

    assert ended.outcome.verdict is Verdict.DEFERRED
    assert ended.trouble is not None
    assert ended.trouble.scope is Scope.TRANSPORT


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (TransportError("x", permanent=True), Verdict.BOUNCED),
        (TransportError("x", permanent=True, scope="transport"), Verdict.BOUNCED),  # a revoked token is its channel's
        (TransportError("x"), Verdict.DEFERRED),
        (TransportError("x", in_doubt=True), Verdict.IN_DOUBT),
        (TransportError("x", in_doubt=True, scope="transport"), Verdict.IN_DOUBT),
    ],
)
def test_an_error_becomes_the_ledgers_word(error: TransportError, verdict: Verdict) -> None:
    assert failed(KEY, error).outcome.verdict is verdict


def test_a_call_ends_in_an_outcome_whatever_the_service_says(caught: Catcher) -> None:
    transport = slack(caught)

    accepted = call(transport, Post(KEY, "C1", "x"))
    refused = call(transport, Post(KEY, "err-is_archived", "x"))
    transport.close()

    assert (accepted.outcome.verdict, accepted.outcome.remote_id) == (Verdict.SENT, "C1:1700000000.000001")
    assert (refused.outcome.verdict, refused.outcome.code) == (Verdict.BOUNCED, "is_archived")
    assert accepted.trouble is None
    assert refused.trouble is None


def test_every_kind_is_built_from_its_row() -> None:
    settings = Settings()

    assert registry.build("console", {}, None, settings).name == "console"
    assert registry.build("slack", {"channel": "C1"}, "xoxb", settings).name == "slack"
    assert registry.build("webhook", {"url": "https://x.example"}, new_secret(), settings).name == "webhook"
    with pytest.raises(ConfigError, match="carrier-pigeon"):
        registry.build("carrier-pigeon", {}, None, settings)
    with pytest.raises(ConfigError, match="bot token"):
        registry.build("slack", {}, None, settings)


def test_a_configured_channel_wins_over_the_posts_address(caught: Catcher) -> None:
    settings = Settings(slack_base_url=f"{caught.url}/slack")
    transport = registry.build("slack", {"channel": "C9"}, "xoxb", settings)

    transport.send(Post(KEY, "C1", "x"))
    transport.close()

    assert caught.requests[0].json()["channel"] == "C9"


def test_the_relay_comes_from_the_settings_or_is_the_catcher() -> None:
    real = registry.relay(
        Settings(relay_host="mx.example", relay_user="u", relay_password="p", mail_from="A <a@b.example>")
    )
    local = registry.relay(Settings(catcher=True, catcher_port=1999))

    assert (real.host, real.port, real.tls, real.hello) == ("mx.example", 587, "starttls", "b.example")
    assert (local.host, local.port, local.tls) == ("127.0.0.1", 1999, "none")
    with pytest.raises(ConfigError, match="RELAY_HOST"):
        registry.relay(Settings())
