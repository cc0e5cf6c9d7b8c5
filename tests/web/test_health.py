"""/livez, /readyz and /metrics."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from engine import config, db, move
from engine.outbound.queries.flushing import these
from engine.people.accounts import Account
from engine.tasks import broker
from tests import factories
from tests.web import health_scene
from tests.web.conftest import Browser
from web.app import create_app

ROLES = ("scheduler", "smtpd", "queue:send", "queue:bulk", "queue:inbound", "queue:upkeep")


@pytest.fixture
def broker_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "problem", lambda settings: None)


def _beat(role: str, seconds_ago: int = 0) -> None:
    with db.begin() as conn:
        conn.execute(
            text("INSERT INTO heartbeat (role, process, seen_at) VALUES (:r, 'p', now() - make_interval(secs => :s))"),
            {"r": role, "s": seconds_ago},
        )


def test_livez_asks_nothing(web_env: pytest.MonkeyPatch) -> None:
    web_env.setenv("SIXPM_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    config.settings.cache_clear()

    assert create_app().test_client().get("/livez").status_code == 200


def test_ready_when_everybody_has_been_seen(browser: Browser, broker_up: None) -> None:
    for role in ROLES:
        _beat(role, 5)

    answer = browser.get("/readyz")

    assert (answer.status_code, answer.json["ready"]) == (200, True)  # type: ignore[index]
    assert set(answer.json["checks"].values()) == {"ok"}  # type: ignore[index]


def test_a_silent_queue_is_named_with_its_age(browser: Browser, broker_up: None) -> None:
    for role in ROLES[:-1]:
        _beat(role, 300 if role == "queue:send" else 1)

    answer = browser.get("/readyz")

    assert answer.status_code == 503
    checks = answer.json["checks"]  # type: ignore[index]
    assert checks["queue:send"].startswith("last seen 300 s ago") or "30" in checks["queue:send"]
    assert checks["queue:upkeep"] == "never seen"
    assert checks["scheduler"] == "ok"


def test_not_ready_without_a_database(web_env: pytest.MonkeyPatch, broker_up: None) -> None:
    web_env.setenv("SIXPM_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    config.settings.cache_clear()

    answer = create_app().test_client().get("/readyz")

    assert answer.status_code == 503
    assert "does not answer" in answer.json["checks"]["database"]  # type: ignore[index]


def test_not_ready_on_another_schema(browser: Browser, broker_up: None) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    answer = browser.get("/readyz")

    assert answer.status_code == 503
    assert "sixpm migrate" in answer.json["checks"]["migrations"]  # type: ignore[index]


def test_not_ready_without_a_broker(web_env: pytest.MonkeyPatch) -> None:
    web_env.setenv("SIXPM_BROKER_URL", "amqp://guest:secret@127.0.0.1:1//")
    config.settings.cache_clear()

    answer = create_app().test_client().get("/readyz")

    assert answer.status_code == 503
    assert "does not answer" in answer.json["checks"]["broker"]  # type: ignore[index]
    assert "secret" not in answer.text


def test_metrics_count_what_is_late_waits_and_went_out(signed_in: Browser, owner: Account) -> None:
    signed_in.post("/setup/test", "/setup/mail")
    with db.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO inbound (source, external_id, envelope_from, envelope_to, received_at, raw, state)"
                " VALUES ('smtp', 'a', 'x@y.z', '{}', now() - interval '90 s', '', 'received'),"
                " ('smtp', 'b', 'x@y.z', '{}', now(), '', 'held')"
            )
        )

    page = signed_in.get("/metrics").text

    numbers = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    assert float(numbers['sixpm_deliveries{kind="notice",state="queued"}']) == 1
    assert float(numbers['sixpm_open_batches{transport="smtp"}']) == 1
    assert float(numbers['sixpm_inbound_mails{state="held"}']) == 1
    assert 90 <= float(numbers["sixpm_inbound_lag_seconds"]) < 120
    assert float(numbers["sixpm_doubts"]) == 0
    assert float(numbers['sixpm_due_lag_seconds{mail="prompt"}']) == 0


def test_metrics_count_doubts_and_second_attempts_after_one_apart(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        now = db.now(conn)
        run = factories.run(conn, owner.workspace_id, size=3, made_at=now)
        batch = factories.batch(conn, owner.workspace_id, run)
        for seq in (1, 2, 3):
            factories.delivery(conn, owner.workspace_id, run, batch, seq, recipient=seq)
        move.deliveries(conn, "doubt", these(run, [1, 2, 3]), now)
        move.deliveries(conn, "resend", these(run, [1, 2]), now)

    page = signed_in.get("/metrics").text

    assert "\nsixpm_doubts 1.0\n" in page
    assert "\nsixpm_doubt_resent 2.0\n" in page


def test_metrics_tell_of_incidents_canaries_breakers_and_what_happened_today(
    signed_in: Browser, owner: Account
) -> None:
    with db.begin() as conn:
        health_scene.two_weeks(conn, owner.workspace_id, db.now(conn))
        conn.execute(
            text(
                "INSERT INTO canary (queue, taken_at) VALUES ('send', clock_timestamp() - interval '40 s');"
                "INSERT INTO pace (lane, breaker) VALUES ('instance', 'open'), ('relay:3', 'closed')"
            )
        )
    signed_in.post("/setup/test", "/setup/mail")
    with db.begin() as conn:
        conn.execute(text("UPDATE batch SET lease_until = now() - interval '1 s', owner = 'w', epoch = 1"))

    page = signed_in.get("/metrics").text

    numbers = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    assert float(numbers['sixpm_incidents{kind="health"}']) == 1
    assert 40 <= float(numbers['sixpm_canary_age_seconds{queue="send"}']) < 70
    assert float(numbers['sixpm_breaker{lane="instance",provider=""}']) == 2
    assert float(numbers['sixpm_breaker{lane="relay:3",provider=""}']) == 0
    where = 'provider="outlook",relay="instance",transport="smtp",what='
    assert float(numbers[f'sixpm_mails_today{{{where}"deferred"}}']) == 9
    assert float(numbers['sixpm_mails_today_by_from{from_domain="acme.example",what="bounced"}']) == 7
    assert float(numbers['sixpm_open_deliveries{state="queued"}']) == 1
    assert float(numbers["sixpm_overdue_batches"]) == 1
    assert 0 <= float(numbers['sixpm_wait_seconds{kind="notice"}']) < 60


def test_due_lag_is_the_age_of_the_oldest_unplanned_slot(browser: Browser) -> None:
    browser.post("/setup/demo", "/setup")
    with db.begin() as conn:
        conn.execute(
            text(
                "UPDATE membership SET next_prompt_at = now() - interval '40 s'"
                " WHERE id = (SELECT min(id) FROM membership)"
            )
        )

    page = browser.get("/metrics").text

    found = next(line for line in page.splitlines() if line.startswith('sixpm_due_lag_seconds{mail="prompt"}'))
    assert 40 <= float(found.rsplit(" ", 1)[1]) < 70


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 200),
        ({"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}, 403),
        ({"headers": {"X-Forwarded-For": "203.0.113.9"}}, 403),
    ],
)
def test_without_a_token_only_this_machine_reads_metrics(
    browser: Browser, options: dict[str, dict[str, str]], status: int
) -> None:
    assert browser.get("/metrics", **options).status_code == status


@pytest.mark.parametrize(("given", "status"), [("", 403), ("Bearer wrong", 403), ("Bearer the token", 200)])
def test_with_a_token_nobody_else_reads_metrics(web_env: pytest.MonkeyPatch, given: str, status: int) -> None:
    web_env.setenv("SIXPM_METRICS_TOKEN", "the token")
    config.settings.cache_clear()
    client = create_app().test_client()

    assert client.get("/metrics", headers={"Authorization": given}).status_code == status


def test_the_application_has_one_of_each(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}

    assert {"/livez", "/readyz", "/metrics"} <= rules


def test_a_process_for_mailboxes_is_wanted_only_where_there_is_one(browser: Browser, broker_up: None) -> None:
    for role in ROLES:
        _beat(role, 5)
    assert "imap" not in browser.get("/readyz").json["checks"]  # type: ignore[index]
    with db.begin() as conn:
        conn.execute(text("INSERT INTO imap_box (name) VALUES ('ada@mail.test/INBOX')"))

    assert browser.get("/readyz").json["checks"]["imap"] == "never seen"  # type: ignore[index]
    _beat("imap", 5)
    assert browser.get("/readyz").status_code == 200


def test_metrics_tell_how_each_mailbox_is(browser: Browser) -> None:
    with db.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO imap_box (name, connected_at, last_ok_at, fetched, waiting, waiting_since, failure) VALUES"
                " ('a@mail.test/INBOX', now() - interval '1 h', now() - interval '90 s', 7, 3, now() - interval '40 s',"
                " ''), ('b@mail.test/INBOX', NULL, NULL, 0, 0, NULL, 'No login.')"
            )
        )

    found = browser.get("/metrics").text

    age, lag = (
        float(line.split()[-1])
        for name in ("sixpm_imap_last_ok_seconds", "sixpm_imap_lag_seconds")
        for line in found.splitlines()
        if line.startswith(f'{name}{{mailbox="a@mail.test/INBOX"}}')
    )
    assert 90 <= age < 100
    assert 40 <= lag < 50
    assert 'sixpm_imap_waiting{mailbox="a@mail.test/INBOX"} 3.0' in found
    assert 'sixpm_imap_fetched{mailbox="a@mail.test/INBOX"} 7.0' in found
    assert 'sixpm_imap_failing{mailbox="a@mail.test/INBOX"} 0.0' in found
    assert 'sixpm_imap_failing{mailbox="b@mail.test/INBOX"} 1.0' in found
    assert 'sixpm_imap_last_ok_seconds{mailbox="b@mail.test/INBOX"}' not in found
