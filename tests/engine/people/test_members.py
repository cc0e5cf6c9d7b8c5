"""Teams, members and the people they are."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import contacts, members, teams
from tests.engine.people.conftest import NOW, Scene


def test_a_team_comes_with_a_schedule(conn: Conn, here: Scene) -> None:
    found = conn.execute(
        text("SELECT questions, weekdays, prompt_at, digest_at FROM schedule WHERE team_id = :t"), {"t": here.team_id}
    ).one()

    assert tuple(found) == (["What did you get done today?"], 31, time(18), time(9))


def test_two_teams_of_a_workspace_cannot_share_a_name(conn: Conn, here: Scene, there: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        teams.make(conn, here.owner, " Makers ", "UTC")
    other = teams.make(conn, here.owner, "Thinkers", "UTC")
    with pytest.raises(Invalid):
        teams.change(conn, here.owner, other, "Makers", "UTC")

    assert refused.value.field == "name"


def test_one_person_in_two_teams_is_one_contact(conn: Conn, here: Scene) -> None:
    other = teams.make(conn, here.owner, "Thinkers", "UTC")

    again = members.add(conn, here.owner, other, "MEMBER@here.example", "Another Name", "Asia/Tokyo")

    assert again.contact_id == here.member.contact_id
    assert again.name == "Member"
    assert {t.name for t in teams.visible(conn, here.member)} == {"Makers", "Thinkers"}
    assert {t.name for t in teams.visible(conn, here.observer)} == {"Makers"}


def test_the_same_address_in_two_workspaces_is_two_people(conn: Conn, here: Scene, there: Scene) -> None:
    added = members.add(conn, there.owner, there.team_id, "member@here.example")

    assert added.contact_id != here.member.contact_id


def test_adding_twice_is_refused_beside_the_address(conn: Conn, here: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        members.add(conn, here.owner, here.team_id, "member@here.example")

    assert refused.value.field == "email"


def test_who_left_can_come_back_to_the_same_membership(conn: Conn, here: Scene) -> None:
    before = here.memberships["member"]
    assert members.remove(conn, here.manager, before, NOW)
    assert not members.remove(conn, here.manager, before, NOW)

    again = members.add(conn, here.manager, here.team_id, "member@here.example", role="observer")

    assert (again.id, again.role, again.left) == (before, "observer", False)


def test_leaving_clears_what_was_due_next(conn: Conn, here: Scene) -> None:
    conn.execute(text("UPDATE membership SET next_prompt_at = now(), next_prompt_day = now(), next_digest_at = now()"))

    members.remove(conn, here.owner, here.memberships["member"], NOW)

    left = conn.execute(
        text("SELECT next_prompt_at, next_prompt_day, next_digest_at FROM membership WHERE left_at IS NOT NULL")
    ).one()
    assert tuple(left) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("email", {"email": "nobody"}),
        ("email", {"email": "two@@example.org"}),
        ("email", {"email": "a@b@example.localhost"}),
        ("email", {"email": "dotless@gmail"}),
        ("email", {"email": "ada@exa\nmple.org"}),
        ("zone", {"zone": "Mars/Olympus"}),
        ("role", {"role": "owner"}),
        ("name", {"name": "x" * 101}),
    ],
)
def test_a_wrong_field_is_named(conn: Conn, here: Scene, field: str, values: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        members.add(conn, here.owner, here.team_id, **{"email": "new@example.org", **values})

    assert refused.value.field == field


def test_addresses_are_normalised_and_reserved_names_allowed() -> None:
    assert contacts.clean_address(" Ada@EXAMPLE.org ") == "Ada@example.org"
    assert contacts.clean_address("ada@demo.sixpm.LOCALHOST") == "ada@demo.sixpm.localhost"
    assert contacts.clean_address("jürgen@bücher.example.org") == "jürgen@bücher.example.org"


def test_a_person_changes_their_own_name_and_zone_and_nobody_elses(conn: Conn, here: Scene) -> None:
    contact_id = here.member.contact_id
    assert contact_id is not None
    contacts.change(conn, here.link("member"), contact_id, "New Name", "Asia/Kathmandu")

    with pytest.raises(NotFound):
        contacts.change(conn, here.observer, contact_id, "Hacked", None)
    with pytest.raises(Invalid):
        contacts.change(conn, here.member, contact_id, "Fine", "Nowhere/Here")
    kept = contacts.get(conn, here.owner.workspace_id, contact_id)
    assert (kept.name, kept.zone) == ("New Name", "Asia/Kathmandu")


def test_a_contact_of_another_workspace_is_not_there(conn: Conn, here: Scene, there: Scene) -> None:
    assert here.member.contact_id is not None
    with pytest.raises(NotFound):
        contacts.get(conn, there.owner.workspace_id, here.member.contact_id)
    with pytest.raises(NotFound):
        contacts.change(conn, there.owner, here.member.contact_id, "Hacked", None)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO account (workspace_id, contact_id) VALUES (:there, :contact)",
        "INSERT INTO membership (workspace_id, team_id, contact_id) VALUES (:there, :team, :their_contact)",
        "INSERT INTO membership (workspace_id, team_id, contact_id) VALUES (:here, :their_team, :contact)",
        "UPDATE schedule SET workspace_id = :there WHERE team_id = :team",
        "INSERT INTO channel (workspace_id, team_id, kind, name) VALUES (:there, :team, 'slack', 'x')",
        "INSERT INTO away (workspace_id, contact_id, first_day, last_day) VALUES (:there, :contact, now(), now())",
        "INSERT INTO notice (workspace_id, contact_id, template) VALUES (:there, :contact, 'x')",
        "UPDATE membership SET workspace_id = :there WHERE contact_id = :contact",
    ],
)
def test_no_row_can_point_across_workspaces(conn: Conn, here: Scene, there: Scene, statement: str) -> None:
    ids = {
        "here": here.owner.workspace_id, "there": there.owner.workspace_id, "team": here.team_id,
        "their_team": there.team_id, "contact": here.member.contact_id, "their_contact": there.owner.contact_id,
    }  # fmt: skip
    wanted = {name: value for name, value in ids.items() if f":{name}" in statement}

    with pytest.raises(IntegrityError, match="foreign key"):
        conn.execute(text(statement), wanted)
