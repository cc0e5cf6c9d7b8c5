"""What is learnt about the lanes of posts, which have no seats and no caps."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.db import Conn
from engine.outbound.pace import keeping, queries
from engine.outbound.pace.keeping import Ask
from engine.outbound.queries.claiming import Lane

LANE = Lane("discord:1")


def limited(conn: Conn, now: datetime) -> datetime:
    """Discord calls us too fast; until when the lane rests."""
    queries.rest(conn, LANE.name, "", "429 You are being rate limited.", 1, now)
    until: datetime = conn.execute(text("SELECT next_at FROM pace WHERE lane = :l"), {"l": LANE.name}).scalar_one()
    return until


def kept(conn: Conn, now: datetime, good: int = 0, bad: int = 0) -> bool:
    """What a worker is told about the lane: whether it stops."""
    return keeping.keep(conn, "w1", [Ask(LANE, None, 3, 1, good=good, bad=bad)], now, 30)[LANE].stop


def test_posts_rest_when_a_service_calls_us_too_fast_and_go_on_after(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        now = db.now(conn)
        until = limited(conn, now)

        assert kept(conn, now)
        assert not kept(conn, until + timedelta(seconds=1))


@pytest.mark.parametrize(("answers", "rest"), [({"good": 1}, 5), ({"good": 1, "bad": 1}, 10), ({}, 10)])
def test_a_lane_of_posts_that_works_again_rests_no_longer_the_next_time(
    engine_db: Engine, answers: dict[str, int], rest: int
) -> None:
    with engine_db.begin() as conn:
        now = db.now(conn)
        later = limited(conn, now) + timedelta(seconds=1)

        kept(conn, later, **answers)

        assert limited(conn, later) - later == timedelta(seconds=rest)
