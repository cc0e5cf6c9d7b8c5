"""One contact: what may be typed about them, what is kept, and who may get nothing more."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update

from engine import db
from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people import suppression
from engine.people.directory import knowing, person
from engine.people.directory.person import Given
from engine.people.principal import SYSTEM, of_session
from tests import factories as make

SECRET = "a secret key for tests, long enough"


@pytest.fixture
def now(conn: Conn) -> datetime:
    return db.now(conn)


@pytest.fixture
def ws(conn: Conn) -> int:
    ws = make.workspace(conn).id
    for name, kind in (("city", "text"), ("visits", "number"), ("paid", "bool"), ("since", "date"), ("likes", "list")):
        knowing.define(conn, SYSTEM(ws), name, "", kind)
    return ws


FULL = Given(
    "Ada@Example.ORG", " Ada  Keller ", "Europe/Berlin", "de_CH", "#Press, VIP press", "sms +491701234567\n\nchat: ada",
    {"city": "Bern", "visits": "3,5", "paid": "Yes", "since": "2026-03-04", "likes": "tea, tea,  long walks"},
)  # fmt: skip


def test_what_was_typed_is_kept_in_its_kind(conn: Conn, ws: int) -> None:
    made = person.add(conn, SYSTEM(ws), FULL, SECRET)

    found = person.get(conn, SYSTEM(ws), made, SECRET)
    assert (found.email, found.name, found.zone, found.locale) == ("Ada@example.org", "Ada Keller", "Europe/Berlin",
                                                                  "de-CH")  # fmt: skip
    assert found.tags == ("press", "vip")
    assert found.elsewhere == (("chat", "ada"), ("sms", "+491701234567"))
    assert found.values == {
        "city": "Bern", "visits": 3.5, "paid": True, "since": "2026-03-04", "likes": ["tea", "long walks"],
    }  # fmt: skip
    assert dict(found.attributes)["Likes"] == "tea, long walks"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Given("nobody"), "email"),
        (Given(""), "email"),
        (Given("a@example.org", zone="Mars/Base"), "zone"),
        (Given("a@example.org", locale="the tongue"), "locale"),
        (Given("a@example.org", tags="x" * 61), "tags"),
        (Given("a@example.org", elsewhere="+491701234567"), "elsewhere"),
        (Given("a@example.org", elsewhere="mail b@example.org"), "elsewhere"),
        (Given("a@example.org", attributes={"visits": "many"}), "attribute-visits"),
        (Given("a@example.org", attributes={"visits": "NaN"}), "attribute-visits"),
        (Given("a@example.org", attributes={"visits": "1e999"}), "attribute-visits"),
        (Given("a@example.org", attributes={"paid": "perhaps"}), "attribute-paid"),
        (Given("a@example.org", attributes={"since": "4.3.2026"}), "attribute-since"),
        (Given("a@example.org", attributes={"city": "x" * 1001}), "attribute-city"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(conn: Conn, ws: int, given: Given, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        person.add(conn, SYSTEM(ws), given, SECRET)

    assert refused.value.field == field


def test_an_address_is_one_persons(conn: Conn, ws: int) -> None:
    person.add(conn, SYSTEM(ws), Given("ada@example.org"), SECRET)
    other = person.add(conn, SYSTEM(ws), Given("ben@example.org", elsewhere="sms +1"), SECRET)
    third = person.add(conn, SYSTEM(ws), Given("cyd@example.org"), SECRET)

    with pytest.raises(Invalid, match="is here already"):
        person.add(conn, SYSTEM(ws), Given("ADA@example.org"), SECRET)
    with pytest.raises(Invalid, match="Somebody else"):
        person.change(conn, SYSTEM(ws), other, Given("Ada@example.org"), SECRET)
    with pytest.raises(Invalid, match="somebody else's"):
        person.change(conn, SYSTEM(ws), third, Given("cyd@example.org", elsewhere="sms +1"), SECRET)


def test_a_change_keeps_values_whose_attribute_nobody_defined(conn: Conn, ws: int) -> None:
    made = person.add(conn, SYSTEM(ws), FULL, SECRET)
    values = {"city": "Bern", "old_key": "kept"}
    conn.execute(update(m.Contact).where(m.Contact.id == made).values(attributes=values))

    person.change(conn, SYSTEM(ws), made, Given("ada@example.org", attributes={"visits": "2"}), SECRET)

    assert conn.scalar(select(m.Contact.attributes).where(m.Contact.id == made)) == {"old_key": "kept", "visits": 2}


def test_a_held_person_of_a_chat_service_needs_no_mail_address(conn: Conn, ws: int) -> None:
    from engine.people import standing

    made = standing.hold_elsewhere(conn, ws, "sms", "+491701234567", "Eve")

    person.change(conn, SYSTEM(ws), made, Given("", "Eve", elsewhere="sms +491701234567"), SECRET)

    assert conn.scalar(select(m.Contact.email_key).where(m.Contact.id == made)) == "sms:+491701234567"


def test_a_new_address_takes_no_suppression_along_and_finds_its_own(conn: Conn, ws: int, now: datetime) -> None:
    made = person.add(conn, SYSTEM(ws), Given("ada@example.org"), SECRET)
    suppression.add(conn, ws, SECRET, ["old@example.org"], "bounce", now)
    suppression.add(conn, ws, SECRET, ["ada@example.org"], "manual", now)

    person.change(conn, SYSTEM(ws), made, Given("old@example.org"), SECRET)

    of = {row.reason: row.contact_id for row in conn.execute(select(m.Suppression.reason, m.Suppression.contact_id))}
    assert of == {"bounce": made, "manual": None}
    assert person.get(conn, SYSTEM(ws), made, SECRET).suppressed["mail"].reason == "bounce"


def test_by_hand_an_address_gets_nothing_until_it_is_lifted(conn: Conn, ws: int, now: datetime) -> None:
    who, made = SYSTEM(ws), person.add(conn, SYSTEM(ws), Given("ada@example.org", elsewhere="sms +1"), SECRET)

    person.suppress(conn, who, made, "mail", "She asked on the phone.", SECRET, now)
    person.suppress(conn, who, made, "sms", "No more SMS.", SECRET, now)
    stopped = person.get(conn, who, made, SECRET).suppressed

    assert {channel: (why.reason, why.evidence) for channel, why in stopped.items()} == {
        "mail": ("manual", "She asked on the phone."), "sms": ("manual", "No more SMS."),
    }  # fmt: skip
    assert person.lift(conn, who, made, "sms", SECRET) == 1
    assert list(person.get(conn, who, made, SECRET).suppressed) == ["mail"]
    with pytest.raises(Invalid, match="no address there"):
        person.suppress(conn, who, made, "chat", "None", SECRET, now)
    with pytest.raises(Invalid, match="Say why"):
        person.suppress(conn, who, made, "mail", "  ", SECRET, now)


def test_who_is_not_here_and_who_may_not(conn: Conn, ws: int) -> None:
    made = person.add(conn, SYSTEM(ws), FULL, SECRET)

    with pytest.raises(NotFound):
        person.get(conn, SYSTEM(make.workspace(conn).id), made, SECRET)
    with pytest.raises(NotFound):
        person.change(conn, SYSTEM(make.workspace(conn).id), made, FULL, SECRET)
    with pytest.raises(NotAllowed):
        person.add(conn, of_session(ws, 1, 1, "user"), FULL, SECRET)


def test_attributes_have_a_name_queries_can_write_and_go_only_while_nobody_has_one(conn: Conn, ws: int) -> None:
    who = SYSTEM(ws)
    for name in ("1st", "", "größe", "email", "x" * 41, "city"):
        with pytest.raises(Invalid):
            knowing.define(conn, who, name, "", "text")
    person.add(conn, who, FULL, SECRET)
    ids = {one.name: one.id for one in knowing.attributes(conn, ws)}
    empty = knowing.define(conn, who, "Customer since", "Customer", "date")

    with pytest.raises(Invalid, match="have a value"):
        knowing.drop(conn, who, ids["city"])
    assert knowing.drop(conn, who, empty).name == "customer_since"


def test_topics_are_archived_and_brought_back(conn: Conn, ws: int, now: datetime) -> None:
    made = knowing.make_topic(conn, SYSTEM(ws), "Events", "Where we are")
    with pytest.raises(Invalid):
        knowing.make_topic(conn, SYSTEM(ws), "Events", "")

    knowing.archive_topic(conn, SYSTEM(ws), made, True, now)

    assert knowing.topics(conn, ws) == []
    assert knowing.archive_topic(conn, SYSTEM(ws), made, False, now).archived is False
    with pytest.raises(NotFound):
        knowing.archive_topic(conn, SYSTEM(make.workspace(conn).id), made, True, now)
