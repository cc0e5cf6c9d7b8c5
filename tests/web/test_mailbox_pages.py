"""The local mailbox pages: list, search, the three views, and a reply that leaves as a real mail."""

from __future__ import annotations

import asyncio
import email
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from engine import config, db
from engine import models as m
from engine.people import accounts
from engine.people.accounts import Account
from sixpm import catcher
from tests.web.conftest import PASSWORD, Browser
from tests.web.mails import catch
from web.app import create_app


@pytest.fixture
def folder(app: Flask) -> Path:
    """Where the instance keeps caught mails."""
    return config.settings().mailbox_dir


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A real SMTP server in place of the inbound listener: its port, and the folder it keeps mails in."""
    kept, begun = tmp_path / "inbound", threading.Event()
    handle: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = []

    async def serve() -> None:
        server, stop = await catcher.listen(kept, "127.0.0.1", 0), asyncio.Event()
        handle.append((asyncio.get_running_loop(), stop, server.sockets[0].getsockname()[1]))
        begun.set()
        await stop.wait()
        server.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))  # a browser test may hold this thread's loop
    thread.start()
    assert begun.wait(10)
    loop, stop, port = handle[0]
    yield port, kept
    loop.call_soon_threadsafe(stop.set)
    thread.join()


@pytest.fixture
def replying(listener: tuple[int, Path], web_env: pytest.MonkeyPatch, owner: Account) -> tuple[Browser, Path, Path]:
    """The owner's browser on an instance whose inbound listener is `listener`, its mailbox, and what came in."""
    web_env.setenv("SIXPM_SMTPD_PORT", str(listener[0]))
    config.settings.cache_clear()
    made = create_app()
    browser = Browser(made.test_client())
    assert browser.sign_in(owner.email).status_code == 302
    return browser, config.settings().mailbox_dir, listener[1]


def test_an_empty_mailbox_says_how_to_get_the_first_mail(signed_in: Browser) -> None:
    page = signed_in.get("/mailbox")

    assert page.status_code == 200
    assert "No mail yet" in page.text


def test_the_list_is_newest_first_and_can_be_searched(signed_in: Browser, folder: Path) -> None:
    catch(folder, subject="First question")
    catch(folder, subject="Second question", to="bob@example.org")

    page = signed_in.get("/mailbox").text
    found = signed_in.get("/mailbox?q=BOB question").text
    none = signed_in.get("/mailbox?q=nothing").text

    assert page.index("Second question") < page.index("First question")
    assert "Second question" in found
    assert "First question" not in found
    assert "No mail matches" in none


def test_a_mail_is_shown_as_html_in_a_frame_as_text_and_as_source(signed_in: Browser, folder: Path) -> None:
    mail = catch(folder)

    html = signed_in.get(f"/mailbox/{mail}").text
    text = signed_in.get(f"/mailbox/{mail}?view=text").text
    source = signed_in.get(f"/mailbox/{mail}?view=source").text

    assert f'src="/mailbox/{mail}/frame"' in html
    assert "Reply to this mail, one thing a line." in text
    assert "Message-ID: &lt;7.1.0123456789abcdef@reply.sixpm.localhost&gt;" in source


def test_the_frame_may_run_and_load_nothing(signed_in: Browser, folder: Path) -> None:
    frame = signed_in.get(f"/mailbox/{catch(folder)}/frame")

    policy_said = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy_said
    assert "sandbox" in policy_said
    assert "allow-scripts" not in policy_said
    assert '<base target="_blank">' in frame.text


