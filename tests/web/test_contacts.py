"""The pages of contacts: the list and its filters, one person, what they said, taking along, erasing."""

from __future__ import annotations

import csv
import io
import json

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from engine import db
from engine import models as m
from engine.people.accounts import Account
from engine.people.directory import erasing
from tests.web import contacts_scene, scene
from tests.web.conftest import Browser, Enqueued
from tests.web.contacts_scene import Contacts
from web import sheets


@pytest.fixture
def contacts(owner: Account) -> Contacts:
    with db.begin() as conn:
        return contacts_scene.build(conn, owner, scene.build(conn, owner, db.now(conn)))


def test_the_list_shows_everybody_members_of_teams_too(signed_in: Browser, contacts: Contacts) -> None:
    page = signed_in.get("/contacts").text

    assert "Ines Albrecht" in page
    assert "Bikram Thapa" in page
    assert "Platform" in page
    assert "Erased person" not in page


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("q=ines", "Ines Albrecht", "Jamal"), ("tag=press", "Kaja", "Jamal"),
        ("consent=mail:withdrawn", "Jamal", "Ines"), ("suppressed=yes", "Ines", "Jamal"),
        ("standing=refused", "Nobody fits", "Ines"), ("q=zzzz", "Nobody fits", "Ines"),
        ("team=999999", "Nobody fits", "Ines"), ("q='%22)%20%26|!:*", "Ines", "Nobody fits"),
        ("before=x&consent=a:b:c&standing=x", "Ines", "Nobody fits"),
    ],
)  # fmt: skip
def test_each_filter_narrows(signed_in: Browser, contacts: Contacts, query: str, there: str, not_there: str) -> None:
    page = signed_in.get(f"/contacts?{query}")

    assert page.status_code == 200
    assert there in page.text
    assert not_there not in page.text.partition("<table")[2]


def test_a_person_is_added_and_changed_and_what_was_typed_is_kept_when_it_is_refused(
    signed_in: Browser, contacts: Contacts
) -> None:
    refused = signed_in.post("/contacts/new", "/contacts/new", email="new@example.org", **{"attribute-seats": "many"})
    made = signed_in.post("/contacts/new", "/contacts/new", email="new@example.org", **{"attribute-seats": "3"})
    where = made.headers["Location"]
    changed = signed_in.post(f"{where}/edit", f"{where}/edit", email="new@example.org", name="Nia", tags="vip",
                             **{"attribute-seats": "4"})  # fmt: skip

    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    assert "Write a number" in refused.text
    assert changed.status_code == 303
    page = signed_in.get(where).text
    assert "Nia" in page
    assert '<dd class="foreign">4</dd>' in page
    with db.begin() as conn:
        said = conn.execute(select(m.Act.detail).where(m.Act.act == "changed_contact").order_by(m.Act.id.desc()))
        assert said.scalars().first() == "name, tags, attributes"


def test_a_new_zone_moves_what_falls_due_in_their_team(signed_in: Browser, contacts: Contacts) -> None:
    where = f"/contacts/{contacts.member}"
    with db.begin() as conn:
        email = conn.scalar(select(m.Contact.email).where(m.Contact.id == contacts.member)) or ""
        due = select(m.Membership.next_prompt_at).where(m.Membership.contact_id == contacts.member)
        before = conn.scalar(due)

    signed_in.post(f"{where}/edit", f"{where}/edit", email=email, name="Bikram", zone="America/New_York")

    with db.begin() as conn:
        assert conn.scalar(due) != before


def test_consent_is_written_down_with_how_it_is_known(signed_in: Browser, contacts: Contacts) -> None:
    where = f"/contacts/{contacts.member}"
    bare = signed_in.post(f"{where}/consent", where, channel="mail", topic="0", state="given")
    signed_in.post(f"{where}/consent", where, channel="mail", topic="0", state="given", evidence="She told me so.")

    assert bare.status_code == 422
    assert "Say how we know" in bare.text
    page = signed_in.get(where).text
    assert "She told me so." in page
    assert "written down here by ada" in page.lower()


def test_nothing_more_is_sent_after_asking_and_it_can_be_taken_back(signed_in: Browser, contacts: Contacts) -> None:
    where = f"/contacts/{contacts.member}"
    fields = {"place": "mail", "why": "He asked."}
    asked = signed_in.post(f"{where}/suppress", where, **fields)
    signed_in.post(f"{where}/suppress", where, sure="yes", **fields)
    stopped = signed_in.get(where).text
    signed_in.post(f"{where}/lift", where, channel="mail", sure="yes")

    assert "nothing more by mail?" in asked.text
    assert "Nothing by mail" in stopped
    assert "Nothing by mail" not in signed_in.get(where).text


