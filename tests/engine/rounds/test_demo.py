"""The demo team."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from engine.db import Conn
from engine.errors import NotAllowed
from engine.rounds import demo


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 4, 12, 0, 7, 123456, tzinfo=UTC),
        datetime(2026, 3, 7, 23, 59, 59, 900000, tzinfo=UTC),  # a Saturday, across midnight
        datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),  # Berlin's clocks go forward at 01:00 UTC
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # and back at 01:00; the hour it repeats fires the first time
    ],
)
def test_everybody_falls_due_at_the_instant_that_was_asked_for(conn: Conn, now: datetime) -> None:
    due = now + timedelta(seconds=2)

    made = demo.load(conn, now, due_at=due)

    found = conn.execute(text("SELECT next_prompt_at FROM membership ORDER BY id")).scalars().all()
    assert len(made.members) == 8
    late = [at for at in found if abs(at - due) > timedelta(seconds=1)]
    assert late == []


def test_there_are_five_zones_and_one_of_them_is_a_quarter_hour_off(conn: Conn) -> None:
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

    demo.load(conn, now)

    zones = set(conn.execute(text("SELECT DISTINCT zone FROM contact")).scalars())
    minutes = {at.minute for at in conn.execute(text("SELECT next_prompt_at FROM membership")).scalars()}
    assert len(zones) == 5
    assert minutes == {0, 15}


def test_it_is_for_an_empty_instance(conn: Conn) -> None:
    now = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    demo.load(conn, now)

    with pytest.raises(NotAllowed):
        demo.load(conn, now)
