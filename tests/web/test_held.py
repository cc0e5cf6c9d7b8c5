"""Held mail: admins see why it waits and its source, and may have it read again."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from engine import config, db, move
from engine import models as m
from engine.inbound.own import Own
from engine.inbound.parse import confidence, parse
from engine.inbound.receive import receive
from engine.inbound.store import store
from engine.people.accounts import Account
from tests.web import scene, talk_scene
from tests.web.conftest import Browser, Enqueued
from web import shown

WHY = "From does not match the person this address was given to."
RAW = b"From: eve@example.net\r\nSubject: Hello\r\n\r\n<script>alert(1)</script> caf\xe9\r\n"


@pytest.fixture
def held(owner: Account) -> int:
    """A forged mail of the owner's workspace."""
    return keep(owner.workspace_id, "hold", WHY)


def keep(workspace_id: int | None, trigger: str, reason: str, ident: str = "one") -> int:
    with db.begin() as conn:
        now = db.now(conn)
        number, _ = store(conn, "smtp", ident, "eve@example.net", ["r+x@reply.test"], RAW, now)
        values = {"reason": reason, "from_address": "eve@example.net", "subject": "Hello", "workspace_id": workspace_id}
        move.one(conn, "inbound", number, trigger, now, values=values)
    return number


def test_a_held_mail_is_listed_with_its_reason(signed_in: Browser, held: int) -> None:
    page = signed_in.get("/held").text

    assert "eve@example.net" in page
    assert WHY in page


def test_its_page_shows_the_raw_source_as_text(signed_in: Browser, held: int) -> None:
    page = signed_in.get(f"/held/{held}").text

    assert WHY in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_the_source_is_downloaded_byte_by_byte_and_never_shown(signed_in: Browser, held: int) -> None:
    answer = signed_in.get(f"/held/{held}/source")

    assert answer.data == RAW
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_held_mail_is_read_again_by_a_button(signed_in: Browser, held: int, enqueued: Enqueued) -> None:
    answer = signed_in.post(f"/held/{held}/again", f"/held/{held}")

    assert answer.status_code == 303
    assert enqueued.inbound_ids == [held]
    with db.begin() as conn:
        assert conn.execute(select(m.Inbound.state)).scalar_one() == "received"
    assert "It waits to be read." in signed_in.get(f"/held/{held}").text


def test_what_robots_sent_is_a_list_of_its_own(signed_in: Browser, owner: Account) -> None:
    keep(owner.workspace_id, "note", "A bounce: 550 5.1.1")

    assert "550 5.1.1" not in signed_in.get("/held").text
    assert "550 5.1.1" in signed_in.get("/held?state=noted").text


def test_an_empty_list_says_so(signed_in: Browser) -> None:
    assert "Nothing here" in signed_in.get("/held").text


@pytest.mark.parametrize("path", ["/held", "/held/1", "/held/1/source"])
def test_only_admins_look(browser: Browser, user: Account, held: int, path: str) -> None:
    browser.sign_in(user.email)

    assert browser.get(path).status_code == 403


def test_a_mail_that_is_not_there_is_not_found(signed_in: Browser) -> None:
    assert signed_in.get("/held/99").status_code == 404


def test_raw_and_read_stand_side_by_side(signed_in: Browser, owner: Account) -> None:
    number = read(owner, STRANGE)

    page = signed_in.get(f"/held/{number}").text

    assert page.index("As it came") < page.index("What was read")
    assert "Subject: Today" in page
    assert re.search(r"Entries it would make</h3>\s*<ul[^>]*><li><span[^>]*>Fixed the build.</span>", page)
    assert "On Monday" in page.partition("What was cut away")[2]


def test_html_is_shown_as_text_alone(signed_in: Browser, owner: Account) -> None:
    raw = b"From: a@home.test\r\nContent-Type: text/html\r\n\r\n<p>Hi <img src=https://evil.example/x.png></p>\r\n"
    number = read(owner, raw)

    page = signed_in.get(f"/held/{number}").text

    assert "from HTML" in page
    assert "<img src=https" not in page
    assert "&lt;img src=https://evil" in page


