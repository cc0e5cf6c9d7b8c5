"""What the scheduler removes, and what it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import db
from engine import models as m
from engine.db import Conn
from engine.outbound.events import take
from engine.outbound.events.event import Event, Kind
from scheduler.retention import make_room

SECRET = "a secret of the tests, long enough"


def keep(conn: Conn, source: str, ident: str, days: int) -> None:
    """An event that came so many days ago and is settled at once."""
    at = db.now(conn) - timedelta(days=days)
    take.take(conn, source, None, [Event(ident, Kind.OTHER, at)], SECRET, at)


def kept(conn: Conn) -> list[tuple[str, str]]:
    e = m.ProviderEvent
    return [(row.source, row.event_id) for row in conn.execute(select(e.source, e.event_id).order_by(e.source, e.at))]


def test_a_providers_events_are_forgotten_after_90_days_whichever_relay_they_are_of(conn: Conn) -> None:
    for source in ("postmark:7", "sendgrid:3", "ses:instance"):
        keep(conn, source, "old", 91)
        keep(conn, source, "young", 89)

    make_room(conn)

    assert kept(conn) == [("postmark:7", "young"), ("sendgrid:3", "young"), ("ses:instance", "young")]


def test_an_event_that_is_still_looked_at_is_not_forgotten(conn: Conn) -> None:
    keep(conn, "ses:instance", "waits", 91)
    conn.execute(update(m.ProviderEvent).values(settled=False))

    make_room(conn)

    assert kept(conn) == [("ses:instance", "waits")]


def test_many_events_go_some_at_a_time_the_oldest_first(conn: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take, "FORGOTTEN", 2)
    for days in (95, 94, 93):
        keep(conn, "ses:instance", f"{days}", days)
        keep(conn, "mailgun:1", f"{days}", days)

    make_room(conn)
    first = kept(conn)
    make_room(conn)

    assert first == [("mailgun:1", "93"), ("ses:instance", "93")]
    assert kept(conn) == []
