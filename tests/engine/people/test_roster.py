"""Roles of accounts: who may change whose, and that a workspace has an owner at every instant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from engine.db import Conn, create_engine
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people import accounts, contacts, rights, roster, workspaces
from engine.people.accounts import Account
from engine.people.principal import SYSTEM, Principal
from tests import factories as make
from tests.engine.people.conftest import NOW, PASSWORD, Scene


def account(conn: Conn, workspace_id: int, name: str, role: str) -> Account:
    contact_id = contacts.add(conn, workspace_id, f"{name}@roster.example", name.title(), None)
    return accounts.make(conn, workspace_id, contact_id, role, PASSWORD)


def test_an_owner_may_leave_while_there_is_another(conn: Conn, here: Scene) -> None:
    second = account(conn, here.owner.workspace_id, "second", "owner")

    roster.leave(conn, here.owner, NOW)

    with pytest.raises(Invalid, match="last owner"):
        roster.leave(conn, second.principal, NOW)


def test_of_two_owners_who_leave_at_once_one_stays(db_url: str) -> None:
    engine = create_engine(db_url)
    with engine.begin() as conn:
        workspace_id = workspaces.make(conn, "Two owners")
        both = [account(conn, workspace_id, name, "owner") for name in ("one", "two")]
    start = Barrier(2)

    def leave(who: Account) -> bool:
        start.wait(10)
        try:
            with engine.begin() as conn:
                roster.leave(conn, who.principal, NOW)
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        left = list(pool.map(leave, both))

    assert sorted(left) == [False, True]
    engine.dispose()


def test_an_account_of_another_workspace_is_not_there(conn: Conn, here: Scene, there: Scene) -> None:
    assert there.member.account_id is not None
    with pytest.raises(NotFound):
        roster.change_role(conn, here.owner, there.member.account_id, "admin")
    with pytest.raises(NotFound):
        roster.hand_over(conn, here.owner, there.member.account_id, PASSWORD, NOW)
    with pytest.raises(NotFound):
        roster.remove(conn, here.owner, there.member.account_id, NOW)


def test_a_user_changes_nobody(conn: Conn, here: Scene) -> None:
    assert here.member.account_id is not None
    assert here.owner.account_id is not None

    with pytest.raises(NotAllowed):
        roster.change_role(conn, here.member, here.member.account_id, "admin")
    with pytest.raises(NotAllowed):
        roster.remove(conn, here.member, here.owner.account_id, NOW)
    with pytest.raises(NotAllowed):
        roster.hand_over(conn, here.member, here.owner.account_id, PASSWORD, NOW)


def test_handing_over_needs_a_password(conn: Conn, here: Scene) -> None:
    heir = account(conn, here.owner.workspace_id, "heir", "user")
    conn.execute(text("UPDATE account SET password_hash = NULL WHERE id = :id"), {"id": here.owner.account_id})

    with pytest.raises(Invalid, match="no password"):
        roster.hand_over(conn, here.owner, heir.id, "", NOW)


@pytest.mark.parametrize("action", sorted(rights.TABLE))
def test_the_engine_may_do_everything_and_a_link_nothing_of_the_table(conn: Conn, here: Scene, action: str) -> None:
    link: Principal = here.link("manager")

    assert rights.may(SYSTEM(here.owner.workspace_id), action)
    assert not rights.may(link, action, "manager")


def test_an_action_that_is_not_in_the_table_is_nobodys(conn: Conn, here: Scene) -> None:
    with pytest.raises(KeyError):
        rights.may(here.owner, "fly")


def test_people_are_listed_with_the_teams_they_are_in_and_none_that_is_archived_or_left(
    conn: Conn, here: Scene
) -> None:
    who = account(conn, here.owner.workspace_id, "busy", "user")
    for name, gone in (("Now", ""), ("Archived", "team"), ("Left", "membership")):
        team = make.team(conn, make.Workspace(who.workspace_id, "Acme"), name=name)
        member = make.member(conn, team, contact_id=who.contact_id)
        if gone == "team":
            conn.execute(text("UPDATE team SET archived_at = :now WHERE id = :id"), {"now": NOW, "id": team.id})
        if gone == "membership":
            conn.execute(text("UPDATE membership SET left_at = :now WHERE id = :id"), {"now": NOW, "id": member.id})

    [listed] = roster.listed(conn, here.owner, roster.Which(person="busy"))

    assert listed.teams == 1
