"""Campaigns in the browser: from an empty page to a launch that says whom it reaches, and its flight."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import db
from engine.campaigns.audience import segments
from engine.people.accounts import Account
from engine.tasks.stories import dry_run_on
from tests import factories as make
from tests.web.conftest import Browser


@pytest.fixture
def people(signed_in: Browser, owner: Account) -> int:
    """Three people beside the owner."""
    with db.begin() as conn:
        for n in range(3):
            make.contact(conn, owner.workspace_id, f"Person {n}")
    return 4


def value(statement: str, **values: object) -> object:
    with db.begin() as conn:
        return conn.execute(text(statement), values).scalar_one()


PLAN: dict[str, str | list[str]] = {
    "send_when": "now", "shape": "one_way", "team_id": "0", "weekdays": [str(day) for day in range(7)],
}  # fmt: skip


def draft(browser: Browser) -> str:
    made = browser.post("/campaigns/new", "/campaigns/new", name="Spring")
    assert made.status_code == 303
    return str(made.location)


def ready(browser: Browser, **plan: str | list[str]) -> str:
    """A campaign that says something, for everybody who has not said no."""
    page = draft(browser)
    written = {"subject": "Spring", "body": "It is spring.", "format": "markdown"}
    assert browser.post(f"{page}/content", f"{page}/content", **written).status_code == 302
    assert browser.post(f"{page}/whom", f"{page}/whom", query="", topic_id="0").status_code == 303
    assert browser.post(f"{page}/plan", f"{page}/plan", **{**PLAN, **plan}).status_code == 303
    return page


def test_an_empty_list_says_what_campaigns_are_and_leads_on(signed_in: Browser) -> None:
    shown = signed_in.get("/campaigns").text

    assert "No campaign yet" in shown
    assert 'href="/campaigns/new"' in shown


def test_from_a_name_to_a_launch_that_says_whom_it_reaches(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    assert f"{people} people" in signed_in.get(page).text

    asked = signed_in.post(f"{page}/launch", page)
    assert "Launch it to 4 people" in asked.text
    assert value("SELECT count(*) FROM run WHERE kind = 'campaign'") == 0

    assert signed_in.post(f"{page}/launch", page, sure="yes").status_code == 303
    shown = signed_in.get(page).text
    assert "0 of 4 are settled" in shown
    assert "Take the launch back" in shown
    assert value("SELECT count(*) FROM act WHERE act = 'launched_campaign'") == 1


def test_launching_what_has_begun_says_that_somebody_was_first(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    signed_in.post(f"{page}/launch", page, sure="yes")

    again = signed_in.post(f"{page}/launch", page, sure="yes")

    assert again.status_code == 409
    assert "Somebody was first" in again.text
    assert value("SELECT count(*) FROM run WHERE kind = 'campaign'") == 1


def test_pause_resume_and_cancel_from_its_page(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    signed_in.post(f"{page}/launch", page, sure="yes")

    found = []
    for act in ("pause", "resume", "cancel"):
        assert signed_in.post(f"{page}/{act}", page, sure="yes").status_code == 303
        found.append(value("SELECT state FROM campaign"))

    assert found == ["paused", "running", "cancelled"]
    assert "4 cancelled" in signed_in.get(page).text


def test_a_launch_is_taken_back_from_its_page(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    signed_in.post(f"{page}/launch", page, sure="yes")

    signed_in.post(f"{page}/undo", page, sure="yes")

    assert "nobody got it" in signed_in.get(page).text
    assert value("SELECT state FROM campaign") == "draft"


def test_what_cannot_be_launched_says_why_and_loses_nothing(signed_in: Browser, people: int) -> None:
    page = draft(signed_in)

    unasked = signed_in.post(f"{page}/launch", page)
    refused = signed_in.post(f"{page}/launch", page, sure="yes")

    assert unasked.status_code == refused.status_code == 422
    assert "Write what it says first." in unasked.text
    assert "Write what it says first." in refused.text


def test_the_steps_say_what_is_missing_and_lead_to_it(signed_in: Browser, people: int) -> None:
    page = draft(signed_in)

    shown = signed_in.get(page).text

    assert "missing" in shown
    for place in ("content", "whom", "plan", "dry-run"):
        assert f'href="{page}/{place}"' in shown


def test_every_wish_of_a_plan_is_kept_and_said(signed_in: Browser, owner: Account, people: int) -> None:
    with db.begin() as conn:
        team = make.team(conn, make.Workspace(owner.workspace_id, ""), "Press")
    page = ready(
        signed_in, send_when="local", local_time="09:00", quiet_from="22:00", quiet_until="07:00", weekdays=["0", "1"],
        per_hour="500", canary="10", canary_minutes="45", shape="individual", team_id=str(team.id),
        deadline_at="2099-03-04T18:00", reminder_at="2099-03-02T09:00",
    )  # fmt: skip

    shown, kept = signed_in.get(page).text, signed_in.get(f"{page}/plan").text

    for words in ("At 09:00 of each person", "Only on Mon, Tue", "Not between 22:00 and 07:00", "At most 500 an hour",
                  "10 people first, the others 45 minutes later", "A conversation with each person, of Press",
                  "Answers are due Wed 4 Mar 18:00", "One reminder Mon 2 Mar 09:00"):  # fmt: skip
        assert words in shown, words
    assert 'value="2099-03-04T18:00"' in kept
    assert value("SELECT track_links FROM campaign") is False
    assert value("SELECT track_opens FROM campaign") is None  # off for the whole workspace, whose word it stays


def test_a_wrong_plan_keeps_what_was_typed(signed_in: Browser) -> None:
    page = draft(signed_in)

    refused = signed_in.post(f"{page}/plan", f"{page}/plan", **{**PLAN, "send_when": "at", "per_hour": "777"})

    assert refused.status_code == 422
    assert "Say at which day and hour." in refused.text
    assert 'value="777"' in refused.text


def test_a_campaign_that_is_a_post_says_where_it_goes_and_is_one_row(
    signed_in: Browser, owner: Account, people: int
) -> None:
    with db.begin() as conn:
        team = make.team(conn, make.Workspace(owner.workspace_id, ""), "Rockets")
        channel = make.channel(conn, team, "console", "#general")
    page = ready(signed_in, channel_id=str(channel))

    shown = signed_in.get(page).text
    asked = signed_in.post(f"{page}/launch", page).text
    done = signed_in.post(f"{page}/launch", page, sure="yes")
    both = signed_in.post(f"{page}/plan", f"{page}/plan", **{**PLAN, "channel_id": str(channel + 1)})

    assert "A post to #general" in shown
    assert "mail was tried" not in shown
    assert "posted to #general once" in asked
    assert done.status_code == 303
    assert both.status_code == 422
    assert value("SELECT r.kind || ' ' || r.size FROM run r JOIN campaign c ON c.run_id = r.id") == "campaign_post 1"
    assert value("SELECT d.recipient FROM delivery d") == channel


def test_to_whom_by_a_query_a_segment_or_a_pasted_list(signed_in: Browser, owner: Account, people: int) -> None:
    page = draft(signed_in)
    whom = f"{page}/whom"
    with db.begin() as conn:
        segment = segments.make(conn, owner.principal, "Persons", 'name starts with "Person"', db.now(conn)).id

    everybody = signed_in.get(whom).text
    looked = signed_in.post(f"{whom}/look", whom, query='name is "Person 1"', **{"from": "text"}).text
    chosen = signed_in.post(f"{whom}/draft", whom, query="", saved=str(segment), do="segment").text
    pasted = signed_in.post(
        f"{whom}/draft", whom, query="", pasted="Ada <A@x.test>; b@x.test, a@x.test", do="paste"
    ).text
    none = signed_in.post(f"{whom}/draft", whom, query="", pasted="nobody", do="paste").text
    wrong = signed_in.post(whom, whom, query='nme is "x"', topic_id="0")
    saved = signed_in.post(whom, whom, query='name starts with "Person"', segment_id=str(segment), topic_id="0")

    assert "Everybody: 4 people" in everybody
    assert "One person" in looked
    assert "3 people" in chosen
    assert f'name="segment_id" value="{segment}"' in chosen
    assert "email in (a@x.test, b@x.test)" in pasted
    assert "There is no mail address in the list." in none
    assert wrong.status_code == 422
    assert "One place is wrong." in wrong.text
    assert saved.status_code == 303
    assert value("SELECT segment_id FROM campaign") == segment
    assert "It began with the segment Persons" in signed_in.get(page).text


def test_a_campaign_begins_with_a_segment(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        segment = segments.make(conn, owner.principal, "Persons", 'name starts with "Person"', db.now(conn)).id

    asked = signed_in.get(f"/campaigns/new?segment={segment}").text
    signed_in.post("/campaigns/new", "/campaigns/new", name="Spring", segment=str(segment))

    assert "Persons" in asked
    assert value("SELECT query FROM campaign") == 'name starts with "Person"'


def test_a_dry_run_is_begun_followed_and_read(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)
    dry, campaign_id = f"{page}/dry-run", int(page.rsplit("/", 1)[1])
    signed_in.post(f"{page}/content", f"{page}/content", subject="S", body="{{ name }} {{ zone }}", format="markdown")

    assert "Nobody was tried" in signed_in.get(dry).text
    signed_in.post(dry, dry)
    begun = signed_in.get(dry).text
    while dry_run_on(campaign_id, lambda: False).dry_runs:
        pass
    over, polled = signed_in.get(dry).text, signed_in.get(f"{dry}/numbers").text
    listed = signed_in.get(f"{dry}/faults.csv").text
    asked = signed_in.post(f"{page}/launch", page).text

    assert "data-poll=" in begun
    assert "some would fail" in over
    assert "zone is missing" in over
    assert "See who would fail" in polled
    assert listed.count("zone is missing") == value("SELECT failed FROM dry_run")
    assert "would get nothing" in asked
    signed_in.post(f"{page}/content", f"{page}/content", subject="S", body="Hello", format="markdown")
    assert "out of date" in signed_in.get(page).text


def test_limits_of_campaigns_are_set_on_a_page_of_their_own(signed_in: Browser, owner: Account) -> None:
    place = "/settings/campaigns"

    refused = signed_in.post(place, place, approve_over="1", cap_count="0", cap_days="7")
    saved = signed_in.post(place, place, approve_over="1000", cap_count="2", cap_days="14")

    assert refused.status_code == 422
    assert saved.status_code == 303
    assert value("SELECT (approve_over, cap_count, cap_days)::text FROM workspace") == "(1000,2,14)"
    assert 'value="14"' in signed_in.get(place).text
    assert "2 in 14 days" in signed_in.get(f"{draft(signed_in)}/whom").text


def test_one_s_own_campaign_cannot_be_approved(signed_in: Browser, owner: Account, people: int) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE workspace SET approve_over = 2 WHERE id = :w"), {"w": owner.workspace_id})
    page = ready(signed_in)

    assert "a second person has to approve it" in signed_in.post(f"{page}/launch", page, sure="yes").text
    signed_in.post(f"{page}/submit", page)
    refused = signed_in.post(f"{page}/approve", page)

    assert refused.status_code == 422
    assert value("SELECT state FROM campaign") == "review"


def test_a_copy_is_a_draft_of_its_own(signed_in: Browser, people: int) -> None:
    page = ready(signed_in)

    copied = signed_in.post(f"{page}/copy", page)

    assert copied.location != page
    assert "Spring (copy)" in signed_in.get(copied.location).text
