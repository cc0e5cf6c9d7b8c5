"""One recipient of a campaign on one page: from the query that meant them to the conversation of their answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from engine import db
from engine.people.accounts import Account
from tests.web import report_scene
from tests.web.conftest import Browser
from tests.web.report_scene import Reported


@pytest.fixture
def sent(signed_in: Browser, owner: Account) -> Reported:
    """A campaign of which a day has gone by."""
    with db.begin() as conn:
        made = report_scene.build(conn, owner, db.now(conn))
        conn.execute(text("UPDATE campaign SET query = :q WHERE id = :c"),
                     {"q": 'tags contains "guest"', "c": made.campaign_id})  # fmt: skip
    return made


def seq(statement: str, made: Reported) -> int:
    with db.begin() as conn:
        where = {"r": made.run_id, "c": made.campaign_id}
        return int(conn.execute(text(f"SELECT min(d.seq) FROM delivery d WHERE d.run_id = :r AND {statement}"), where)
                   .scalar_one())  # fmt: skip


ANSWERED = ("EXISTS (SELECT FROM message g WHERE g.campaign_id = :c AND g.author_id = d.recipient"
            " AND g.author_kind = 'contact')")  # fmt: skip


def test_it_leads_from_the_query_by_the_reply_of_the_receiver_to_the_conversation(
    signed_in: Browser, sent: Reported
) -> None:
    of = f"{sent.run_id}/{seq(ANSWERED, sent)}"

    assert f'href="/deliveries/{of}/chain"' in signed_in.get(f"/deliveries/{of}").text
    led = signed_in.get(f"/deliveries/{of}/chain")
    page = signed_in.get(led.location).text

    assert led.location == f"/chain/campaign/{of}"
    places = [page.index(f"{n}. ") for n in range(1, 6)]
    assert places == sorted(places)
    assert "tags contains &#34;guest&#34;" in page
    assert "Answered" in page or "answered" in page
    assert "/conversations/" in page
    assert f'href="/chain/campaign/{of}"' in signed_in.get(
        f"/campaigns/{sent.campaign_id}/report/list/replied").text  # fmt: skip


def test_hits_are_told_with_what_they_are_taken_for(signed_in: Browser, sent: Reported) -> None:
    hit = ("EXISTS (SELECT FROM hit h WHERE h.run_id = d.run_id AND h.seq = d.seq AND h.taken_for = 'human'"
           " AND h.link_id > 0)")  # fmt: skip

    page = signed_in.get(f"/chain/campaign/{sent.run_id}/{seq(hit, sent)}").text

    assert "Followed a link" in page
    assert "a person" in page


def test_where_it_ends_it_says_why(signed_in: Browser, sent: Reported) -> None:
    bounced = signed_in.get(
        f"/chain/campaign/{sent.run_id}/{seq(chr(39).join(('state = ', 'bounced', '')), sent)}"
    ).text
    waits = signed_in.get(f"/chain/campaign/{sent.run_id}/{seq('state = ' + repr('queued'), sent)}").text

    assert "Here it ends: none of it was accepted." in bounced
    assert "550" in bounced
    assert "None has been accepted so far." in waits
    assert "4. The answer" not in bounced


def test_after_the_deadline_it_says_not_answered(signed_in: Browser, sent: Reported) -> None:
    silent = seq(f"d.state = 'sent' AND NOT {ANSWERED}", sent)
    page = f"/chain/campaign/{sent.run_id}/{silent}"
    before = signed_in.get(page).text
    with db.begin() as conn:
        conn.execute(text("UPDATE campaign SET deadline_at = :at WHERE id = :c"),
                     {"at": db.now(conn) - timedelta(hours=1), "c": sent.campaign_id})  # fmt: skip

    after = signed_in.get(page).text

    assert "Not yet." in before
    assert "Not answered until" in after
    assert "A late answer would still be taken." in after


def test_mail_of_no_campaign_has_none(signed_in: Browser, sent: Reported) -> None:
    assert signed_in.get("/chain/campaign/999999/1").status_code == 404
