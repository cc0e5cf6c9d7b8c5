"""How fast relays that were removed could be served is forgotten by the scheduler, each minute."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.outbound.health.queries import breakers
from engine.outbound.pace import queries
from engine.outbound.pace.queries import SeatRow
from engine.people import relay_changes
from engine.people.principal import SYSTEM
from engine.people.relay_changes import RelayDraft
from scheduler.retention import make_room
from tests.engine.outbound.world import Office

OWNER = "mail1:7"


@pytest.fixture
def office(engine_db: Engine) -> Office:
    return Office.open(engine_db, 1)


def broken_relay(office: Office) -> tuple[int, str]:
    """The id and the lane of a relay of the workspace's own whose breaker is open; a provider behind it has a pace."""
    with office.engine.begin() as conn:
        admin = SYSTEM(office.workspace_id)
        relay_id = relay_changes.add(conn, admin, office.settings, RelayDraft(host="smtp.x.test"))
        lane = f"relay:{relay_id}"
        queries.open_breaker(conn, lane, "connection refused", 5, db.now(conn))
        queries.locked(conn, [(lane, "x.test")])
    return relay_id, lane


def removed(office: Office, relay_id: int) -> None:
    with office.engine.begin() as conn:
        relay_changes.remove(conn, SYSTEM(office.workspace_id), relay_id)


def shown(office: Office) -> dict[tuple[str, str], str]:
    """The breakers that the metric shows once the scheduler has made room."""
    with office.engine.begin() as conn:
        make_room(conn)
        return breakers(conn)


def seated(office: Office, lane: str, lease: float) -> None:
    with office.engine.begin() as conn:
        queries.put_seats(conn, OWNER, [SeatRow(lane, "", 1, 1, 3)], lease)


def test_the_breaker_of_a_relay_that_was_removed_is_shown_no_longer(office: Office) -> None:
    relay_id, lane = broken_relay(office)
    with office.engine.begin() as conn:
        queries.open_breaker(conn, "instance", "421 busy", 5, db.now(conn))
        queries.open_breaker(conn, "webhook:1", "500", 5, db.now(conn))
    others = {("instance", ""): "open", ("webhook:1", ""): "open"}

    assert shown(office) == {(lane, ""): "open", (lane, "x.test"): "closed", **others}
    removed(office, relay_id)
    assert shown(office) == others


def test_a_pace_stays_while_a_worker_has_a_connection_to_the_relay_that_was_removed(office: Office) -> None:
    relay_id, lane = broken_relay(office)
    seated(office, lane, 60)
    removed(office, relay_id)

    assert (lane, "") in shown(office)
    seated(office, lane, -1)  # the worker died: nobody gives its seat up
    assert shown(office) == {}
    assert office.value("SELECT count(*) FROM seat") == 0


def test_what_a_worker_has_locked_is_left_to_the_next_time(office: Office) -> None:
    relay_id, lane = broken_relay(office)
    removed(office, relay_id)

    with office.engine.begin() as worker:
        queries.locked(worker, [(lane, "")])
        with office.engine.begin() as conn:
            conn.execute(text("SET LOCAL lock_timeout = '2s'"))
            make_room(conn)
            left = breakers(conn)

    assert left == {(lane, ""): "open"}
    assert shown(office) == {}
