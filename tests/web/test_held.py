"""Held mail: admins see why it waits and its source, and may have it read again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import db, move
from engine import models as m
from engine.inbound.store import store
from engine.people.accounts import Account
from tests.web.conftest import Browser, Enqueued

WHY = "From does not match the person this address was given to."
RAW = b"From: eve@example.net\r\nSubject: Hello\r\n\r\n<script>alert(1)</script> caf\xe9\r\n"


@pytest.fixture
def held(owner: Account) -> int:
    """A forged mail of the owner's workspace."""
    return keep(owner.workspace_id, "hold", WHY)


def keep(workspace_id: int | None, trigger: str, reason: str, ident: str = "one") -> int:
    with db.begin() as conn:
        now = db.now(conn)
        number, _ = store(conn, "smtp", ident, "eve@example.net", ["r+x@reply.test"], RAW, now)
        values = {"reason": reason, "from_address": "eve@example.net", "subject": "Hello", "workspace_id": workspace_id}
        move.one(conn, "inbound", number, trigger, now, values=values)
    return number


def test_a_held_mail_is_listed_with_its_reason(signed_in: Browser, held: int) -> None:
    page = signed_in.get("/held").text

    assert "eve@example.net" in page
    assert WHY in page
    assert "Held mail (1)" in signed_in.get("/deliveries").text


def test_its_page_shows_the_raw_source_as_text(signed_in: Browser, held: int) -> None:
    page = signed_in.get(f"/held/{held}").text

    assert WHY in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_the_source_is_downloaded_byte_by_byte_and_never_shown(signed_in: Browser, held: int) -> None:
    answer = signed_in.get(f"/held/{held}/source")

    assert answer.data == RAW
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_held_mail_is_read_again_by_a_button(signed_in: Browser, held: int, enqueued: Enqueued) -> None:
    answer = signed_in.post(f"/held/{held}/again", f"/held/{held}")

    assert answer.status_code == 303
    assert enqueued.inbound_ids == [held]
    with db.begin() as conn:
        assert conn.execute(select(m.Inbound.state)).scalar_one() == "received"
    assert "It waits to be read." in signed_in.get(f"/held/{held}").text


def test_what_robots_sent_is_a_list_of_its_own(signed_in: Browser, owner: Account) -> None:
    keep(owner.workspace_id, "note", "A bounce: 550 5.1.1")

    assert "550 5.1.1" not in signed_in.get("/held").text
    assert "550 5.1.1" in signed_in.get("/held?state=noted").text


def test_an_empty_list_says_so(signed_in: Browser) -> None:
    assert "Nothing here" in signed_in.get("/held").text


@pytest.mark.parametrize("path", ["/held", "/held/1", "/held/1/source"])
def test_only_admins_look(browser: Browser, user: Account, held: int, path: str) -> None:
    browser.sign_in(user.email)

    assert browser.get(path).status_code == 403


def test_a_mail_that_is_not_there_is_not_found(signed_in: Browser) -> None:
    assert signed_in.get("/held/99").status_code == 404
