"""A stored mail becomes entries, or is held with a plain reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.errors import NotFound
from engine.inbound.again import run_again
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries import waiting
from engine.inbound.reader import ParseKilled
from engine.inbound.receive import FAULTS, faulted, receive
from engine.people.principal import SYSTEM, Principal
from engine.tokens import Purpose
from sixpm.replies import CLIENTS
from tests import factories as make
from tests.engine.inbound.world import DOMAIN, EVENING, OWN, address, inbound, keep, take, texts, world
from tests.factories.rows import NOON


def part_state(conn: Conn, ident: int) -> str:
    return conn.execute(select(m.Participation.state).where(m.Participation.id == ident)).scalar_one()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_reply_from_any_mail_program_becomes_entries(conn: Conn, client: str) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Fixed the build.\n\nWrote the docs.", client), [here.reply_address])

    take(conn, ident)

    assert texts(conn) == ["Fixed the build.", "Wrote the docs."]
    assert inbound(conn, ident).state == "routed"
    assert inbound(conn, ident).workspace_id == here.ws.id
    assert part_state(conn, here.part) == "answered"


def test_a_second_reply_appends_and_numbers_go_on(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, here.reply("One."), [here.reply_address], ident="a"))
    take(conn, keep(conn, here.reply("Two.\n\nThree."), [here.reply_address], ident="b"))

    assert texts(conn) == ["One.", "Two.", "Three."]
    assert conn.scalars(select(m.Entry.no).order_by(m.Entry.no)).all() == [1, 2, 3]
    assert conn.scalar(select(m.Team.entry_no)) == 3


@pytest.mark.parametrize("state", ["due", "asked", "reminded", "missed", "excused"])
def test_a_late_answer_joins_the_round_it_answers(conn: Conn, state: str) -> None:
    here = world(conn, state=state)
    conn.execute(update(m.Round).values(state="closed"))

    take(conn, keep(conn, here.reply("Late, but done."), [here.reply_address]))

    assert part_state(conn, here.part) == "answered"
    assert conn.scalar(select(m.Entry.participation_id)) == here.part


def test_receiving_twice_changes_nothing_the_second_time(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Once."), [here.reply_address])

    take(conn, ident)
    take(conn, ident)

    assert texts(conn) == ["Once."]


def test_the_same_mail_by_two_ways_is_one_mail(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("Once.")
    first = keep(conn, raw, [here.reply_address], ident="a")
    second = keep(conn, b"Received: from elsewhere\r\n" + raw, [], ident="b")

    take(conn, first)
    take(conn, second)

    assert texts(conn) == ["Once."]
    assert inbound(conn, second).state == "repeated"


def test_without_a_message_id_the_same_words_are_still_one_mail(conn: Conn) -> None:
    here = world(conn)
    raw = b"".join(line for line in here.reply("Once.").splitlines(True) if not line.startswith(b"Message-ID"))
    idents = [keep(conn, b"Received: by %d\r\n" % n + raw, [here.reply_address], ident=str(n)) for n in (1, 2)]

    for ident in idents:
        take(conn, ident)

    assert [inbound(conn, ident).state for ident in idents] == ["routed", "repeated"]


def test_a_forged_mail_with_a_known_message_id_does_not_take_the_real_ones_place(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("The real words.")
    forged = raw.replace(here.ada.email.encode(), b"eve@example.net", 1)

    take(conn, keep(conn, forged, [here.reply_address], ident="forged"))
    take(conn, keep(conn, raw, [here.reply_address], ident="real"))

    assert texts(conn) == ["The real words."]


def test_a_stolen_token_is_held_for_the_workspace_to_see(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Mine now.", from_="eve@example.net"), [here.reply_address])

    take(conn, ident)

    assert texts(conn) == []
    [held] = waiting.unsettled(conn, here.ws.id)
    assert (held.id, held.from_address) == (ident, "eve@example.net")
    assert "From does not match" in held.reason


def test_another_member_of_the_team_may_not_use_a_colleagues_address(conn: Conn) -> None:
    here = world(conn)
    bob = make.member(conn, here.team, "Bob")
    ident = keep(conn, here.reply("As Ada.", from_=bob.email), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"


def test_from_is_compared_without_regard_to_case(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, here.reply("Shouted.", from_=here.ada.email.upper()), [here.reply_address]))

    assert texts(conn) == ["Shouted."]


def test_an_expired_address_is_held_even_if_it_came_in(conn: Conn) -> None:
    here = world(conn)
    old = address(Purpose.REPLY, here.run, here.seq, NOON.date() - timedelta(days=1))
    raw = here.reply("Too late.").replace(here.reply_address.encode(), old.encode())
    ident = keep(conn, raw, [old])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert "expired" in inbound(conn, ident).reason


def test_a_mail_that_came_in_time_is_not_too_late_when_it_is_read_days_after(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("In time."), [here.reply_address])

    take(conn, ident, now=EVENING + timedelta(days=30))

    assert texts(conn) == ["In time."]


def test_a_dmarc_fail_by_our_own_edge_holds_the_mail(conn: Conn) -> None:
    here = world(conn)
    raw = b"Authentication-Results: mx.own.test; dmarc=fail header.from=example.org\r\n" + here.reply("Forged.")
    ident = keep(conn, raw, [here.reply_address])

    take(conn, ident, own=replace(OWN, authserv_id="mx.own.test"))

    assert inbound(conn, ident).state == "held"
    assert "DMARC" in inbound(conn, ident).reason


def test_a_mail_with_no_address_of_ours_is_held(conn: Conn) -> None:
    world(conn)
    ident = keep(conn, b"From: a@example.org\r\nTo: b@example.org\r\nSubject: hello\r\n\r\nBuy.\r\n", [f"x@{DOMAIN}"])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert inbound(conn, ident).workspace_id is None


def test_a_lost_token_is_made_good_by_the_thread(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("By thread.").replace(here.reply_address.encode(), b"checkin@sixpm.example.test")

    take(conn, keep(conn, raw, []))

    assert texts(conn) == ["By thread."]


def test_the_thread_alone_is_not_enough_for_somebody_else(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("By thread.", from_="eve@example.net").replace(here.reply_address.encode(), b"checkin@x.test")
    ident = keep(conn, raw, [])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"


def test_an_empty_reply_is_held_and_its_raw_mail_kept(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("")
    ident = keep(conn, raw, [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert "Nothing was written" in inbound(conn, ident).reason
    assert inbound(conn, ident).raw == raw
    assert part_state(conn, here.part) == "asked"


def test_a_reply_to_a_digest_joins_the_newest_round_asked(conn: Conn) -> None:
    here = world(conn, kind="digest")
    days = [NOON.date() + timedelta(days=n) for n in (1, 2)]
    newer, excused = (make.round_of(conn, here.team, day) for day in days)
    part = make.participation(conn, newer, here.ada, state="missed")
    make.participation(conn, excused, here.ada, state="excused")

    take(conn, keep(conn, here.reply("To the digest."), [here.reply_address]))

    assert conn.scalar(select(m.Entry.participation_id)) == part


def test_a_reply_to_a_digest_is_held_when_nobody_was_asked(conn: Conn) -> None:
    here = world(conn, kind="digest", state="excused")
    ident = keep(conn, here.reply("To the digest."), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"


def test_who_has_left_the_team_says_nothing_more_to_it(conn: Conn) -> None:
    here = world(conn)
    conn.execute(update(m.Membership).values(left_at=NOON))
    ident = keep(conn, here.reply("Still here."), [here.reply_address])

    take(conn, ident)

    assert "left the team" in inbound(conn, ident).reason


def test_a_reply_proves_that_its_prompt_in_doubt_arrived(conn: Conn) -> None:
    here = world(conn, delivery="in_doubt")

    take(conn, keep(conn, here.reply("Got it."), [here.reply_address]))

    assert conn.scalar(select(m.Delivery.state).where(m.Delivery.run_id == here.run)) == "sent"
    assert conn.scalars(select(m.DeliveryEvent.trigger)).all() == ["prove_sent"]


def test_an_answer_that_is_held_proves_all_the_same_that_its_prompt_arrived(conn: Conn) -> None:
    """The signed address proves it, whoever writes: here somebody the mail was passed on to."""
    here = world(conn, delivery="in_doubt")
    ident = keep(conn, here.reply("From my other account.", from_="eve@elsewhere.test"), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert conn.scalar(select(m.Delivery.state).where(m.Delivery.run_id == here.run)) == "sent"


def test_a_mail_that_answers_nothing_of_ours_proves_nothing(conn: Conn) -> None:
    here = world(conn, delivery="in_doubt")

    take(conn, keep(conn, b"From: ada@example.org\r\nSubject: Hi\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n", []))

    assert conn.scalar(select(m.Delivery.state).where(m.Delivery.run_id == here.run)) == "in_doubt"


def test_two_questions_give_entries_their_question(conn: Conn) -> None:
    here = world(conn, questions=("Done?", "Next?"))

    take(conn, keep(conn, here.reply("1. Fixed it.\n2. Ship it."), [here.reply_address]))

    found = conn.execute(select(m.Entry.question, m.Entry.text).order_by(m.Entry.no)).all()
    assert [tuple(row) for row in found] == [(0, "Fixed it."), (1, "Ship it.")]


def test_tags_are_kept_in_their_column(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, here.reply("Fixed it #build #ci\n\nNo tags."), [here.reply_address]))

    assert conn.scalars(select(m.Entry.tags).order_by(m.Entry.no)).all() == [["build", "ci"], []]


def test_a_mail_that_kills_its_reader_twice_is_parked_and_can_be_run_again(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Poison?"), [here.reply_address])

    def killed(raw: bytes) -> ParsedMail:
        raise ParseKilled("it took longer than 10 s")

    first = receive(conn, ident, killed, EVENING, own=OWN)
    state = inbound(conn, ident).state
    second = receive(conn, ident, killed, EVENING, own=OWN)

    assert (first.inbound, state) == ((ident,), "received")
    assert not second
    assert inbound(conn, ident).state == "parked"
    assert "longer than 10 s" in inbound(conn, ident).reason
    again = run_again(conn, SYSTEM(here.ws.id), ident, EVENING)
    assert again.inbound == (ident,)
    take(conn, ident)
    assert texts(conn) == ["Poison?"]


def test_a_mail_whose_reading_raises_is_parked_the_fifth_time_and_not_before(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("A bug of ours."), [here.reply_address])

    states = []
    for _ in range(FAULTS + 1):
        faulted(conn, ident, "KeyError: 'x'", EVENING)
        states.append(inbound(conn, ident).state)

    assert states == ["received"] * 4 + ["parked"] * 2
    assert inbound(conn, ident).reason == "Reading it failed 5 times: KeyError: 'x'"
    run_again(conn, SYSTEM(here.ws.id), ident, EVENING)
    take(conn, ident)
    assert texts(conn) == ["A bug of ours."]


def test_a_held_mail_is_taken_once_its_fault_is_mended(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("From my other address.", from_="ada@home.test"), [here.reply_address])
    take(conn, ident)
    conn.execute(update(m.Contact).values(email="ada@home.test", email_key="ada@home.test"))

    run_again(conn, Principal("session", here.ws.id, 1, 1, "admin"), ident, EVENING)
    take(conn, ident)

    assert texts(conn) == ["From my other address."]
    assert inbound(conn, ident).reason == ""


def test_another_workspace_neither_sees_nor_runs_a_held_mail(conn: Conn) -> None:
    here = world(conn)
    other = make.workspace(conn, "Other")
    ident = keep(conn, here.reply("Eve's.", from_="eve@example.net"), [here.reply_address])
    nobodys = keep(conn, b"Subject: x\r\n\r\nx\r\n", [], ident="two")
    take(conn, ident)
    take(conn, nobodys)

    assert waiting.unsettled(conn, other.id) == []
    for number in (ident, nobodys):
        with pytest.raises(NotFound):
            run_again(conn, SYSTEM(other.id), number, EVENING)


def test_a_flood_from_one_person_is_held(conn: Conn) -> None:
    here = world(conn)
    idents = [keep(conn, here.reply(f"Mail {n}."), [here.reply_address], ident=str(n)) for n in range(32)]

    for ident in idents:
        take(conn, ident)

    assert len(texts(conn)) == 30
    assert "loop" in inbound(conn, idents[-1]).reason
    later = keep(conn, here.reply("Next day."), [here.reply_address], ident="later")
    take(conn, later, now=EVENING + timedelta(days=1))
    assert inbound(conn, later).state == "routed"


@pytest.mark.parametrize("words", ["stop", "Unsubscribe", "PAUSE."])
def test_a_whole_reply_that_says_stop_pauses_and_is_no_entry(conn: Conn, words: str) -> None:
    here = world(conn)
    paused: list[tuple[int, int]] = []

    take(
        conn,
        keep(conn, here.reply(words), [here.reply_address]),
        pause=lambda _, ws, membership, now: paused.append((ws, membership)),
    )

    assert paused == [(here.ws.id, here.ada.id)]
    assert texts(conn) == []


@pytest.mark.parametrize("words", ["Stop the old server.", "stop\n\nthe old server", "Pause until Monday"])
def test_words_that_only_begin_with_stop_are_words(conn: Conn, words: str) -> None:
    here = world(conn)

    def never(*_: object) -> None:
        raise AssertionError("paused by words that were meant as an answer")

    take(conn, keep(conn, here.reply(words), [here.reply_address]), pause=never)

    assert texts(conn)


def test_mails_nobody_has_read_are_found_by_the_sweep(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Waiting."), [here.reply_address])

    early = waiting.waiting_inbound(conn, EVENING + timedelta(seconds=5))
    late = waiting.waiting_inbound(conn, EVENING + timedelta(seconds=11))
    lag = waiting.inbound_lag(conn, EVENING + timedelta(seconds=11))
    take(conn, ident)

    assert (early, late, lag) == ([], [ident], 11.0)
    assert waiting.waiting_inbound(conn, EVENING + timedelta(days=1)) == []
    assert waiting.inbound_lag(conn, EVENING) == 0
