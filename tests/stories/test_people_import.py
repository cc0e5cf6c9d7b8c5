"""A file of people brought in by real processes that are killed: nobody is doubled, no line is lost, all is undone."""

from __future__ import annotations

import io
import os
import signal
from functools import partial
from typing import Any

import pytest

from engine.people.imports import deciding, file
from engine.people.imports.imports import SLICE
from engine.people.imports.options import Options
from engine.people.principal import Principal, of_session
from tests import factories
from tests.stories.instance import Instance

pytestmark = pytest.mark.story

PEOPLE = 60_000
BAD = 60  # every thousandth line has no address
AGAIN = 100  # addresses of the first lines that come again at the end


def table() -> bytes:
    lines = ["email,name,city,age,tags"]
    for n in range(PEOPLE):
        address = "nothing" if n % 1000 == 999 else f"p{n}@import.test"
        lines.append(f"{address},Person {n},City {n % 50},{n % 90},t{n % 5}")
    lines += [f"p{n}@import.test,Last {n},City,1,t" for n in range(AGAIN)]
    return "\n".join(lines).encode()


def begun(house: Instance) -> tuple[Principal, int]:
    """An import of the table that has been started; nobody was told but by the row."""
    with house.engine.begin() as conn:
        who = of_session(factories.workspace(conn).id, 1, 1, "admin")
        now = house.now()
        ident = file.take_in(conn, who, "people.csv", io.BytesIO(table()).read, now)
        deciding.say(conn, who, ident, file.guess(deciding.get(conn, who, ident), {}), Options(), now)
        deciding.start(conn, who, ident, now)
    return who, ident


def row(house: Instance, ident: int) -> Any:
    columns = "state || ' ' || lines || ' ' || made || ' ' || faults"
    state, *numbers = house.value(f"SELECT {columns} FROM import WHERE id = :id", id=ident).split()
    return state, *map(int, numbers)


def people(house: Instance, who: Principal) -> int:
    return int(house.value("SELECT count(*) FROM contact WHERE workspace_id = :ws", ws=who.workspace_id))


def _far(house: Instance, ident: int, lines: int) -> bool:
    return bool(row(house, ident)[1] >= lines)


def kill(house: Instance) -> None:
    """Kill the worker with all its children, at whatever they are."""
    part = house.parts["inbound"]
    for pid in (*part.children(), part.pid):
        os.kill(pid, signal.SIGKILL)
    part.process.wait()


def test_killed_three_times_every_line_counts_once_and_an_undo_that_is_killed_leaves_nothing(house: Instance) -> None:
    house.up("scheduler")
    who, ident = begun(house)

    for times in range(3):
        house.up("inbound")
        goal = (3 * times + 1) * SLICE
        house.wait("slices are done", partial(_far, house, ident, goal), 60)
        kill(house)
        house.wait("its transaction is over", lambda: not house.values("SELECT pid FROM pg_stat_activity"
                   " WHERE query ILIKE '%import_stage%' AND pid <> pg_backend_pid() AND state <> 'idle'"))  # fmt: skip
        state, lines, made, faults = row(house, ident)
        assert (state, lines, lines % SLICE) == ("running", made + faults, 0)
        assert people(house, who) == made
    house.up("inbound")
    house.wait("it is done", lambda: row(house, ident)[0] == "done", 60)

    assert row(house, ident)[1:] == (PEOPLE + AGAIN, PEOPLE - BAD, BAD + AGAIN)
    assert people(house, who) == PEOPLE - BAD
    assert house.value("SELECT count(*) FROM import_fault WHERE import_id = :id", id=ident) == BAD + AGAIN
    assert house.value("SELECT count(*) FROM contact WHERE name LIKE 'Last %' AND workspace_id = :ws",
                       ws=who.workspace_id) == AGAIN  # fmt: skip
    with house.engine.begin() as conn:
        deciding.undo(conn, who, ident, house.now())
    house.wait("some are gone", lambda: people(house, who) < PEOPLE - BAD, 60)
    kill(house)
    between = people(house, who)
    house.up("inbound")
    house.wait("it is undone", lambda: row(house, ident)[0] == "undone", 60)

    assert 0 < between < PEOPLE - BAD
    assert people(house, who) == 0


@pytest.mark.parametrize("instance", ["pgmq"], indirect=True)  # the kills have both
def test_a_cancel_acts_within_one_slice(house: Instance) -> None:
    house.up("scheduler", "inbound")
    who, ident = begun(house)
    house.wait("it goes", lambda: row(house, ident)[1] > 0, 60)

    with house.engine.begin() as conn:
        deciding.cancel(conn, who, ident, house.now())
    at = row(house, ident)
    house.up("inbound")

    assert at[0] == "cancelled"
    assert 0 < at[1] < PEOPLE
    assert people(house, who) == at[2]
