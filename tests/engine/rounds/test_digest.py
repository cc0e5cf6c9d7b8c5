"""The digest on a real PostgreSQL: once a day each, everything since the last accepted one, four groups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, update

from engine import models as m
from engine.db import Conn
from engine.outbound.drafts import MailDraft, Row
from engine.rounds.digest import digest_mails, digests_due
from engine.rounds.open import open_due
from tests import factories as make

EVENING = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)  # a Wednesday
MORNING = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WEDNESDAY = EVENING.date()


def reader(conn: Conn, team: make.Team, name: str = "Ann", **values: Any) -> make.Member:
    """A member whose digest is due on Thursday at nine."""
    due = {"next_digest_at": MORNING, "next_digest_day": MORNING.date(), "made_at": EVENING - 30 * DAY}
    return make.member(conn, team, name, **{**due, **values})


def wrote(conn: Conn, team: make.Team, who: make.Member, text: str, day: date = WEDNESDAY, **part: Any) -> None:
    """An answered part of who in the round of that day (made when missing), and one entry."""
    found = conn.scalar(select(m.Round.id).where(m.Round.team_id == team.id, m.Round.local_date == day))
    at = datetime.combine(day, time(18), tzinfo=UTC)
    round_id = found or make.round_of(conn, team, day, opened_at=at)
    made = select(m.Participation.id).where(
        m.Participation.round_id == round_id, m.Participation.membership_id == who.id
    )
    ident = conn.scalar(made) or make.participation(conn, round_id, who, state="answered", due_at=at, **part)
    make.entry(conn, ident, text, at=at)


def drafts(conn: Conn, team: make.Team) -> dict[int, MailDraft]:
    """The newest digest run's drafts by membership."""
    d = m.Delivery
    run_id = conn.scalar(select(func.max(m.Run.id)).where(m.Run.kind == "digest"))
    rows = [
        Row(r.run_id, r.seq, r.recipient, r.about, r.transport, r.address, r.attempt, r.useful_until)
        for r in conn.execute(select(d).where(d.run_id == run_id).order_by(d.seq))
    ]
    made = digest_mails(conn, team.workspace_id, rows)
    return {row.recipient: made[row.seq] for row in rows}  # type: ignore[misc]


def texts(draft: MailDraft) -> list[str]:
    return [text for person in draft.context["answered"] for said in person["said"] for text in said["texts"]]


def names(draft: MailDraft, group: str) -> list[str]:
    return [person["name"] for person in draft.context[group]]


def digests(conn: Conn) -> list[tuple[date, int, int, bool]]:
    g = m.Digest
    found = conn.execute(select(g.local_date, g.since_no, g.until_no, g.run_id.is_not(None)).order_by(g.id))
    return [(day, since, until, mailed) for day, since, until, mailed in found]


def test_everybody_gets_one_digest_observers_and_managers_too_until_the_end_of_their_day(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team, "Ann", zone="Europe/Berlin")
    people = [ann, reader(conn, team, "Eve", role="observer"), reader(conn, team, "Max", role="manager")]
    wrote(conn, team, ann, "Fixed the build.")

    follow_up = digests_due(conn, MORNING)
    assert not digests_due(conn, MORNING)

    rows = conn.execute(select(m.Delivery).order_by(m.Delivery.seq)).all()
    assert [row.recipient for row in rows] == [who.id for who in people]
    assert rows[0].useful_until == datetime(2026, 3, 5, 23, tzinfo=UTC)  # midnight in Berlin
    assert len(follow_up.batches) == 1
    assert digests(conn) == [(MORNING.date(), 0, 1, True)] * 3
    assert conn.scalar(select(m.Membership.next_digest_day).where(m.Membership.id == ann.id)) == date(2026, 3, 6)


def test_nothing_to_say_is_a_digest_row_and_no_mail(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    reader(conn, team)

    assert not digests_due(conn, MORNING)

    assert digests(conn) == [(MORNING.date(), 0, 0, False)]


def test_the_next_digest_starts_where_the_last_accepted_one_ended(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team)
    wrote(conn, team, ann, "Monday's")
    digests_due(conn, MORNING)
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), "sent")
    wrote(conn, team, ann, "Thursday's", MORNING.date())
    wrote(conn, team, ann, "A late one for Wednesday", EVENING.date())

    digests_due(conn, MORNING + DAY)

    assert digests(conn)[1] == (date(2026, 3, 6), 1, 3, True)
    draft = drafts(conn, team)[ann.id]
    assert sorted(texts(draft)) == ["A late one for Wednesday", "Thursday's"]
    assert draft.context["days"] == "Wednesday 4 March and Thursday 5 March"
    assert draft.context["several_days"]


