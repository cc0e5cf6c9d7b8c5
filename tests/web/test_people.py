"""The people page: roles, removing, handing over; there is always an owner."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import text

from engine import db
from engine.people import accounts
from engine.people.accounts import Account
from tests.web.conftest import PASSWORD, Browser


def roles() -> dict[str, str]:
    with db.begin() as conn:
        found = conn.execute(
            text("SELECT c.email, a.role FROM account a JOIN contact c ON c.id = a.contact_id WHERE a.ended_at IS NULL")
        )
        return {row.email: row.role for row in found}


@pytest.fixture
def admin(app: Flask, owner: Account) -> Browser:
    """cleo@example.org, an admin, signed in."""
    with db.begin() as conn:
        accounts.create_user(conn, "cleo@example.org", "Cleo", "admin", PASSWORD)
    made = Browser(app.test_client())
    made.sign_in("cleo@example.org")
    return made


def test_an_owner_changes_roles_and_it_holds_at_once(app: Flask, signed_in: Browser, user: Account) -> None:
    ben = Browser(app.test_client())
    ben.sign_in(user.email)
    assert ben.get("/people").status_code == 403

    signed_in.post(f"/people/{user.id}/role", "/people", role="admin")

    assert ben.get("/people").status_code == 200


def test_an_admin_makes_no_owner_and_unmakes_none(admin: Browser, owner: Account, user: Account) -> None:
    answers = [
        admin.post(f"/people/{user.id}/role", "/people", role="owner"),
        admin.post(f"/people/{owner.id}/role", "/people", role="user"),
        admin.post(f"/people/{owner.id}/remove", "/people", sure="yes"),
        admin.post(f"/people/{user.id}/owner", "/people", password=PASSWORD),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert roles()[owner.email] == "owner"


def test_the_last_owner_is_neither_demoted_nor_removed(signed_in: Browser, owner: Account) -> None:
    signed_in.post(f"/people/{owner.id}/role", "/people", role="admin", sure="yes")
    signed_in.post(f"/people/{owner.id}/remove", "/people", sure="yes")

    assert roles() == {owner.email: "owner"}
    assert "last owner" in signed_in.get("/people").text


def test_it_asks_before_one_makes_an_owner_or_gives_up_rights_of_ones_own(
    signed_in: Browser, owner: Account, user: Account
) -> None:
    making = signed_in.post(f"/people/{user.id}/role", "/people", role="owner")
    before = roles()
    signed_in.post(f"/people/{user.id}/role", "/people", role="owner", sure="yes")
    giving_up = signed_in.post(f"/people/{owner.id}/role", "/people", role="user")
    between = roles()
    given_up = signed_in.post(f"/people/{owner.id}/role", "/people", role="user", sure="yes")

    assert f"Make {user.name} an owner?" in making.text
    assert before == {owner.email: "owner", user.email: "user"}
    assert "Give up being owner?" in giving_up.text
    assert between == {owner.email: "owner", user.email: "owner"}
    assert roles() == {owner.email: "user", user.email: "owner"}
    assert given_up.location == "/teams"


def test_an_owner_hands_over_with_the_password(signed_in: Browser, owner: Account, user: Account) -> None:
    page = f"/people/{user.id}/owner"

    wrong = signed_in.post(page, page, password="not the password")
    before = roles()
    done = signed_in.post(page, page, password=PASSWORD)

    assert wrong.status_code == 422
    assert before == {owner.email: "owner", user.email: "user"}
    assert done.status_code == 303
    assert roles() == {owner.email: "admin", user.email: "owner"}


def test_who_is_removed_is_signed_out_and_can_be_invited_again(app: Flask, signed_in: Browser, user: Account) -> None:
    ben = Browser(app.test_client())
    ben.sign_in(user.email)

    signed_in.post(f"/people/{user.id}/remove", "/people", sure="yes")
    gone = ben.get("/account").status_code
    answer = signed_in.post("/people", "/people", addresses=user.email, role="user", team="0")

    assert gone == 302
    assert ben.sign_in(user.email).status_code == 422
    assert ">invited<" in answer.text


def test_an_account_that_is_not_here_is_not_found(signed_in: Browser) -> None:
    assert signed_in.post("/people/999/role", "/people", role="admin").status_code == 404
    assert signed_in.get("/people/999/owner").status_code == 404


def crowd(workspace_id: int, people: int) -> None:
    """So many more who may sign in, by number."""
    with db.begin() as conn:
        conn.execute(
            text(
                "WITH c AS (INSERT INTO contact (workspace_id, email, email_key, name)"
                " SELECT :w, 'p' || n || '@x.example', 'p' || n || '@x.example', 'Person ' || lpad(n::text, 3, '0')"
                " FROM generate_series(1, :n) n RETURNING id)"
                " INSERT INTO account (workspace_id, contact_id) SELECT :w, id FROM c"
            ),
            {"w": workspace_id, "n": people},
        )


def named(page: str) -> list[str]:
    return re.findall(r'<td class="first">([^<]+?)(?: <span[^<]*</span>)?<br>', page)


def test_the_list_goes_on_where_the_page_before_it_ended(signed_in: Browser, owner: Account) -> None:
    crowd(owner.workspace_id, 120)

    found, path = [], "/people"
    while path:
        page = signed_in.client.get(path).get_data(as_text=True)
        found.append(named(page))
        following = re.search(r'href="(/people[?]after=\d+)">Next', page)
        path = following[1] if following else ""

    assert [len(part) for part in found] == [50, 50, 21]
    assert found[0][0] == "Ada"
    assert [name for part in found for name in part][1:] == [f"Person {n:03}" for n in range(1, 121)]


@pytest.mark.parametrize(
    ("query", "seen"), [("q=person+00", 9), ("q=P7@", 1), ("role=owner", 1), ("q=nobody+here", 0), ("after=999999", 0)]
)
def test_people_are_found_by_a_part_of_name_or_address_and_by_role(
    signed_in: Browser, owner: Account, query: str, seen: int
) -> None:
    crowd(owner.workspace_id, 12)

    page = signed_in.client.get(f"/people?{query}").get_data(as_text=True)

    assert len(named(page)) == seen
    assert ("Nobody fits" in page) == (seen == 0)


def test_who_changes_a_role_stays_where_they_were_in_the_list(signed_in: Browser, user: Account) -> None:
    done = signed_in.post(f"/people/{user.id}/role?q=ben", page="/people?q=ben", role="admin")

    assert done.headers["Location"] == "/people?q=ben"
    assert roles()["ben@example.org"] == "admin"
