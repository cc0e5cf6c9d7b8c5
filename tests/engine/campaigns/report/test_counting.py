"""What is counted with each hit is what the hits say; large runs are counted by the scheduler and kept."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import Engine

from engine.campaigns.report import counting
from engine.campaigns.tracking import counting as hits
from engine.campaigns.tracking.queries import counting as queries
from tests.engine.campaigns.report.played import FIREFOX, Played, play

SUMS = """SELECT what, link_id, hour, taken_for, sum(n)::bigint FROM hit_count WHERE run_id = :r
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4"""
ADDRESSES = [f"p{n}@gmail.com" for n in range(9, 13)] + ["p7@x.test", "p8@x.test"]


def shower(played: Played, seed: int) -> None:
    """Hits of people and machines as they may come: later ones change what earlier ones are taken for."""
    chance = random.Random(seed)
    for _ in range(60):
        place = chance.choice([None, 0, -1, *played.links, *played.links])
        after = timedelta(seconds=chance.choice([1, 3, 3600, 3601, 7300, 9000]))
        net, agent = chance.choice(["198.51.100.7", "192.0.2.4"]), chance.choice([FIREFOX, FIREFOX, ""])
        played.hit(chance.choice(ADDRESSES), place, chance.choice(["GET", "GET", "HEAD"]), agent, net, after)


def test_counts_that_came_with_each_hit_are_those_of_all_hits_read_anew(engine_db: Engine) -> None:
    played = play(engine_db)
    shower(played, 7)

    as_they_came = played.scene.rows(SUMS, r=played.run_id)
    loose = played.scene.value("SELECT count(*) FROM hit_count")
    with engine_db.begin() as conn:
        assert queries.fold(conn, [played.run_id]) == 1
    folded = played.scene.rows(SUMS, r=played.run_id)
    kept = played.scene.value("SELECT count(*) FROM hit_count")
    with engine_db.begin() as conn:
        queries.anew(conn, [played.run_id])

    assert {row[0] for row in as_they_came} == {"open", "click", "link"}
    assert {row[3] for row in as_they_came} == {"human", "machine", "likely"}
    assert as_they_came == folded == played.scene.rows(SUMS, r=played.run_id)
    assert kept == len(folded) < loose


def test_changes_are_folded_once_there_are_many(engine_db: Engine) -> None:
    played = play(engine_db)

    with engine_db.begin() as conn:
        few = hits.fold(conn)
    played.scene.do("INSERT INTO hit_count (workspace_id, run_id, what, hour, taken_for, n)"
                    " SELECT :w, :r, 'open', to_timestamp(0), 'human', 1 FROM generate_series(1, 500)",
                    r=played.run_id)  # fmt: skip
    with engine_db.begin() as conn:
        many = hits.fold(conn)

    assert (few, many) == (0, 1)
    assert played.scene.value("SELECT n FROM hit_count WHERE hour = to_timestamp(0) AND what = 'open'") == 500


def test_a_large_run_is_counted_while_it_goes_on_and_once_it_is_over(engine_db: Engine) -> None:
    played = play(engine_db)
    scene, now = played.scene, played.scene.now()
    scene.do("UPDATE run SET size = 30000 WHERE id = :r", r=played.run_id)

    with engine_db.begin() as conn:
        first, at_once = counting.recount(conn, now), counting.recount(conn, now)
    scene.do("UPDATE run_count SET at = at - interval '1 minute'")
    with engine_db.begin() as conn:
        later = counting.recount(conn, now)
    scene.do("UPDATE run SET state = 'done' WHERE id = :r", r=played.run_id)
    with engine_db.begin() as conn:
        over = counting.recount(conn, now)
    scene.do("INSERT INTO tallied (run_id, workspace_id, at, moved_at, settled)"
             " VALUES (:r, :w, clock_timestamp(), now(), true)", r=played.run_id)  # fmt: skip
    with engine_db.begin() as conn:
        counted_after, again = counting.recount(conn, now), counting.recount(conn, now)

    assert (first, at_once, later, over, counted_after, again) == (1, 0, 1, 0, 1, 0)
    counts = scene.value("SELECT counts FROM run_count")["rows"]
    assert sum(row[-1] for row in counts) == 12
    assert sum(row[-1] for row in counts if row[0] == "gmail" and row[2] == "sent") == 4


def test_small_runs_are_not_kept(engine_db: Engine) -> None:
    played = play(engine_db)

    with engine_db.begin() as conn:
        assert counting.recount(conn, played.scene.now()) == 0