def test_an_expired_digest_is_said_again_in_full(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team)
    wrote(conn, team, ann, "Wednesday's")
    digests_due(conn, MORNING)
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), "expired")
    wrote(conn, team, ann, "Thursday's", MORNING.date())

    digests_due(conn, MORNING + DAY)

    assert digests(conn)[1] == (date(2026, 3, 6), 0, 2, True)
    assert texts(drafts(conn, team)[ann.id]) == ["Wednesday's", "Thursday's"]


def test_a_day_with_nothing_to_say_keeps_the_mark_even_when_the_ledger_has_forgotten(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team)
    wrote(conn, team, ann, "Wednesday's")
    digests_due(conn, MORNING)
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), "sent")
    digests_due(conn, MORNING + DAY)
    conn.execute(m.Delivery.__table__.delete())  # type: ignore[attr-defined]  # retention dropped the partition

    digests_due(conn, datetime(2026, 3, 9, 9, tzinfo=UTC))

    assert digests(conn)[1:] == [(date(2026, 3, 6), 1, 1, False), (date(2026, 3, 9), 1, 1, False)]


def test_the_weekend_comes_together_on_monday(conn: Conn) -> None:
    friday = datetime(2026, 3, 6, 9, tzinfo=UTC)
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team, next_digest_at=friday, next_digest_day=friday.date())
    wrote(conn, team, ann, "Thursday's", date(2026, 3, 5))
    digests_due(conn, friday)
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), "sent")
    for day in (6, 7):
        wrote(conn, team, ann, f"of the {day}th", date(2026, 3, day))

    assert not digests_due(conn, friday + 2 * DAY)
    digests_due(conn, friday + 3 * DAY)

    assert texts(drafts(conn, team)[ann.id]) == ["of the 6th", "of the 7th"]


def test_who_joined_later_reads_what_was_written_since(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team, "Ann")
    wrote(conn, team, ann, "Before", EVENING.date() - DAY)
    new = reader(conn, team, "New", made_at=EVENING - timedelta(hours=1))
    wrote(conn, team, ann, "After")

    digests_due(conn, MORNING)

    found = drafts(conn, team)
    assert texts(found[ann.id]) == ["Before", "After"]
    assert texts(found[new.id]) == ["After"]


