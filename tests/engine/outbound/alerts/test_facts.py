"""What is wrong, and what only looks like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, insert, text

from engine import config, db, move
from engine.config import Settings
from engine.db import Conn
from engine.inbound.queries import refusing
from engine.models import Base, Tally
from engine.outbound import stop
from engine.outbound.alerts import facts
from engine.outbound.health.tally import Counter
from engine.outbound.pace import queries as pace
from engine.outbound.queries import canaries
from engine.outbound.queries.flushing import these
from tests import factories as make

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)


@pytest.fixture
def settings() -> Settings:
    return config.load(relay_host="relay.test")


@pytest.fixture
def run(conn: Conn) -> tuple[int, int, int]:
    """(workspace, run, batch): two rows, due at noon, counted then."""
    ws = make.workspace(conn)
    made = make.run(conn, ws.id, "prompt", size=2, made_at=NOON)
    batch = make.batch(conn, ws.id, made, next_at=NOON)
    for seq in (1, 2):
        make.delivery(conn, ws.id, made, batch, seq, recipient=seq, useful_until=NOON + timedelta(days=1))
    Counter(config.load()).recount(conn, NOON)
    return ws.id, made, batch


def abouts(found: list[facts.Fact]) -> list[str]:
    return [fact.about for fact in found]


def test_every_kind_of_fact_has_words_and_a_place_in_the_table() -> None:
    from engine.outbound.alerts import words

    kinds = {*facts.LOOKS, "dnsbl"}

    table = Base.metadata.tables["incident"]
    [check] = [c for c in table.constraints if isinstance(c, CheckConstraint)]
    assert set(words.TITLES) == set(words.ADVICE) == kinds
    assert all(f"'{kind}'" in str(check.sqltext) for kind in kinds)


def test_a_batch_that_nobody_takes_is_lag_and_one_lane_with_a_worker_in_it_is_not(
    conn: Conn, run: tuple[int, int, int], settings: Settings
) -> None:
    assert facts.lag(conn, NOON + timedelta(minutes=9), settings) == []

    [found] = facts.lag(conn, LATER, settings)
    assert (found.about, found.words) == (
        "batches:prompt",
        "1 batches of prompts are due since 30 min, and no worker takes them.",
    )

    make.batch(
        conn, run[0], run[1], next_at=NOON, owner="w", epoch=1, lease_until=datetime.now(UTC) + timedelta(minutes=1)
    )
    assert facts.lag(conn, LATER, settings) == []


def test_a_lane_that_rests_or_is_paced_is_no_lag(conn: Conn, run: tuple[int, int, int], settings: Settings) -> None:
    conn.execute(
        text("INSERT INTO pace (lane, next_at, reason) VALUES ('instance', :at, 'the day is full')"),
        {"at": LATER + timedelta(hours=1)},
    )

    assert facts.lag(conn, LATER, settings) == []
    assert facts.stuck(conn, LATER, settings) == []

    conn.execute(text("UPDATE pace SET breaker = 'open'"))
    assert abouts(facts.stuck(conn, LATER, settings)) == [f"w{run[0]}:smtp"]


def test_a_run_without_progress_is_stuck_and_says_its_transports_trouble(
    conn: Conn, run: tuple[int, int, int], settings: Settings
) -> None:
    pace.open_breaker(conn, "instance", "refused", 0, LATER)
    pace.open_breaker(conn, f"slack:{run[0]}", "another lane", 0, LATER)

    [found] = facts.stuck(conn, LATER, settings)

    assert found.workspace_id == run[0]
    assert found.words == f"Run {run[1]} by smtp: nothing has moved for 30 min. The last trouble: refused"


@pytest.mark.parametrize("lane", ["instance", "instance:bulk"])
def test_a_workspace_with_relays_of_its_own_is_told_of_theirs_alone(
    conn: Conn, run: tuple[int, int, int], settings: Settings, lane: str
) -> None:
    pace.open_breaker(conn, lane, "the instance's trouble", 0, LATER)
    relay = conn.execute(
        text("INSERT INTO relay (workspace_id, host, port, tls) VALUES (:w, 'a.test', 25, 'none') RETURNING id"),
        {"w": run[0]},
    ).scalar_one()

    [lag], [stuck] = facts.lag(conn, LATER, settings), facts.stuck(conn, LATER, settings)
    assert lag.about == "batches:prompt"  # the instance's relay rests, and it is not the one that would take them
    assert "trouble" not in stuck.words

    pace.open_breaker(conn, f"relay:{relay}", "535 wrong password", 0, LATER)
    [stuck] = facts.stuck(conn, LATER, settings)
    assert facts.lag(conn, LATER, settings) == []
    assert stuck.words.endswith("The last trouble: 535 wrong password")


def test_a_day_that_is_full_is_neither_lag_nor_stuck(conn: Conn, run: tuple[int, int, int], settings: Settings) -> None:
    relay = conn.execute(
        text("INSERT INTO relay (workspace_id, host, port, tls, per_day) VALUES (:w, 'a.test', 25, 'none', 9)"
             " RETURNING id"),
        {"w": run[0]},
    ).scalar_one()  # fmt: skip
    conn.execute(
        text("INSERT INTO pace (lane, day, day_used, day_cap) VALUES (:lane, :day, 9, 9)"),
        {"lane": f"relay:{relay}", "day": LATER.date()},
    )

    assert facts.lag(conn, LATER, settings) == []
    assert facts.stuck(conn, LATER, settings) == []

    conn.execute(text("UPDATE relay SET per_day = 10"))
    assert abouts(facts.lag(conn, LATER, settings)) == ["batches:prompt"]
    assert abouts(facts.stuck(conn, LATER, settings)) == [f"w{run[0]}:smtp"]


def test_posts_have_a_lane_of_their_own(conn: Conn, run: tuple[int, int, int], settings: Settings) -> None:
    conn.execute(text("UPDATE batch SET transport = 'slack'"))
    pace.rest(conn, f"slack:{run[0]}", "", "429 rate limited", 60, LATER)
    assert facts.lag(conn, LATER, settings) == []
    assert facts.stuck(conn, LATER, settings) == []

    conn.execute(text("DELETE FROM pace"))
    pace.open_breaker(conn, f"slack:{run[0]}", "no route", 60, LATER)
    pace.open_breaker(conn, "instance", "another lane", 60, LATER)

    [found] = facts.stuck(conn, LATER, settings)
    assert facts.lag(conn, LATER, settings) == []
    assert found.words == f"Run {run[1]} by slack: nothing has moved for 30 min. The last trouble: no route"


def test_a_run_that_moves_or_whose_rows_wait_for_their_retry_is_not_stuck(
    conn: Conn, run: tuple[int, int, int], settings: Settings
) -> None:
    move.deliveries(conn, "defer", these(run[1], [1]), LATER)
    Counter(settings).recount(conn, LATER - timedelta(minutes=1), pause=0)
    assert facts.stuck(conn, LATER, settings) == []

    conn.execute(text("UPDATE batch SET next_at = :at"), {"at": LATER + timedelta(hours=2)})
    assert facts.stuck(conn, LATER + timedelta(hours=1), settings) == []


def test_a_held_run_says_why_and_a_paused_one_is_a_persons_wish(
    conn: Conn, run: tuple[int, int, int], settings: Settings
) -> None:
    stop.pause(conn, run[1], NOON, actor="account:1")
    assert facts.held(conn, NOON, settings) == []

    stop.hold(conn, run[1], "553 5.7.1 sender refused", NOON)

    [found] = facts.held(conn, NOON, settings)
    assert found.words == f"Run {run[1]} held: 553 5.7.1 sender refused."


def test_old_doubts_count_in_runs_that_hold_alone(conn: Conn, run: tuple[int, int, int], settings: Settings) -> None:
    move.deliveries(conn, "doubt", these(run[1], [1, 2]), NOON)
    conn.execute(text("UPDATE run SET doubt_policy = 'hold'"))
    assert facts.doubts(conn, NOON, settings) == []

    conn.execute(text("UPDATE delivery_event SET written_at = written_at - interval '2 hours'"))
    [found] = facts.doubts(conn, NOON, settings)
    assert found.words.startswith("2 deliveries are in doubt, the oldest since 2 h")

    conn.execute(text("UPDATE run SET doubt_policy = 'resend'"))
    assert facts.doubts(conn, NOON, settings) == []


def tally(conn: Conn, workspace_id: int, **values: Any) -> None:
    run = make.run(conn, workspace_id, made_at=NOON)
    named = {
        "day": NOON.date(), "lane": "instance", "provider": "gmail", "from_domain": "acme.test", "transport": "smtp",
    }  # fmt: skip
    conn.execute(insert(Tally).values(workspace_id=workspace_id, run_id=run, **{**named, **values}))


@pytest.mark.parametrize(
    ("numbers", "crossed"),
    [
        ({"tried": 100, "accepted": 94, "bounced": 6}, ["bounced:instance:acme.test"]),
        ({"tried": 100, "accepted": 95, "bounced": 5}, []),
        ({"tried": 99, "accepted": 9, "bounced": 90}, []),
        ({"tried": 1000, "accepted": 1000, "complained": 4}, ["complained:instance:acme.test"]),
        ({"tried": 1000, "accepted": 1000, "complained": 3}, []),
        ({"tried": 100, "accepted": 79, "deferred": 21}, ["deferred:instance:gmail"]),
        ({"tried": 100, "accepted": 80, "deferred": 20}, []),
    ],
)
def test_a_rate_over_its_limit_of_enough_mails(
    conn: Conn, settings: Settings, numbers: dict[str, int], crossed: list[str]
) -> None:
    ws = make.workspace(conn)
    tally(conn, ws.id, **numbers)

    assert abouts(facts.unhealthy(conn, NOON, settings)) == [f"w{ws.id}:{about}" for about in crossed]


def test_what_happened_days_ago_is_no_alarm(conn: Conn, settings: Settings) -> None:
    ws = make.workspace(conn)
    tally(conn, ws.id, day=NOON.date() - timedelta(days=3), tried=100, bounced=50)

    assert facts.unhealthy(conn, NOON, settings) == []


def test_a_receiver_that_puts_off_everybody_on_the_instances_relay_is_one_fact(conn: Conn, settings: Settings) -> None:
    for _ in range(4):
        tally(conn, make.workspace(conn).id, tried=100, deferred=60)
    own = make.workspace(conn)
    tally(conn, own.id, lane="relay:9", tried=100, deferred=60)

    found = facts.unhealthy(conn, NOON, settings)

    assert sorted(abouts(found)) == ["deferred:instance:gmail", f"w{own.id}:deferred:relay:9:gmail"]
    [common] = [fact for fact in found if fact.workspace_id is None]
    assert "60 % of the mails at gmail were put off" in common.words


def test_a_queue_that_is_asked_and_does_not_answer_is_deaf(conn: Conn) -> None:
    settings = config.load(watchdog_seconds=60)
    canaries.asked(conn, ["send", "bulk"])
    canaries.taken(conn, "send", "w:1")
    conn.execute(text("UPDATE canary SET asked_since = asked_since - interval '5 min', taken_at = taken_at"))

    assert abouts(facts.deaf(conn, NOON, settings)) == ["bulk"]

    conn.execute(text("UPDATE canary SET asked_at = asked_at - interval '1 min'"))
    assert facts.deaf(conn, NOON, settings) == []  # nobody asks: scheduler or broker are away


def test_a_queue_whose_worker_is_busy_is_not_deaf(conn: Conn) -> None:
    canaries.asked(conn, ["bulk"])
    conn.execute(text("UPDATE canary SET asked_since = asked_since - interval '5 min'"))
    assert abouts(facts.deaf(conn, NOON, config.load())) == ["bulk"]

    db.beat(conn, "queue:bulk", "w:1")

    assert facts.deaf(conn, NOON, config.load()) == []


def test_after_a_pause_in_the_asking_the_time_begins_anew(conn: Conn) -> None:
    canaries.asked(conn, ["send"])
    conn.execute(text("UPDATE canary SET asked_since = now() - interval '1 h', asked_at = now() - interval '31 s'"))

    canaries.asked(conn, ["send"])

    assert canaries.silences(conn)["send"] < 30


def test_a_mailbox_that_fails_or_is_not_looked_into_is_a_fact(conn: Conn, settings: Settings) -> None:
    conn.execute(
        text(
            "INSERT INTO imap_box (name, connected_at, last_ok_at, failure) VALUES ('fine', now(), now(), ''),"
            " ('failing', NULL, NULL, 'It refuses the login.'), ('new', NULL, NULL, ''),"
            " ('left', now(), now() - interval '20 min', '')"
        )
    )

    found = facts.unfetched(conn, NOON, settings)

    assert abouts(found) == ["failing", "left"]
    assert [fact.words for fact in found] == [
        "Nothing is fetched from failing. It refuses the login.", "Not all in left was fetched for 20 min.",
    ]  # fmt: skip


def test_calls_with_mail_for_which_no_key_is_set_are_a_fact_until_it_is_or_a_day_has_passed(
    conn: Conn,
) -> None:
    for hook in ("postmark", "postmark", "ses", "sendgrid", "mailgun"):
        refusing.note(conn, hook, f"inbound_{hook}", "proves nothing. Choose more." if hook == "ses" else "")
    conn.execute(text("UPDATE refused_hook SET last_at = now() - interval '25 h' WHERE hook = 'sendgrid'"))

    found = facts.unproven(conn, NOON, config.load(inbound_mailgun="its key", inbound_ses="a name"))

    assert [fact.words for fact in found] == [
        f"{calls} with mail to /hooks/inbound/{hook} refused, the last 0 s ago: SIXPM_INBOUND_{why}"
        for calls, hook, why in (
            ("2 calls", "postmark", "POSTMARK is not set."),
            ("1 call", "ses", "SES proves nothing. Choose more."),
        )
    ]
