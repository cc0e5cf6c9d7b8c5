"""Who may do what in a team, and that nobody may look across the border of a workspace."""

from __future__ import annotations

import pytest

from engine.db import Conn
from engine.errors import NotAllowed, NotFound
from engine.people import access, members, teams
from engine.people.principal import SYSTEM, Principal
from tests.engine.people.conftest import NOW, Scene


@pytest.mark.parametrize("role", ["manager", "member", "observer"])
def test_a_session_is_what_its_membership_says(conn: Conn, here: Scene, role: str) -> None:
    assert access.team_role(conn, getattr(here, role), here.team_id) == role


def test_owners_and_the_engine_manage_every_team(conn: Conn, here: Scene) -> None:
    assert access.team_role(conn, here.owner, here.team_id) == "manager"
    assert access.team_role(conn, SYSTEM(here.owner.workspace_id), here.team_id) == "manager"


def test_a_managers_link_is_a_members(conn: Conn, here: Scene) -> None:
    assert access.team_role(conn, here.link("manager"), here.team_id) == "member"
    with pytest.raises(NotAllowed):
        access.require_manager(conn, here.link("manager"), here.team_id)


def test_a_link_speaks_for_its_own_team_alone(conn: Conn, here: Scene) -> None:
    other = teams.make(conn, here.owner, "Thinkers", "UTC")
    members.add(conn, here.owner, other, "member@here.example")

    assert access.team_role(conn, here.member, other) == "member"
    assert access.team_role(conn, here.link("member"), other) is None


def test_another_workspaces_team_is_not_there(conn: Conn, here: Scene, there: Scene) -> None:
    for stranger in (there.owner, there.member, SYSTEM(there.owner.workspace_id), there.link("member")):
        assert access.team_role(conn, stranger, here.team_id) is None
        with pytest.raises(NotFound):
            teams.get(conn, stranger, here.team_id)
        with pytest.raises(NotFound):
            members.remove(conn, stranger, here.memberships["member"], NOW)
        with pytest.raises(NotFound):
            members.change_role(conn, stranger, here.memberships["member"], "manager")


def test_who_has_left_sees_the_team_no_more(conn: Conn, here: Scene) -> None:
    members.remove(conn, here.owner, here.memberships["member"], NOW)

    assert access.team_role(conn, here.member, here.team_id) is None


def test_one_may_leave_but_not_remove_others(conn: Conn, here: Scene) -> None:
    with pytest.raises(NotAllowed):
        members.remove(conn, here.member, here.memberships["observer"], NOW)
    with pytest.raises(NotAllowed):
        members.remove(conn, here.link("member"), here.memberships["observer"], NOW)

    assert members.remove(conn, here.link("member"), here.memberships["member"], NOW)


@pytest.mark.parametrize("role", ["member", "observer"])
def test_only_managers_change_a_team(conn: Conn, here: Scene, role: str) -> None:
    person: Principal = getattr(here, role)

    with pytest.raises(NotAllowed):
        members.add(conn, person, here.team_id, "new@here.example")
    with pytest.raises(NotAllowed):
        members.change_role(conn, person, here.memberships[role], "manager")
    with pytest.raises(NotAllowed):
        teams.change(conn, person, here.team_id, "Renamed", "UTC")
    with pytest.raises(NotAllowed):
        teams.make(conn, person, "New", "UTC")


def test_actors_name_who_did_it(here: Scene) -> None:
    assert here.owner.actor == f"account:{here.owner.account_id}"
    assert here.link("member").actor == f"membership:{here.memberships['member']}"
    assert SYSTEM(1).actor == ""
