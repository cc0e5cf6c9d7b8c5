"""The application as a whole: transactions, follow-up work, error pages, the banner, local assets."""

from __future__ import annotations

import re

import pytest
from flask import Flask, abort
from sqlalchemy import text

from engine import config, db, errors
from engine.outbound.followup import FollowUp
from tests.web.conftest import Browser, Enqueued
from web import transaction
from web.app import ADVICE, create_app
from web.routes import ANYONE, ROUTES, Row


def _write() -> None:
    transaction.conn().execute(text("INSERT INTO bucket (key, tokens, at) VALUES ('written', 1, now())"))


def _written() -> int:
    with db.begin() as conn:
        return int(conn.execute(text("SELECT count(*) FROM bucket WHERE key = 'written'")).scalar_one())


@pytest.fixture(autouse=True)
def _open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The route that these tests add is open to anybody."""
    monkeypatch.setitem(ROUTES, "try", Row(ANYONE))


def _route(app: Flask, view: object) -> str:
    app.add_url_rule("/try", "try", view)  # type: ignore[arg-type]
    return "/try"


def test_a_view_that_returns_is_committed_and_then_followed_up(
    app: Flask, browser: Browser, enqueued: Enqueued
) -> None:
    seen: list[int] = []

    def view() -> str:
        _write()
        transaction.follow(FollowUp((1, 2), (3,)))
        transaction.after_commit(lambda: seen.append(_written()))
        assert enqueued.batch_ids == []
        return "done"

    browser.get(_route(app, view))

    assert (_written(), seen) == (1, [1])
    assert (enqueued.batch_ids, enqueued.inbound_ids) == ([1, 2], [3])


def test_a_view_that_raises_leaves_nothing(app: Flask, browser: Browser, enqueued: Enqueued) -> None:
    def view() -> str:
        _write()
        transaction.follow(FollowUp((1,)))
        raise errors.NotFound("no such thing")

    answer = browser.get(_route(app, view))

    assert answer.status_code == 404
    assert (_written(), enqueued.batch_ids) == (0, [])


def test_a_step_that_raises_takes_back_only_itself(app: Flask, browser: Browser) -> None:
    def view() -> str:
        _write()
        try:
            with transaction.step() as conn:
                conn.execute(text("DELETE FROM bucket"))
                raise errors.Invalid("no", "field")
        except errors.Invalid:
            return "told"

    browser.get(_route(app, view))

    assert _written() == 1


def test_a_lost_hint_does_not_break_the_answer(app: Flask, browser: Browser) -> None:
    def lose() -> None:
        raise OSError("the broker is away")

    def view() -> str:
        _write()
        transaction.after_commit(lose)
        return "done"

    answer = browser.get(_route(app, view))

    assert (answer.status_code, _written()) == (200, 1)


def test_a_commit_that_fails_is_an_error_and_not_a_promise(app: Flask, browser: Browser, enqueued: Enqueued) -> None:
    def view() -> str:
        conn = transaction.conn()
        conn.execute(text("CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        conn.execute(text("INSERT INTO late VALUES (1), (1)"))
        transaction.follow(FollowUp((1,)))
        return "it is kept"

    app.testing = False
    answer = browser.get(_route(app, view))

    assert answer.status_code == 500
    assert "it is kept" not in answer.text
    assert enqueued.batch_ids == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("x"), 404), (errors.NotAllowed("x"), 403), (errors.Invalid("x"), 400),
        (errors.IllegalMove("x"), 409), (errors.TokenError("x"), 404), (errors.TokenError("x", expired=True), 410),
        (ValueError("a bug"), 500),
    ],
)  # fmt: skip
def test_every_error_has_a_page_that_says_what_to_do(
    app: Flask, browser: Browser, error: Exception, status: int
) -> None:
    def view() -> str:
        raise error

    app.testing = False
    answer = browser.get(_route(app, view))

    assert answer.status_code == status
    assert ADVICE[status][1] in answer.text.replace("&#39;", "'")
    assert "a bug" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("status", [400, 403, 404, 413, 500])
def test_every_http_error_has_a_page_too(app: Flask, browser: Browser, status: int) -> None:
    app.testing = False

    answer = browser.get(_route(app, lambda: abort(status)))

    assert answer.status_code == status
    assert ADVICE[status][0] in answer.text


def test_a_broken_database_still_has_a_page(web_env: pytest.MonkeyPatch) -> None:
    web_env.setenv("SIXPM_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    config.settings.cache_clear()

    answer = create_app().test_client().get("/")

    assert answer.status_code == 500
    assert "Nothing was saved" in answer.text


@pytest.mark.parametrize(
    ("env", "catcher", "said"),
    [
        ("local", "true", "Local instance: mail stays on this machine"),
        ("staging", "false", "Staging: only the allow-list gets mail"),
        ("production", "false", None),
    ],
)
def test_an_instance_that_is_not_production_says_so_on_every_page(
    web_env: pytest.MonkeyPatch, env: str, catcher: str, said: str | None
) -> None:
    web_env.setenv("SIXPM_ENV", env)
    web_env.setenv("SIXPM_CATCHER", catcher)
    config.settings.cache_clear()
    client = create_app().test_client()

    pages = [client.get(path).text for path in ("/setup", "/nowhere")]

    for page in pages:
        assert said in page if said else "local-notice" not in page


def test_every_asset_of_a_page_comes_from_here(browser: Browser) -> None:
    page = browser.get("/setup").text

    assert "http://" not in page
    assert "https://" not in page
    with browser.get("/bootstrap/static/css/bootstrap.min.css") as asset:
        assert asset.status_code == 200


def test_no_secret_key_is_said_at_once(web_env: pytest.MonkeyPatch) -> None:
    web_env.delenv("SIXPM_SECRET_KEY")
    config.settings.cache_clear()

    with pytest.raises(errors.ConfigError, match="SIXPM_SECRET_KEY"):
        create_app()


@pytest.mark.parametrize("ident", [2**31, 2**63 - 1, 2**63, 10**30])
def test_a_number_that_no_row_has_is_not_found_by_any_page(signed_in: Browser, app: Flask, ident: int) -> None:
    rules = [
        rule for rule in app.url_map.iter_rules()
        if rule.arguments and "GET" in (rule.methods or ()) and rule.arguments == {
            name for name in rule.arguments if re.search(f"<(int|seq):{name}>", rule.rule)}
    ]  # fmt: skip
    assert len(rules) > 50

    answered = {
        rule.rule: signed_in.get(re.sub("<(int|seq):[a-z_]+>", str(ident), rule.rule)).status_code for rule in rules
    }  # fmt: skip

    assert {path: code for path, code in answered.items() if code != 404} == {}