def test_the_timeline_shows_parts_alone_and_goes_back(
    signed_in: Browser, contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.people.directory import timeline

    where = f"/contacts/{contacts.member}"
    whole = signed_in.get(where).text
    mails = signed_in.get(f"{where}?show=mails").text
    monkeypatch.setattr(timeline, "PAGE", 1)
    first = signed_in.get(where).text
    later = first.partition('">Earlier')[0].rpartition('href="')[2].replace("&amp;", "&")

    assert "Answered Platform" in whole
    assert "Answered Platform" not in mails
    assert "Prompt" in mails
    assert "Earlier" in first
    assert signed_in.get(later).text.count("<time") > 0
    assert signed_in.get(f"{where}?at=rubbish&key='").status_code == 200


def test_the_page_of_a_person_is_twelve_statements_at_most(signed_in: Browser, contacts: Contacts) -> None:
    said: list[str] = []
    signed_in.get("/contacts")
    event.listen(db.engine(), "before_cursor_execute", lambda *it: said.append(it[2]))

    signed_in.get(f"/contacts/{contacts.rich}")

    of_the_door = 2  # the session and the instant
    assert len(said) <= 12 + of_the_door


def test_all_that_is_kept_can_be_taken_along(signed_in: Browser, contacts: Contacts) -> None:
    with signed_in.get(f"/contacts/{contacts.rich}/all.json") as answer:
        told = json.loads(answer.data)

    assert told["contact"][0]["name"] == "Ines Albrecht"
    assert {row["state"] for row in told["consent"]} == {"given", "withdrawn"}
    assert "address_hash" not in told["suppression"][0]
    assert "Jamal" not in json.dumps(told)


def test_the_sheet_holds_no_formula_and_a_column_for_each_attribute(signed_in: Browser, contacts: Contacts) -> None:
    with db.begin() as conn:
        values = {"name": '=HYPERLINK("http://x")', "tags": ["=1+1"], "attributes": {"city": "@SUM(A1)", "seats": -3}}
        conn.execute(update(m.Contact).where(m.Contact.id == contacts.rich).values(**values))

    rows = list(
        csv.DictReader(io.StringIO(signed_in.get("/contacts/list.csv?tag=%3D1%2B1").text.removeprefix(sheets.MARK)))
    )

    assert len(rows) == 1
    assert rows[0]["name"] == '\'=HYPERLINK("http://x")'
    assert rows[0]["tags"] == "'=1+1"
    assert rows[0]["attribute city"] == "'@SUM(A1)"


def test_erasing_asks_first_says_what_it_does_and_leaves_an_act_without_the_name(
    signed_in: Browser, contacts: Contacts, enqueued: Enqueued
) -> None:
    where = f"/contacts/{contacts.rich}"
    asked = signed_in.post(f"{where}/erase", where)
    done = signed_in.post(f"{where}/erase", where, sure="yes")

    assert "Erase Ines Albrecht?" in asked.text
    assert "Backups made before" in asked.text
    assert done.status_code == 303
    page = signed_in.get(where).text
    assert "Nothing is left of them" in page
    assert "Ines" not in page.partition("<main")[2]
    (job,) = enqueued.erase_ids
    with db.begin() as conn:
        while erasing.go_on(conn, job, db.now(conn)):
            pass
        acts = conn.execute(select(m.Act.act, m.Act.about).where(m.Act.object_id == contacts.rich)).all()
    assert ("asked_for_erasure", "") in [tuple(act) for act in acts]
    assert not any("Ines" in act.about for act in acts)


def test_who_may_sign_in_is_told_what_to_do_first(signed_in: Browser, owner: Account, contacts: Contacts) -> None:
    where = f"/contacts/{owner.contact_id}"

    signed_in.post(f"{where}/erase", where, sure="yes")

    assert "Remove their account under People first" in signed_in.get(where).text


def test_a_person_is_counted_in_no_mail_once_that_is_off_and_can_be_written_to(
    signed_in: Browser, contacts: Contacts
) -> None:
    where = f"/contacts/{contacts.rich}"
    kept = {"email": "ines@example.org", "name": "Ines Albrecht"}
    before = signed_in.get(where).text

    signed_in.post(f"{where}/edit", f"{where}/edit", **kept)
    off = signed_in.get(where).text
    signed_in.post(f"{where}/edit", f"{where}/edit", **kept, tracked="y")

    assert f'href="/campaigns/to/{contacts.rich}"' in before
    assert "Never counted" in off
    assert "Never counted" not in before + signed_in.get(where).text


def test_an_erased_person_can_be_looked_at_and_not_changed(signed_in: Browser, contacts: Contacts) -> None:
    where = f"/contacts/{contacts.erased}"

    assert "Erase this person" not in signed_in.get(where).text
    assert signed_in.post(f"{where}/edit", "/contacts/new", email="back@example.org").status_code == 404


def test_attributes_and_topics_are_made_and_refused(signed_in: Browser, app: Flask, contacts: Contacts) -> None:
    page = "/contacts/attributes"
    assert "Begin with a letter" in signed_in.post(page, page, name="1st", kind="text").text
    assert "another name" in signed_in.post(page, page, name="email", kind="text").text
    signed_in.post(page, page, name="plan", label="Plan", kind="list")
    assert "Several words" in signed_in.get(page).text
    assert "There is a topic" in signed_in.post("/contacts/topics", "/contacts/topics", name="Product news").text
