"""/settings/dkim: make a key, publish its record, have it looked for, sign, put a new one in its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from engine import config, db
from engine.people.accounts import Account
from tests.fakes.dns_server import DnsServer, dns_server
from tests.web.conftest import Browser

PAGE = "/settings/dkim"


@pytest.fixture
def names() -> Iterator[DnsServer]:
    """A name server."""
    with dns_server() as server:
        yield server


@pytest.fixture
def keys(signed_in: Browser, app: Flask, owner: Account, names: DnsServer) -> Browser:
    """The owner's browser in a workspace that sends from example.org."""
    app.extensions["sixpm_settings"] = config.load(
        **{**app.extensions["sixpm_settings"].model_dump(), "dns_resolver": names.place}
    )
    with db.begin() as conn:
        conn.execute(text("UPDATE workspace SET mail_from = 'Acme <team@example.org>'"))
    return signed_in


def made(browser: Browser, selector: str = "s1", algorithm: str = "rsa") -> tuple[int, str, str]:
    """A key made on the page: its id, its record's name, and the value."""
    answer = browser.post(PAGE, PAGE, domain="example.org", selector=selector, algorithm=algorithm)
    assert answer.status_code == 303, answer.text
    with db.begin() as conn:
        row = conn.execute(text("SELECT id, public FROM dkim_key WHERE selector = :s"), {"s": selector}).one()
    return row.id, f"{selector}._domainkey.example.org", row.public


def page(browser: Browser) -> str:
    return " ".join(browser.get(PAGE).text.split())


def acts() -> list[str]:
    with db.begin() as conn:
        return list(conn.execute(text("SELECT act FROM act WHERE noun = 'dkim_key' ORDER BY id")).scalars())


def test_the_page_shows_the_record_to_publish_and_never_the_secret(keys: Browser) -> None:
    empty = page(keys)
    _, name, value = made(keys)

    found = page(keys)

    assert "No key of your own" in empty
    assert name in found
    assert value in found
    assert "does not sign yet" in found
    assert "PRIVATE" not in found
    assert acts() == ["made_dkim_key"]


def test_looking_in_dns_says_what_is_there_and_remembers_when_it_was_seen(keys: Browser, names: DnsServer) -> None:
    number, name, value = made(keys)

    keys.post(f"{PAGE}/{number}/check", PAGE)
    missing = page(keys)
    names.publish(name, value)
    keys.post(f"{PAGE}/{number}/check", PAGE)
    found = page(keys)

    assert f"There is no record {name} yet." in missing
    assert "not seen yet" in missing
    assert f"{name} holds this key." in found
    assert "not seen yet" not in found


def test_a_key_signs_only_once_dns_shows_it_or_a_person_says_so(keys: Browser, names: DnsServer) -> None:
    number, name, value = made(keys)

    asked = keys.post(f"{PAGE}/{number}/on", PAGE)
    before = signing()
    anyway = keys.post(f"{PAGE}/{number}/on", PAGE, sure="yes")
    second, name, value = made(keys, "s2")
    names.publish(name, value)
    shown = keys.post(f"{PAGE}/{second}/on", PAGE)

    assert "Sign although DNS does not show the record?" in asked.text
    assert before == []
    assert (anyway.status_code, shown.status_code) == (303, 303)
    assert signing() == ["s1", "s2"]
    assert "signs beside the new one" in page(keys)
    assert acts() == ["made_dkim_key", "switched_dkim_key_on", "made_dkim_key", "switched_dkim_key_on"]


def signing() -> list[str]:
    with db.begin() as conn:
        return list(
            conn.execute(text("SELECT selector FROM dkim_key WHERE signs_from IS NOT NULL ORDER BY 1")).scalars()
        )


def test_retiring_and_removing_ask_first(keys: Browser) -> None:
    number, _, _ = made(keys)
    keys.post(f"{PAGE}/{number}/on", PAGE, sure="yes")

    retire = keys.post(f"{PAGE}/{number}/retire", PAGE)
    keys.post(f"{PAGE}/{number}/retire", PAGE, sure="yes")
    retired = page(keys)
    remove = keys.post(f"{PAGE}/{number}/remove", PAGE)
    keys.post(f"{PAGE}/{number}/remove", PAGE, sure="yes")

    assert "Retire s1?" in retire.text
    assert "retired" in retired
    assert "cannot be brought back" in remove.text
    assert "No key of your own" in page(keys)


def test_a_refused_form_keeps_what_was_typed_and_says_why(keys: Browser) -> None:
    answer = keys.post(PAGE, PAGE, domain="other.example", selector="mine", algorithm="ed25519")

    assert answer.status_code == 422
    assert "Mail is from example.org" in answer.text
    assert 'value="mine"' in answer.text
    assert 'value="ed25519" selected' in answer.text
