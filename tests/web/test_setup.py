"""The first visit, the mail settings, and the test mail."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from engine import config, db
from engine.people import relays, workspaces
from engine.people.accounts import Account
from tests.web.conftest import PASSWORD, Browser, Enqueued
from web.app import create_app

FIRST = {"name": "Acme", "person": "Ada", "email": "ada@example.org", "password": PASSWORD}


def test_the_first_visit_leads_to_setup(browser: Browser) -> None:
    assert browser.get("/").location == "/setup"
    assert browser.get("/signin").location == "/setup"


def test_setup_makes_a_workspace_with_an_owner_who_is_signed_in(browser: Browser) -> None:
    answer = browser.post("/setup", "/setup", **FIRST)

    assert answer.location == "/setup/mail"
    with db.begin() as conn:
        found = conn.execute(text("SELECT role, email FROM account JOIN contact ON contact.id = contact_id")).all()
    assert [tuple(row) for row in found] == [("owner", "ada@example.org")]
    assert browser.get("/setup/mail").status_code == 200


def test_a_refused_setup_keeps_what_was_typed_and_says_what_is_wrong(browser: Browser) -> None:
    answer = browser.post("/setup", "/setup", **{**FIRST, "email": "not an address", "password": "short"})

    assert answer.status_code == 422
    assert 'value="Acme"' in answer.text
    assert 'value="not an address"' in answer.text
    assert "at least 10 characters" in answer.text
    assert "short" not in answer.text
    with db.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM workspace")).scalar_one() == 0


def test_a_bad_address_leaves_no_half_made_workspace(browser: Browser) -> None:
    answer = browser.post("/setup", "/setup", **{**FIRST, "email": "nobody"})

    assert answer.status_code == 422
    with db.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM workspace")).scalar_one() == 0


def test_a_second_setup_is_refused(app: Flask, browser: Browser) -> None:
    token = browser.token("/setup")
    Browser(app.test_client()).post("/setup", "/setup", **FIRST)

    late = browser.client.post("/setup", data={"csrf_token": token, **FIRST, "email": "eve@example.org"})
    demo = browser.client.post("/setup/demo", data={"csrf_token": token})

    assert (late.status_code, demo.status_code) == (403, 403)
    assert browser.get("/setup").location == "/signin"
    with db.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM account")).scalar_one() == 1


def test_one_click_loads_the_demo_team(browser: Browser) -> None:
    answer = browser.post("/setup/demo", "/setup")

    with db.begin() as conn:
        zones = conn.execute(text("SELECT count(DISTINCT zone), count(*) FROM contact")).one()
        soon = "SELECT count(*) FROM membership WHERE next_prompt_at < now() + interval '5 s'"
        due = conn.execute(text(soon)).scalar_one()
        team_id = conn.execute(text("SELECT id FROM team")).scalar_one()
    assert answer.location == f"/teams/{team_id}"
    assert (tuple(zones), due) == ((5, 8), 8), "everybody is asked at once, so that there is something to see"
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("env", ["staging", "production"])
def test_an_instance_that_strangers_may_reach_has_no_demo_team(web_env: pytest.MonkeyPatch, env: str) -> None:
    web_env.setenv("SIXPM_ENV", env)
    config.settings.cache_clear()
    browser = Browser(create_app().test_client())

    assert "demo" not in browser.get("/setup").text
    assert browser.post("/setup/demo", "/setup").status_code == 403


def test_a_stranger_cannot_own_an_instance_without_the_set_up_code(web_env: pytest.MonkeyPatch) -> None:
    web_env.setenv("SIXPM_ENV", "production")
    config.settings.cache_clear()
    browser = Browser(create_app().test_client())
    code = workspaces.setup_code(config.settings())
    assert code

    refused = [browser.post("/setup", "/setup", **FIRST, **typed) for typed in ({}, {"code": "abcd-efgh"})]
    taken = browser.post("/setup", "/setup", **FIRST, code=code.upper().replace("-", " "))

    assert {answer.status_code for answer in refused} == {422}
    assert "This is not the set-up code" in refused[0].text
    assert 'value="Acme"' in refused[0].text
    assert code not in refused[0].text
    assert taken.location == "/setup/mail"


def test_a_local_instance_asks_for_no_code(browser: Browser) -> None:
    assert workspaces.setup_code(config.settings()) is None
    assert "Set-up code" not in browser.get("/setup").text


def test_the_mail_form_shows_what_holds_now(signed_in: Browser) -> None:
    page = signed_in.get("/setup/mail").text

    assert 'value="reply.sixpm.localhost"' in page
    assert 'value="1025"' in page
    assert "the mailbox on this machine" in page


def _mail(**changes: str) -> dict[str, str]:
    return {
        "mail_from": "Acme <checkin@acme.example>", "reply_domain": "Reply.Acme.Example", "base_url": "https://acme.example/",
        "own_relay": "y", "host": "smtp.acme.example", "port": "465", "tls": "tls", "user": "acme",
        "password": "relay secret", **changes,
    }  # fmt: skip


def test_mail_settings_are_kept_and_the_password_is_sealed(signed_in: Browser, owner: Account) -> None:
    answer = signed_in.post("/setup/mail", "/setup/mail", **_mail())

    assert answer.location == "/setup/mail"
    with db.begin() as conn:
        kept = conn.execute(text("SELECT mail_from, reply_domain, base_url FROM workspace")).one()
        sealed = conn.execute(text("SELECT secret FROM relay")).scalar_one()
        real = config.load(catcher=False)
        relay = relays.relay_for(conn, owner.workspace_id, real)
    assert tuple(kept) == ("Acme <checkin@acme.example>", "reply.acme.example", "https://acme.example")
    assert b"relay secret" not in bytes(sealed)
    assert (relay.host, relay.port, relay.tls, relay.password) == ("smtp.acme.example", 465, "tls", "relay secret")
    assert "relay secret" not in signed_in.get("/setup/mail").text


def test_an_empty_password_keeps_the_one_that_is_there(signed_in: Browser, owner: Account) -> None:
    signed_in.post("/setup/mail", "/setup/mail", **_mail())

    signed_in.post("/setup/mail", "/setup/mail", **_mail(password="", host="other.acme.example"))

    with db.begin() as conn:
        relay = relays.relay_for(conn, owner.workspace_id, config.load(catcher=False))
    assert (relay.host, relay.password) == ("other.acme.example", "relay secret")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mail_from", "nobody", "not a mail address"),
        ("reply_domain", "reply domain", "Write a domain"),
        ("base_url", "javascript:alert(1)", "Write the address people reach this site by"),
        ("host", "smtp example", "host name"),
        ("port", "99999", "1 to 65535"),
    ],
)
def test_a_wrong_mail_setting_is_refused_beside_its_field(
    signed_in: Browser, field: str, value: str, said: str
) -> None:
    answer = signed_in.post("/setup/mail", "/setup/mail", **_mail(**{field: value}))

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{value}"' in answer.text
    with db.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM relay")).scalar_one() == 0
        assert conn.execute(text("SELECT mail_from FROM workspace")).scalar_one() is None


def test_without_a_relay_of_its_own_the_instances_holds(signed_in: Browser, owner: Account) -> None:
    signed_in.post("/setup/mail", "/setup/mail", **_mail())
    fields = _mail()
    del fields["own_relay"]

    signed_in.post("/setup/mail", "/setup/mail", **fields)

    with db.begin() as conn:
        relay = relays.relay_for(conn, owner.workspace_id, config.settings())
        assert conn.execute(text("SELECT count(*) FROM relay")).scalar_one() == 0
    assert relay.source == "catcher"


def test_the_test_mail_goes_through_the_ledger_and_its_state_is_shown(signed_in: Browser, enqueued: Enqueued) -> None:
    answer = signed_in.post("/setup/test", "/setup/mail")

    with db.begin() as conn:
        row = conn.execute(text("SELECT run_id, batch_id, address, state FROM delivery")).one()
    assert (row.address, row.state) == ("ada@example.org", "queued")
    assert enqueued.batch_ids == [row.batch_id]
    assert answer.location == f"/setup/test/{row.run_id}"
    page = signed_in.get(answer.location).text
    assert f'data-poll="/setup/test/{row.run_id}/state"' in page
    assert "Waiting for a worker." in signed_in.get(f"/setup/test/{row.run_id}/state").text


def test_nobody_but_an_admin_sees_or_changes_the_mail_settings(app: Flask, user: Account) -> None:
    browser = Browser(app.test_client())
    browser.sign_in(user.email)
    token = browser.token("/account")

    answers = [
        browser.get("/setup/mail"),
        browser.client.post("/setup/mail", data={"csrf_token": token, **_mail()}),
        browser.client.post("/setup/test", data={"csrf_token": token}),
    ]

    assert [a.status_code for a in answers] == [403, 403, 403]


def test_a_strangers_run_is_not_shown(signed_in: Browser) -> None:
    assert signed_in.get("/setup/test/1").status_code == 404
