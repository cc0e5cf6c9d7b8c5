"""What one wrote behind the link: all days, by pages, and with a search."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from engine import db
from tests import factories as make
from tests.factories import Member
from tests.web.conftest import Browser
from tests.web.scene import Scene


@pytest.fixture
def winter(evening: Scene, farid: Member) -> list[date]:
    """Forty days of Farid's, newest first; each third was missed."""
    days = [date(2026, 2, 20) - timedelta(days=n) for n in range(40)]
    with db.begin() as conn:
        for n, day in enumerate(days):
            state = "missed" if n % 3 == 2 else "answered"
            part = make.participation(conn, make.round_of(conn, evening.team, day), farid, state=state)
            if state == "answered":
                make.entry(conn, part, f"Imported file {n}, 50% done")
    return days


def shown_days(page: str) -> list[str]:
    return re.findall(r'id="day-(\d{4}-\d\d-\d\d)"', page)


def test_all_days_are_there_page_by_page_the_missed_ones_too(browser: Browser, path: str, winter: list[date]) -> None:
    seen, at = list[str](), f"{path}/history"
    while at:
        page = browser.get(at).text
        seen += shown_days(page)
        further = re.search(r'rel="next" href="([^"]+)"', page)
        at = further[1].replace("&amp;", "&") if further else ""

    assert seen[1:] == [day.isoformat() for day in winter]
    assert "no answer" in browser.get(f"{path}/history").text


@pytest.mark.parametrize(
    ("words", "found"), [("file 7", 3), ("FILE IMPORTED", 15), ("50% 7,", 3), ("5_%", 0), ("nothing", 0)]
)
def test_a_search_finds_days_with_all_its_words_in_one_entry(
    browser: Browser, path: str, winter: list[date], words: str, found: int
) -> None:
    page = browser.get(f"{path}/history", query_string={"q": words}).text

    assert len(shown_days(page)) == found
    assert f'value="{words}"' in page
    assert ("Nothing found" in page) == (found == 0)


def test_a_search_goes_on_to_earlier_days(browser: Browser, path: str, winter: list[date]) -> None:
    page = browser.get(f"{path}/history?q=imported").text

    further = re.search(r'rel="next" href="([^"]+)"', page)

    assert further
    assert len(shown_days(browser.get(further[1].replace("&amp;", "&")).text)) == 12


def test_nobody_elses_words_are_in_it(browser: Browser, path: str, winter: list[date]) -> None:
    page = browser.get(f"{path}/history?q=login").text

    assert "Nothing found" in page


def entry_of(page: str, words: str) -> tuple[str, dict[str, str]]:
    """Where the form of the entry with these words leads, and what it carries along."""
    found = next(part for part in page.split('<li id="entry-')[1:] if words in part)
    form = found.split("<form", 1)[1]
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form.split("</form>")[0]))
    return re.findall(r'action="([^"]+)"', form)[0].split("#")[0], fields


def test_what_is_changed_in_a_search_leads_back_to_the_search(browser: Browser, path: str, winter: list[date]) -> None:
    search = f"{path}/history?q=file+37"
    action, fields = entry_of(browser.get(search).text, "file 37")

    refused = browser.client.post(action, data={**fields, "text": ""})
    done = browser.client.post(action, data={**fields, "text": "Imported file 37 again"})

    assert refused.status_code == 422
    assert 'value="file 37"' in refused.text
    assert shown_days(refused.text) == [winter[37].isoformat()]
    assert shown_days(browser.get(done.location).text) == [winter[37].isoformat()]


def test_what_is_removed_in_a_search_can_be_put_back_on_the_page_that_follows(
    browser: Browser, path: str, winter: list[date]
) -> None:
    search = f"{path}/history?q=file+37"
    action, fields = entry_of(browser.get(search).text, "file 37")

    page = browser.get(browser.client.post(f"{action}/remove", data=fields).location).text

    assert shown_days(page)[0] == winter[37].isoformat()
    restore, carried = entry_of(page, "file 37")
    assert restore.endswith("/restore")
    assert "file 37" in browser.get(browser.client.post(restore, data=carried).location).text