def test_the_list_is_narrowed_and_says_when_nothing_fits(signed_in: Browser, held: int) -> None:
    assert "eve@example.net" in signed_in.get("/held?reason=does+not+match&sender=EVE&state=held").text
    assert "Try another reason" in signed_in.get("/held?reason=nonsense").text
    assert "Try another reason" in signed_in.get("/held?state=parked").text
    assert "Try another reason" in signed_in.get("/held?since=2999-01-01").text


def test_several_are_dismissed_and_one_click_takes_it_back(
    signed_in: Browser, owner: Account, held: int, enqueued: Enqueued
) -> None:
    two = keep(owner.workspace_id, "park", "Reading it was stopped 2 times.", "two")

    done = signed_in.post("/held/dismiss", "/held", row=[str(held), str(two)])
    page = signed_in.get(done.location).text
    undone = signed_in.post("/held/again", done.location, row=[str(held), str(two)])

    assert "2 mails are dismissed." in page
    assert f'value="{two}"' in page
    assert undone.status_code == 303
    assert sorted(enqueued.inbound_ids) == sorted([held, two])


def test_nothing_ticked_is_said(signed_in: Browser, held: int) -> None:
    answer = signed_in.post("/held/dismiss", "/held")

    assert answer.status_code == 422
    assert "Tick at least one mail first." in answer.text


def test_a_mail_is_assigned_by_hand_and_its_words_go_the_way_of_all_replies(
    signed_in: Browser, owner: Account, enqueued: Enqueued
) -> None:
    here, number = scene_of(owner), read(owner, STRANGE)
    bikram = here.members[0]
    channels = f"/held/{number}/assign?team={here.team.id}"

    team = signed_in.get(channels).text
    member = signed_in.get(f"{channels}&member={bikram.id}").text
    part = re.search(r'<option value="(\d+)">[^<]*1 answer', member)
    assert "Bikram Thapa" in team
    assert part
    chosen = {"team": str(here.team.id), "member": str(bikram.id), "part": part[1]}
    shown = signed_in.get(f"/held/{number}/assign?" + urlencode(chosen)).text
    done = signed_in.post(f"/held/{number}/assign", f"/held/{number}/assign?" + urlencode(chosen), **chosen)
    with db.begin() as conn:
        posts = receive(conn, number, parse, db.now(conn), own=Own.of(config.settings()))
    twice = signed_in.post(f"/held/{number}/assign", "/held", **chosen)

    assert "<span>Fixed the build.</span>" in shown
    assert done.status_code == 303
    assert enqueued.inbound_ids == [number]
    assert posts.batches, "the team has a channel"
    assert twice.status_code == 409
    page = signed_in.get(f"/held/{number}").text
    assert "Assigned by Ada" in page
    link = re.search(r'href="(/chain/\d+)"', page)
    assert link
    chain = signed_in.get(link[1]).text
    assert "Ada said so" in chain
    assert "Fixed the build." in chain
    assert "#platform" in chain
    assert f"/held/{number}" in chain
    assert "assigned a mail" in signed_in.get("/acts").text


def test_the_likeliest_round_is_proposed_with_why(signed_in: Browser, owner: Account) -> None:
    here = scene_of(owner)
    number = read(owner, STRANGE.replace(b"ada@home.test", here.members[0].email.encode()))

    answer = signed_in.get(f"/held/{number}/assign")
    page = signed_in.get(answer.location).text

    assert "Its sender has this address" in page
    assert "Make these entries" in page


