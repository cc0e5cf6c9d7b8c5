"""A person says which round a mail answers: seen before, recorded, and taken through the same door as any reply."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.errors import IllegalMove, Invalid, NotAllowed, NotFound
from engine.inbound import assign
from engine.inbound.again import dismiss, run_again, run_all_again
from engine.inbound.queries import waiting
from engine.inbound.queries.waiting import Opened, Which
from engine.people.principal import SYSTEM, Principal, of_session
from engine.tasks.stories import ACTS
from tests import factories as make
from tests.engine.inbound.world import EVENING, OWN, World, inbound, keep, take, texts, world

STRANGE = b"From: Ada <ada@home.test>\r\nTo: team@example.test\r\nSubject: Today\r\n\r\nFixed the build.\r\n"
AUTO = b"From: ada@home.test\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nDone: the report.\r\n"


def admin(here: World) -> Principal:
    return of_session(here.ws.id, 1, 7, "admin")


def held(conn: Conn, raw: bytes = STRANGE, ident: str = "one", **of: object) -> int:
    """A mail that the story did not take as anybody's words."""
    number = keep(conn, raw, [], ident=ident)
    take(conn, number)
    return number


def opened(conn: Conn, here: World, number: int) -> Opened:
    found = waiting.opened(conn, here.ws.id, number)
    assert found
    return found


