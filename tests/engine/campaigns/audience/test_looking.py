"""What is said while somebody types: a number and ten people, what is wrong, or that it takes too long."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import Connection, Engine, text

from engine.campaigns.audience import looking
from engine.campaigns.audience.queries.looking import TooSlow, bounded
from engine.errors import NotAllowed
from engine.people.principal import SYSTEM, Principal, of_session
from tests import factories as make
from tests.engine.campaigns.audience.scene import NOW, World, people


@pytest.fixture
def here(shared_conn: Connection) -> World:
    """The scene."""
    return people(shared_conn)


def look(here: World, typed: str, who: Principal | None = None) -> looking.Seen:
    who = who or SYSTEM(here.ws.id)
    return looking.look(here.conn, who, typed, looking.known(here.conn, who), NOW)


def test_a_query_has_a_number_and_a_sample(here: World) -> None:
    seen = look(here, 'tags contains "beta"')

    assert (seen.number, seen.faults) == (2, ())
    assert [(one.name, one.email, one.zone, one.tags) for one in seen.sample] == [
        ("ada", "Ada@Example.org", "Europe/Berlin", ["vip", "beta"]), ("bo", "bo@example.com", None, ["beta"]),
    ]  # fmt: skip


def test_ten_of_many_are_shown(here: World) -> None:
    seen = look(here, "everyone")

    assert (seen.number, len(seen.sample)) == (12, 10)


def test_all_that_does_not_fit_is_said_in_the_order_of_the_text(here: World) -> None:
    typed = 'pan is "x" and seats is "y" or in team "Ops"'

    seen = look(here, typed)

    assert [typed[fault.start : fault.end] for fault in seen.faults] == ["pan", 'seats is "y"', 'in team "Ops"']
    assert seen.number is None


def test_what_cannot_be_read_is_one_fault(here: World) -> None:
    seen = look(here, "seats >")

    assert (seen.query, len(seen.faults)) == (None, 1)


def test_names_are_those_of_the_workspace(here: World) -> None:
    other = make.workspace(here.conn, "Third")

    assert look(here, "seats > 5", SYSTEM(other.id)).faults[0].words.startswith("There is no field or attribute")


def test_what_takes_too_long_is_stopped_and_the_transaction_goes_on(shared_conn: Connection) -> None:
    before = shared_conn.execute(text("SELECT current_setting('statement_timeout'), current_setting('jit')")).one()
    started = time.monotonic()

    with pytest.raises(TooSlow), bounded(shared_conn, 50):
        shared_conn.execute(text("SELECT pg_sleep(60)"))

    assert time.monotonic() - started < 30
    after = shared_conn.execute(text("SELECT current_setting('statement_timeout'), current_setting('jit')")).one()
    assert after == before


def test_a_count_that_is_too_slow_says_so(engine_db: Engine) -> None:
    """Somebody holds the table, so the count waits until its time is over."""
    engine = engine_db
    with engine.begin() as first:
        who = SYSTEM(make.workspace(first).id)
    with engine.connect() as other, other.begin():
        other.execute(text("LOCK TABLE contact IN ACCESS EXCLUSIVE MODE"))

        with engine.connect() as mine:
            known = looking.known(mine, who)
            seen = looking.look(mine, who, "everyone", known, NOW, seconds=0.05)

    assert (seen.number, seen.sample, seen.faults) == (None, (), ())
    assert seen.query is not None


def test_who_is_no_admin_counts_nobody(here: World) -> None:
    with pytest.raises(NotAllowed):
        look(here, "everyone", of_session(here.ws.id, 1, 1, "user"))
