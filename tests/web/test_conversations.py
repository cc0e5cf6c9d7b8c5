"""Conversations are read by admins, those with a team by its managers; people who wrote unasked are decided about."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from engine import config, db
from engine import models as m
from engine.inbound.own import Own
from engine.inbound.parse import parse
from engine.inbound.receive import receive
from engine.people import plain
from engine.people.accounts import Account
from tests import factories as make
from tests.web import talk_scene
from tests.web.conftest import PASSWORD, Browser, Enqueued
from tests.web.rights_scene import _account as account_of


@pytest.fixture
def team(owner: Account) -> make.Team:
    """A team of the owner's workspace, with an address."""
    with db.begin() as conn:
        made = make.team(conn, make.Workspace(owner.workspace_id, ""), "Rockets")
        plain.make(conn, owner.workspace_id, made.id)
    return made


@pytest.fixture
def bikram(team: make.Team) -> make.Member:
    """Who has written to the team."""
    with db.begin() as conn:
        them = make.member(conn, team, "Bikram Thapa")
    write(team, f"Bikram <{them.email}>", "Who takes the <b>release</b>?", "first")
    return them


def write(team: make.Team, who: str, words: str, name: str) -> int:
    with db.begin() as conn:
        to = f"{plain.of(conn, team.workspace_id, team.id)}@{config.settings().reply_domain}"
        return talk_scene.letter(conn, name, to, who, "Holiday", words)


def the_conversation() -> int:
    with db.begin() as conn:
        return conn.scalars(select(m.Conversation.id)).one()


def test_a_conversation_is_listed_and_read_with_its_proof_and_its_mail(signed_in: Browser, bikram: make.Member) -> None:
    ident = the_conversation()

    page = signed_in.get("/conversations").text
    assert "Bikram Thapa" in page
    assert f"/conversations/{ident}" in page
    page = signed_in.get(f"/conversations/{ident}").text
    assert "Who takes the &lt;b&gt;release&lt;/b&gt;?" in page
    assert "Sender not checked" in page
    with db.begin() as conn:
        mail = conn.scalars(select(m.Message.inbound_id)).one()
    assert f"/held/{mail}" in page
    assert f"/conversations/{ident}#m1" in signed_in.get(f"/held/{mail}").text


@pytest.mark.parametrize(("asked", "found"), [("bikram", True), ("THAPA", True), ("nobody", False), ("%", False)])
def test_one_searches_by_person(signed_in: Browser, bikram: make.Member, asked: str, found: bool) -> None:
    page = signed_in.get("/conversations", query_string={"q": asked}).text

    assert ("Bikram Thapa" in page) is found
    assert ("Nobody of that name" in page) is not found


def test_a_team_without_any_says_when_there_will_be_one(signed_in: Browser, team: make.Team) -> None:
    assert "No conversations yet" in signed_in.get(f"/teams/{team.id}/conversations").text


def test_under_another_team_it_is_not_there(signed_in: Browser, team: make.Team, bikram: make.Member) -> None:
    with db.begin() as conn:
        other = make.team(conn, make.Workspace(team.workspace_id, ""), "Others")

    assert signed_in.get(f"/teams/{team.id}/conversations/{the_conversation()}").status_code == 200
    assert signed_in.get(f"/teams/{other.id}/conversations/{the_conversation()}").status_code == 404


@pytest.fixture
def manager(app: Flask, team: make.Team) -> Browser:
    """A manager of the team who is no admin."""
    with db.begin() as conn:
        account = account_of(conn, team.workspace_id, "manager@example.org", "manager")
        make.member(conn, team, contact_id=account.contact_id, role="manager")
    browser = Browser(app.test_client())
    browser.sign_in("manager@example.org", PASSWORD)
    return browser


def test_a_manager_reads_those_with_the_team_and_no_others(
    manager: Browser, team: make.Team, bikram: make.Member
) -> None:
    ident = the_conversation()

    assert "Bikram Thapa" in manager.get(f"/teams/{team.id}/conversations").text
    page = manager.get(f"/teams/{team.id}/conversations/{ident}").text
    assert "Who takes the" in page
    assert "/held/" not in page
    assert manager.get("/conversations").status_code == 403
    assert manager.get(f"/conversations/{ident}").status_code == 403


