"""Leaving by link: one click acts, looking does nothing, machines in bursts are held, the way back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from engine import config, db
from engine.campaigns.tracking import choice, leaving
from engine.campaigns.tracking.choice import Choice
from engine.outbound.alerts import incidents, tell
from engine.people.accounts import Account
from tests.web.conftest import Browser
from tests.web.track import scene
from tests.web.track.scene import BROWSER, FAR, URLS, Campaign
from tests.web.track.test_links import follow

SCANNER = "192.0.2.44"


def path(campaign: Campaign, seq: int, *, topic: bool = True) -> str:
    of = Choice(campaign.workspace_id, campaign.people[seq - 1], topic_id=campaign.topic if topic else 0)
    return f"/leave/{choice.token(scene.keys(), of, FAR)}/{campaign.name(seq)}"


def press(app: Flask, at: str, address: str = "203.0.113.9", agent: str = BROWSER) -> TestResponse:
    """What a mail provider sends (RFC 8058 section 3.2), without a cookie."""
    return app.test_client(use_cookies=False).post(
        at, data={"List-Unsubscribe": "One-Click"}, headers={"User-Agent": agent}, environ_base={"REMOTE_ADDR": address}
    )


def withdrawn() -> list[tuple[int, int]]:
    with db.begin() as conn:
        rows = conn.execute(text("SELECT contact_id, topic_id FROM consent WHERE state = 'withdrawn' ORDER BY 1"))
        return [(row.contact_id, row.topic_id) for row in rows]


def waiting() -> list[int]:
    with db.begin() as conn:
        found = conn.execute(text("SELECT contact_id FROM leaving WHERE settled_at IS NULL ORDER BY contact_id"))
        return list(found.scalars())


def scan(app: Flask, campaign: Campaign, seq: int, address: str = SCANNER) -> None:
    """A gateway follows all that is in a mail, also what nobody sees."""
    for at in (campaign.link(seq), campaign.link(seq, URLS[1]), campaign.hidden(seq), path(campaign, seq)):
        follow(app, at, address=address)


def test_one_click_acts_at_once_and_is_written_down_as_the_persons_own_word(app: Flask, campaign: Campaign) -> None:
    first = press(app, path(campaign, 1), agent="")
    second = press(app, path(campaign, 1), agent="")

    assert (first.status_code, second.status_code) == (200, 200)
    assert (first.text, first.mimetype, "Set-Cookie" in first.headers) == ("Unsubscribed.\n", "text/plain", False)
    assert withdrawn() == [(campaign.people[0], campaign.topic)]
    with db.begin() as conn:
        event = conn.execute(text("SELECT source, state, channel, actor, evidence FROM consent_event")).one()
    assert event[:4] == ("person", "withdrawn", "mail", f"contact:{campaign.people[0]}")
    assert event.evidence == f"unsubscribe link of mail {campaign.run}.1"


def test_a_campaign_without_a_topic_is_left_as_a_whole(app: Flask, campaign: Campaign) -> None:
    press(app, path(campaign, 1, topic=False))

    assert withdrawn() == [(campaign.people[0], 0)]
    assert "gets no more of these mails of Acme" in follow(app, path(campaign, 1, topic=False)).text


def test_looking_at_the_link_unsubscribes_nobody(app: Flask, campaign: Campaign) -> None:
    page = follow(app, path(campaign, 1))
    follow(app, path(campaign, 1), "HEAD")

    assert page.status_code == 200
    assert "Unsubscribe from “Offers” of Acme?" in page.text
    assert withdrawn() == []


def test_the_button_of_the_page_unsubscribes_and_says_so(browser: Browser, app: Flask, campaign: Campaign) -> None:
    at = path(campaign, 1)

    answer = browser.client.post(at, data={"csrf_token": browser.token(at), "page": "1"})

    assert "You are unsubscribed" in answer.text
    assert withdrawn() == [(campaign.people[0], campaign.topic)]


def test_it_can_be_undone_on_the_page(browser: Browser, app: Flask, campaign: Campaign) -> None:
    at = path(campaign, 1)
    press(app, at)

    page = browser.get(at).text
    token = at.split("/")[2]
    undone = browser.post(f"/leave/{token}/undo", at)

    assert "You are unsubscribed" in page
    assert undone.status_code == 303
    assert withdrawn() == []
    assert "You get these mails again" in browser.get(f"/leave/{token}").text


def test_a_link_of_somebody_who_was_erased_or_of_another_workspace_leads_nowhere(
    app: Flask, campaign: Campaign
) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE contact SET erased_at = now() WHERE id = :id"), {"id": campaign.people[0]})
    other = choice.token(scene.keys(), Choice(campaign.workspace_id + 1, campaign.people[1]), FAR)

    assert press(app, path(campaign, 1)).status_code == 404
    assert press(app, f"/leave/{other}").status_code == 404
    assert withdrawn() == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_scanner_that_asks_for_every_link_of_every_mail_unsubscribes_nobody_and_is_no_person(
    app: Flask, campaign: Campaign, method: str
) -> None:
    for seq in (1, 2, 3):
        leave = path(campaign, seq)
        preferences = leave.replace("/leave/", "/preferences/")
        links = [campaign.link(seq, url) for url in URLS]
        for at in (*links, campaign.hidden(seq), campaign.picture(seq), leave, preferences):
            assert follow(app, at, method, SCANNER).status_code in (200, 302)

    with db.begin() as conn:
        people = conn.scalar(text("SELECT count(*) FROM hit WHERE taken_for = 'human' AND link_id IS NOT NULL"))
    assert (people, withdrawn(), waiting()) == (0, [], [])


def test_a_burst_of_machines_is_held_those_who_were_first_too(app: Flask, campaign: Campaign) -> None:
    for seq in (1, 2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)

    assert withdrawn() == []
    assert waiting() == list(campaign.people)
    page = follow(app, path(campaign, 1), address="203.0.113.9").text
    assert "Did you want to unsubscribe?" in page


def test_a_burst_is_held_when_the_button_is_pressed_before_the_rest_is_followed(app: Flask, campaign: Campaign) -> None:
    for seq in (1, 2, 3):
        press(app, path(campaign, seq), SCANNER)
    assert withdrawn() == [(person, campaign.topic) for person in campaign.people]

    for seq in (1, 2, 3):
        scan(app, campaign, seq)

    assert withdrawn() == []
    assert waiting() == list(campaign.people)


def test_a_burst_is_held_where_no_link_is_tracked(app: Flask, campaign: Campaign) -> None:
    for seq in (1, 2, 3):
        follow(app, path(campaign, seq), address=SCANNER)
        follow(app, path(campaign, seq).replace("/leave/", "/preferences/"), address=SCANNER)
        press(app, path(campaign, seq), SCANNER)

    assert withdrawn() == []
    assert waiting() == list(campaign.people)


def test_a_burst_over_several_networks_for_one_company_is_held(app: Flask, campaign: Campaign) -> None:
    for seq in (1, 2, 3):
        scan(app, campaign, seq, f"192.0.{seq}.1")
        press(app, path(campaign, seq), f"192.0.{seq}.1")

    assert withdrawn() == []


def test_a_burst_before_anybody_can_have_read_is_held_though_nothing_else_was_asked_for(
    app: Flask, campaign: Campaign
) -> None:
    with db.begin() as conn:
        conn.execute(text("UPDATE delivery SET sent_at = now() WHERE run_id = :run"), {"run": campaign.run})

    for seq in (1, 2):
        press(app, path(campaign, seq), f"192.0.{seq}.1")
    assert len(withdrawn()) == 2
    press(app, path(campaign, 3), "192.0.3.1")

    assert withdrawn() == []
    assert waiting() == list(campaign.people)


def test_what_was_said_before_holds_again_when_a_burst_is_held(app: Flask, campaign: Campaign) -> None:
    with db.begin() as conn:
        for table in ("consent", "consent_event"):
            conn.execute(
                text(f"INSERT INTO {table} (workspace_id, contact_id, channel, topic_id, state, source, evidence, at)"
                     " VALUES (:w, :c, 'mail', :t, 'given', 'form', 'the shop', now() - interval '9 days')"),
                {"w": campaign.workspace_id, "c": campaign.people[0], "t": campaign.topic},
            )  # fmt: skip
    for seq in (1, 2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)

    with db.begin() as conn:
        rows = conn.execute(text("SELECT contact_id, state, source, evidence FROM consent")).all()
    assert [tuple(row) for row in rows] == [(campaign.people[0], "given", "form", "the shop")]


def test_a_persons_own_is_never_held_not_even_in_the_middle_of_a_burst(app: Flask, campaign: Campaign) -> None:
    scan(app, campaign, 1)
    press(app, path(campaign, 1), SCANNER)
    scan(app, campaign, 2)
    press(app, path(campaign, 2), "203.0.113.9")  # from another place than the scanner
    scan(app, campaign, 3)
    press(app, path(campaign, 3), SCANNER)

    assert (campaign.people[1], campaign.topic) in withdrawn()
    assert waiting() == []


def test_who_presses_after_the_machine_of_their_mail_stays_out_when_the_burst_is_held(
    app: Flask, campaign: Campaign
) -> None:
    scan(app, campaign, 1)
    press(app, path(campaign, 1), SCANNER)
    press(app, path(campaign, 1), "203.0.113.9")  # they want it too, whoever was first
    for seq in (2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)

    assert withdrawn() == [(campaign.people[0], campaign.topic)]
    assert waiting() == [campaign.people[1], campaign.people[2]]


def test_who_took_a_machines_press_back_is_left_alone_when_the_burst_is_held(
    browser: Browser, app: Flask, campaign: Campaign
) -> None:
    at = path(campaign, 1)
    scan(app, campaign, 1)
    press(app, at, SCANNER)
    browser.post(f"/leave/{at.split('/')[2]}/undo", at)
    for seq in (2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)

    assert withdrawn() == []
    assert waiting() == [campaign.people[1], campaign.people[2]]
    with db.begin() as conn:
        said = text("SELECT state, evidence FROM consent WHERE contact_id = :id")
        word = conn.execute(said, {"id": campaign.people[0]}).one_or_none()
    assert word is not None
    assert tuple(word) == ("given", "took the unsubscription back")


def test_undoing_gives_back_the_topic_and_the_channel_where_both_were_left(
    browser: Browser, app: Flask, campaign: Campaign
) -> None:
    at = path(campaign, 1)
    press(app, at)
    press(app, path(campaign, 1, topic=False))

    browser.post(f"/leave/{at.split('/')[2]}/undo", at)

    assert withdrawn() == []
    assert "Unsubscribe from “Offers” of Acme?" in browser.get(at).text


def test_many_people_of_one_office_who_leave_by_themselves_all_leave(app: Flask, owner: Account) -> None:
    with db.begin() as conn:
        campaign = scene.build(conn, owner, db.now(conn), count=12)

    for seq in range(1, 13):
        follow(app, path(campaign, seq))
        press(app, path(campaign, seq))

    assert len(withdrawn()) == 12
    assert waiting() == []


def test_many_readers_of_one_provider_whose_button_posts_for_them_all_leave(app: Flask, owner: Account) -> None:
    with db.begin() as conn:
        campaign = scene.build(conn, owner, db.now(conn), count=12, domain="gmail.com")

    for seq in range(1, 13):
        press(app, path(campaign, seq), "66.249.84.7", agent="")

    assert len(withdrawn()) == 12
    assert waiting() == []


def test_who_is_held_and_presses_by_themselves_leaves_at_once(app: Flask, campaign: Campaign) -> None:
    for seq in (1, 2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)

    answer = press(app, path(campaign, 2))

    assert answer.text == "Unsubscribed.\n"
    assert withdrawn() == [(campaign.people[1], campaign.topic)]
    assert waiting() == [campaign.people[0], campaign.people[2]]
    scan(app, campaign, 1)  # the machine comes again: what a person said stays
    press(app, path(campaign, 1), SCANNER)
    assert withdrawn() == [(campaign.people[1], campaign.topic)]


@pytest.mark.parametrize(("word", "gone"), [("left", 3), ("stays", 0)])
def test_an_admin_says_what_becomes_of_those_who_are_held(
    app: Flask, signed_in: Browser, campaign: Campaign, word: str, gone: int
) -> None:
    for seq in (1, 2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)
    page = signed_in.get("/held/leaving").text
    with db.begin() as conn:
        row = conn.execute(text("SELECT max(id) AS last, min(system) AS system FROM leaving")).one()
    fields = {"system": row.system, "channel": "mail", "topic": str(campaign.topic), "last": str(row.last)}

    asked = signed_in.post("/held/leaving", "/held/leaving", word=word, **fields)
    before = waiting()
    done = signed_in.post("/held/leaving", "/held/leaving", word=word, sure="yes", **fields)

    assert "corp.example (192.0.2.0/24)" in page
    assert "3: Person 0, Person 1, Person 2" in page
    assert asked.status_code == 200
    assert before == list(campaign.people)
    assert done.status_code == 303
    assert len(withdrawn()) == gone
    assert waiting() == []
    with db.begin() as conn:
        act = conn.execute(text("SELECT about, detail FROM act WHERE act = 'settled_leaving'")).one()
    assert act.about == row.system
    assert "Nothing is held" in signed_in.get("/held/leaving").text


def test_machines_that_press_at_once_and_again_do_not_wait_for_each_other_for_ever(app: Flask, owner: Account) -> None:
    with db.begin() as conn:
        campaign = scene.build(conn, owner, db.now(conn), count=8)
        conn.execute(text("UPDATE delivery SET sent_at = now() WHERE run_id = :run"), {"run": campaign.run})

    with ThreadPoolExecutor(8) as machines:
        pressed = [machines.submit(press, app, path(campaign, seq), SCANNER) for _ in range(4) for seq in range(1, 9)]
        answers = {one.result(60).status_code for one in pressed}

    assert answers == {200}
    assert withdrawn() == []
    assert waiting() == list(campaign.people)


def test_a_burst_is_a_matter_of_minutes(app: Flask, campaign: Campaign) -> None:
    for seq in (1, 2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)
        with db.begin() as conn:
            conn.execute(
                text("UPDATE hit SET at = at - cast(:w AS interval)"), {"w": leaving.WITHIN + timedelta(minutes=1)}
            )

    assert len(withdrawn()) == 3


def test_a_burst_that_is_held_is_told_to_the_admins_once_and_is_over_with_their_word(
    app: Flask, campaign: Campaign, owner: Account
) -> None:
    for seq in (1, 2, 3):
        scan(app, campaign, seq)
        press(app, path(campaign, seq), SCANNER)
    settings = config.settings()
    with db.begin() as conn:
        now = db.now(conn)
        for minutes in (0, 30, 60):
            at = now + timedelta(minutes=minutes)
            incidents.watch(conn, at, settings)
            tell.by_mail(conn, at, settings)
        told = conn.execute(text("SELECT context->'opened'->0, contact_id FROM notice WHERE template = 'alert'")).all()
        conn.execute(text("UPDATE leaving SET settled_at = now(), settled = 'stays'"))
        for minutes in (90, 120):
            incidents.watch(conn, now + timedelta(minutes=minutes), settings)
        still = [one.kind for one in incidents.still_open(conn)]

    assert [(row[0]["title"], row[1]) for row in told] == [
        ("Many unsubscribed at once, by machines", owner.contact_id)
    ]  # fmt: skip
    assert told[0][0]["words"].startswith("3 unsubscriptions are held, the first since ")
    assert "corp.example" in told[0][0]["words"]
    assert "leaving" not in still
