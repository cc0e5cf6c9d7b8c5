"""All that is kept of a person, as one JSON object, however much it is."""

from __future__ import annotations

import json
import tracemalloc

from sqlalchemy import update

from engine import db
from engine import models as m
from engine.db import Conn
from engine.inbound.store import store
from engine.people.directory import taking
from engine.people.directory.queries.places import PLACES
from engine.people.principal import SYSTEM
from tests import factories as make
from tests.engine.people.directory.life import lived

MAILS, SIZE = 40, 500_000


def test_every_place_tells_of_the_person_and_of_nobody_else(conn: Conn) -> None:
    team, now = make.team(conn, make.workspace(conn), "Platform"), db.now(conn)
    life = lived(conn, team, "Wendelin Quibblefrax", "wendelin.q@far-away.example", now)
    lived(conn, team, "Jamal Otherone", "jamal@elsewhere.example", now)

    said = "".join(taking.all_of(conn, SYSTEM(team.workspace_id), life.person.contact_id, now))

    told = json.loads(said)
    places = {name for name, place in PLACES.items() if place.own and place.told}
    assert places - told.keys() == {"robot", "erasure", "participation", "away"} - told.keys()
    assert {"hit", "leaving", "conv_door", "import_change", "consent_event", "message", "delivery"} <= told.keys()
    assert told["taken_at"] == now.isoformat()
    assert "Jamal" not in said
    assert "jamal@" not in said


def test_twenty_megabytes_of_mails_are_told_without_being_held(conn: Conn) -> None:
    team, now = make.team(conn, make.workspace(conn), "Platform"), db.now(conn)
    of = make.member(conn, team, "Ada")
    for number in range(MAILS):
        raw = b"Subject: One of many\r\n\r\n" + b"words " * (SIZE // 6)
        ident, _ = store(conn, "smtp", f"m:{number}", of.email, ["r+t@reply.test"], raw, now)
        conn.execute(update(m.Inbound).where(m.Inbound.id == ident).values(
            workspace_id=team.workspace_id, contact_id=of.contact_id))  # fmt: skip

    tracemalloc.start()
    size = sum(len(piece) for piece in taking.all_of(conn, SYSTEM(team.workspace_id), of.contact_id, now))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert size > MAILS * SIZE
    assert peak < MAILS * SIZE / 2
