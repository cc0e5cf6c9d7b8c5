"""The next digest of a member, to be looked at before it leaves."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.inbound import amend, withdraw
from engine.people.accounts import Account
from tests import factories as make
from tests.web.conftest import Browser, signed_in_as
from tests.web.entries_scene import Written

COUNTED = ("digest", "run", "batch", "delivery", "act", "participation", "entry")


@pytest.fixture
def path(written: Written) -> str:
    return f"/teams/{written.team.id}/digest"


def rows() -> dict[str, int]:
    with db.begin() as conn:
        return {name: conn.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in COUNTED}


def test_it_says_what_came_since_the_last_one_and_when_it_comes(
    signed_in: Browser, written: Written, path: str
) -> None:
    before = rows()

    page = signed_in.get(f"{path}?member={written.members[0].id}&view=text").text

    assert "The next digest of Hana Ito" in page
    assert re.search(r"It comes <time[^>]*>[^<]*09:00</time> \(Asia/Tokyo\)", page)
    assert "It says what came since" in page
    mail = page[page.index('<pre class="mail-text"') :]
    assert mail.count("Reviewed the export and found two rounding faults") == 2
    assert "Shipped the exports of invoices and reminders" in mail
    assert rows() == before


def test_the_frame_has_the_mail_alone_and_no_link_in_it(signed_in: Browser, written: Written, path: str) -> None:
    answer = signed_in.get(f"{path}/frame?member={written.members[0].id}")

    policy = answer.headers["Content-Security-Policy"]
    assert "Shipped the exports of invoices and reminders" in answer.text
    assert "href=" not in answer.text
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox")
    assert "frame-src 'self'" in signed_in.get(path).headers["Content-Security-Policy"]


def test_no_link_of_a_preview_opens_anybodys_page(signed_in: Browser, app: Flask, written: Written, path: str) -> None:
    page = signed_in.get(f"{path}?member={written.members[0].id}&view=text").text

    tokens = re.findall(r"/(?:me|u)/[^\s&<]+", page)
    assert tokens
    assert {Browser(app.test_client()).get(token).status_code for token in tokens} == {404}


def test_managers_choose_whose_and_members_see_their_own(
    app: Flask, signed_in: Browser, written: Written, path: str
) -> None:
    hana, ivo = signed_in_as(app, written, 0), written.members[1]

    assert signed_in.get(f"{path}?member={ivo.id}").status_code == 200
    assert "The next digest of Hana Ito" in hana.get(path).text
    assert "Digest of" not in hana.get(path).text
    assert [hana.get(f"{path}{part}?member={ivo.id}").status_code for part in ("", "/frame")] == [403, 403]


def test_a_member_of_another_team_is_not_there(signed_in: Browser, owner: Account, path: str) -> None:
    with db.begin() as conn:
        other = make.member(conn, make.team(conn, make.Workspace(owner.workspace_id, "Acme"), "Other"), "Olga")

    assert signed_in.get(f"{path}?member={other.id}").status_code == 404


def test_without_news_it_says_so(signed_in: Browser, owner: Account, written: Written, path: str) -> None:
    with db.begin() as conn:
        for entry in written.entries[-12:]:
            amend.remove(conn, owner.principal, entry, db.now(conn))
        for comment in written.comments:
            withdraw.remove(conn, owner.principal, comment, db.now(conn))

    page = signed_in.get(f"{path}?member={written.members[0].id}")

    assert "Nothing to say yet" in page.text
    assert signed_in.get(f"{path}/frame?member={written.members[0].id}").status_code == 404


def test_who_is_paused_has_none_planned(signed_in: Browser, written: Written, path: str) -> None:
    ivo, team = written.members[1], f"/teams/{written.team.id}"
    signed_in.post(f"{team}/members/{ivo.id}/pause", team)

    assert "None is planned" in signed_in.get(f"{path}?member={ivo.id}").text


def test_a_team_of_nobody_has_no_digest(signed_in: Browser) -> None:
    signed_in.post("/teams", "/teams", name="Silent", zone="UTC")
    with db.begin() as conn:
        team = conn.execute(text("SELECT id FROM team")).scalar_one()

    assert "Nobody is in this team yet" in signed_in.get(f"/teams/{team}/digest").text
