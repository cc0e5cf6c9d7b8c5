"""/campaigns/…/report: numbers that open the list of their people, and those people as a sheet."""

from __future__ import annotations

import csv
import io
import re

import pytest

from engine import db
from engine.people.accounts import Account
from tests.web import report_scene
from tests.web.conftest import Browser
from tests.web.report_scene import Reported

_LINK = re.compile(r'<a href="(/campaigns/\d+/report/list/[^"]+)">([\d,]+)</a>')


@pytest.fixture
def told(signed_in: Browser, owner: Account) -> Reported:
    with db.begin() as conn:
        return report_scene.build(conn, owner, db.now(conn))


def home(of: Reported) -> str:
    return f"/campaigns/{of.campaign_id}/report"


def sheet(browser: Browser, path: str) -> list[dict[str, str]]:
    path, _, asked = path.partition("?")
    answer = browser.get(f"{path}.csv?{asked}")
    assert answer.status_code == 200, path
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_every_number_of_the_report_is_the_length_of_the_list_it_opens(signed_in: Browser, told: Reported) -> None:
    page = signed_in.get(home(told))

    numbers = [(path.replace("&amp;", "&"), int(n.replace(",", ""))) for path, n in _LINK.findall(page.text)]
    assert page.status_code == 200
    kinds = {path.split("/list/")[1].partition("?")[0] for path, _ in numbers}
    assert kinds >= {"all", "leftout", "accepted", "bounced", "deferred", "failed", "doubt", "waiting", "replied",
                     "silent", "unsubscribed", "complained", "opened", "opened_machine", "clicked", "clicked_machine",
                     "link", "link_machine", "hour", "opened_hour", "clicked_hour", "provider", "reason"}  # fmt: skip
    assert {path: len(sheet(signed_in, path)) for path, _ in numbers} == dict(numbers)
