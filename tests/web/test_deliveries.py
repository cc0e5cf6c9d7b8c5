"""The deliveries pages: search, runs that balance, and one recipient's timeline with the receiver's words."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.people import accounts
from engine.people.accounts import Account
from tests import factories as make
from tests.web import scene
from tests.web.conftest import PASSWORD, Browser
from tests.web.scene import Scene


@pytest.fixture
def evening(signed_in: Browser, owner: Account) -> Scene:
    """A run of four: sent, in doubt, bounced, deferred."""
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


def addresses(page: str) -> list[str]:
    return re.findall(r'<td class="first"><a href="/deliveries/\d+/\d+">([^<]+)</a>', page)


def test_a_new_instance_says_when_the_first_delivery_comes(signed_in: Browser) -> None:
    page = signed_in.get("/deliveries")

    assert page.status_code == 200
    assert "Nothing has been planned yet" in page.text
    assert "No mail yet" in page.text


def test_a_runs_numbers_balance_to_its_recipients(signed_in: Browser, evening: Scene) -> None:
    page = signed_in.get("/deliveries").text

    counts = [int(n) for n in re.findall(r'class="count"[^>]*>(\d+) ', page)]
    assert sum(counts) == 4
    assert "do not add up" not in page


def test_a_run_whose_rows_do_not_add_up_says_so(signed_in: Browser, evening: Scene) -> None:
    with db.begin() as conn:
        make.run(conn, evening.team.workspace_id, size=3)

    assert "do not add up" in signed_in.get("/deliveries").text


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("q=BIKRAM", ["Bikram"]),
        ("state=bounced", ["Emi"]),
        ("state=in_doubt&kind=prompt", ["Farid"]),
        ("kind=digest", []),
        ("q=%25", []),
        ("state=nonsense", ["Bikram", "Farid", "Emi", "Grace"]),
    ],
)
def test_the_search_narrows_by_address_state_and_kind(
    signed_in: Browser, evening: Scene, search: str, found: list[str]
) -> None:
    page = signed_in.get(f"/deliveries?{search}").text

    assert [re.split(r"\d", address)[0] for address in addresses(page)] == [name.lower() for name in found]


def test_an_open_row_at_the_horizon_of_a_held_batch_is_sending(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        run = make.run(conn, owner.workspace_id, size=2)
        batch = make.batch(conn, owner.workspace_id, run, owner="web1:42", epoch=1, horizon=1)
        for seq in (1, 2):
            make.delivery(conn, owner.workspace_id, run, batch, seq, recipient=seq)

    listed = signed_in.get("/deliveries?state=sending").text
    one = signed_in.get(f"/deliveries/{run}/1").text
    two = signed_in.get(f"/deliveries/{run}/2").text

    assert addresses(listed) == ["person1@example.org"]
    assert "Its content may be leaving right now." in one
    assert "web1:42" in two
    assert "leaving right now" not in two


def test_the_timeline_shows_states_in_order_with_the_smtp_replies(signed_in: Browser, evening: Scene) -> None:
    deferred = signed_in.get(f"/deliveries/{evening.run}/4").text
    sent = signed_in.get(f"/deliveries/{evening.run}/1").text

    assert deferred.index("Planned") < deferred.index("451 4.7.1 Greylisted") < deferred.index("Why it waits")
    assert "250 2.0.0 Ok: queued as 4bC1x" in sent
    assert "Queued there as 4bC1x." in sent
    assert f'href="/teams/{evening.team.id}"' in sent


def test_a_row_that_waits_and_its_run_say_why(signed_in: Browser, evening: Scene) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE batch SET next_at = now() + interval '5 min' WHERE run_id = :r"), {"r": evening.run})

    one = signed_in.get(f"/deliveries/{evening.run}/4").text
    listed = signed_in.get("/deliveries").text
    over = signed_in.get(f"/deliveries/{evening.run}/1").text

    assert re.search(r"Why it waits</strong>.*<p>Deferred: 451 4.7.1 Greylisted.*next at <time", one)
    assert "next at <time" in listed
    assert "Not before this instant" not in one  # said better by the reason
    assert "Why it waits" not in over


def test_another_workspaces_delivery_is_not_there(signed_in: Browser, evening: Scene) -> None:
    with db.begin() as conn:
        ws = make.workspace(conn, "Elsewhere")
        run = make.run(conn, ws.id, size=1)
        make.delivery(conn, ws.id, run, make.batch(conn, ws.id, run), 1, recipient=1, address="eve@example.org")

    assert signed_in.get(f"/deliveries/{run}/1").status_code == 404
    assert "eve@example.org" not in signed_in.get(f"/deliveries?run={run}").text


def test_who_is_no_admin_may_not_look(app: Flask, evening: Scene) -> None:
    with db.begin() as conn:
        account = accounts.create_user(conn, "ben@example.org", "Ben", "user", PASSWORD)
    browser = Browser(app.test_client())
    browser.sign_in(account.email)

    assert browser.get("/deliveries").status_code == 403
    assert browser.get(f"/deliveries/{evening.run}/1").status_code == 403


def test_a_long_list_is_paged_without_losing_or_repeating_a_row(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        run = make.run(conn, owner.workspace_id, size=60)
        batch = make.batch(conn, owner.workspace_id, run)
        for seq in range(1, 61):
            make.delivery(conn, owner.workspace_id, run, batch, seq, recipient=seq)

    first = signed_in.get("/deliveries").text
    older = re.search(r'href="(/deliveries\?[^"]*before_run[^"]*)">Older', first)
    assert older
    second = signed_in.get(older[1].replace("&amp;", "&")).text

    assert len(addresses(first)) == 50
    assert sorted(addresses(first) + addresses(second)) == sorted(f"person{n}@example.org" for n in range(1, 61))


def test_a_person_has_a_page_with_all_their_mail_and_how_it_ended(signed_in: Browser, evening: Scene) -> None:
    emi = evening.members[3]

    page = signed_in.get(f"/deliveries?person={emi.contact_id}").text

    assert addresses(page) == [emi.email]
    assert re.findall(r'class="count"[^>]*>([^<]+)<', page) == ["1 bounced"]
    assert signed_in.get("/deliveries?person=999999").status_code == 404


def test_the_csv_has_what_the_search_finds(signed_in: Browser, evening: Scene) -> None:
    answer = signed_in.get("/deliveries/list.csv?state=bounced")

    lines = answer.text.splitlines()
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert len(lines) == 2
    assert "no such user" in lines[1]


def test_doubts_found_by_the_search_lead_to_where_they_are_settled(signed_in: Browser, evening: Scene) -> None:
    page = signed_in.get(f"/deliveries?state=in_doubt&run={evening.run}").text

    link = re.search(r'href="(/doubts[^"]*)">Settle doubts', page)
    assert link
    assert evening.members[4].email in signed_in.get(link[1].replace("&amp;", "&")).text


def test_a_name_or_reason_that_nobody_has_says_what_to_try(signed_in: Browser, evening: Scene) -> None:
    assert "Nothing matches" in signed_in.get("/deliveries?q=nobody").text
    assert "Nothing matches" in signed_in.get("/deliveries?words=nothing+like+it").text


def test_kinds_are_called_as_people_call_them(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        run = make.run(conn, owner.workspace_id, kind="round_post", size=1)

    everything, narrowed = (signed_in.get(f"/deliveries{words}").text for words in ("", "?kind=round_post"))

    assert f">round post {run}<" in everything
    assert '<option value="round_post" selected>round post</option>' in narrowed


@pytest.mark.parametrize("page", ["/deliveries", "/held", "/acts", "/doubts"])
def test_an_address_that_nobody_types_is_no_fault_of_ours(signed_in: Browser, page: str) -> None:
    statuses = [signed_in.get(f"{page}?{words}").status_code for words in ("until=9999-12-31", "since=0001-01-01")]

    assert statuses == [200, 200]
    assert signed_in.get(f"{page}?q=%00").status_code == 400
    assert signed_in.get(f"{page}?words=a%00b").status_code == 400
