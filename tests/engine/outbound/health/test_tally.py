"""Tallies are counted from rows: what happened, by day, provider, relay and From, the same however often counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, text

from engine import config, move
from engine.db import Conn
from engine.outbound.health import tally
from engine.outbound.health.tally import Counter
from engine.outbound.queries.flushing import these
from tests import factories as make

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TODAY, YESTERDAY = NOW.date(), NOW.date() - timedelta(days=1)
ADDRESSES = ("a@gmail.com", "b@GMAIL.com", "c@acme.test", "d@outlook.com", "e@outlook.com")


@pytest.fixture
def counter() -> Counter:
    return Counter(config.load(mail_from="sixpm <hello@instance.test>"))


def planned(conn: Conn, addresses: tuple[str, ...] = ADDRESSES, **values: Any) -> tuple[int, int]:
    """(workspace, run) with one queued row per address."""
    ws = make.workspace(conn, **values)
    run = make.run(conn, ws.id, size=len(addresses), made_at=NOW)
    batch = make.batch(conn, ws.id, run, next_at=NOW)
    for seq, address in enumerate(addresses, 1):
        make.delivery(conn, ws.id, run, batch, seq, recipient=seq, address=address)
    return ws.id, run


def accept(conn: Conn, run: int, seqs: list[int], at: datetime = NOW) -> None:
    move.deliveries(conn, "accept", these(run, seqs), at, values={"sent_at": at})
    conn.execute(text("DELETE FROM delivery_event WHERE trigger = 'accept'"))  # plain rows have none


def rows(conn: Conn) -> list[Row[Any]]:
    order = " ORDER BY run_id, day, transport, lane, provider, from_domain"
    return list(conn.execute(text(f"SELECT * FROM tally {order}")))


def one(conn: Conn, provider: str, day: date = TODAY) -> Row[Any]:
    return conn.execute(text("SELECT * FROM tally WHERE provider = :p AND day = :d"), {"p": provider, "d": day}).one()


def finish(conn: Conn, run: int) -> None:
    conn.execute(text("UPDATE run SET state = 'done' WHERE id = :run"), {"run": run})


def test_plain_rows_are_accepted_by_provider(conn: Conn, counter: Counter) -> None:
    _, run = planned(conn)
    accept(conn, run, [1, 2, 3, 4, 5])

    assert counter.recount(conn, NOW) == 1

    assert [(r.provider, r.tried, r.accepted) for r in rows(conn)] == [
        ("gmail", 2, 2),
        ("other", 1, 1),
        ("outlook", 2, 2),
    ]
    assert {(r.day, r.transport, r.lane, r.from_domain) for r in rows(conn)} == {
        (TODAY, "smtp", "instance", "instance.test")
    }


def test_what_was_not_plain_counts_once_a_day_for_each_message(conn: Conn, counter: Counter) -> None:
    _, run = planned(conn)
    accept(conn, run, [1, 2], NOW - timedelta(days=1))
    for minutes in (0, 5):
        move.deliveries(conn, "defer", these(run, [4]), NOW + timedelta(minutes=minutes))
    accept(conn, run, [4], NOW + timedelta(hours=1))
    move.deliveries(conn, "bounce", these(run, [5]), NOW)
    move.deliveries(conn, "return_", these(run, [1]), NOW)
    move.deliveries(conn, "deliver", these(run, [2]), NOW)
    move.deliveries(conn, "complain", these(run, [2]), NOW)
    move.deliveries(conn, "doubt", these(run, [3]), NOW)
    move.deliveries(conn, "give_up", these(run, [3]), NOW, actor="account:1")

    counter.recount(conn, NOW)

    then, gmail, outlook, other = (
        one(conn, "gmail", YESTERDAY),
        one(conn, "gmail"),
        one(conn, "outlook"),
        one(conn, "other"),
    )
    assert (then.tried, then.accepted, then.bounced) == (2, 2, 0)
    assert (gmail.tried, gmail.accepted, gmail.bounced, gmail.delivered, gmail.complained) == (0, 0, 1, 1, 1)
    assert (outlook.tried, outlook.accepted, outlook.deferred, outlook.bounced) == (2, 1, 1, 1)
    assert (other.tried, other.doubted, other.failed) == (0, 1, 1)


def test_counting_twice_gives_the_same(conn: Conn, counter: Counter) -> None:
    _, run = planned(conn)
    accept(conn, run, [1, 3])
    move.deliveries(conn, "bounce", these(run, [5]), NOW)
    counter.recount(conn, NOW)
    before = rows(conn)

    assert Counter(counter.settings).recount(conn, NOW, pause=0) == 1

    assert rows(conn) == before


def test_a_relay_of_the_workspaces_own_and_a_post_are_told_apart(conn: Conn, counter: Counter) -> None:
    workspace_id, run = planned(conn, ("a@gmail.com",), mail_from="Acme <hi@Acme.example>")
    batch = make.batch(conn, workspace_id, run, transport="slack", next_at=NOW)
    make.delivery(conn, workspace_id, run, batch, 2, recipient=9, address="C01", transport="slack")
    accept(conn, run, [1, 2])
    conn.execute(text("UPDATE delivery SET relay_id = 7 WHERE seq = 1"))

    counter.recount(conn, NOW)

    assert [(r.transport, r.lane, r.provider, r.from_domain) for r in rows(conn)] == [
        ("slack", "", "", ""),
        ("smtp", "relay:7", "gmail", "acme.example"),
    ]


def test_a_run_keeps_the_from_it_was_first_counted_under(conn: Conn, counter: Counter) -> None:
    _, run = planned(conn, mail_from="hi@before.example")
    accept(conn, run, [1])
    counter.recount(conn, NOW)
    conn.execute(text("UPDATE workspace SET mail_from = 'hi@after.example'"))
    accept(conn, run, [2])

    counter.recount(conn, NOW, pause=0)

    assert [(r.from_domain, r.accepted) for r in rows(conn)] == [("before.example", 2)]


def test_a_run_that_goes_on_waits_for_its_turn_and_one_that_ended_is_counted_once_more(
    conn: Conn, counter: Counter
) -> None:
    _, run = planned(conn)
    counter.recount(conn, NOW)
    accept(conn, run, [1])

    assert counter.recount(conn, NOW) == 0  # it was counted a moment ago
    finish(conn, run)
    assert counter.recount(conn, NOW) == 1
    assert counter.recount(conn, NOW) == 0
    assert one(conn, "gmail").accepted == 1


def test_a_bounce_that_comes_after_the_end_is_found(conn: Conn, counter: Counter) -> None:
    _, run = planned(conn)
    accept(conn, run, [1, 2, 3, 4, 5])
    finish(conn, run)
    counter.recount(conn, NOW)
    conn.execute(text("UPDATE tallied SET at = at - interval '1 hour'"))

    move.deliveries(conn, "return_", these(run, [1]), NOW)

    assert counter.recount(conn, NOW) == 1
    assert one(conn, "gmail").bounced == 1


def test_a_new_process_finds_what_nobody_counted(conn: Conn, counter: Counter) -> None:
    for _ in range(3):
        _, run = planned(conn)
        accept(conn, run, [1])
        finish(conn, run)

    assert counter.recount(conn, NOW) == 3
    assert Counter(counter.settings).recount(conn, NOW) == 0


def test_a_pass_takes_so_many_rows_and_the_next_one_the_rest(
    conn: Conn, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "ROWS", 9)
    for _ in range(3):
        finish(conn, planned(conn)[1])

    assert [counter.recount(conn, NOW) for _ in range(4)] == [1, 1, 1, 0]


def test_when_a_run_last_moved_is_remembered(conn: Conn, counter: Counter) -> None:
    _, run = planned(conn)
    later, last = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)
    counter.recount(conn, NOW)
    accept(conn, run, [1])

    counter.recount(conn, later, pause=0)
    counter.recount(conn, last, pause=0)

    assert conn.execute(text("SELECT moved_at FROM tallied")).scalar_one() == later