def test_who_comes_back_after_a_while_is_not_told_what_they_were_away_from_the_team_for(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, back = reader(conn, team, "Ann"), reader(conn, team, "Back", made_at=EVENING - timedelta(hours=1))
    make.digest(conn, back, WEDNESDAY - 20 * DAY, 0, 0, made_at=EVENING - 20 * DAY)
    wrote(conn, team, ann, "Meanwhile", WEDNESDAY - 5 * DAY)
    wrote(conn, team, ann, "Since")

    digests_due(conn, MORNING)

    assert texts(drafts(conn, team)[back.id]) == ["Since"]


def test_the_four_groups_over_zones_at_both_ends_of_the_world(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    east, utc, west = (datetime(2026, 3, 4, h, tzinfo=UTC) for h in (4, 18, 5))
    kiri = reader(conn, team, "Kiri", zone="Pacific/Kiritimati", next_prompt_at=east, next_prompt_day=date(2026, 3, 4))
    reader(conn, team, "Mia", next_prompt_at=utc, next_prompt_day=date(2026, 3, 4))
    off = reader(conn, team, "Off")
    make.away(conn, off, date(2026, 3, 4), date(2026, 3, 5))
    reader(conn, team, "Quiet", paused_at=EVENING - DAY, paused_by="person")
    reader(conn, team, "Pago", zone="Pacific/Pago_Pago", next_prompt_at=west + DAY, next_prompt_day=date(2026, 3, 4))
    reader(conn, team, "Eve", role="observer")
    reader(conn, team, "Sat", weekdays=1 << 5, next_prompt_at=EVENING + 3 * DAY, next_prompt_day=date(2026, 3, 7))
    for now in (east, utc):
        open_due(conn, now)
    for run_id in conn.scalars(select(m.Run.id)).all():
        make.settle(conn, run_id, "sent", at=EVENING)
    conn.execute(update(m.Participation).where(m.Participation.membership_id == kiri.id).values(state="answered"))
    make.entry(conn, conn.scalars(select(m.Participation.id).filter_by(membership_id=kiri.id)).one(), "Swam.", at=east)
    conn.execute(update(m.Participation).where(m.Participation.state == "due").values(state="asked"))

    digests_due(conn, MORNING - timedelta(hours=6))  # nobody's hour yet
    conn.execute(update(m.Membership).values(next_digest_at=None, next_digest_day=None))
    conn.execute(
        update(m.Membership)
        .filter_by(id=kiri.id)
        .values(next_digest_at=west + DAY - DAY / 24, next_digest_day=date(2026, 3, 5))
    )
    digests_due(conn, west + DAY - DAY / 24)  # one hour before Pago Pago is asked

    draft = drafts(conn, team)[kiri.id]
    assert texts(draft) == ["Swam."]
    assert names(draft, "answered") == ["Kiri"]
    assert names(draft, "not_answered") == ["Mia"]
    assert [(p["name"], p["note"]) for p in draft.context["away"]] == [("Off", ""), ("Quiet", "paused")]
    assert names(draft, "not_asked") == ["Pago"]


def test_one_whose_answer_was_in_an_earlier_digest_is_not_said_to_have_missed(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = reader(conn, team, "Ann"), reader(conn, team, "Bob")
    wrote(conn, team, bob, "Early")
    digests_due(conn, MORNING)
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), "sent")
    wrote(conn, team, ann, "Late, for the same day")

    digests_due(conn, MORNING + DAY)

    answered = drafts(conn, team)[ann.id].context["answered"]
    assert [(p["name"], p["note"], len(p["said"])) for p in answered] == [("Ann", "", 1), ("Bob", "answered before", 0)]


def test_one_whose_prompt_was_never_accepted_was_not_asked(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team, "Ann")
    bob = reader(conn, team, "Bob", next_prompt_at=EVENING, next_prompt_day=EVENING.date())
    open_due(conn, EVENING)
    make.settle(conn, conn.scalars(select(m.Run.id)).one(), "expired")
    conn.execute(update(m.Participation).values(state="missed"))
    wrote(conn, team, ann, "Done.")

    digests_due(conn, MORNING)

    draft = drafts(conn, team)[ann.id]
    assert (names(draft, "not_asked"), names(draft, "not_answered")) == (["Bob"], [])
    assert bob.id in drafts(conn, team)


def test_a_digest_goes_on_the_thread_of_the_readers_own_prompt(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn), name="Platform")
    ann = reader(conn, team, "Ann", next_prompt_at=EVENING, next_prompt_day=EVENING.date())
    eve = reader(conn, team, "Eve", role="observer")
    open_due(conn, EVENING)
    (part,) = conn.execute(select(m.Participation)).all()
    make.entry(conn, part.id, "Done.", at=EVENING)

    digests_due(conn, MORNING)

    found = drafts(conn, team)
    assert found[ann.id].after == ((part.prompt_run_id, part.prompt_seq),)
    assert found[ann.id].context["thread"] == "Platform, Wednesday 4 March: What did you get done today?"
    assert (found[eve.id].after, found[eve.id].context["thread"]) == ((), "")


def test_an_away_day_and_a_pause_send_no_digest_and_the_next_one_has_it_all(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team, "Ann")
    make.away(conn, ann, MORNING.date(), MORNING.date())
    bob = reader(conn, team, "Bob", paused_at=EVENING, paused_by="person")
    wrote(conn, team, ann, "Wednesday's")

    assert not digests_due(conn, MORNING)
    digests_due(conn, MORNING + DAY)

    assert list(drafts(conn, team)) == [ann.id]
    assert texts(drafts(conn, team)[ann.id]) == ["Wednesday's"]
    assert bob.id not in drafts(conn, team)


def test_an_entry_that_was_removed_is_left_out(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team, "Ann")
    wrote(conn, team, ann, "Oops")
    wrote(conn, team, ann, "Fine")
    conn.execute(update(m.Entry).where(m.Entry.text == "Oops").values(removed_at=EVENING))

    digests_due(conn, MORNING)

    assert texts(drafts(conn, team)[ann.id]) == ["Fine"]