def test_an_assigned_mail_becomes_entries_and_posts_like_any_reply(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    number = held(conn)

    _, followup = assign.assign(conn, admin(here), number, here.part, EVENING)
    posts = take(conn, number)

    assert followup.inbound == (number,)
    assert texts(conn) == ["Fixed the build."]
    assert posts.batches
    assert inbound(conn, number).state == "routed"
    part = conn.execute(select(m.Participation.state, m.Answer.inbound_id).join_from(m.Participation, m.Answer,
        m.Answer.participation_id == m.Participation.id)).one()  # fmt: skip
    assert tuple(part) == ("answered", number)


def test_who_assigned_it_is_kept_with_the_mail_and_its_history(conn: Conn) -> None:
    here = world(conn)
    number = held(conn)

    assign.assign(conn, admin(here), number, here.part, EVENING)
    take(conn, number)

    mail = opened(conn, here, number)
    assert (mail.part_id, mail.assigned_by, mail.participation_id) == (here.part, "account:7", here.part)
    first = waiting.history(conn, here.ws.id, number)[0]
    assert (first.trigger, first.actor, first.note) == (
        "again", "account:7", "Assigned to Ada, Rockets, 2026-03-04.",
    )  # fmt: skip


def test_the_preview_is_what_the_mail_becomes(conn: Conn) -> None:
    here = world(conn)
    number = held(conn)

    shown = assign.preview(conn, admin(here), opened(conn, here, number), here.part)
    before = texts(conn)
    assign.assign(conn, admin(here), number, here.part, EVENING)
    take(conn, number)

    assert (shown.named.person, shown.named.team) == ("Ada", "Rockets")
    assert shown.order is None
    assert before == []
    assert texts(conn) == [entry.text for entry in shown.entries] == ["Fixed the build."]


def test_an_order_in_its_first_line_is_shown_before_it_is_done_and_is_no_entry(conn: Conn) -> None:
    here = world(conn)
    number = held(conn, STRANGE.replace(b"Fixed the build.", b"skip\r\n\r\nI was at the dentist."))

    shown = assign.preview(conn, admin(here), opened(conn, here, number), here.part)
    assign.assign(conn, admin(here), number, here.part, EVENING)
    take(conn, number, acts=ACTS)

    assert shown.order is not None
    assert (shown.order.kind, shown.order.line, shown.done) == ("skip", "skip", False)
    assert [entry.text for entry in shown.entries] == ["I was at the dentist."]
    assert conn.scalars(select(m.MailCommand.command)).all() == ["skip"]
    assert texts(conn) == ["I was at the dentist."]


def test_an_order_that_was_done_before_is_shown_as_one_that_is_not_done_again(conn: Conn) -> None:
    here = world(conn)
    number = held(conn, STRANGE.replace(b"Fixed the build.", b"skip"))
    assign.assign(conn, admin(here), number, here.part, EVENING)
    take(conn, number, acts=ACTS)

    shown = assign.preview(conn, admin(here), opened(conn, here, number), here.part)
    order, entries = assign.shown(conn, opened(conn, here, number))

    assert shown.done
    assert order is not None
    assert (order.kind, entries) == ("skip", ())


def test_an_order_from_a_file_of_long_ago_is_shown_as_one_that_is_not_done(conn: Conn) -> None:
    here = world(conn)
    number = held(conn, STRANGE.replace(b"Fixed the build.", b"stop"))
    conn.execute(update(m.Inbound).values(source="import"))

    assert assign.preview(conn, admin(here), opened(conn, here, number), here.part).done


def test_a_mail_taken_for_a_robots_is_words_when_a_person_says_so(conn: Conn) -> None:
    here = world(conn)
    number = held(conn, AUTO)
    state = inbound(conn, number).state

    assign.assign(conn, admin(here), number, here.part, EVENING)
    take(conn, number)

    assert state == "noted"
    assert texts(conn) == ["the report."]


def test_what_is_routed_is_not_assigned_a_second_time(conn: Conn) -> None:
    here = world(conn)
    number = held(conn)
    assign.assign(conn, admin(here), number, here.part, EVENING)
    with pytest.raises(IllegalMove):  # it waits to be read: somebody was first
        assign.assign(conn, admin(here), number, here.part, EVENING)
    take(conn, number)

    with pytest.raises(IllegalMove):
        assign.assign(conn, admin(here), number, here.part, EVENING)

    assert texts(conn) == ["Fixed the build."]


def test_a_person_who_left_meanwhile_gets_no_words(conn: Conn) -> None:
    here = world(conn)
    number = held(conn)
    assign.assign(conn, admin(here), number, here.part, EVENING)
    conn.execute(update(m.Membership).values(left_at=EVENING))

    take(conn, number)

    assert texts(conn) == []
    assert (inbound(conn, number).state, inbound(conn, number).reason) == ("held", "The person has left the team.")
    with pytest.raises(Invalid):
        assign.assign(conn, admin(here), number, here.part, EVENING)


def test_neither_mails_nor_rounds_of_another_workspace_can_be_assigned(conn: Conn) -> None:
    here = world(conn)
    number = held(conn, here.reply("Forged.", from_="eve@example.net"))
    there = make.workspace(conn, "Other")
    crew = make.team(conn, there)
    part = make.participation(conn, make.round_of(conn, crew), make.member(conn, crew, "Ben"))
    conn.execute(update(m.Inbound).values(workspace_id=here.ws.id))

    with pytest.raises(NotFound):
        assign.assign(conn, SYSTEM(there.id), number, part, EVENING)
    with pytest.raises(NotFound):
        assign.assign(conn, admin(here), number, part, EVENING)
    with pytest.raises(NotAllowed):
        assign.assign(conn, of_session(here.ws.id, 1, 1, "user"), number, here.part, EVENING)


def test_the_likeliest_round_is_that_of_the_address_it_was_sent_to_then_that_of_the_sender(conn: Conn) -> None:
    here = world(conn)
    by_token = keep(conn, here.reply("Mine.", from_="ada@home.test"), [here.reply_address])
    by_sender = keep(conn, STRANGE.replace(b"ada@home.test", here.ada.email.encode()), ident="two")
    nobody = keep(conn, STRANGE, ident="three")
    for number in (by_token, by_sender, nobody):
        take(conn, number)

    found = [assign.guess(conn, admin(here), opened(conn, here, n), OWN) for n in (by_token, by_sender, nobody)]

    assert [guess and guess.part_id for guess in found] == [here.part, here.part, None]
    assert len({guess.why for guess in found if guess}) == 2


def test_what_can_be_chosen_are_teams_then_members_then_their_rounds(conn: Conn) -> None:
    here = world(conn)
    other = make.team(conn, here.ws, "Others")

    one = assign.options(conn, admin(here), None, None)
    two = assign.options(conn, admin(here), here.team.id, None)
    three = assign.options(conn, admin(here), here.team.id, here.ada.id)
    mixed = assign.options(conn, admin(here), other.id, here.ada.id)

    assert [team.name for team in one.teams] == ["Others", "Rockets"]
    assert [who.name for who in two.members] == ["Ada"]
    assert [slot.id for slot in three.slots] == [here.part]
    assert (mixed.members, mixed.slots) == ((), ())


def test_several_are_dismissed_and_taken_back_by_being_read_again(conn: Conn) -> None:
    here = world(conn)
    numbers = [held(conn), held(conn, STRANGE.replace(b"Fixed", b"Broke"), "two")]

    done = dismiss(conn, admin(here), [*numbers, 999], EVENING)
    states = [inbound(conn, number).state for number in numbers]
    twice = dismiss(conn, admin(here), numbers, EVENING)
    back = run_all_again(conn, admin(here), numbers, EVENING)
    for number in numbers:
        take(conn, number)

    assert (done, twice, back.inbound) == (tuple(numbers), (), tuple(numbers))
    assert states == ["noted", "noted"]
    assert [inbound(conn, number).state for number in numbers] == ["held", "held"]
    assert waiting.history(conn, here.ws.id, numbers[0])[0].actor == "account:7"


def test_the_list_is_narrowed_by_state_reason_sender_and_days(conn: Conn) -> None:
    here = world(conn)
    first = held(conn)
    robot = held(conn, AUTO, "two")
    late = keep(conn, STRANGE.replace(b"ada@home", b"eve@home"), ident="three", at=EVENING + timedelta(days=2))
    take(conn, late, now=EVENING + timedelta(days=2))

    def found(**words: object) -> list[int]:
        return [mail.id for mail in waiting.unsettled(conn, here.ws.id, Which(**words))]  # type: ignore[arg-type]

    assert found() == [late, first]
    assert found(before=late) == [first]
    assert found(states=("noted", "routed")) == [robot]
    assert found(sender="EVE@") == [late]
    assert found(reason="none of our mails") == [late, first]
    assert found(reason="100%") == []
    assert found(since=EVENING + timedelta(days=1)) == [late]
    assert found(until=EVENING + timedelta(days=1)) == [first]


def test_what_was_cut_away_is_kept_of_mails_that_wait(conn: Conn) -> None:
    here = world(conn)
    number = held(conn, here.reply("Above.", from_="eve@example.net"), "quoted")

    parsed = opened(conn, here, number).parsed

    assert parsed
    assert "What did you get done today?" in parsed.cut_text
    assert (parsed.reply_text.strip(), parsed.text) == ("Above.", "")


def test_an_assigned_mail_that_is_held_once_more_keeps_its_assignment(conn: Conn) -> None:
    here = world(conn)
    number = held(conn, STRANGE.replace(b"Fixed the build.", b""))
    assign.assign(conn, admin(here), number, here.part, EVENING)
    take(conn, number)

    run_again(conn, admin(here), number, EVENING)

    assert opened(conn, here, number).part_id == here.part
