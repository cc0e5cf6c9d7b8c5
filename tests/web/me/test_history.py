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
