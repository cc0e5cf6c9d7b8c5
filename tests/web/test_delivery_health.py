"""The health page: numbers of the tally, filters, limits in words, incidents, and the same as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from engine import db
from engine.models import Incident, Tally
from engine.people.accounts import Account
from tests import factories as make
from tests.web import health_scene
from tests.web.conftest import Browser
from web import sheets

PAGE = "/deliveries/health"


@pytest.fixture
def weeks(signed_in: Browser, owner: Account) -> Browser:
    with db.begin() as conn:
        health_scene.two_weeks(conn, owner.workspace_id, db.now(conn))
    return signed_in


def line(page: str, name: str) -> list[str]:
    """The numbers of one line of the table, tags taken out."""
    found = re.search(rf'<td class="first">{name}</td>(.*?)</tr>', page, re.S)
    assert found, name
    return [
        " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td[^>]*>(.*?)</td>", found[1], re.S)
    ]


def test_a_new_instance_says_when_numbers_come(signed_in: Browser) -> None:
    page = signed_in.get(PAGE)

    assert page.status_code == 200
    assert "No mail yet" in page.text
    assert "The limits, and what to do" in page.text


def test_each_receiver_has_its_sums_and_what_crosses_a_limit_is_marked(weeks: Browser) -> None:
    page = weeks.get(PAGE).text

    assert line(page, "outlook") == ["490", "350", "", "126 26 % too many", "14 2.9 %", "", "", ""]
    assert line(page, "other")[4] == "84 9 % too many"
    assert line(page, "yahoo") == ["168", "168", "", "", "", "", "", ""]
    assert "Counted 0 s ago" in page or "Counted 1 s ago" in page
    assert "These numbers are old" not in page


@pytest.mark.parametrize(("by", "names"), [("relay", ["the instance&#39;s relay"]), ("from", ["acme.example"])])
def test_numbers_can_be_shown_by_relay_and_from(weeks: Browser, by: str, names: list[str]) -> None:
    page = weeks.get(f"{PAGE}?by={by}&provider=yahoo").text

    assert [line(page, name)[0] for name in names] == ["168"]


def test_by_day_the_latest_comes_first_and_the_picture_has_a_bar_for_each(weeks: Browser) -> None:
    page = weeks.get(f"{PAGE}?by=day").text

    assert len(re.findall(r'<td data-label="Tried"', page)) == 14
    assert page.count('class="bar"') == 14
    assert 'role="img"' in page


def test_a_filter_that_fits_nothing_offers_the_way_back(weeks: Browser) -> None:
    assert "Nothing matches" in weeks.get(f"{PAGE}?provider=nobody&by=nonsense").text


def test_incidents_say_what_to_do_and_which_are_over(weeks: Browser) -> None:
    page = weeks.get(PAGE).text

    assert "Too much mail is refused or unwanted" in page
    assert "Stop sending to addresses that refuse" in page
    assert "A queue is not consumed" in page
    assert page.count("whole instance") == 1


def test_old_numbers_say_so(weeks: Browser) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE heartbeat SET seen_at = seen_at - interval '10 min'"))

    assert "These numbers are old" in weeks.get(PAGE).text


def test_another_workspaces_numbers_and_incidents_are_not_shown(signed_in: Browser) -> None:
    with db.begin() as conn:
        health_scene.two_weeks(conn, make.workspace(conn, "Other").id, db.now(conn))

    page = signed_in.get(PAGE).text

    assert "No mail yet" in page
    assert "acme.example" not in page
    assert "A queue is not consumed" in page  # the whole instance's


def test_who_is_no_admin_may_not_look(browser: Browser, user: Account) -> None:
    browser.sign_in(user.email)

    assert browser.get(PAGE).status_code == 403
    assert browser.get(f"{PAGE}.csv").status_code == 403


def test_the_file_has_the_same_numbers_and_no_formulas(weeks: Browser, owner: Account) -> None:
    with db.begin() as conn:
        run = make.run(conn, owner.workspace_id, state="done")
        named = {"transport": "smtp", "lane": "instance", "provider": "gmail", "from_domain": "=cmd()"}
        conn.execute(
            insert(Tally).values(
                workspace_id=owner.workspace_id,
                run_id=run,
                day=db.now(conn).date() - timedelta(days=1),
                tried=1,
                **named,
            )
        )

    answer = weeks.get(f"{PAGE}.csv?provider=gmail")

    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix(sheets.MARK))))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert {row["provider"] for row in rows} == {"gmail"}
    assert sum(int(row["accepted"]) for row in rows) == sum(40 + 2 * n for n in range(14))
    assert "'=cmd()" in {row["from_domain"] for row in rows}


def test_a_deaf_queue_is_red_on_the_readiness_page(signed_in: Browser) -> None:
    with db.begin() as conn:
        now = db.now(conn)
        for role in ("scheduler", "smtpd", *(f"queue:{name}" for name in ("send", "bulk", "inbound", "upkeep"))):
            db.beat(conn, role, "test")
        conn.execute(insert(Incident).values(kind="watchdog", about="bulk", words="It is silent.", opened_at=now))

    checks = signed_in.get("/readyz").json["checks"]  # type: ignore[index]

    assert checks["queue:bulk"] == "not consumed. It is silent."
    assert checks["queue:send"] == "ok"
