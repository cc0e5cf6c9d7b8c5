"""Retention on real rows: what is old goes, what is young or evidence stays, by each workspace's own numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from engine import db
from engine import models as m
from engine.conversations import events, threads
from engine.conversations.parts import Said
from engine.conversations.post import post
from engine.db import Conn
from engine.errors import IllegalMove, Invalid, NotAllowed
from engine.inbound.again import run_again
from engine.inbound.store import store
from engine.people import acts, keeping
from engine.people.keeping import queries
from engine.people.principal import SYSTEM, of_session
from scheduler.retention import keep
from tests import factories as make
from tests.factories.rows import row

RAW = b"From: ada@example.org\r\nSubject: Hello\r\n\r\nHello\r\n"


@pytest.fixture
def now(conn: Conn) -> datetime:
    """The business instant of the test."""
    return db.now(conn)


def mail(conn: Conn, workspace_id: int, at: datetime, name: str, state: str = "routed") -> int:
    """A mail that was read, and what was read out of it."""
    number, _ = store(conn, "smtp", name, "ada@example.org", ["r+x@reply.test"], RAW, at)
    values = {"workspace_id": workspace_id, "state": state, "parsed": {"text": "Hello"}, "subject": "Hello"}
    conn.execute(update(m.Inbound).where(m.Inbound.id == number).values(**values))
    return number


def sent(conn: Conn, workspace_id: int, at: datetime, state: str = "sent", kind: str = "notice", **values: Any) -> int:
    """A run of one mail that is over."""
    run = make.run(conn, workspace_id, kind, made_at=at, size=1, state="done", **values)
    batch = make.batch(conn, workspace_id, run, state="done")
    make.delivery(conn, workspace_id, run, batch, 1, recipient=run, state=state)
    conn.execute(
        text(
            "INSERT INTO remote_id (transport, remote_id, workspace_id, run_id, seq) VALUES ('smtp', :id, :w, :run, 1)"
        ),
        {"id": f"<{run}@x>", "w": workspace_id, "run": run},
    )
    conn.execute(
        text(
            "INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state)"
            " VALUES (:run, 1, :w, :at, 0, 'bounce', 'bounced')"
        ),
        {"run": run, "w": workspace_id, "at": at},
    )
    return run


def count(conn: Conn, table: str, where: str = "true") -> int:
    return int(conn.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one())


def days(conn: Conn, workspace_id: int, **chosen: int) -> None:
    keeping.save(conn, SYSTEM(workspace_id), chosen)


def test_raw_and_parsed_mail_go_by_their_own_days_and_held_mail_stays(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    for name, age, state in (
        ("old", 800, "routed"),
        ("year", 400, "noted"),
        ("new", 10, "routed"),
        ("held", 800, "held"),
    ):
        mail(conn, ws.id, now - timedelta(days=age), name, state)

    gone = keeping.tidy(conn, now)

    found = conn.execute(text("SELECT external_id, raw = '', parsed IS NULL FROM inbound ORDER BY id")).all()
    assert [tuple(one) for one in found] == [
        ("old", True, True), ("year", True, False), ("new", False, False), ("held", False, False),
    ]  # fmt: skip
    assert (gone["raw_mail"], gone["parsed_mail"]) == (2, 1)
    assert keeping.tidy(conn, now)["raw_mail"] == 0


def test_a_mail_whose_source_has_gone_cannot_be_read_again(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    number = mail(conn, ws.id, now - timedelta(days=400), "old", "noted")
    keeping.tidy(conn, now)

    with pytest.raises((Invalid, IllegalMove), match="no longer kept"):
        run_again(conn, SYSTEM(ws.id), number, now)


def test_runs_stay_for_ever_unless_a_workspace_says_otherwise(conn: Conn, now: datetime) -> None:
    ours, theirs = make.workspace(conn), make.workspace(conn)
    days(conn, ours.id, deliveries=100)
    old, young = sent(conn, ours.id, now - timedelta(days=101)), sent(conn, ours.id, now - timedelta(days=99))
    other = sent(conn, theirs.id, now - timedelta(days=3000))

    gone = keeping.tidy(conn, now)

    assert gone["deliveries"] == 1
    for table in ("run", "batch", "delivery", "delivery_event", "remote_id"):
        column = "id" if table == "run" else "run_id"
        assert count(conn, table, f"{column} = {old}") == 0, table
        assert count(conn, table, f"{column} IN ({young}, {other})") == 2, table


def test_doubts_and_open_runs_are_never_taken(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    days(conn, ws.id, deliveries=90)
    long_ago = now - timedelta(days=900)
    sent(conn, ws.id, long_ago, state="in_doubt")
    held = sent(conn, ws.id, long_ago, state="queued")
    conn.execute(text("UPDATE run SET state = 'held' WHERE id = :run"), {"run": held})

    keeping.tidy(conn, now)

    assert count(conn, "run") == count(conn, "delivery") == 2


def test_the_digest_that_the_next_one_goes_on_from_stays(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    team = make.team(conn, ws)
    ann = make.member(conn, team, "Ann")
    days(conn, ws.id, deliveries=90)
    runs = []
    for age in (300, 200):
        run = sent(conn, ws.id, now - timedelta(days=age), kind="digest")
        day = (now - timedelta(days=age)).date()
        make.digest(conn, ann, day, since_no=0, until_no=1, run_id=run, seq=1)
        runs.append(run)

    keeping.tidy(conn, now)

    assert list(conn.execute(text("SELECT id FROM run")).scalars()) == runs[1:]


def test_entries_go_when_a_workspace_says_so_with_histories_and_answers_words(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    team = make.team(conn, ws)
    ann = make.member(conn, team, "Ann")
    found = []
    for age, state in ((500, "answered"), (400, "asked"), (10, "answered")):
        at = now - timedelta(days=age)
        part = make.participation(conn, make.round_of(conn, team, at.date()), ann, state=state)
        found.append(make.entry(conn, part, f"after {age}", at=at))
        values = {"entry_id": found[-1], "at": at, "what": "edited", "text": "before", "kind": "note"}
        row(conn, m.EntryChange, workspace_id=ws.id, **values)

    untouched = keeping.tidy(conn, now)["entries"]
    days(conn, ws.id, entries=365)
    gone = keeping.tidy(conn, now)["entries"]

    assert (untouched, gone) == (0, 1)
    assert list(conn.execute(text("SELECT id FROM entry ORDER BY id")).scalars()) == found[1:]
    assert count(conn, "entry_change") == 2
    assert sorted(conn.execute(text("SELECT text FROM answer")).scalars()) == ["", "after 10", "after 400"]


def test_acts_sessions_and_events_go_by_their_days(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    days(conn, ws.id, acts=180)
    for age in (200, 100):
        acts.note(conn, SYSTEM(ws.id), "paused", now - timedelta(days=age))
    for age, settled in ((95, True), (95, False), (10, True)):
        conn.execute(
            text(
                "INSERT INTO provider_event (source, event_id, at, kind, settled, taken_at)"
                " VALUES ('ses:instance', :id, :at, 'other', :settled, :at)"
            ),
            {"id": f"{age}{settled}", "at": now - timedelta(days=age), "settled": settled},
        )

    gone = keeping.tidy(conn, now)

    assert (gone["acts"], gone["provider_events"]) == (1, 1)
    assert count(conn, "provider_event", "event_id = '95True'") == 0


def test_a_pass_takes_so_many_and_tells_what_went(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    for age in (800, 799, 798):
        acts.note(conn, SYSTEM(ws.id), "paused", now - timedelta(days=age))

    first = keeping.tidy(conn, now, most=2)
    told = conn.execute(text("SELECT rows, more FROM tidying WHERE what = 'acts'")).one()
    second = keeping.tidy(conn, now + timedelta(minutes=5), most=2)
    after = conn.execute(text("SELECT rows, more, ran_at - took_at FROM tidying WHERE what = 'acts'")).one()

    assert (first["acts"], second["acts"]) == (2, 1)
    assert tuple(told) == (2, True)
    assert tuple(after) == (3, False, timedelta(0))


def test_a_range_of_the_ledger_that_was_drained_goes_and_the_rest_stays(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    days(conn, ws.id, deliveries=90)
    sent(conn, ws.id, now - timedelta(days=200))
    young = sent(conn, ws.id, now, id=50_001)

    keep(conn)
    before = queries.drained(conn)
    keep(conn)

    assert before == 0
    assert conn.execute(text("SELECT to_regclass('delivery_p0'), to_regclass('delivery_event_p0')")).one() == (
        None,
        None,
    )
    assert count(conn, "delivery", f"run_id = {young}") == 1
    assert queries.drained(conn) is None


def test_numbers_out_of_bounds_are_refused_and_only_admins_may(conn: Conn) -> None:
    ws = make.workspace(conn)
    contact, _ = make.contact(conn, ws.id, "Ben")

    for what, typed in (("deliveries", "10"), ("acts", "9999"), ("entries", "x"), ("sessions", "-1")):
        with pytest.raises(Invalid) as refused:
            keeping.clean({what: typed})
        assert refused.value.field == what
    with pytest.raises(NotAllowed):
        keeping.save(conn, of_session(ws.id, contact, 1, "user"), {})
    assert keeping.clean({"acts": " 200 "})["acts"] == 200


def test_a_preview_counts_ones_own_rows_and_says_how_old_they_are(conn: Conn, now: datetime) -> None:
    ours, theirs = make.workspace(conn), make.workspace(conn)
    oldest = now - timedelta(days=500)
    for workspace in (ours, theirs, theirs):
        sent(conn, workspace.id, oldest)

    none = keeping.preview(conn, SYSTEM(ours.id), {}, now)
    found = keeping.preview(conn, SYSTEM(ours.id), {"deliveries": 400}, now)

    assert "deliveries" not in none
    assert (found["deliveries"].count, found["deliveries"].more, found["deliveries"].oldest) == (1, False, oldest)


def message(conn: Conn, workspace_id: int, at: datetime, name: str) -> None:
    """What somebody wrote, in the one conversation of the workspace."""
    contact = conn.execute(text("SELECT id FROM contact WHERE workspace_id = :w"), {"w": workspace_id}).scalar()
    contact_id = contact or make.contact(conn, workspace_id, "Ada")[0]
    thread, made = threads.with_contact(conn, workspace_id, "mail", contact_id, None)
    posted = post(conn, thread, Said("contact", contact_id, "mail", "Words.", "mail", name, at, subject="Hello"))
    assert posted is not None
    events.write(conn, (*made, *posted.changes), at)


def test_messages_lose_their_words_by_the_workspaces_own_days_and_keep_their_numbers(conn: Conn, now: datetime) -> None:
    ws, other = make.workspace(conn), make.workspace(conn)
    for of in (ws, other):
        message(conn, of.id, now - timedelta(days=400), f"old-{of.id}")
        message(conn, of.id, now - timedelta(days=100), f"young-{of.id}")
    days(conn, ws.id, messages=200)

    gone = keeping.tidy(conn, now)

    assert gone["messages"] == 1
    assert count(conn, "message", "body = 'Words.' AND subject = 'Hello'") == 3
    assert count(conn, "message", "body = '' AND subject = '' AND deleted_at IS NOT NULL AND no = 1") == 1
    assert keeping.tidy(conn, now)["messages"] == 0


def test_the_log_of_conversations_forgets_after_a_week_and_says_from_where_it_is_whole(
    conn: Conn, now: datetime
) -> None:
    ws = make.workspace(conn)
    for age in (9, 8, 6, 0):
        message(conn, ws.id, now - timedelta(days=age), f"m{age}")

    keeping.tidy(conn, now)

    assert conn.scalars(text("SELECT seq FROM event ORDER BY seq")).all() == [4, 5]
    head = conn.execute(text("SELECT min_seq, seq FROM ws_head WHERE workspace_id = :w"), {"w": ws.id}).one()
    assert tuple(head) == (3, 5)


def test_hits_go_by_their_own_days_and_with_their_run(conn: Conn, now: datetime) -> None:
    ws = make.workspace(conn)
    days(conn, ws.id, hits=100, deliveries=200)
    old, young = sent(conn, ws.id, now - timedelta(days=300)), sent(conn, ws.id, now - timedelta(days=150))
    for run, age in ((old, 10), (young, 99), (young, 101)):
        conn.execute(
            text(
                "INSERT INTO hit (workspace_id, run_id, seq, at, method, taken_for)"
                " VALUES (:w, :run, 1, :at, 'GET', 'human')"
            ),
            {"w": ws.id, "run": run, "at": now - timedelta(days=age)},
        )

    keeping.tidy(conn, now)

    assert count(conn, "hit") == 1
    assert count(conn, "hit", f"run_id = {young} AND at > now() - interval '100 days'") == 1