def test_before_an_order_is_carried_out_the_page_says_what_it_does(signed_in: Browser, owner: Account) -> None:
    here = scene_of(owner)
    raw = STRANGE.replace(b"ada@home.test", here.members[0].email.encode())
    number = read(owner, raw.replace(b"Fixed the build.", b"pause until Monday"))

    page = signed_in.get(signed_in.get(f"/held/{number}/assign").location).text

    assert '“<span class="own-text">pause until Monday</span>”, which is carried out' in page
    assert "is paused in" in page
    assert "is told by mail" in page
    assert "Carry it out" in page
    assert "<span>pause until Monday</span>" not in page
    assert "Order in it" in signed_in.get(f"/held/{number}").text


def test_assigning_without_a_round_says_what_is_missing(signed_in: Browser, owner: Account) -> None:
    number = read(owner, STRANGE)

    answer = signed_in.post(f"/held/{number}/assign", f"/held/{number}/assign?team=", part="")

    assert answer.status_code == 422
    assert "Choose a round first." in answer.text


STRANGE = (
    b"From: Ada <ada@home.test>\r\nTo: team@example.test\r\nSubject: Today\r\n\r\nFixed the build.\r\n\r\n"
    b"On Monday, sixpm wrote:\r\n> What did you get done today?\r\n"
)


def read(owner: Account, raw: bytes) -> int:
    """A mail that came and was read; its number."""
    with db.begin() as conn:
        now = db.now(conn)
        number, _ = store(conn, "smtp", "read", "ada@home.test", ["team@example.test"], raw, now)
        receive(conn, number, parse, now, own=Own.of(config.settings()))
    return number


def scene_of(owner: Account) -> scene.Scene:
    with db.begin() as conn:
        return scene.build(conn, owner, db.now(conn))


def test_every_reason_for_a_cut_has_words() -> None:
    mails = Path(__file__).parents[1] / "corpus"
    reasons = {reason for path in mails.rglob("*.eml") for reason in parse(path.read_bytes()).confidence_reasons}
    reasons |= {confidence.LEFTOVER, confidence.MUCH_CUT, confidence.NOTHING_LEFT, confidence.NOTHING_SAID}

    assert len(reasons) > 10
    assert reasons <= shown.CUT.keys()


def test_what_newcomers_wrote_waits_with_them_and_is_counted_there(signed_in: Browser, owner: Account) -> None:
    keep(owner.workspace_id, "hold", WHY)
    keep(None, "park", "It could not be read.", "two")
    with db.begin() as conn:
        talk_scene.build(conn, scene.build(conn, owner, db.now(conn)))
        ines = conn.scalars(select(m.Contact.id).where(m.Contact.email == "ines@partner.example")).one()

    held = signed_in.get("/held?state=").text
    searched = signed_in.get("/held?sender=ines").text
    theirs = signed_in.get(f"/held?person={ines}").text
    told = signed_in.get("/system.json").json

    rows = [page.split("<tbody>")[-1].count('name="row"') for page in (held, theirs)]
    assert rows == [2, 2]
    assert told is not None
    assert (told["held_mails"], told["newcomer_mails"]) == (2, 4)
    assert "No such mail" in searched
    assert "/held/people" in searched
    assert "Mail of Ines Duarte" in theirs
    assert f'href="/held?person={ines}"' in signed_in.get("/held/people").text
    number = re.findall(r'name="row" value="(\d+)"', theirs)[0]
    mail = signed_in.get(f"/held/{number}").text
    assert f"/held/people/{ines}/in" in mail
    assert signed_in.get("/held?person=999999").status_code == 404


def test_once_let_in_what_is_held_of_a_person_is_held_mail_as_of_anybody(signed_in: Browser, owner: Account) -> None:
    with db.begin() as conn:
        talk_scene.build(conn, scene.build(conn, owner, db.now(conn)))
        ines = conn.scalars(select(m.Contact.id).where(m.Contact.email == "ines@partner.example")).one()
        conn.execute(update(m.Contact).where(m.Contact.id == ines).values(standing="known"))

    page = signed_in.get("/held").text

    assert page.split('aria-label="Mails"')[1].count("ines@partner.example") == 2
    assert "Let in …" not in signed_in.get(f"/held?person={ines}").text