def test_somebody_new_is_let_in_after_asking_and_that_can_be_undone(
    signed_in: Browser, team: make.Team, enqueued: Enqueued
) -> None:
    write(team, "Eve <eve@example.net>", "May I join?", "eve")
    assert "eve@example.net" in signed_in.get("/held").text
    with db.begin() as conn:
        eve, held = conn.execute(select(m.Inbound.contact_id, m.Inbound.id)).one()

    asked = signed_in.post(f"/held/people/{eve}/in", "/held/people")
    assert "Let Eve in?" in asked.text
    signed_in.post(f"/held/people/{eve}/in", "/held/people", sure="yes")
    assert held in enqueued.inbound_ids
    read(held)
    page = signed_in.get(f"/held/people?decided={eve}").text
    assert "is let in" in page
    assert "Undo" in page
    assert "May I join?" in signed_in.get("/conversations").text

    signed_in.post(f"/held/people/{eve}/wait", f"/held/people?decided={eve}")
    assert "eve@example.net" in signed_in.get("/held/people").text
    with db.begin() as conn:
        acts = conn.scalars(select(m.Act.act).where(m.Act.noun == "contact").order_by(m.Act.id)).all()
    assert acts == ["let_in", "held_again"]


def read(inbound_id: int) -> None:
    with db.begin() as conn:
        receive(conn, inbound_id, parse, db.now(conn), own=Own.of(config.settings()))


def test_somebody_turned_away_is_listed_apart(signed_in: Browser, team: make.Team) -> None:
    write(team, "Eve <eve@example.net>", "Buy this", "eve")
    with db.begin() as conn:
        eve = conn.scalars(select(m.Inbound.contact_id)).one()

    assert "Turn Eve away?" in signed_in.post(f"/held/people/{eve}/away", "/held/people").text
    signed_in.post(f"/held/people/{eve}/away", "/held/people", sure="yes")

    assert "Nobody waits" in signed_in.get("/held/people").text
    assert "eve@example.net" in signed_in.get("/held/people?show=refused").text
    assert signed_in.post(f"/held/people/{eve}/away", "/account", sure="yes").status_code == 409


@pytest.mark.parametrize(
    ("typed", "said"),
    [("postmaster", "Mail systems use"), ("a", "3 to 64"), ("two words", "letters a to z"),
     ("me@example.org", "before the @"), (".dot", "letters a to z"), ("taken-already", "is taken")],
)  # fmt: skip
def test_a_wrong_address_comes_back_as_it_was_typed(
    signed_in: Browser, owner: Account, team: make.Team, typed: str, said: str
) -> None:
    signed_in.post("/setup/address", "/setup/mail", local="taken-already")

    answer = signed_in.post(f"/teams/{team.id}/address", f"/teams/{team.id}/schedule", local=typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text


def test_an_address_is_changed_by_a_manager_and_shown_on_the_teams_page(manager: Browser, team: make.Team) -> None:
    manager.post(f"/teams/{team.id}/address", f"/teams/{team.id}/schedule", local="Rockets")

    assert f"rockets@{config.settings().reply_domain}" in manager.get(f"/teams/{team.id}").text
    with db.begin() as conn:
        act = conn.execute(select(m.Act.act, m.Act.about, m.Act.detail).order_by(m.Act.id.desc()).limit(1)).one()
    assert tuple(act) == ("changed_plain_address", "Rockets", f"rockets-{team.id} → rockets")


def test_new_teams_and_workspaces_have_an_address(signed_in: Browser, owner: Account) -> None:
    signed_in.post("/teams", "/teams", name="Über Team!", zone="UTC")

    with db.begin() as conn:
        team = conn.scalars(select(m.Team.id).order_by(m.Team.id.desc())).first()
        assert plain.of(conn, owner.workspace_id, team) == f"ber-team-{team}"
        assert plain.of(conn, owner.workspace_id).endswith(f"-w{owner.workspace_id}")
