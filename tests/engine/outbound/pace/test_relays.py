"""Pace with real parts: several sending loops, one PostgreSQL, sinks as relays."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine import db
from engine.outbound import plan
from engine.outbound.pace import queries, routing
from tests.engine.outbound.pace.at_work import at_work, sent, until
from tests.engine.outbound.world import Office
from tests.fakes.smtp_sink import SinkProcess, most_open, read_log, sink_process

# ---- connections


def test_all_workspaces_and_workers_share_the_connections_of_one_relay(engine_db: Engine, sink: SinkProcess) -> None:
    offices = [Office.open(engine_db, sink.port) for _ in range(12)]
    for office in offices:
        office.plan([f"late=0.01+{n}@x.test" for n in range(25)])

    with at_work(offices[0], offices[0]):
        until(lambda: sent(offices[0]) == 300)

    assert most_open(sink.log) == 2
    assert offices[0].value("SELECT count(*) FROM seat") == 0, "they are given up at the end"


def test_a_worker_that_joins_gets_its_part(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    office.settings = office.settings.model_copy(update={"relay_connections": 4})
    office.plan([f"late=0.02+{n}@x.test" for n in range(1600)])
    with at_work(office, seconds=15):
        until(lambda: office.value("SELECT coalesce(sum(seats), 0) FROM seat") == 4)
        with at_work(office, seconds=6):
            until(lambda: office.value("SELECT count(*) FROM seat WHERE seats = 2") == 2)
            until(lambda: office.value("SELECT count(DISTINCT owner) FROM batch WHERE owner IS NOT NULL") == 2)

    assert most_open(sink.log) <= 4


def test_seats_of_a_worker_that_died_are_free_when_their_time_is_over(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    office.plan(["a@x.test"])
    office.run_sql(
        "INSERT INTO seat (lane, owner, wanted, seats, until)"
        " VALUES ('instance', 'dead', 9, 2, clock_timestamp() + interval '2 s')"
    )

    with at_work(office, seconds=10):
        until(lambda: office.value("SELECT owner IS NOT NULL FROM batch"))
        before = sent(office)
        until(lambda: sent(office) == 1)

    assert before == 0


# ---- messages a second and a day


def test_messages_a_second_hold_over_all_workers(engine_db: Engine, sink: SinkProcess) -> None:
    office, other = Office.open(engine_db, sink.port), Office.open(engine_db, sink.port)
    for one in (office, other):
        one.plan([f"{n}@x.test" for n in range(60)])
        one.relay(sink.port, per_second=20, connections=4)

    with at_work(office, office):
        until(lambda: sent(office) == 120)

    mine = [mail.t for mail in read_log(sink.log) if mail.message_id.startswith("<1.")]
    busiest = max(sum(1 for t in mine if start <= t < start + 1) for start in mine)
    assert len(mine) == 60
    assert busiest <= 20 * 1.25 + 1
    assert mine[-1] - mine[0] > 2.0


def test_the_cap_of_a_day_holds_over_all_workers_and_the_rest_waits_for_the_next(
    engine_db: Engine, sink: SinkProcess
) -> None:
    office = Office.open(engine_db, sink.port)
    office.relay(sink.port, per_day=30)
    office.plan([f"late=0.02+{n}@x.test" for n in range(50)], useful=timedelta(days=3))
    office.plan(["ok+late@x.test"], useful=timedelta(days=3))

    with at_work(office, office, seconds=6):
        until(lambda: sent(office) == 30)
        until(lambda: not office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL"))
    first = len(read_log(sink.log))
    with engine_db.begin() as conn:
        shut = routing.claim(conn, "me", db.now(conn), 9, 30, office.settings).batches
        db.shift_clock(conn, timedelta(days=1))
    with at_work(office):
        until(lambda: sent(office) == 51)

    assert first == 30
    assert shut == ()


def test_the_end_of_a_day_s_cap_is_kept_for_what_people_wait_for(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    office.relay(sink.port, per_day=30)
    news = office.plan([f"late=0.01+{n}@x.test" for n in range(50)], "digest", useful=timedelta(days=3))
    with at_work(office, office, seconds=6):
        until(lambda: office.states(news.run_id)["sent"] == 27)
        until(lambda: not office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL"))
    with engine_db.begin() as conn:
        shut = routing.claim(conn, "me", db.now(conn), 9, 30, office.settings).batches

    asked = office.plan([f"ok+{n}@x.test" for n in range(5)], "prompt", useful=timedelta(days=3))
    with at_work(office, office, seconds=6):
        until(lambda: office.states(asked.run_id)["sent"] == 3)
        until(lambda: not office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL"))

    assert shut == ()
    assert sent(office) == len(read_log(sink.log)) == 30


def test_prompts_beside_bulk_mail_take_none_of_what_is_kept_while_there_is_more(
    engine_db: Engine, sink: SinkProcess
) -> None:
    office = Office.open(engine_db, sink.port)
    office.relay(sink.port, per_day=30)
    news = office.plan([f"{n}@x.test" for n in range(50)], "digest")
    asked = office.plan([f"ok+{n}@x.test" for n in range(10)], "prompt")

    with at_work(office, seconds=6):
        until(lambda: sent(office) == 27)
        until(lambda: not office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL"))

    assert office.states(asked.run_id) == {"sent": 10}
    assert office.states(news.run_id) == {"sent": 17, "queued": 33}


def test_a_cap_that_is_raised_lets_the_rest_go(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    office.relay(sink.port, per_day=3)
    office.plan([f"{n}@x.test" for n in range(5)])
    with at_work(office, seconds=4):
        until(lambda: sent(office) == 3)

    office.run_sql("UPDATE relay SET per_day = 100")
    with at_work(office, seconds=4):
        until(lambda: sent(office) == 5)


def test_a_session_ends_after_as_many_messages_as_the_relay_wants(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    office.relay(sink.port, per_connection=5)
    office.plan([f"{n}@x.test" for n in range(30)])

    with at_work(office):
        until(lambda: sent(office) == 30)

    assert max(Counter(mail.conn for mail in read_log(sink.log)).values()) == 5


def test_a_relay_that_is_changed_in_the_middle_of_a_run_gets_the_rest_of_it(
    engine_db: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "MOST", 10)
    with sink_process(tmp_path / "old.log") as old, sink_process(tmp_path / "new.log") as new:
        office = Office.open(engine_db, 1)
        office.relay(old.port)
        planned = office.plan([f"late=0.1+{n}@x.test" for n in range(100)])
        with at_work(office, seconds=20):
            until(lambda: sent(office) >= 5)
            office.run_sql("UPDATE relay SET port = :port", port=new.port)
            until(lambda: office.states(planned.run_id) == {"sent": 100})

        went = [{mail.rcpt[0] for mail in read_log(sink.log)} for sink in (old, new)]

    assert len(went[0]) + len(went[1]) == 100
    assert not went[0] & went[1]
    assert len(went[1]) > 20


# ---- the breaker, and the second relay


def test_while_the_first_relay_is_away_the_second_takes_what_never_left(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, 1)
    first = office.relay(1)
    second = office.relay(sink.port, rank=1)
    planned = office.plan([f"{n}@x.test" for n in range(5)])
    doubted = office.plan(["ok+doubt@x.test"])
    _doubt_and_resend(office, doubted.run_id)

    with at_work(office, seconds=5):
        until(lambda: office.states(planned.run_id) == {"sent": 5})

    assert office.states(doubted.run_id) == {"queued": 1}, "the first relay may have a copy of it"
    assert set(office.column(planned.run_id, "relay_id")) == {int(second.removeprefix("relay:"))}
    assert office.value("SELECT breaker FROM pace WHERE lane = :lane", lane=first) in ("open", "trying")
    assert office.value("SELECT reason FROM pace WHERE lane = :lane", lane=first)


def _doubt_and_resend(office: Office, run_id: int) -> None:
    office.run_sql(
        "INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state)"
        " SELECT run_id, seq, workspace_id, now(), 0, 'doubt', 'in_doubt' FROM delivery WHERE run_id = :r",
        r=run_id,
    )


def test_one_worker_alone_tries_a_relay_that_has_rested(engine_db: Engine, tmp_path: Path) -> None:
    office = Office.open(engine_db, 1)
    office.plan(["a@x.test"] + [f"{n}@x.test" for n in range(250)])
    with at_work(office, seconds=1.5):
        until(lambda: office.value("SELECT max(breaker) FROM pace") == "open")
    until(lambda: not office.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL"))
    office.run_sql("UPDATE pace SET next_at = now() - interval '1 s'")

    with engine_db.begin() as conn:
        now = db.now(conn)
        mine = routing.claim(conn, "a", now, 1, 30, office.settings)
        theirs = routing.claim(conn, "b", now, 1, 30, office.settings)

    assert mine.tries == {"instance"}
    assert len(mine.batches) == 1
    assert theirs.batches == ()
    assert office.value("SELECT breaker FROM pace") == "trying"


def test_an_answer_closes_the_breaker_and_a_failure_opens_it_for_longer(engine_db: Engine, sink: SinkProcess) -> None:
    office = Office.open(engine_db, sink.port)
    planned = office.plan([f"{n}@x.test" for n in range(300)])
    office.run_sql("INSERT INTO pace (lane, breaker, failures, next_at) VALUES ('instance', 'open', 3, now())")
    office.settings = office.settings.model_copy(update={"relay_port": 1})
    with at_work(office, seconds=1):
        until(lambda: office.value("SELECT max(failures) FROM pace") == 4)
    waits = office.value("SELECT extract(epoch FROM next_at - at) FROM pace")

    office.run_sql("UPDATE pace SET next_at = now()")
    office.settings = office.settings.model_copy(update={"relay_port": sink.port})
    with at_work(office, seconds=10):
        until(lambda: office.states(planned.run_id) == {"sent": 300})

    assert 39 < waits <= 41
    assert office.value("SELECT breaker || failures FROM pace") == "closed0"


def test_a_failure_that_many_workers_meet_at_once_counts_once(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        now = db.now(conn)
        for _ in range(5):
            queries.open_breaker(conn, "instance", "421 away", 0, now)

        found = queries.in_the_way(conn, now)

    assert [(row.breaker, row.failures) for row in found] == [("open", 1)]


# ---- receivers that are told apart


def test_a_visible_relay_s_rows_are_planned_by_provider_and_each_has_a_pace(
    engine_db: Engine, sink: SinkProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIXPM_RELAY_HOST", "127.0.0.1")
    office = Office.open(engine_db, sink.port)
    lane = office.relay(sink.port, visible=True, connections=6)
    domains = ("gmail.com", "outlook.com", "x.test")
    planned = office.plan([f"late=0.04+{n}@{domains[n % 3]}" for n in range(300)])
    ways = office.value("SELECT string_agg(provider, ' ' ORDER BY id) FROM batch")

    with at_work(office, office):
        until(lambda: office.states(planned.run_id) == {"sent": 300})

    assert ways == "gmail outlook other"
    allowed = office.value(
        "SELECT string_agg(provider, ' ' ORDER BY provider) FROM pace WHERE lane = :lane AND allowed > 2", lane=lane
    )
    assert allowed == "gmail other outlook"
    assert most_open(sink.log) <= 6


def test_one_provider_that_calls_us_too_fast_rests_alone(engine_db: Engine, tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"a@gmail.com": "rcpt421=4.7.28 unusual rate of unsolicited mail"}')
    with sink_process(tmp_path / "sink.log", "--script", str(script)) as sink:
        office = Office.open(engine_db, sink.port)
        lane = office.relay(sink.port, visible=True)
        planned = office.plan(["a@gmail.com", "b@x.test", "c@x.test"])
        with at_work(office, seconds=3):
            until(lambda: office.states(planned.run_id)["sent"] == 2)
            until(lambda: office.value("SELECT count(*) FROM pace WHERE next_at > now()"))

    assert office.column(planned.run_id, "attempt") == [0, 0, 0]
    resting = office.value("SELECT string_agg(provider, ' ') FROM pace WHERE next_at IS NOT NULL AND lane = :l", l=lane)
    assert resting == "gmail"
