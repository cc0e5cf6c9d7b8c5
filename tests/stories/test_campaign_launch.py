"""Two browsers launch the same campaign at the same instant: it starts once, and the second is told."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from tests.stories import accounting, campaigning
from tests.stories.instance import PATIENT, Instance

pytestmark = pytest.mark.story

PEOPLE = 200
WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        AND query LIKE '%FROM campaign%FOR NO KEY UPDATE%'
"""


def test_a_double_launch_from_two_browsers_starts_once(swift: Instance) -> None:
    house = swift
    house.up("web", "sender", "scheduler")
    where = campaigning.place(house)
    campaigning.people(house, where, PEOPLE - 1)
    made = campaigning.written(house, where, "Spring")

    with (
        campaigning.browser(house, where) as one, campaigning.browser(house, where) as other,
        ThreadPoolExecutor(2) as pool, house.engine.connect() as conn,
    ):  # fmt: skip
        conn.execute(text(PATIENT))
        conn.execute(text("SELECT FROM campaign WHERE id = :c FOR UPDATE"), {"c": made})
        pressed = [pool.submit(who.press, made, "launch") for who in (one, other)]
        house.wait("both wait at its row", lambda: house.value(WAITING) == 2, 20)
        conn.rollback()
        answers = [one.result() for one in pressed]
    run = campaigning.run_of(house, made)  # there is one
    house.finish(run)

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    told = {answer.status_code: answer.text for answer in answers}
    assert "It is on its way." in told[200]
    assert "It is on its way." not in told[409]
    assert "running" in told[409], "the second is not told why"
    assert accounting.accounted(house, run).states == Counter(sent=PEOPLE)
    acts = "SELECT count(*) FROM act WHERE workspace_id = :w AND noun = 'campaign' AND object_id = :c"
    assert house.value(acts, w=where.id, c=made) == 1
    launches = "SELECT count(*) FROM history WHERE noun = 'campaign' AND object_id = :c AND trigger = 'launch'"
    assert house.value(launches, c=made) == 1


def test_an_account_is_refused_when_the_log_of_the_sink_says_otherwise(swift: Instance) -> None:
    house = swift
    house.up("web", "sender", "scheduler")
    where = campaigning.place(house)
    campaigning.people(house, where, 4)
    made = campaigning.written(house, where, "Spring")
    with campaigning.browser(house, where) as admin:
        admin.press(made, "launch")
    run = campaigning.run_of(house, made)
    house.finish(run)
    told = house.sink.log.read_bytes()
    *_, last = told.splitlines(keepends=True)

    try:
        house.sink.log.write_bytes(told.removesuffix(last))
        with pytest.raises(AssertionError, match="nothing of them has arrived"):
            accounting.accounted(house, run)
        house.sink.log.write_bytes(told + last.replace(b'"attempt": 1', b'"attempt": 2'))
        with pytest.raises(AssertionError, match="no row tells of"):
            accounting.accounted(house, run)
        house.sink.log.write_bytes(told + last)
        with pytest.raises(AssertionError, match="twice"):
            accounting.accounted(house, run)
    finally:
        house.sink.log.write_bytes(told)
    assert accounting.accounted(house, run).states == Counter(sent=5)
