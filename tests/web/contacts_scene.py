"""People beyond the team, with what they said and what happened to them: what the pages of contacts are shown with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine import db
from engine.config import required, settings
from engine.db import Conn
from engine.people import acts, consent
from engine.people.accounts import Account
from engine.people.directory import erasing, knowing, person
from engine.people.directory.person import Given
from tests.web.scene import Scene

PEOPLE = (
    ("Ines Albrecht", "ines.albrecht@example.org", "customer press", "Bern"),
    ("Jamal Okafor", "jamal@okafor.example", "customer", "Lagos"),
    ("Kaja Lindqvist-Papadopoulos", "kaja.lindqvist-papadopoulos@a-rather-long-domain.example.net", "press", "Oslo"),
    ("", "info@example.com", "", ""),
)


@dataclass(frozen=True, slots=True)
class Contacts:
    """Ids to find things by: one with a past, one of the team, one who is erased."""

    rich: int
    member: int
    erased: int


def build(conn: Conn, owner: Account, scene: Scene) -> Contacts:
    """Some contacts of the workspace of `scene`."""
    who, now, secret = owner.principal, db.now(conn), required(settings().secret_key, "secret_key")
    known = (("city", "", "text"), ("customer_since", "", "date"), ("seats", "Seats they pay", "number"))
    there = {one.name for one in knowing.attributes(conn, who.workspace_id)}  # of another scene
    for name, label, kind in known:
        if name not in there:
            knowing.define(conn, who, name, label, kind)
    news = knowing.make_topic(conn, who, "Product news", "What is new, once a month.")
    old = knowing.make_topic(conn, who, "Fairs", "")
    knowing.archive_topic(conn, who, old, True, now)
    ids = [
        person.add(conn, who, Given(email, name, tags=tags, attributes={"city": city, "seats": "12"}), secret)
        for name, email, tags, city in PEOPLE
    ]
    for ident, state in ((ids[0], "given"), (ids[1], "withdrawn")):
        consent.say(conn, who.workspace_id, ident, "mail", 0, state, "form", "signup page", "", now - timedelta(days=9))
    consent.say(conn, who.workspace_id, ids[0], "mail", news, "withdrawn", "admin", "She called.", who.actor, now)
    person.suppress(conn, who, ids[0], "mail", "She asked for a pause on the phone.", secret, now)
    acts.note(conn, who, "added_contact", now - timedelta(days=10), "contact", ids[0], PEOPLE[0][0])
    acts.note(conn, who, "changed_contact", now - timedelta(days=2), "contact", ids[0], PEOPLE[0][0], "zone, tags")
    gone = person.add(conn, who, Given("gone@example.org", "Gone"), secret)
    job = erasing.ask(conn, who, gone, secret, now)
    while erasing.go_on(conn, job, now):
        pass
    return Contacts(ids[0], scene.members[0].contact_id, gone)
