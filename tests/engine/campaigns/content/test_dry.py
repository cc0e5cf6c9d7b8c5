"""The dry run: everybody is tried, who would fail is listed with why, and nothing is written."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from engine import models as m
from engine.campaigns.content import making, versions
from engine.campaigns.content.dry import dry_run
from engine.campaigns.content.queries.recipients import everybody
from engine.db import Conn
from tests import factories as make
from tests.engine.campaigns.content.scene import said, scene
from tests.factories.rows import NOON, row


def test_who_would_fail_is_listed_with_the_reason(conn: Conn) -> None:
    s = scene(conn)
    row(conn, m.Attribute, workspace_id=s.workspace_id, name="city", kind="text")
    row(conn, m.Attribute, workspace_id=s.workspace_id, name="joined", kind="date")
    people = {name: make.contact(conn, s.workspace_id, name)[0] for name in ("Bob", "Cleo", "Dan")}
    make.contact(conn, make.workspace(conn, "Other").id, "Eve")
    for name, attributes in {
        "Bob": {"city": "Rome", "joined": "2026-01-02"},
        "Cleo": {"city": "Rome", "joined": "x"},
    }.items():
        conn.execute(update(m.Contact).where(m.Contact.id == people[name]).values(attributes=attributes))
    body = "{{ attributes.city }} {{ attributes.joined|date }} {{ campaign.name }} {{ links.unsubscribe }}"
    saved = versions.save(conn, s.admin, s.campaign_id, said(body), NOON)
    made = making.made(saved, versions.theme(conn, s.workspace_id))
    who = everybody(s.workspace_id).where(m.Contact.id.in_(people.values()))

    *_, tried = dry_run(conn, made, who, "Spring")

    assert (tried.total, tried.done, tried.failed) == (3, 3, 2)
    assert {f.name: f.reason for f in tried.failing} == {"Cleo": "“x” is no date", "Dan": "attributes.city is missing"}
    assert tried.largest > 1000


def test_the_largest_mail_is_told_in_bytes_whatever_it_is_written_in(conn: Conn) -> None:
    s = scene(conn)
    make.contact(conn, s.workspace_id, "Ann")
    saved = versions.save(conn, s.admin, s.campaign_id, said("Привет " * 1000), NOON)
    made = making.made(saved, versions.theme(conn, s.workspace_id))

    *_, tried = dry_run(conn, made, everybody(s.workspace_id), "Spring")

    assert tried.largest > len("Привет ".encode()) * 1000


def test_it_goes_in_slices_and_says_how_far_it_is(conn: Conn) -> None:
    s = scene(conn)
    for n in range(7):
        make.contact(conn, s.workspace_id, f"Person{n}")
    saved = versions.save(conn, s.admin, s.campaign_id, said(), NOON)
    made = making.made(saved, versions.theme(conn, s.workspace_id))

    seen = [(tried.done, tried.total) for tried in dry_run(conn, made, everybody(s.workspace_id), "Spring", size=4)]

    assert seen == [(0, 9), (4, 9), (8, 9), (9, 9)]  # with the two who have accounts
    assert conn.execute(select(m.Delivery.seq)).first() is None


def test_many_who_fail_are_counted_and_the_first_are_listed(conn: Conn) -> None:
    s = scene(conn)
    row(conn, m.Attribute, workspace_id=s.workspace_id, name="city", kind="text")
    rows = [
        {"workspace_id": s.workspace_id, "email": f"p{n}@example.org", "email_key": f"p{n}@example.org"}
        for n in range(1500)
    ]
    conn.execute(insert(m.Contact), rows)
    saved = versions.save(conn, s.admin, s.campaign_id, said("{{ attributes.city }}"), NOON)
    made = making.made(saved, versions.theme(conn, s.workspace_id))

    *_, tried = dry_run(conn, made, everybody(s.workspace_id), "Spring")

    assert tried.reasons == {"attributes.city is missing": 1502}
    assert len(tried.failing) == 1000
