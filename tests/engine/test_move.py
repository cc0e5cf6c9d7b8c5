"""The Machine and the set moves agree: from every state, by every trigger, of every noun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import and_, text

from engine import models as m
from engine import move
from engine.db import Conn
from engine.errors import IllegalMove
from engine.states import DELIVERY, TABLES
from engine.states.machine import state_after
from tests import factories

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
EVERY = [(noun, s.name, mv.trigger) for noun, t in TABLES.items() for s in t.states for mv in t]


def object_of(conn: Conn, noun: str, state: str) -> int:
    """An object of the noun in that state; its id (a delivery's is its run)."""
    ws = factories.workspace(conn)
    team = factories.team(conn, ws)
    run_id = conn.execute(
        text("INSERT INTO run (workspace_id, kind, made_at) VALUES (:w, 'prompt', :n) RETURNING id"),
        {"w": ws.id, "n": NOW},
    ).scalar_one()
    made = {
        "run": f"SELECT {run_id}",
        "batch": f"INSERT INTO batch (workspace_id, run_id, transport, urgency, next_at) VALUES"
        f" ({ws.id}, {run_id}, 'smtp', 1, now()) RETURNING id",
        "delivery": f"INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address,"
        f" useful_until) VALUES ({run_id}, 1, {ws.id}, 1, 1, 1, 'smtp', 'a@x.test', now()) RETURNING run_id",
        "inbound": f"INSERT INTO inbound (workspace_id, source, external_id, envelope_from, envelope_to, received_at,"
        f" raw) VALUES ({ws.id}, 'smtp', '{run_id}', '', '{{}}', now(), '') RETURNING id",
        "channel": f"INSERT INTO channel (workspace_id, team_id, kind, name) VALUES ({ws.id}, {team.id}, 'slack', 'x')"
        " RETURNING id",
        "campaign": f"INSERT INTO campaign (workspace_id, name) VALUES ({ws.id}, 'x') RETURNING id",
        "import": f"INSERT INTO import (workspace_id, name) VALUES ({ws.id}, 'x') RETURNING id",
        "round": f"INSERT INTO round (workspace_id, schedule_id, team_id, local_date, questions, opened_at) VALUES"
        f" ({ws.id}, {team.schedule_id}, {team.id}, '2026-03-02', '{{}}', now()) RETURNING id",
    }
    if noun == "participation":
        member = factories.member(conn, team)
        round_id = conn.execute(text(made["round"])).scalar_one()
        made[noun] = (
            "INSERT INTO participation (workspace_id, round_id, schedule_id, team_id, membership_id, local_date,"
            " due_at, closes_at)"
            f" VALUES ({ws.id}, {round_id}, {team.schedule_id}, {team.id}, {member.id}, '2026-03-02', now(), now())"
            " RETURNING id"
        )
    ident = int(conn.execute(text(made[noun])).scalar_one())
    key = "run_id" if noun == "delivery" else "id"
    conn.execute(text(f"UPDATE {noun} SET state = :s WHERE {key} = :i"), {"s": state, "i": ident})
    return ident


def machine_says(noun: str, state: str, trigger: str) -> str:
    try:
        return state_after(TABLES[noun], state, trigger)
    except IllegalMove:
        return state


@pytest.mark.parametrize("noun", TABLES)
def test_a_set_move_changes_exactly_what_the_machine_would(conn: Conn, noun: str) -> None:
    for state in TABLES[noun].names:
        ident = object_of(conn, noun, state)
        for trigger in (mv.trigger for mv in TABLES[noun]):
            with conn.begin_nested() as step:
                if noun == "delivery":
                    move.deliveries(conn, trigger, and_(m.Delivery.run_id == ident), NOW)
                else:
                    move.many(conn, noun, trigger, move.MODELS[noun].id == ident, NOW)
                key = "run_id" if noun == "delivery" else "id"
                found = conn.execute(text(f"SELECT state FROM {noun} WHERE {key} = :i"), {"i": ident}).scalar_one()
                step.rollback()

            assert found == machine_says(noun, state, trigger), (noun, state, trigger)


@pytest.mark.parametrize("trigger", move.WIRE)
@pytest.mark.parametrize("state", DELIVERY.names)
def test_the_flush_changes_exactly_what_the_machine_would(conn: Conn, state: str, trigger: str) -> None:
    run_id = object_of(conn, "delivery", state)

    written = move.record(conn, [move.Recorded(run_id, 1, 1, 0, trigger, "250", "ok")], NOW)

    found = conn.execute(text("SELECT state FROM delivery WHERE run_id = :r"), {"r": run_id}).scalar_one()
    assert found == machine_says("delivery", state, trigger)
    assert bool(written) == (state in DELIVERY.move(trigger).sources)


@pytest.mark.parametrize("trigger", move.PROOF)
@pytest.mark.parametrize("state", DELIVERY.names)
def test_proof_changes_exactly_what_the_machine_would(conn: Conn, state: str, trigger: str) -> None:
    run_id = object_of(conn, "delivery", state)

    move.prove(conn, [move.Recorded(run_id, 1, 99, 0, trigger, "250", "ok")], NOW)

    found = conn.execute(text("SELECT state FROM delivery WHERE run_id = :r"), {"r": run_id}).scalar_one()
    assert found == machine_says("delivery", state, move.PROOF[trigger])


def test_a_plain_delivery_writes_no_event_and_everything_else_does(conn: Conn) -> None:
    plain, refused = object_of(conn, "delivery", "queued"), object_of(conn, "delivery", "queued")

    move.record(conn, [move.Recorded(plain, 1, 1, 0, "accept", "250", "ok")], NOW)
    move.record(conn, [move.Recorded(refused, 1, 1, 0, "bounce", "5.1.1", "no such user")], NOW)

    events = conn.execute(text("SELECT run_id, trigger, code FROM delivery_event")).all()
    assert [tuple(e) for e in events] == [(refused, "bounce", "5.1.1")]


def test_one_object_moves_through_its_machine_and_its_history_says_who(conn: Conn) -> None:
    run_id = object_of(conn, "run", "open")

    state = move.one(conn, "run", run_id, "pause", NOW, actor="account:7", note="lunch")

    told = conn.execute(text("SELECT noun, object_id, to_state, actor, note FROM history")).one()
    assert state == "paused"
    assert tuple(told) == ("run", run_id, "paused", "account:7", "lunch")
    with pytest.raises(IllegalMove, match="run that is paused cannot pause"):
        move.one(conn, "run", run_id, "pause", NOW + timedelta(seconds=1))


def test_there_are_moves_to_try() -> None:
    assert len(EVERY) > 100
