"""Signing in and out, sessions that end, and where sign-in may lead."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.people import signin
from engine.people.accounts import Account
from tests.web.conftest import PASSWORD, Browser

NEW = "another long secret"


def test_the_right_password_signs_in(browser: Browser, owner: Account) -> None:
    answer = browser.sign_in("  ADA@example.org ")

    assert (answer.status_code, answer.location) == (302, "/")
    assert "ada@example.org" in browser.get("/account").text


def test_wrong_password_and_unknown_address_read_the_same(app: Flask, owner: Account) -> None:
    wrong = Browser(app.test_client()).sign_in(owner.email, "not the password")
    unknown = Browser(app.test_client()).sign_in("eve@example.org", "not the password")

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "do not belong together" in wrong.text
    assert _shape(wrong.text, owner.email) == _shape(unknown.text, "eve@example.org")
    assert "not the password" not in wrong.text


def _shape(page: str, email: str) -> list[str]:
    return [line for line in page.replace(email, "?").splitlines() if "csrf_token" not in line]


def test_tries_at_one_account_run_out_even_for_the_right_password(browser: Browser, owner: Account) -> None:
    for _ in range(signin.PER_ACCOUNT.size):
        assert browser.sign_in(owner.email, "not the password").status_code == 422

    answer = browser.sign_in(owner.email)

    assert answer.status_code == 429
    assert "Too many tries" in answer.text


def test_a_page_behind_sign_in_leads_there_and_back(browser: Browser, owner: Account) -> None:
    asked = browser.get("/account")

    assert asked.location == "/signin?next=/account"
    answer = browser.post("/signin", asked.location, email=owner.email, password=PASSWORD, next="/account")
    assert answer.location == "/account"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
     "javascript:alert(1)", "evil", "/%0d\n//evil.example", " //evil.example"],
)  # fmt: skip
def test_sign_in_leads_nowhere_else(browser: Browser, owner: Account, target: str) -> None:
    answer = browser.post("/signin", "/signin", email=owner.email, password=PASSWORD, next=target)

    assert answer.location == "/"


def test_a_password_change_ends_every_other_session(app: Flask, signed_in: Browser, owner: Account) -> None:
    elsewhere = Browser(app.test_client())
    elsewhere.sign_in(owner.email)
    assert elsewhere.get("/account").status_code == 200

    answer = signed_in.post("/account/password", "/account", old=PASSWORD, password=NEW)

    assert answer.location == "/account"
    assert signed_in.get("/account").status_code == 200
    assert elsewhere.get("/account").location == "/signin?next=/account"
    assert Browser(app.test_client()).sign_in(owner.email, PASSWORD).status_code == 422
    assert Browser(app.test_client()).sign_in(owner.email, NEW).status_code == 302


def test_a_wrong_present_password_changes_nothing(signed_in: Browser, owner: Account) -> None:
    answer = signed_in.post("/account/password", "/account", old="not the password", password=NEW)

    assert answer.status_code == 422
    assert "not your present password" in answer.text
    with db.begin() as conn:
        assert conn.execute(text("SELECT epoch FROM account")).scalar_one() == owner.epoch


def test_signing_out_ends_the_session_of_this_browser(signed_in: Browser) -> None:
    signed_in.post("/signout", "/account")

    assert signed_in.get("/account").location == "/signin?next=/account"


def test_a_session_from_before_sign_in_is_not_carried_over(browser: Browser, owner: Account) -> None:
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"

    browser.sign_in(owner.email)

    with browser.client.session_transaction() as session:
        assert "planted" not in session


def test_a_cookie_signed_by_another_key_is_nobody(
    app: Flask, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["SECRET_KEY"] = b"another key"
    app.config["SECRET_KEY_FALLBACKS"] = []

    assert signed_in.get("/account").location == "/signin?next=/account"


@pytest.mark.parametrize("email", ["a\0b@example.org", "\0", "x" * 320, "ａda@example.org"])
def test_strange_addresses_are_only_wrong(browser: Browser, owner: Account, email: str) -> None:
    assert browser.sign_in(email).status_code == 422
