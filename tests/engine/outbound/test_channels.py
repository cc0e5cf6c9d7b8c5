"""A chat channel that refuses for good, or that somebody disconnected, gets no more posts."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.outbound import record
from engine.outbound.content import Makers
from engine.outbound.drafts import PostDraft
from engine.outbound.held import Flush, Learnt
from engine.outbound.plan import Recipient, plan
from engine.transports.base import Key, Outcome, Verdict
from tests import factories as make
from tests.engine.outbound.world import Office

GONE = "The webhook answered 410: it is gone."


@pytest.fixture
def office(engine_db: Engine) -> Office:
    return Office.open(engine_db, 1)


def posted(office: Office, verdict: Verdict, state: str = "active") -> tuple[str, str]:
    """Plan one post to a channel, let the service answer with `verdict`, and read (state, failure) of the channel."""
    channel = planned(office, state)
    with office.engine.begin() as conn:
        now = db.now(conn)
        [(claimed, [row])] = record.claim(conn, "w1", now, 5, 30)
        outcome = Outcome(Key(claimed.id, row.seq, row.attempt), verdict, "410", reply=GONE)
        what = Flush.of(((claimed.id, claimed.epoch, row.seq),), (Learnt(claimed, row, outcome),))
        record.flush(conn, "w1", what, now, str.encode, random.Random(1))
        found = conn.execute(text("SELECT state, failure FROM channel WHERE id = :id"), {"id": channel}).one()
    return found.state, found.failure


def planned(office: Office, state: str = "active") -> int:
    """One post to a new channel; the channel's id."""
    with office.engine.begin() as conn:
        team = make.team(conn, make.Workspace(office.workspace_id, "Acme"), name="Rockets")
        channel = make.channel(conn, team, "webhook", "Dashboard", state=state)
        now = db.now(conn)
        to = Recipient(channel, 1, "Dashboard", now + timedelta(hours=1), "webhook")
        assert plan(conn, office.workspace_id, "post", [to], now)
    return channel


def test_a_permanent_refusal_makes_the_channel_failing_with_the_services_own_words(office: Office) -> None:
    assert posted(office, Verdict.BOUNCED) == ("failing", GONE)
    assert office.value("SELECT note FROM history WHERE noun = 'channel' AND trigger = 'fail'") == GONE


@pytest.mark.parametrize("verdict", [Verdict.DEFERRED, Verdict.IN_DOUBT, Verdict.FAILED, Verdict.SENT])
def test_nothing_less_than_a_permanent_refusal_changes_a_channel(office: Office, verdict: Verdict) -> None:
    assert posted(office, verdict) == ("active", "")


def test_a_disconnected_channel_stays_off_when_its_last_post_is_refused(office: Office) -> None:
    assert posted(office, Verdict.BOUNCED, state="off") == ("off", "")


def test_a_refused_mail_leaves_a_channel_with_the_same_number_alone(office: Office) -> None:
    with office.engine.begin() as conn:
        team = make.team(conn, make.Workspace(office.workspace_id, "Acme"), name="Rockets")
        channel = make.channel(conn, team, "webhook", "Dashboard")
        now = db.now(conn)
        plan(conn, office.workspace_id, "prompt", [Recipient(channel, 1, "a@x.test", now + timedelta(hours=1))], now)
        [(claimed, [row])] = record.claim(conn, "w1", now, 5, 30)
        outcome = Outcome(Key(claimed.id, row.seq, row.attempt), Verdict.BOUNCED, "550", reply="no such user")
        what = Flush.of(((claimed.id, claimed.epoch, row.seq),), (Learnt(claimed, row, outcome),))
        record.flush(conn, "w1", what, now, str.encode, random.Random(1))

    assert office.value("SELECT state FROM channel") == "active"


@pytest.mark.parametrize(("state", "refused"), [("active", None), ("off", "disconnected"), ("failing", "refused")])
def test_posts_that_wait_for_a_closed_channel_are_not_sent_and_say_why(
    office: Office, state: str, refused: str | None
) -> None:
    planned(office, state)
    with office.engine.begin() as conn:
        [(claimed, [row])] = record.claim(conn, "w1", db.now(conn), 5, 30)
        makers = Makers(office.settings, {"post": lambda _, __, rows: {r.seq: PostDraft("hi") for r in rows}})
        makers.load(conn, claimed, [row])

    said = makers.refusal(claimed, row)

    if refused is None:
        assert said is None
    else:
        assert said is not None
        assert said[0] is Verdict.FAILED
        assert refused in said[1]
