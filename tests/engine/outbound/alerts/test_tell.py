"""The operators' webhook: called past ledger and broker, once for each incident and once for its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from engine import config
from engine.config import Settings
from engine.db import Conn
from engine.outbound.alerts import incidents, tell
from engine.outbound.alerts.facts import Fact
from tests.fakes.http_catcher import Catcher, catcher

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
STUCK = Fact("stuck", "w1:smtp", "Run 4 by smtp: nothing has moved for 15 min.")


@pytest.fixture
def chat() -> Iterator[Catcher]:
    with catcher() as made:
        yield made


def hooked(chat: Catcher, how: str = "ok", **values: str) -> Settings:
    return config.load(
        secret_key="a secret of the tests, long enough", alert_webhook=f"{chat.url}/hook/{how}", hooks_private=True,
        **values,
    )  # fmt: skip


def open_and_tell(conn: Conn, settings: Settings, seconds: float, *found: Fact) -> None:
    now = NOON + timedelta(seconds=seconds)
    incidents.settle(conn, found, ("stuck",), now, 60.0)
    tell.by_mail(conn, now, settings)


def test_an_incident_is_posted_once_and_its_end_once_without_anybody_to_mail_to(conn: Conn, chat: Catcher) -> None:
    settings = hooked(chat)
    for seconds in (0, 61, 70):
        open_and_tell(conn, settings, seconds, STUCK)
        assert tell.by_chat(conn, NOON, settings)
    for seconds in (80, 141, 150):
        open_and_tell(conn, settings, seconds)
        assert tell.by_chat(conn, NOON, settings)

    first, second = (request.json()["text"] for request in chat.requests)

    assert first.startswith("Mail does not move. Run 4 by smtp: nothing has moved for 15 min.\nSee whether")
    assert second.startswith("Over: mail does not move. It was: Run 4")
    assert len({request.headers["webhook-id"] for request in chat.requests}) == 2
    assert set(chat.requests[0].json()) == {"text"}  # chat services refuse what they do not know


def test_a_service_that_does_not_take_it_is_asked_again(conn: Conn, chat: Catcher) -> None:
    for seconds in (0, 61):
        open_and_tell(conn, hooked(chat), seconds, STUCK)

    assert not tell.by_chat(conn, NOON, hooked(chat, "503"))
    assert tell.by_chat(conn, NOON, hooked(chat))
    assert [request.status for request in chat.requests] == [503, 200]


def test_what_was_over_before_it_could_be_posted_is_not_posted_at_all(conn: Conn, chat: Catcher) -> None:
    for seconds, found in ((0, [STUCK]), (61, [STUCK]), (70, []), (131, [])):
        open_and_tell(conn, hooked(chat), seconds, *found)

    assert tell.by_chat(conn, NOON, hooked(chat))
    assert chat.requests == []


def test_an_instance_that_is_not_production_posts_to_nobody_it_may_not_reach(conn: Conn, chat: Catcher) -> None:
    settings = config.load(secret_key="a secret of the tests", alert_webhook="https://chat.example.org/in")
    for seconds in (0, 61):
        open_and_tell(conn, settings, seconds, STUCK)

    assert not tell.by_chat(conn, NOON, settings)
    assert conn.execute(text("SELECT posted_at FROM incident")).scalar_one() is None
