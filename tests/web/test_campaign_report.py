"""/campaigns/…/report: numbers that open the list of their people, and those people as a sheet."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sqlalchemy import event, text

from engine import db
from engine.campaigns.report import counting
from engine.people.accounts import Account
from tests.web import report_scene
from tests.web.conftest import Browser
from tests.web.report_scene import Reported
from web import sheets

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
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix(sheets.MARK))))


def test_every_number_of_the_report_is_the_length_of_the_list_it_opens(signed_in: Browser, told: Reported) -> None:
    page = signed_in.get(home(told))

    numbers = [(path.replace("&amp;", "&"), int(n.replace(",", ""))) for path, n in _LINK.findall(page.text)]
    assert page.status_code == 200
    kinds = {path.split("/list/")[1].partition("?")[0] for path, _ in numbers}
    assert kinds >= {"all", "leftout", "accepted", "bounced", "deferred", "failed", "doubt", "waiting", "replied",
                     "silent", "unsubscribed", "complained", "opened", "opened_machine", "clicked", "clicked_machine",
                     "link", "link_machine", "hour", "opened_hour", "clicked_hour", "provider", "reason"}  # fmt: skip
    assert {path: len(sheet(signed_in, path)) for path, _ in numbers} == dict(numbers)


def test_the_rows_of_receivers_add_up(signed_in: Browser, told: Reported) -> None:
    table = signed_in.get(home(told)).text.partition('id="receivers-title"')[2].partition("</table>")[0]

    rows = [dict(re.findall(r'data-label="([^"]+)" class="num">(?:<a[^>]*>)?([0-9,]+)', part))
            for part in table.split("<tr>")[2:]]  # fmt: skip
    assert len(rows) == 4
    for row in rows:
        said = {label: int(number.replace(",", "")) for label, number in row.items()}
        assert said["Planned"] == sum(n for label, n in said.items() if label not in ("Planned", "Spam"))


def test_a_reminder_does_not_make_the_share_of_answers_smaller(signed_in: Browser, told: Reported) -> None:
    before = share(signed_in, told, "Replied")
    with db.begin() as conn:
        conn.execute(
            text("WITH r AS (INSERT INTO run (workspace_id, kind, campaign_id, part, made_at, size)"
                 "   SELECT workspace_id, 'campaign', id, 'reminder', now(), 2 FROM campaign WHERE id = :c"
                 "   RETURNING id, workspace_id), b AS (INSERT INTO batch (workspace_id, run_id, transport, urgency,"
                 "   next_at) SELECT workspace_id, id, 'smtp', 6, now() FROM r RETURNING id, run_id, workspace_id)"
                 " INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address,"
                 "   useful_until, state, sent_at)"
                 " SELECT b.run_id, row_number() OVER (), b.workspace_id, d.recipient, 1, b.id, 'smtp', d.address,"
                 "   now(), 'sent', now() FROM b, delivery d WHERE d.run_id = :r AND d.state = 'sent'"),
            {"c": told.campaign_id, "r": told.run_id},
        )  # fmt: skip

    after = share(signed_in, told, "Replied")

    assert before == "7.9 % of accepted"
    assert after == "7.9 % of those who got it"


def share(browser: Browser, told: Reported, step: str) -> str:
    row = browser.get(home(told)).text.partition(f">{step}</td>")[2].partition("</tr>")[0]
    return re.sub(r"<[^>]+>", "", row.partition('data-label="Share"')[2].partition(">")[2].partition("</td>")[0])


def test_lists_show_their_people_with_their_mail_and_what_is_not_there_is_said(
    signed_in: Browser, told: Reported
) -> None:  # fmt: skip
    page = signed_in.get(f"{home(told)}/list/reason?key=bounced%7C550%7C").text
    link = next(iter(told.links.values()))

    assert "Bounced: 550" in page
    assert "550 5.1.1 no such user" in page
    assert f"/campaign/{told.run_id}/" in page
    assert "/contacts/" in page
    assert next(iter(told.links)) in signed_in.get(f"{home(told)}/list/link_machine?key={link}").text
    assert "Nobody is in this list" in signed_in.get(f"{home(told)}/list/unsent").text
    draft = signed_in.get(f"/campaigns/{told.draft_id}/report").text
    quiet = signed_in.get(f"/campaigns/{told.quiet_id}/report").text

    assert "Nothing to tell yet" in draft
    assert "data-poll=" not in draft
    assert "Nothing to tell yet" in signed_in.get(f"/campaigns/{told.draft_id}/report/numbers").text
    assert "Tracking is off" in quiet
    assert "Links are not tracked" in quiet
    assert "No answers yet" in quiet


def test_a_list_goes_on_from_page_to_page_and_its_sheet_holds_no_formula(signed_in: Browser, told: Reported) -> None:
    first = signed_in.get(f"{home(told)}/list/all").text
    (after,) = re.findall(r'href="([^"]+)">Next<', first)
    second = signed_in.get(after.replace("&amp;", "&")).text

    named = re.findall(r">(Reader \d+)<", first + second)
    assert len(named) == len(set(named)) == 60
    assert ">Next<" not in second
    with db.begin() as conn:
        conn.execute(text("UPDATE contact SET name = '=HYPERLINK(1)' WHERE name = 'Reader 9'"))

    rows = sheet(signed_in, f"{home(told)}/list/accepted?")

    assert "'=HYPERLINK(1)" in {row["name"] for row in rows}
    assert all(row["accepted (UTC)"] for row in rows)


def test_what_is_no_list_and_what_is_another_workspaces_is_not_found(
    signed_in: Browser, told: Reported, owner: Account
) -> None:  # fmt: skip
    with db.begin() as conn:
        w = conn.execute(text("INSERT INTO workspace (name) VALUES ('Other') RETURNING id")).scalar_one()
        other = conn.execute(text("INSERT INTO campaign (workspace_id, name) VALUES (:w, 'Theirs') RETURNING id"),
                             {"w": w}).scalar_one()  # fmt: skip

    asked = [f"{home(told)}/list/nothing", f"{home(told)}/list/link", f"{home(told)}/list/hour?key=noon",
             f"{home(told)}/list/provider.csv?key=nobody", f"/campaigns/{other}/report",
             f"/campaigns/{other}/report/numbers", f"/campaigns/{other}/report/list/all",
             f"/campaigns/{other}/report/list/all.csv"]  # fmt: skip
    assert {path: signed_in.get(path).status_code for path in asked} == dict.fromkeys(asked, 404)
    first = signed_in.get(f"{home(told)}/list/all").text
    for after in ("²", "%C2%B2.1", f"{'9' * 20}.1", f"1.{'9' * 12}"):
        assert signed_in.get(f"{home(told)}/list/all?after={after}").text.count("<tr") == first.count("<tr")


def test_the_report_asks_a_dozen_statements_at_most_however_it_was_counted(
    signed_in: Browser, told: Reported
) -> None:  # fmt: skip
    asked: list[str] = []
    event.listen(db.engine(), "before_cursor_execute", lambda *given: asked.append(given[2]))

    page = signed_in.get(home(told)).text
    live = len(asked)
    with db.begin() as conn:
        counting.keep(conn, [told.run_id], db.now(conn))
        conn.execute(
            text("UPDATE delivery SET state = 'bounced' WHERE run_id = :r AND state = 'queued'"), {"r": told.run_id}
        )
    asked.clear()
    kept = signed_in.get(f"{home(told)}/numbers").text

    assert live <= 12
    assert len(asked) <= 12
    assert "Counted now" in page
    assert "Counted 0 s ago" in kept
    assert sorted(_LINK.findall(page)) == sorted(_LINK.findall(kept))
    assert 'data-poll="/campaigns/' in page
