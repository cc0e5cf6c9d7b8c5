"""Who comes by a link, and what a GET may write.

A link of a mail that is opened proves that the mail arrived: of that mail, to that member, and of nothing else.
"""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from engine import config, db
from engine import models as m
from engine.config import required
from engine.outbound.encode import SOFT
from engine.outbound.sign import settings_link, settings_way
from engine.people import accounts
from engine.tokens import Keys, Purpose, message_id, sign
from tests import factories as make
from tests.factories import Member
from tests.web import scene
from tests.web.conftest import Browser
from tests.web.scene import Scene, row

PAGES = ("", "/history", "/team", "/hours", "/away", "/stop")


def doubt_of(evening: Scene) -> str:
    """The state of Farid's prompt, which the scene leaves in doubt."""
    with db.begin() as conn:
        found = select(m.Delivery.state).where(m.Delivery.run_id == evening.run, m.Delivery.seq == 2)
        return str(conn.scalar(found))


def named(evening: Scene, seq: int) -> str:
    """A delivery of the evening as links name it."""
    secret = required(config.settings().secret_key, "secret_key")
    return message_id(Keys.of(secret), evening.run, seq, "x").removeprefix("<").removesuffix("@x>")


def test_the_unsubscribe_link_of_a_mail_in_doubt_proves_that_it_arrived(
    app: Flask, evening: Scene, farid: Member
) -> None:
    stranger = app.test_client(use_cookies=False)
    path = f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}/{named(evening, 2)}"

    assert stranger.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    assert doubt_of(evening) == "sent"
    assert row(farid).paused_by == "unsubscribe"


OWN = ("/me/{member}/mail/{name}", "/me/{member}/mail/{name}/team", "/u/{out}/{name}")


def opened(link: str, evening: Scene, member: Member, name: str) -> str:
    """A link of a mail: whose it is, and what it says of which mail."""
    member_token, out = evening.link(member), evening.link(member, Purpose.UNSUBSCRIBE)
    return link.format(member=member_token, out=out, name=name)


def everything(evening: Scene) -> list[tuple[object, ...]]:
    """All deliveries of the evening and all that happened to them."""
    with db.begin() as conn:
        rows = conn.execute(select(m.Delivery).where(m.Delivery.run_id == evening.run).order_by(m.Delivery.seq)).all()
        told = conn.execute(select(m.DeliveryEvent).where(m.DeliveryEvent.run_id == evening.run)).all()
    return [tuple(found) for found in (*rows, *told)]


@pytest.mark.parametrize("link", OWN)
def test_a_mail_in_doubt_whose_link_is_opened_has_arrived(app: Flask, evening: Scene, farid: Member, link: str) -> None:
    stranger, path = app.test_client(use_cookies=False), opened(link, evening, farid, named(evening, 2))
    before = row(farid)

    first, after = stranger.get(path), everything(evening)
    second = stranger.get(path)

    assert (first.status_code, second.status_code) == (200, 200)
    assert doubt_of(evening) == "sent"
    with db.begin() as conn:
        last = conn.execute(select(m.DeliveryEvent).order_by(m.DeliveryEvent.no.desc()).limit(1)).one()
    assert (last.seq, last.trigger, last.reply) == (2, "prove_sent", "A click on a link in it proves it.")
    assert everything(evening) == after, "a link that is followed again proves nothing new"
    assert row(farid) == before


@pytest.mark.parametrize("link", OWN)
def test_a_head_and_a_link_of_another_mail_or_member_prove_nothing(
    app: Flask, evening: Scene, farid: Member, link: str
) -> None:
    stranger, emi, before = app.test_client(use_cookies=False), evening.members[3], everything(evening)
    doubted = named(evening, 2)

    codes = [stranger.head(opened(link, evening, farid, doubted)).status_code]
    for member, name in (
        (emi, doubted),  # the mail of somebody else
        (farid, named(evening, 3)),  # somebody else's, and not in doubt
        (farid, named(evening, 99)),  # no such mail
        (farid, f"{evening.run}.2.0123456789abcdef"),
        (farid, doubted[:-1]),
        (farid, "x"),
        (farid, "\u0663.2.\u0663"),
    ):
        codes.append(stranger.get(opened(link, evening, member, name)).status_code)

    assert set(codes) == {200}, "whose page it is the token alone says"
    assert everything(evening) == before