def test_a_reply_goes_out_as_a_threaded_mail_that_quotes_the_original(
    replying: tuple[Browser, Path, Path],
) -> None:
    browser, folder, inbound = replying
    mail = catch(folder)

    sent = browser.post(f"/mailbox/{mail}/reply", f"/mailbox/{mail}", text="Fixed the build.\nWrote the docs.")

    assert sent.status_code == 303
    assert "The listener answered: 250 2.0.0 Ok" in browser.get(f"/mailbox/{mail}").text
    (path,) = inbound.glob("*.eml")
    reply = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert reply["From"] == "Ann Example <ann@example.org>"
    assert reply["To"] == "sixpm <r+abc123@reply.sixpm.localhost>"
    assert reply["Subject"] == "Re: Platform: what did you get done today?"
    assert reply["In-Reply-To"] == "<7.1.0123456789abcdef@reply.sixpm.localhost>"
    assert reply["References"].split() == [
        "<day.2026-03-04@reply.sixpm.localhost>",
        "<7.1.0123456789abcdef@reply.sixpm.localhost>",
    ]
    body = reply.get_content().replace("\r\n", "\n")
    assert body.startswith("Fixed the build.\nWrote the docs.\n\nOn 04.03.2026, 18:00, sixpm for Acme")
    assert "> Reply to this mail, one thing a line." in body


def test_a_refused_reply_shows_the_listeners_words_and_keeps_the_text(
    replying: tuple[Browser, Path, Path],
) -> None:
    browser, folder, _ = replying
    mail = catch(folder, reply_to="bounce-550@reply.sixpm.localhost")

    page = browser.post(f"/mailbox/{mail}/reply", f"/mailbox/{mail}", text="Fixed the build.")

    assert page.status_code == 422
    assert "550 5.1.1 rehearsed" in page.text
    assert ">Fixed the build.</textarea>" in page.text


def test_a_listener_that_is_down_is_said_and_the_text_kept(web_env: pytest.MonkeyPatch, owner: Account) -> None:
    web_env.setenv("SIXPM_SMTPD_PORT", "1")
    config.settings.cache_clear()
    browser = Browser(create_app().test_client())
    browser.sign_in(owner.email)
    mail = catch(config.settings().mailbox_dir)

    page = browser.post(f"/mailbox/{mail}/reply", f"/mailbox/{mail}", text="Fixed the build.")

    assert page.status_code == 422
    assert "cannot be reached" in page.text
    assert ">Fixed the build.</textarea>" in page.text


def test_a_mail_without_reply_to_offers_no_reply(signed_in: Browser, folder: Path) -> None:
    page = signed_in.get(f"/mailbox/{catch(folder, reply_to=None)}").text

    assert "This mail takes no replies" in page


@pytest.mark.parametrize("name", ["00000000000000000000-00000000", "..%2f..%2fetc%2fpasswd", "x"])
def test_an_unknown_mail_is_not_there(signed_in: Browser, name: str) -> None:
    assert signed_in.get(f"/mailbox/{name}").status_code == 404


@pytest.mark.parametrize("change", [("SIXPM_CATCHER", "false"), ("SIXPM_ENV", "production")])
def test_without_the_catcher_and_in_production_there_is_no_mailbox(
    web_env: pytest.MonkeyPatch, owner: Account, change: tuple[str, str]
) -> None:
    web_env.setenv("SIXPM_RELAY_HOST", "relay.example.org")
    web_env.setenv(*change)
    config.settings.cache_clear()
    browser = Browser(create_app().test_client())
    browser.sign_in(owner.email)

    assert browser.get("/mailbox").status_code == 404
    assert "/mailbox" not in browser.get("/teams").text


def test_who_is_no_admin_may_not_read_other_peoples_mail(app: Flask, owner: Account, folder: Path) -> None:
    with db.begin() as conn:
        account = accounts.create_user(conn, "ben@example.org", "Ben", "user", PASSWORD)
    browser = Browser(app.test_client())
    browser.sign_in(account.email)

    assert browser.get(f"/mailbox/{catch(folder)}").status_code == 403


def test_times_are_those_of_who_is_signed_in(signed_in: Browser, folder: Path, owner: Account) -> None:
    with db.begin() as conn:
        conn.execute(update(m.Contact).where(m.Contact.id == owner.contact_id).values(zone="Asia/Kathmandu"))
    mail = catch(folder, received_at=datetime(2026, 3, 4, 17, tzinfo=UTC))

    assert "Wed 4 Mar 22:45" in signed_in.get("/mailbox").text
    assert "Times are in Asia/Kathmandu." in signed_in.get("/mailbox").text
    assert "Wed 4 Mar 22:45</time> (Asia/Kathmandu)" in signed_in.get(f"/mailbox/{mail}").text