def test_two_ticks_at_once_make_one_digest_each(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        team = make.team(conn, make.workspace(conn))
        people = [reader(conn, team, f"P{n}") for n in range(5)]
        wrote(conn, team, people[0], "Done.")

    with engine_db.connect() as one, engine_db.connect() as two:
        first, second = digests_due(one, MORNING), digests_due(two, MORNING)
        one.commit()
        two.commit()

        assert first
        assert not second
        assert two.scalar(select(func.count()).select_from(m.Digest)) == 5
        assert two.scalar(select(func.count()).select_from(m.Delivery)) == 5


@contextmanager
def counted(conn: Conn) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(conn, "before_cursor_execute", note)
    yield seen
    event.remove(conn, "before_cursor_execute", note)


def test_the_statements_for_a_batch_of_digests_do_not_grow_with_people_or_teams(engine_db: Engine) -> None:
    counts = []
    for teams, members in ((1, 2), (4, 9)):
        with engine_db.begin() as conn:
            ws = make.workspace(conn)
            made = [make.team(conn, ws) for _ in range(teams)]
            for team in made:
                people = [reader(conn, team, f"P{n}") for n in range(members)]
                wrote(conn, team, people[0], "Done.")
            digests_due(conn, MORNING)
            with counted(conn) as statements:
                drafts(conn, made[0])
            counts.append(len(statements))

    assert counts[0] == counts[1] == 6  # two of them are this test's own


def test_people_of_one_team_and_zone_share_one_content(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = reader(conn, team, "Ann"), reader(conn, team, "Bob")
    wrote(conn, team, ann, "Done.")
    digests_due(conn, MORNING)

    found = drafts(conn, team)

    assert found[ann.id].context["answered"] is found[bob.id].context["answered"]


def test_a_digest_that_waited_is_not_sent_to_who_has_paused_or_left_meanwhile(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob, eve = (reader(conn, team, name) for name in ("Ann", "Bob", "Eve"))
    wrote(conn, team, ann, "Fixed the build.")
    digests_due(conn, MORNING)
    for who, values in ((bob, {"paused_at": MORNING}), (eve, {"left_at": MORNING})):
        conn.execute(update(m.Membership).where(m.Membership.id == who.id).values(values))

    d = m.Delivery
    rows = [
        Row(r.run_id, r.seq, r.recipient, r.about, r.transport, r.address, r.attempt, r.useful_until)
        for r in conn.execute(select(d).order_by(d.seq))
    ]
    made = digest_mails(conn, team.workspace_id, rows)

    assert [row.recipient for row in rows if row.seq in made] == [ann.id]


def test_a_person_in_a_digest_says_which_day_of_the_team_page_holds_their_words(conn: Conn) -> None:
    team = make.team(conn, make.workspace(conn))
    ann = reader(conn, team)
    wrote(conn, team, ann, "Fixed the build.")
    digests_due(conn, MORNING)

    [person] = drafts(conn, team)[ann.id].context["answered"]

    assert person["said"][0]["date"] == "2026-03-04"


@pytest.mark.parametrize(("receipt", "told"), [(None, True), ("digest", True), ("mail", False), ("none", False)])
def test_a_reader_is_told_what_was_recorded_of_their_own_mail(conn: Conn, receipt: str | None, told: bool) -> None:
    team = make.team(conn, make.workspace(conn))
    ann, bob = reader(conn, team, "Ann", receipt=receipt), reader(conn, team, "Bob")
    wrote(conn, team, ann, "Fixed the build of the second service, which waited for a certificate.")
    conn.execute(update(m.Answer).values(source="mail"))
    wrote(conn, team, ann, "Wrote docs, on the page.")
    answer_id = conn.scalar(select(m.Answer.id).where(m.Answer.source == "mail"))
    digests_due(conn, MORNING)

    found = drafts(conn, team)

    hers = {"recorded": "“Fixed the build of the second service, which waited for …”", "mend": f"/answers/{answer_id}"}
    assert found[ann.id].personal == (hers if told else {"recorded": "", "mend": ""})
    assert found[bob.id].personal == {"recorded": "", "mend": ""}
    assert found[ann.id].context is found[bob.id].context, "the content is still one for all"