def test_a_token_that_opens_nothing_proves_nothing(app: Flask, evening: Scene, farid: Member) -> None:
    stranger, before = app.test_client(use_cookies=False), everything(evening)
    with db.begin() as conn:
        elsewhere = make.workspace(conn, "Elsewhere")

    codes = [
        stranger.get(f"/me/{token}/mail/{named(evening, 2)}").status_code
        for token in (evening.link(farid, Purpose.UNSUBSCRIBE), scene.token(elsewhere.id, farid.id), "x")
    ]

    assert codes == [404, 404, 404]
    assert everything(evening) == before


def test_the_links_of_a_mail_open_its_pages(app: Flask, evening: Scene, farid: Member) -> None:
    name = named(evening, 2)
    link = settings_link("", settings_way(evening.link(farid), name).replace(SOFT, ""))

    assert link == opened(OWN[0], evening, farid, name)
    assert app.test_client(use_cookies=False).get(f"{link}/team").status_code == 200


def test_a_link_with_a_forged_or_foreign_name_unsubscribes_and_proves_nothing(
    app: Flask, evening: Scene, farid: Member
) -> None:
    stranger = app.test_client(use_cookies=False)
    emi = evening.members[3]
    forged = f"{evening.run}.2.0123456789abcdef"

    first = stranger.post(f"/u/{evening.link(farid, Purpose.UNSUBSCRIBE)}/{forged}")
    second = stranger.post(f"/u/{evening.link(emi, Purpose.UNSUBSCRIBE)}/{named(evening, 2)}")

    assert (first.status_code, second.status_code) == (200, 200)
    assert row(farid).paused_by == row(emi).paused_by == "unsubscribe"
    assert doubt_of(evening) == "in_doubt"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", ["changed", "of another purpose", "of nobody"])
def test_a_token_that_is_not_this_members_opens_nothing(
    browser: Browser, evening: Scene, farid: Member, kind: str, page: str
) -> None:
    good = evening.link(farid)
    token = {
        "changed": good[:-1] + ("a" if good[-1] != "a" else "b"),
        "of another purpose": evening.link(farid, Purpose.UNSUBSCRIBE),
        "of nobody": scene.token(farid.workspace_id, 999_999),
    }[kind]

    assert browser.get(f"/me/{token}{page}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_a_link_that_is_too_old_says_so_on_every_page(browser: Browser, farid: Member, page: str) -> None:
    keys = Keys.of(required(config.settings().secret_key, "secret_key"))
    old = sign(keys, Purpose.MEMBER, farid.workspace_id, farid.id, date(2020, 1, 1))

    answer = browser.get(f"/me/{old}{page}")

    assert answer.status_code == 410
    assert "Use the link in the latest mail you got." in answer.text


def test_a_token_of_another_workspace_does_not_reach_this_one(browser: Browser, evening: Scene, farid: Member) -> None:
    with db.begin() as conn:
        ws = make.workspace(conn, "Elsewhere")
        contact, _ = make.contact(conn, ws.id, "Eve")
        accounts.make(conn, ws.id, contact, "owner", None)

    assert browser.get(f"/me/{scene.token(ws.id, farid.id)}").status_code == 404


def test_no_get_changes_a_member(browser: Browser, evening: Scene, farid: Member) -> None:
    path, before, told = f"/me/{evening.link(farid)}", row(farid), everything(evening)

    pages = {browser.get(f"{path}{page}").status_code for page in PAGES}
    acts = {
        browser.get(f"{path}/{act}").status_code
        for act in ("answer", "entries/1", "entries/1/remove", "away/day", "pause", "resume", "leave", "back")
    }

    assert (pages, acts) == ({200}, {405})
    assert row(farid) == before
    assert everything(evening) == told


@pytest.mark.parametrize("page", PAGES)
def test_every_page_names_where_one_is_and_is_open_behind_the_link_of_a_mail_too(
    browser: Browser, path: str, evening: Scene, page: str
) -> None:
    plain, mailed = browser.get(f"{path}{page}").text, browser.get(f"{path}/mail/{named(evening, 1)}{page}").text

    assert plain.count('aria-current="page"') == 1
    assert mailed.count('aria-current="page"') == 1


def test_posts_of_the_own_page_need_the_csrf_token(browser: Browser, evening: Scene, farid: Member) -> None:
    answer = browser.client.post(f"/me/{evening.link(farid)}/leave", data={"sure": "yes"})

    assert answer.status_code == 400
    assert row(farid).left_at is None
