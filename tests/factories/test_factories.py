"""The factories themselves: each makes a row the schema accepts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from engine import models as m
from engine.db import Conn
from tests import factories as make


def test_a_day_can_be_made_from_workspace_to_digest(conn: Conn) -> None:
    ws = make.workspace(conn)
    crew = make.team(conn, ws)
    ann = make.member(conn, crew, "Ann", zone="Asia/Kathmandu")
    make.account(conn, ws.id, ann.contact_id, role="owner")
    make.away(conn, ann, date(2026, 3, 5), date(2026, 3, 6))
    make.channel(conn, crew)

    part = make.participation(conn, make.round_of(conn, crew), ann)
    make.entry(conn, part)
    make.entry(conn, part, "Wrote the docs.")
    run = make.run(conn, ws.id)
    make.delivery(conn, ws.id, run, make.batch(conn, ws.id, run), 1, recipient=ann.id, about=part)
    make.settle(conn, run, "sent")
    make.digest(conn, ann, date(2026, 3, 5), 0, 2)

    assert conn.scalars(select(m.Entry.no).order_by(m.Entry.no)).all() == [1, 2]
    assert conn.scalar(select(m.Delivery.state)) == "sent"
