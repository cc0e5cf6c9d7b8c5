"""A campaign to 5,000 people by real processes: a worker dies, it is paused, resumed and cancelled, and all agree."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine import db
from engine.campaigns import campaigns, flight
from engine.campaigns.launch import launch
from engine.outbound.plan import Planned
from engine.people.principal import SYSTEM
from tests import factories
from tests.factories.campaigns import written
from tests.stories import counting
from tests.stories.instance import Instance

pytestmark = pytest.mark.story
PEOPLE, SAID_NO = 5000, 50


def launched(house: Instance) -> tuple[int, int, Planned]:
    """(workspace, campaign, its run): everybody gets it but 50 who said no."""
    with house.engine.begin() as conn:
        w = factories.workspace(conn).id
        conn.execute(
            text("INSERT INTO contact (workspace_id, email, email_key, name) SELECT :w, a, a, 'P' || n"
                 " FROM generate_series(1, :n) n, LATERAL (SELECT 'p' || n || '@c' || :w || '.test' AS a) x"),
            {"w": w, "n": PEOPLE},
        )  # fmt: skip
        conn.execute(
            text("INSERT INTO consent (contact_id, channel, workspace_id, state, source, at) SELECT id, 'mail', :w,"
                 " 'withdrawn', 'person', now() FROM contact WHERE workspace_id = :w ORDER BY id LIMIT :n"),
            {"w": w, "n": SAID_NO},
        )  # fmt: skip
        made = campaigns.make(conn, SYSTEM(w), "Spring", needs_consent=False)
        written(conn, SYSTEM(w), made, "Spring", "It is spring.", db.now(conn))
        launch(conn, SYSTEM(w), made, db.now(conn))
        run_id = campaigns.get(conn, SYSTEM(w), made).run_id
    assert run_id is not None
    return w, made, Planned(run_id, (), PEOPLE)


@pytest.mark.parametrize("instance", ["pgmq"], indirect=True)  # that of 100,000 has the other
def test_of_5_000_recipients_every_one_is_accounted_for(house: Instance) -> None:
    house.up("sender", "scheduler")
    w, made, run = launched(house)
    house.mid(run, at_least=300)

    house.one("sender").kill()
    house.up("sender")
    before = house.left(run)
    house.wait("it goes on after the kill", lambda: house.left(run) > before, 60)
    with house.engine.begin() as conn:
        flight.pause(conn, SYSTEM(w), made, db.now(conn))
    house.wait("its batches are let go", lambda: house.holder(run.run_id) == 0, 30)
    still = house.left(run)
    with house.engine.begin() as conn:
        flight.resume(conn, SYSTEM(w), made, db.now(conn))
    house.wait("it goes on after the pause", lambda: house.left(run) > still, 60)
    with house.engine.begin() as conn:
        flight.cancel(conn, SYSTEM(w), made, db.now(conn))
    open_ = "SELECT count(*) FROM delivery WHERE run_id = :run AND state IN ('queued', 'deferred')"
    house.wait("no row is left open", lambda: house.value(open_, run=run.run_id) == 0, 60)

    found = house.count(run)
    assert sum(found.states.values()) == PEOPLE
    assert found.states["suppressed"] == SAID_NO
    assert found.states["cancelled"] > 0, "it was over before it was cancelled"
    assert set(found.states) <= {"sent", "cancelled", "suppressed", "in_doubt"}
    doubts = found.states.get("in_doubt", 0)
    sunk = counting.in_sink(house.sink.log, house.keys, [run.run_id])[0]
    assert found.states["sent"] <= len(sunk) <= found.states["sent"] + doubts
    assert house.value("SELECT state FROM campaign WHERE id = :c", c=made) == "cancelled"
