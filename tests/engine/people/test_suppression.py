"""Who gets nothing more is known by a hash alone, and by their contact wherever one is here."""

from __future__ import annotations

from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from engine.people import suppression
from engine.people.directory import listing
from engine.people.directory.listing import Which
from engine.people.principal import SYSTEM
from tests import factories as make
from tests.factories.rows import NOON, row

SECRET = "the newest key, the oldest key of all, which hashes addresses"


def whose(conn: Conn, workspace_id: int) -> list[int | None]:
    s = m.Suppression
    return list(conn.scalars(select(s.contact_id).where(s.workspace_id == workspace_id).order_by(s.id)))


def test_hashes_of_before_find_their_contacts_by_whatever_way_these_came(conn: Conn) -> None:
    ws, other = make.workspace(conn).id, make.workspace(conn).id
    suppression.add(conn, ws, SECRET, ["Zoë.Núñez@Example.net", "nobody@example.net"], "bounce", NOON)
    suppression.add(conn, ws, SECRET, ["+49 170 1"], "manual", NOON, channel="sms")
    suppression.add(conn, other, SECRET, ["Straße@example.net"], "manual", NOON)
    zoe, _ = make.contact(conn, ws, "Zoë", email="zoë.núñez@example.NET")
    texts, _ = make.contact(conn, ws, "Texts", email="nobody@example.org")
    row(conn, m.ContactAddress, workspace_id=ws, contact_id=texts, platform="sms", address="+49 170 1")
    make.contact(conn, ws, "Elsewhere", email="strasse@example.net")
    street, _ = make.contact(conn, other, "Straße", email="strasse@example.net")

    assert suppression.recognise_all(conn, SECRET) == 3
    assert (whose(conn, ws), whose(conn, other)) == ([zoe, None, texts], [street])
    assert suppression.recognise_all(conn, SECRET) == 0
    found = listing.listed(conn, SYSTEM(ws), Which(suppressed="mail"))
    assert [line.id for line in found.lines] == [zoe]


def test_another_key_recognises_nobody(conn: Conn) -> None:
    ws = make.workspace(conn).id
    suppression.add(conn, ws, SECRET, ["ada@example.net"], "bounce", NOON)
    make.contact(conn, ws, "Ada", email="ada@example.net")

    assert suppression.recognise_all(conn, "another") == 0
