"""A campaign from a file of people to their answers, in a real browser, with everything running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import text

from engine import db
from engine.config import Settings
from engine.people import accounts
from sixpm.embedded import supervise
from tests import factories
from tests.browser.desk import come_in, menu, press, said, tab
from tests.web.conftest import PASSWORD

pytestmark = pytest.mark.browser
WAIT = 30_000  # milliseconds; the machine may be busy
PEOPLE = """Email,Name,City
bea@crew.localhost,Bea Okoro,Kiel
cid@crew.localhost,Cid Marsh,Kiel
dan@crew.localhost,Dan Voss,Bonn
no address,Eve Lund,Kiel
"""
BODY = """Dear {{ first_name }},

we meet in {{ attributes.city }}: [the hall](https://hall.example/map). Do you come?
"""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Settings]:
    """Everything `make run` starts, in a folder of its own."""
    tmp_path.chmod(0o711)
    with supervise.running(tmp_path / "home", lambda line: None) as settings:
        yield settings


@pytest.fixture
def page(page: Page) -> Page:
    page.set_default_timeout(WAIT)
    return page


def test_a_campaign_goes_from_a_file_to_answers_and_the_rest(
    instance: Settings, browser: Browser, page: Page, tmp_path: Path
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    set_up(instance, page)

    import_people(page, tmp_path)
    segment(page)
    say_it(page)
    test_send(instance, page)
    page.goto(f"{instance.base_url}/campaigns/1")
    approve(instance, browser, page)
    launch(page)
    answer(instance, page, "bea@crew.localhost", "I come, and bring cake.")
    converse(instance, page)
    the_rest(instance, page)

    assert faults == []


def set_up(instance: Settings, page: Page) -> None:
    """A workspace with its owner, a second admin, and a rule: two people say yes to more than one recipient."""
    page.goto(instance.base_url)
    page.get_by_label("Workspace").fill("Acme")
    page.get_by_label("Your name").fill("Ann Lee")
    page.get_by_label("Your mail address").fill("ann@crew.localhost")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the workspace").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert instance.database_url is not None
    engine = db.create_engine(instance.database_url)
    with engine.begin() as conn:
        w = conn.execute(text("SELECT id FROM workspace")).scalar_one()
        contact_id, _ = factories.contact(conn, w, "Bo", email="bo@crew.localhost")
        accounts.make(conn, w, contact_id, "admin", PASSWORD)
    engine.dispose()
    page.goto(f"{instance.base_url}/settings/campaigns")
    page.get_by_label("A second person approves over so many recipients").fill("1")
    press(page, "Save")
    said(page, "Saved. It holds for campaigns from now on.")


def import_people(page: Page, folder: Path) -> None:
    """Three of four lines become people; the fourth is kept with its fault."""
    file = folder / "people.csv"
    file.write_text(PEOPLE)
    menu(page, "Contacts")
    tab(page, "Import")
    page.get_by_label("CSV file").set_input_files(file)
    press(page, "Upload it")
    expect(page.get_by_label("What Email is")).to_have_value("email")
    expect(page.get_by_label("What City is")).to_have_value("attribute")
    page.get_by_label("Everybody in this file agreed to get mail").check()
    page.get_by_label("Where the consent comes from").fill("The list at the door, in May")
    page.get_by_label("When it was given").fill("2026-05-02")
    press(page, "Try it without changing anybody")
    ended(page, "What would happen")
    expect(page.locator("main")).to_contain_text("no address")
    press(page, "Import them")
    ended(page, "What happened")
    expect(fact(page, "Made")).to_have_text("3")
    expect(fact(page, "Lines with faults")).to_have_text("1")


def ended(page: Page, words: str) -> None:
    """The page of an import whose numbers move until it is over, and then lead to its result."""
    heading = page.get_by_role("heading", name=words)
    expect(page.get_by_role("link", name="See the result").or_(heading)).to_be_visible()
    if not heading.is_visible():
        page.get_by_role("link", name="See the result").click()
    expect(heading).to_be_visible()


def fact(page: Page, name: str) -> Locator:
    """What the page says of something, in its list of facts."""
    return page.locator("dt", has_text=name).first.locator("xpath=following-sibling::dd[1]")


def segment(page: Page) -> None:
    """Counted while it is typed, what is wrong underlined in its place; kept by name."""
    menu(page, "Contacts")
    tab(page, "Segments")
    page.get_by_role("link", name="New segment").first.click()
    page.get_by_label("Name", exact=True).fill("In Kiel")
    page.locator("#query").fill('town is "Kiel"')
    expect(page.locator("[data-found] .fault")).to_have_text("town")
    page.locator("#query").fill('city is "Kiel"')
    expect(page.locator("[data-found]")).to_contain_text("2 people")
    expect(page.locator("[data-found]")).to_contain_text("bea@crew.localhost")
    press(page, "Save the segment")
    page.get_by_role("link", name="Write to them").click()
    page.get_by_label("Name").fill("Spring")
    press(page, "Make the draft")
    expect(page.get_by_role("heading", name="Before it leaves")).to_be_visible()


def say_it(page: Page) -> None:
    """A text that names what is not there is refused with its place and kept; then it is saved and looked at."""
    tab(page, "What it says")
    page.locator("#subject").fill("Spring in {{ attributes.city }}")
    page.locator("#body").fill(BODY.replace("first_name", "first_nam"))
    press(page, "Save as a new version")
    expect(page.locator("#faults")).to_contain_text("line 1")
    expect(page.locator("#subject")).to_have_value("Spring in {{ attributes.city }}")
    page.locator("#body").fill(BODY)
    page.locator("#who").fill("bea@")
    press(page, "Save as a new version")
    expect(page.get_by_text("Version 1 is the newest.")).to_be_visible()
    desktop = page.frame_locator("iframe[title='On a desktop']")
    expect(desktop.locator("body")).to_contain_text("we meet in Kiel")


def test_send(instance: Settings, page: Page) -> None:
    """A test to oneself, as one of them would get it."""
    press(page, "Send me version 1")
    said(page, "Version 1 is on its way to you, as Bea Okoro would get it.")
    open_mail(instance, page, "[Test] Spring in Kiel")


test_send.__test__ = False  # type: ignore[attr-defined]  # a step, and no test of its own


def open_mail(instance: Settings, page: Page, words: str) -> None:
    """Open the newest mail that has these words in its line, once it is in the mailbox."""
    for _ in range(60):
        page.goto(f"{instance.base_url}/mailbox")
        found = page.locator(".mails a", has_text=words)
        if found.count():
            found.first.click()
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{words!r} never came:\n{page.inner_text('main')}")


def approve(instance: Settings, browser: Browser, page: Page) -> None:
    """A launch is refused until somebody else has said yes."""
    page.get_by_role("button", name="Launch …").click()
    press(page, "Launch it to 2 people")
    expect(page.get_by_role("alert")).to_contain_text("a second person has to approve it first")
    press(page, "Ask for a second yes")
    expect(page.get_by_role("button", name="Approve it")).to_be_visible()
    context = browser.new_context()
    other = context.new_page()
    come_in(other, instance.base_url, "bo@crew.localhost")
    other.goto(page.url)
    press(other, "Approve it")
    said(other, "Approved.")
    context.close()
    page.reload()


def launch(page: Page) -> None:
    """It says whom it reaches first; the report moves by itself until both have it."""
    press(page, "Launch …")
    expect(page.get_by_role("heading", name="Launch Spring?")).to_be_visible()
    press(page, "Launch it to 2 people")
    said(page, "It is on its way.")
    tab(page, "Report")
    expect(number(page, "Accepted")).to_have_text("2")


def number(page: Page, step: str) -> Locator:
    """How many recipients a step of the report has."""
    return page.locator("table.funnel tr", has_text=step).first.locator("td").nth(1)


def answer(instance: Settings, page: Page, who: str, words: str) -> None:
    """A person replies to their mail."""
    open_mail(instance, page, who)
    page.get_by_role("textbox").last.fill(words)
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_text("250")).to_be_visible()


def converse(instance: Settings, page: Page) -> None:
    """The answer is in the report, leads to its conversation, is answered there, and that is mailed."""
    page.goto(f"{instance.base_url}/campaigns/1/report")
    expect(number(page, "Replied")).to_have_text("1")
    number(page, "Not answered yet").get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("cid@crew.localhost")
    expect(page.locator("main")).not_to_contain_text("bea@crew.localhost")
    page.go_back()
    page.locator("[aria-labelledby=answers-title]").get_by_role("link", name="Bea Okoro").click()
    expect(page.locator("main")).to_contain_text("I come, and bring cake.")
    expect(page.locator("main")).to_contain_text("we meet in Kiel")  # what she answers
    page.locator("#reply-text").fill("Wonderful, thank you.")
    press(page, "Send and close")
    expect(page.get_by_label("Messages")).to_contain_text("Wonderful, thank you.")
    expect(page.get_by_role("button", name="Open it again")).to_be_visible()
    open_mail(instance, page, "Re: Spring in Kiel")


def the_rest(instance: Settings, page: Page) -> None:
    """Who came since the launch gets it by one press, and nobody gets it twice."""
    page.goto(f"{instance.base_url}/contacts")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Mail address").fill("fay@crew.localhost")
    page.get_by_label("Name", exact=True).fill("Fay Roth")
    page.get_by_label("City").fill("Kiel")
    press(page, "Add them")
    expect(page.get_by_role("heading", name="Fay Roth")).to_be_visible()
    page.get_by_text("Write down what they said").click()
    page.locator("#state").select_option("given")
    page.locator("#evidence").fill("She said so at the door")
    press(page, "Write it down")
    expect(page.locator("#consent")).to_contain_text("wants it")
    page.goto(f"{instance.base_url}/campaigns/1/report")
    page.get_by_role("link", name="Send the rest …").click()
    expect(page.locator("main")).to_contain_text("Nobody is left")
    page.get_by_label("And 1 person who came since").check()
    press(page, "Send it to those ticked")
    said(page, "It is on its way to 1 person.")
    page.goto(f"{instance.base_url}/campaigns/1/report")
    expect(number(page, "Accepted")).to_have_text("3")
    open_mail(instance, page, "fay@crew.localhost")
    page.goto(f"{instance.base_url}/mailbox?q=cid@crew.localhost")
    expect(page.locator(".mails a")).to_have_count(1)
