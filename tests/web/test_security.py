"""What holds for every route: headers, tokens, and GETs that change nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from engine import config, db, tokens
from engine.people.accounts import Account
from tests.web.conftest import Browser
from web import security
from web.app import create_app

EXEMPT_PREFIXES = (
    "hooks.",
    "hooks_events.",
)  # other machines call these; they check signatures or bearer secrets themselves
ONE_CLICK = {"me.one_click", "leaving.one_click"}


def _filled(rule: Rule, values: Mapping[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values.get(part[1], "1"), rule.rule)


def _routes(app: Flask, method: str) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if method in (r.methods or ()) and not r.endpoint.endswith("static")]


def _exempt(endpoint: str, app: Flask) -> bool:
    view = app.view_functions[endpoint]
    return endpoint.startswith(EXEMPT_PREFIXES) or f"{view.__module__}.{view.__name__}" in security.csrf._exempt_views


def test_every_post_without_a_token_is_refused(app: Flask, signed_in: Browser) -> None:
    posts = [r for r in _routes(app, "POST") if not _exempt(r.endpoint, app)]

    answers = {r.rule: signed_in.client.post(_filled(r, {})).status_code for r in posts}

    assert len(answers) >= 7
    assert set(answers.values()) == {400}, answers


def test_only_hooks_and_one_click_need_no_token(app: Flask) -> None:
    free = {r.endpoint for r in _routes(app, "POST") if _exempt(r.endpoint, app)}

    assert {e for e in free if not e.startswith(EXEMPT_PREFIXES)} <= ONE_CLICK


def test_a_missing_token_says_what_to_do(signed_in: Browser) -> None:
    answer = signed_in.client.post("/signout")

    assert answer.status_code == 400
    assert "load the page again" in answer.text


def _everything() -> dict[str, int]:
    with db.begin() as conn:
        tables = conn.execute(  # but how often somebody tried links that are none, which is counted to bound it
            text("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname <> 'bucket'")
        ).scalars()
        return {
            table: conn.execute(
                text(f'SELECT coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM "{table}" t')
            ).scalar_one()
            for table in tables.all()
        }


def test_no_get_changes_anything(app: Flask, browser: Browser) -> None:
    browser.post("/setup/demo", "/setup")
    with db.begin() as conn:
        found = conn.execute(text("SELECT workspace_id, team_id, min(id) FROM membership GROUP BY 1, 2"))
        ws, team, member = found.one()
    browser.post("/setup/test", "/setup/mail")
    keys = tokens.Keys.of(config.settings().secret_key or "")
    links = {
        prefix: tokens.sign(keys, purpose, ws, member, date(2100, 1, 1))
        for prefix, purpose in (("/me/", tokens.Purpose.MEMBER), ("/u/", tokens.Purpose.UNSUBSCRIBE))
    }
    ids = {"team_id": str(team), "membership_id": str(member), "seq": "1", "run_id": "1"}
    before = _everything()

    answers = {}
    for rule in _routes(app, "GET"):
        path = _filled(rule, ids | {"token": next((t for p, t in links.items() if rule.rule.startswith(p)), "x")})
        for answer in (browser.get(path), browser.client.head(path)):
            answers[rule.rule] = answer.status_code

    assert _everything() == before
    assert [rule for rule in ("/account", "/setup/mail", "/setup/test/<int:run_id>") if answers[rule] != 200] == []


@pytest.mark.parametrize("path", ["/signin", "/nowhere", "/livez", "/account"])
def test_every_answer_forbids_scripts_framing_and_sniffing(signed_in: Browser, path: str) -> None:
    headers = signed_in.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_no_page_of_ours_has_an_inline_script_style_or_handler(signed_in: Browser) -> None:
    for path in ("/setup/mail", "/account", "/nowhere"):
        page = signed_in.get(path).text
        assert "<script>" not in page
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


def test_the_cookie_is_lax_and_out_of_reach_of_scripts(browser: Browser, owner: Account) -> None:
    cookie = {part.strip() for part in browser.sign_in(owner.email).headers["Set-Cookie"].split(";")}

    assert {"HttpOnly", "SameSite=Lax"} <= cookie
    assert "Secure" not in cookie


def test_production_over_https_is_strict(web_env: pytest.MonkeyPatch) -> None:
    web_env.setenv("SIXPM_ENV", "production")
    web_env.setenv("SIXPM_BASE_URL", "https://sixpm.example.org")
    config.settings.cache_clear()
    client = create_app().test_client()

    answer = client.get("/setup", base_url="https://sixpm.example.org")

    assert "max-age=" in answer.headers["Strict-Transport-Security"]
    cookie = {part.strip() for part in answer.headers["Set-Cookie"].split(";")}
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= cookie


def test_a_body_that_is_too_long_is_refused(signed_in: Browser) -> None:
    answer = signed_in.client.post("/setup/mail", data={"host": "x" * (security.PAGE_BODY + 1)})

    assert answer.status_code == 413
    assert "too long" in answer.text


@pytest.mark.parametrize(("hops", "expected"), [("0", "127.0.0.1"), ("1", "203.0.113.9")])
def test_forwarded_addresses_count_only_behind_a_trusted_proxy(
    web_env: pytest.MonkeyPatch, hops: str, expected: str
) -> None:
    web_env.setenv("SIXPM_TRUSTED_PROXIES", hops)
    config.settings.cache_clear()
    app = create_app()
    browser = Browser(app.test_client())
    browser.post("/setup", "/setup", name="A", person="B", email="a@example.org", password="long enough, this")
    stranger = Browser(app.test_client())
    token = stranger.token("/signin")

    stranger.client.post(
        "/signin",
        data={"csrf_token": token, "email": "a@example.org", "password": "wrong"},
        headers={"X-Forwarded-For": "203.0.113.9"},
    )

    with db.begin() as conn:
        keys = conn.execute(text("SELECT key FROM bucket WHERE key LIKE 'signin:from:%'")).scalars().all()
    assert keys == [f"signin:from:{expected}"]
