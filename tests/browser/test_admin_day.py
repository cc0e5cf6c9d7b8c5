"""An admin's day in a real browser: who got what, mail nobody could take, doubts, the machine, a relay, a key, how long
things are kept, and the record of all that was done.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from engine import config, db
from engine.inbound.own import Own
from engine.inbound.parse import parse
from engine.inbound.receive import receive
from engine.people import accounts
from engine.people.accounts import Account
from tests.browser.desk import come_in, menu, press, rows_of, said, tab
from tests.browser.test_keys_and_polling import evening, site
from tests.fakes.smtp_sink import sink_process
from tests.web import trace_scene
from tests.web.conftest import PASSWORD
from tests.web.scene import Scene
from tests.web.test_doubts import doubtful
from tests.web.trace_scene import FROM_HOME

__all__ = ["evening", "site"]
pytestmark = pytest.mark.browser
MIA = "mia@example.org"


@pytest.fixture
def held(owner: Account, evening: Scene) -> int:
    """Mia is an admin. A mail is held whose sender is not known, and the night left doubts; the mail's number."""
    doubtful(owner.workspace_id)
    with db.begin() as conn:
        accounts.create_user(conn, MIA, "Mia Berg", "admin", PASSWORD)
        conn.execute(text("UPDATE workspace SET mail_from = 'Acme <team@example.org>'"))
        return trace_scene.read(conn, "known", FROM_HOME)


def test_an_admins_day(page: Page, site: str, evening: Scene, held: int, tmp_path: Path) -> None:
    come_in(page, site, MIA)
    menu(page, "Operations")

    follow_one_question(page)
    take_in_what_was_held(page, held)
    settle_some_doubts(page)
    look_at_the_machine(page)
    try_a_relay(page, tmp_path)
    make_a_key(page)
    keep_less(page)
    menu(page, "People")
    page.get_by_role("link", name="Who did what").click()
    done = [(row["act"], row["detail"]) for row in rows_of(page, "Download as CSV") if row["who"] == "Mia Berg"]

    assert [act for act, _ in reversed(done)] == [
        "signed in", "assigned a mail", "settled doubts", "tried a relay", "made a DKIM key",
        "changed how long things are kept",
    ]  # fmt: skip


def follow_one_question(page: Page) -> None:
    """Found by the person's name: from the schedule to the reply of the relay, and the answer that followed."""
    page.get_by_label("Address or name").fill("bikram")
    press(page, "Search")
    page.locator("tbody").get_by_role("link", name="Bikram Thapa").first.click()
    expect(page.get_by_role("heading", name="Mail to Bikram Thapa")).to_be_visible()
    page.locator("tbody tr", has_text="prompt").get_by_role("link").click()
    page.get_by_role("link", name="The whole chain").click()
    expect(page.locator("#asked")).to_contain_text("What did you get done today?")
    expect(page.locator("#question")).to_contain_text("250 2.0.0 Ok: queued as 4bC1x")
    expect(page.locator("#answer")).to_contain_text("Fixed the login bug.")


def take_in_what_was_held(page: Page, held: int) -> None:
    """Read as it came and as it was understood; an admin says whose words it is, and they become entries."""
    menu(page, "Operations")
    tab(page, "Held mail")
    page.get_by_role("link", name="bikram.thapa@home.example").click()
    expect(page.get_by_role("group", name="Source")).to_contain_text("> What did you get done today?")
    expect(page.get_by_role("group", name="What the writer said")).not_to_contain_text(">")

    page.get_by_role("link", name="Assign to a round …").click()
    for label, choice in (("Team", "Platform"), ("Member", "Farid Haddad")):
        page.get_by_label(label, exact=True).select_option(label=choice)
        press(page, "Next")
    page.get_by_label("Round", exact=True).select_option(index=1)
    press(page, "Show")
    expect(page.get_by_role("heading", name="Farid Haddad, Platform")).to_be_visible()
    press(page, "Make these entries")
    said(page, "Its words go to Farid Haddad, Platform")
    with db.begin() as conn:
        receive(conn, held, parse, db.now(conn), own=Own.of(config.settings()))

    page.reload()
    expect(page.locator("main")).to_contain_text("Assigned by Mia Berg.")
    page.get_by_role("link", name="What they became").click()
    expect(page.locator("#answer")).to_contain_text("Mia Berg said so")
    expect(page.locator("#answer li")).to_contain_text(["the login bug is fixed", "waiting for access"])


def settle_some_doubts(page: Page) -> None:
    """Two of four are known to have arrived; the others stay in doubt."""
    menu(page, "Operations")
    tab(page, "In doubt")
    rows = page.locator("input[type=checkbox][name=row]")
    before = rows.count()
    for who in ("p1@gmail.com", "p2@gmail.com"):
        page.get_by_label(who).check()
    press(page, "Mark as arrived …")
    expect(page.locator("h1")).to_have_text("Mark 2 deliveries as arrived?")
    press(page, "They arrived")
    said(page, "2 deliveries marked as arrived.")
    expect(rows).to_have_count(before - 2)
    expect(page.get_by_label("p3@x.test")).to_be_visible()


def look_at_the_machine(page: Page) -> None:
    """What waits stands on one page, and each number leads to its list."""
    tab(page, "System")
    expect(page.get_by_role("heading", name="What to do")).to_be_visible()
    expect(page.get_by_role("heading", name="Queues and waiting work")).to_be_visible()
    expect(page.locator("main")).to_contain_text("PostgreSQL")


def try_a_relay(page: Page, tmp_path: Path) -> None:
    """Typed values, tried step by step against a mail server; nothing is saved."""
    with sink_process(tmp_path / "sink.log") as sink:
        tab(page, "Relays")
        page.get_by_role("link", name="Plain mail server").click()
        page.get_by_label("Host").fill("127.0.0.1")
        page.get_by_label("Port").fill(str(sink.port))
        page.get_by_label("Encryption").select_option("none")
        press(page, "Try these values")
        expect(page.get_by_role("heading", name="Step by step")).to_be_visible()
        expect(page.get_by_label("Port")).to_have_value(str(sink.port))  # the form is as it was typed
        expect(page.locator("main")).to_contain_text("it takes our mail")
        expect(page.locator(".timeline")).to_contain_text(f"RCPT TO:<{MIA}>")


def make_a_key(page: Page) -> None:
    """The record to publish is shown whole, and its secret never is."""
    tab(page, "Mail settings")
    page.get_by_role("link", name="DKIM keys").click()
    press(page, "Make the key")
    said(page, "The key is made.")
    expect(page.locator("[id^=name-]")).to_contain_text("._domainkey.example.org")
    expect(page.locator("[id^=value-]")).to_contain_text("v=DKIM1; k=rsa; p=")
    expect(page.locator("main")).to_contain_text("does not sign yet")


def keep_less(page: Page) -> None:
    """Says first what would go, and saves only then."""
    tab(page, "Mail settings")
    page.get_by_role("link", name="How long things are kept").click()
    days = page.get_by_label("Mail that came in, as it came (days)")
    days.fill("60")
    press(page, "Go on …")
    expect(page.locator("h1")).to_have_text("Save this?")
    expect(page.locator("tr", has_text="Mail that came in, as it came")).to_contain_text("60 days")
    press(page, "Save")
    said(page, "Saved.")
    expect(days).to_have_value("60")
