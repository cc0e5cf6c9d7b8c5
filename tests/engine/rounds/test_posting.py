"""What channels get of rounds: a post when one closes, and digests at the team's hour; each once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from engine import models as m
from engine.db import Conn
from engine.outbound.drafts import PostDraft, Row
from engine.rounds import posting, posts
from engine.rounds.checkin import close_due
from engine.rounds.posting import channel_digests_due
from tests import factories as make
from tests.factories.rows import NOON

DAY = NOON.date()  # Wednesday 4 March 2026
OVER = datetime(2026, 3, 5, 15, tzinfo=UTC)
MORNING = datetime(2026, 3, 5, 8, tzinfo=UTC)  # nine in Berlin
LONG_AGO = NOON - timedelta(days=30)
QUESTIONS = ("What did you get done today?", "What is next?")
Gets = tuple[str, ...]


def team_of(conn: Conn, *gets: Gets, questions: tuple[str, ...] = QUESTIONS) -> tuple[make.Team, list[int]]:
    """A team in Berlin with a channel for each of `gets`."""
    team = make.team(conn, make.workspace(conn), "Rockets", zone="Europe/Berlin", questions=questions)
    kinds = ("slack", "discord", "console")
    return team, [
        make.channel(conn, team, kind, kind, gets=list(of), made_at=LONG_AGO)
        for kind, of in zip(kinds, gets, strict=False)
    ]


def round_over(conn: Conn, team: make.Team, day: date = DAY) -> int:
    """A round in which Ada answered, Bo did not, and Cleo was away; its answer window is over."""
    made = make.round_of(conn, team, day)
    ada, bo, cleo = (make.member(conn, team, name) for name in ("Ada", "Bo", "Cleo"))
    part = make.participation(conn, made, ada, state="answered", closes_at=NOON)
    make.entry(conn, part, "Fixed the\nbuild.", question=0)
    make.entry(conn, part, "Rest.", question=1)
    run = make.run(conn, team.workspace_id)
    make.delivery(conn, team.workspace_id, run, make.batch(conn, team.workspace_id, run), 1, recipient=bo.id,
                  state="sent")  # fmt: skip
    make.participation(conn, made, bo, state="missed", closes_at=NOON, prompt_run_id=run, prompt_seq=1)
    make.participation(conn, made, cleo, state="excused", reason="away", closes_at=NOON)
    return made


def planned(conn: Conn, kind: str) -> list[Row]:
    """The deliveries of runs of a kind, as the sending loop claims them."""
    d, r = m.Delivery, m.Run
    columns = (d.run_id, d.seq, d.recipient, d.about, d.transport, d.address, d.attempt, d.useful_until)
    found = conn.execute(select(*columns).join(r, r.id == d.run_id).where(r.kind == kind).order_by(d.run_id, d.seq))
    return [Row(*row) for row in found]


def said(conn: Conn, team: make.Team, row: Row) -> PostDraft:
    contents = posts.round_posts if planned(conn, "round_post") else posts.digest_posts
    draft = contents(conn, team.workspace_id, [row])[row.seq]
    assert isinstance(draft, PostDraft)
    return draft


def test_a_round_that_closes_is_told_once_to_each_channel_that_wants_it(conn: Conn) -> None:
    team, (slack, discord, _) = team_of(conn, ("round",), ("entries", "round"), ("entries", "digest"))
    made = round_over(conn, team)

    followup = close_due(conn, OVER)
    again = close_due(conn, OVER + timedelta(minutes=1))

    rows = planned(conn, "round_post")
    assert [(row.recipient, row.about, row.transport) for row in rows] == [
        (slack, made, "slack"), (discord, made, "discord")
    ]  # fmt: skip
    assert len(followup.batches) == 2
    assert not again


def test_a_round_post_says_who_answered_what_by_question_and_names_nobody_who_did_not(conn: Conn) -> None:
    team, _ = team_of(conn, ("round",))
    round_over(conn, team)
    close_due(conn, OVER)

    draft = said(conn, team, planned(conn, "round_post")[0])

    head, link, *rest = draft.text.split("\n")
    assert head == "Rockets, Wednesday 4 March: 1 of 2 answered"
    assert link.endswith(f"/teams/{team.id}")
    assert rest == [
        "", "What did you get done today?", "- Ada: Fixed the build.", "", "What is next?", "- Ada: Rest.", "",
        "Away: Cleo", "Did not answer: 1",
    ]  # fmt: skip
    assert draft.data["type"] == "round.closed"
    assert draft.data["entries"][0]["text"] == "Fixed the build."
    assert "Bo" not in str(draft.data)


def test_a_round_that_asked_nobody_has_no_post(conn: Conn) -> None:
    team, _ = team_of(conn, ("round",))
    made = make.round_of(conn, team)
    make.participation(conn, made, make.member(conn, team, "Ada"), state="excused", closes_at=NOON)

    assert not close_due(conn, OVER)
    assert conn.scalar(select(m.Round.state)) == "closed"


@pytest.mark.parametrize("state", ["failing", "off"])
def test_a_channel_that_gets_nothing_now_gets_no_row(conn: Conn, state: str) -> None:
    team, (channel,) = team_of(conn, ("round", "digest"))
    round_over(conn, team)
    conn.execute(text("UPDATE channel SET state = :state WHERE id = :id"), {"state": state, "id": channel})

    assert not close_due(conn, OVER)
    assert not channel_digests_due(conn, OVER)


def test_two_rounds_that_close_together_are_two_posts_in_a_channel(conn: Conn) -> None:
    team, _ = team_of(conn, ("round",))
    first, second = round_over(conn, team, DAY - timedelta(days=1)), round_over(conn, team)

    close_due(conn, OVER)

    assert [row.about for row in planned(conn, "round_post")] == [first, second]
    assert len({row.run_id for row in planned(conn, "round_post")}) == 2


def test_of_two_schedulers_one_tells_and_a_crash_before_the_commit_leaves_it_to_the_other(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team, _ = team_of(conn, ("round",))
        round_over(conn, team)

    with engine_db.connect() as first, engine_db.connect() as second:
        crashed = first.begin()
        assert close_due(first, OVER)
        with second.begin():
            assert not close_due(second, OVER), "the other has it in hand"
        crashed.rollback()
        with second.begin():
            assert close_due(second, OVER)
        with first.begin():
            assert not close_due(first, OVER)
            assert len(planned(first, "round_post")) == 1


# -- digests


def answered(conn: Conn, team: make.Team, words: str, at: datetime = NOON) -> None:
    """Somebody new answers."""
    found = conn.scalar(select(m.Round.id).where(m.Round.team_id == team.id, m.Round.local_date == at.date()))
    made = found or make.round_of(conn, team, at.date())
    who = make.member(conn, team, f"P{words[:3]}")
    make.entry(conn, make.participation(conn, made, who, state="answered", due_at=at), words, at=at)


def marks(conn: Conn) -> list[Any]:
    g = m.ChannelDigest
    return [tuple(r) for r in conn.execute(select(g.local_date, g.since_no, g.until_no, g.run_id).order_by(g.id))]


def test_a_channel_gets_its_digest_at_the_teams_hour_once(conn: Conn) -> None:
    team, (channel, _) = team_of(conn, ("digest",), ("entries", "round"))
    answered(conn, team, "Fixed it.")

    early = channel_digests_due(conn, MORNING - timedelta(seconds=1))
    followup = channel_digests_due(conn, MORNING)
    again = channel_digests_due(conn, MORNING + timedelta(hours=3))

    assert (bool(early), bool(followup), bool(again)) == (False, True, False)
    [row] = planned(conn, "digest_post")
    assert (row.recipient, row.useful_until) == (channel, datetime(2026, 3, 5, 23, tzinfo=UTC))
    assert marks(conn) == [(DAY + timedelta(days=1), 0, 1, row.run_id)]


def test_a_digest_says_what_a_persons_digest_says(conn: Conn) -> None:
    team, _ = team_of(conn, ("digest",))
    answered(conn, team, "Fixed it.", NOON - timedelta(days=1))
    answered(conn, team, "Wrote docs.")
    channel_digests_due(conn, MORNING)

    draft = said(conn, team, planned(conn, "digest_post")[0])

    assert draft.text.startswith("Rockets, Tuesday 3 March and Wednesday 4 March: 2 of 2 answered\n")
    assert "Tuesday 3 March\n- PFix: Fixed it." in draft.text
    assert "Wednesday 4 March\n- PWro: Wrote docs." in draft.text
    assert draft.data["type"] == "digest.made"


def test_a_day_with_nothing_to_say_is_a_row_and_no_post(conn: Conn) -> None:
    team_of(conn, ("digest",))

    assert not channel_digests_due(conn, MORNING)

    assert marks(conn) == [(DAY + timedelta(days=1), 0, 0, None)]


@pytest.mark.parametrize(
    ("state", "since"),
    [("sent", 1), ("failed", 0), ("bounced", 0), ("expired", 0), ("in_doubt", 0), ("delivered", 1)],
)
def test_a_digest_that_was_not_accepted_is_no_watermark(conn: Conn, state: str, since: int) -> None:
    team, _ = team_of(conn, ("digest",))
    answered(conn, team, "Fixed it.")
    channel_digests_due(conn, MORNING)
    make.settle(conn, planned(conn, "digest_post")[0].run_id, state)
    answered(conn, team, "Wrote docs.", MORNING + timedelta(hours=9))

    channel_digests_due(conn, MORNING + timedelta(days=1))

    assert [mark[1:3] for mark in marks(conn)] == [(0, 1), (since, 2)]


def test_weekends_are_covered_by_the_next_working_day(conn: Conn) -> None:
    team, _ = team_of(conn, ("digest",))
    friday = NOON + timedelta(days=2)
    answered(conn, team, "Fixed it.", friday)

    told = [bool(channel_digests_due(conn, friday.replace(hour=10) + timedelta(days=n))) for n in range(1, 4)]

    assert told == [False, False, True]


def test_on_a_day_off_and_while_the_team_is_paused_nothing_is_said_and_nothing_is_lost(conn: Conn) -> None:
    team, _ = team_of(conn, ("digest",))
    answered(conn, team, "Fixed it.")
    off = {"w": team.workspace_id, "t": team.id, "day": MORNING.date()}
    conn.execute(text("INSERT INTO day_off (workspace_id, team_id, day, made_at) VALUES (:w, :t, :day, now())"), off)

    holiday = channel_digests_due(conn, MORNING)
    conn.execute(text("UPDATE schedule SET active = false"))
    paused = channel_digests_due(conn, MORNING + timedelta(days=1))
    conn.execute(text("UPDATE schedule SET active = true"))

    assert (bool(holiday), bool(paused), marks(conn)) == (False, False, [])
    assert channel_digests_due(conn, MORNING + timedelta(days=1))


@pytest.mark.parametrize(("hour", "first"), [(7, DAY + timedelta(days=1)), (10, DAY + timedelta(days=2))])
def test_digests_begin_with_the_next_hour_and_with_what_is_written_from_then_on(
    conn: Conn, hour: int, first: date
) -> None:
    team, (channel,) = team_of(conn, ("digest",))
    answered(conn, team, "Long ago.")

    posting.begin(conn, team.workspace_id, channel, MORNING.replace(hour=hour))
    answered(conn, team, "New.", MORNING.replace(hour=hour))
    channel_digests_due(conn, MORNING.replace(hour=11))
    channel_digests_due(conn, MORNING.replace(hour=11) + timedelta(days=1))

    row = planned(conn, "digest_post")[0]
    assert conn.scalar(select(m.ChannelDigest.local_date).where(m.ChannelDigest.id == row.about)) == first
    assert "Long ago." not in said(conn, team, row).text


def test_digests_of_another_workspace_do_not_begin(conn: Conn) -> None:
    team, (channel,) = team_of(conn, ("digest",))

    posting.begin(conn, team.workspace_id + 1, channel, MORNING)

    assert marks(conn) == []


def one_more(engine: Engine) -> bool:
    """A second scheduler's turn: whether it planned anything."""
    with engine.begin() as conn:
        return bool(channel_digests_due(conn, MORNING))


def test_two_schedulers_make_one_digest(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team, _ = team_of(conn, ("digest",))
        answered(conn, team, "Fixed it.")

    with engine_db.connect() as first, ThreadPoolExecutor(1) as beside:
        hand = first.begin()
        assert channel_digests_due(first, MORNING)
        other = beside.submit(one_more, engine_db)
        with pytest.raises(TimeoutError):
            other.result(0.3)  # it waits for the first one's commit
        hand.commit()
        assert not other.result(20)

    with engine_db.begin() as conn:
        assert len(planned(conn, "digest_post")) == 1


def test_a_skipped_hour_comes_at_the_first_instant_after_it(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), zone="Europe/Berlin", weekdays=127, digest_at=time(2, 30))
    make.channel(conn, team, gets=["digest"], made_at=LONG_AGO)
    leap = datetime(2026, 3, 29, 1, tzinfo=UTC)  # the clocks go from two to three

    channel_digests_due(conn, leap - timedelta(seconds=1))
    channel_digests_due(conn, leap)

    assert marks(conn) == [(date(2026, 3, 29), 0, 0, None)]
