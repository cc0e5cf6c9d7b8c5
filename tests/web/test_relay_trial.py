"""Trying a relay from its page: typed values, the stored password, the instance's own, and the mail by the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from engine import config, db
from engine.people import workspaces
from engine.people.accounts import Account
from tests.fakes.smtp_sink import sink_process
from tests.web.conftest import PASSWORD, Browser, Enqueued
from tests.web.test_relays import PAGE, added, fields
from web.app import create_app


def of(port: int, **changes: str) -> dict[str, str]:
    """A filled form of a plain relay on this machine."""
    plain = {"preset": "smarthost", "host": "127.0.0.1", "port": str(port), "tls": "none", "user": "", "password": ""}
    return fields(**{**plain, "stream": "", "hook_secret": "", **changes})


def count(statement: str) -> int:
    with db.begin() as conn:
        return int(conn.execute(text(statement)).scalar_one())


def test_typed_values_are_tried_and_nothing_is_saved(signed_in: Browser, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        answer = signed_in.post(f"{PAGE}/new/try", f"{PAGE}/new", **of(sink.port))

    assert answer.status_code == 200
    assert "it takes our mail" in answer.text
    assert "RCPT TO:&lt;ada@example.org&gt;" in answer.text
    assert "No mail was sent" in answer.text
    assert count("SELECT count(*) FROM relay") == 0
    assert count("SELECT count(*) FROM act WHERE act = 'tried_relay'") == 1


def test_what_was_typed_is_there_after_a_trial_and_the_button_beside_it_adds_the_relay(signed_in: Browser) -> None:
    answer = signed_in.post(f"{PAGE}/new/try", f"{PAGE}/new", **of(1, name="Spare", password="a secret word"))

    assert "it stopped at Connect" in answer.text
    assert 'value="Spare"' in answer.text
    assert f'<form method="post" action="{PAGE}/new"' in answer.text
    assert "type the password again" in answer.text
    assert "a secret word" not in answer.text


def test_the_stored_password_is_used_for_its_own_host_and_goes_nowhere_else(signed_in: Browser, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log", "--user", "ada", "--password", "right one") as sink:
        page = added(signed_in, **of(sink.port, user="ada", password="right one"))
        empty = of(sink.port, user="ada")

        good = signed_in.post(f"{page}/try", page, **empty)
        bad = signed_in.post(f"{page}/try", page, **{**empty, "password": "a wrong one"})
        elsewhere = signed_in.post(f"{page}/try", page, **{**empty, "host": "localhost"})

    assert "it takes our mail" in good.text
    assert "it stopped at AUTH" in bad.text
    assert "535" in bad.text
    assert elsewhere.status_code == 422
    assert "stored one goes to its own host" in elsewhere.text
    assert "right one" not in good.text + bad.text + elsewhere.text


def test_a_refused_step_says_what_to_do(signed_in: Browser, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        answer = signed_in.post(f"{PAGE}/new/try", f"{PAGE}/new", **of(sink.port, tls="starttls"))

    assert "it stopped at STARTTLS" in answer.text
    assert "What to do:" in answer.text


def test_where_the_relay_takes_notices_now_a_test_mail_goes_by_the_ledger(
    web_env: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    web_env.setenv("SIXPM_CATCHER", "false")
    web_env.setenv("SIXPM_ENV", "production")
    config.settings.cache_clear()
    app = create_app()
    app.testing = True
    enqueued = app.extensions["sixpm_enqueue"] = Enqueued()

    with db.begin() as conn:
        owner = workspaces.set_up(conn, "Acme", "Ada", "ada@example.org", PASSWORD)
    browser = Browser(app.test_client())
    browser.sign_in(owner.email)
    with sink_process(tmp_path / "sink.log") as sink:
        page = added(browser, **of(sink.port))

        answer = browser.post(f"{page}/try", page, **of(sink.port))

    assert "A test mail is on its way to ada@example.org" in answer.text
    assert count("SELECT count(*) FROM run WHERE kind = 'notice'") == 1
    assert len(enqueued.batch_ids) == 1


def test_the_instances_own_relay_can_be_tried(web_env: pytest.MonkeyPatch, owner: Account) -> None:
    """Nobody listens where this one's catcher should be, whatever else runs on the machine."""
    web_env.setenv("SIXPM_CATCHER_PORT", "1")
    config.settings.cache_clear()
    browser = Browser(create_app().test_client())
    browser.sign_in(owner.email)

    answer = browser.post(f"{PAGE}/instance/try", PAGE)

    assert answer.status_code == 200
    assert "it stopped at Connect" in answer.text
