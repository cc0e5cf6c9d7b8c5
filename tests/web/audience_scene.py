"""Segments of a workspace, and the attributes, tags and campaigns that they ask for: what the page tests look at."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import update

from engine import db
from engine import models as m
from engine.campaigns.audience import segments
from engine.db import Conn
from engine.people.accounts import Account
from tests import factories as make
from tests.factories.rows import row

KINDS = {"plan": "text", "seats": "number", "vip": "bool", "customer_since": "date", "interests": "list"}
LONG = "purchasing.department.of.the.northern.branch@a-rather-long-name-of-a-customer.example"
PRO = 'plan is "pro" and seats >= 5 and not (tags contains "beta" or zone has no value)'


@dataclass(frozen=True, slots=True)
class Audience:
    """Ids to find things by."""

    pro: int  # a segment that campaigns began with
    quiet: int  # one that asks for campaigns
    old: int  # one that is archived
    gone: int  # one whose attribute is not there any more


def build(conn: Conn, owner: Account) -> Audience:
    """A dozen people with attributes, four segments and two campaigns."""
    ws, now = owner.workspace_id, db.now(conn)
    for name, kind in KINDS.items():
        row(conn, m.Attribute, workspace_id=ws, name=name, kind=kind)
    for n in range(14):
        plan = ("pro", "team", "free")[n % 3]
        contact_id, _ = make.contact(
            conn, ws, f"Customer {chr(65 + n)}", email=LONG if n == 3 else None, zone="Europe/Berlin" if n % 2 else None
        )
        values = {"attributes": {"plan": plan, "seats": n, "vip": n % 4 == 0}, "tags": ["beta", "fair 2026"][: n % 3]}
        conn.execute(update(m.Contact).where(m.Contact.id == contact_id).values(**values))
    spring = row(conn, m.Campaign, workspace_id=ws, name="Spring offer", query=PRO)
    pro = segments.make(conn, owner.principal, "Pro customers", PRO, now).id
    conn.execute(update(m.Campaign).where(m.Campaign.id == spring).values(segment_id=pro, state="running"))
    quiet = segments.make(
        conn, owner.principal, "Got the spring offer, and nothing came of it",
        'got campaign "Spring offer" and did not open, click or reply and consent to mail is given', now,
    ).id  # fmt: skip
    old = segments.make(conn, owner.principal, "Fair 2026", 'tags contains "fair 2026"', now).id
    segments.archive(conn, owner.principal, old, now)
    gone = row(conn, m.Segment, workspace_id=ws, name="By colour", query='colour is "red" and plan > 5')
    return Audience(pro, quiet, old, gone)
