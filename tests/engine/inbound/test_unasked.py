"""A mail to a plain address is a message of whoever is known; whoever is not waits for an admin's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine import models as m
from engine.db import Conn
from engine.inbound import unasked
from engine.tasks.stories import ACTS
from engine.tokens import Purpose
from tests import factories as make
from tests.engine.inbound.plain_world import PROVEN, letter, messages, plain_world, standings
from tests.engine.inbound.world import DOMAIN, EVENING, OWN, address, inbound, keep, take, texts
from tests.factories.rows import NOON


def test_a_members_mail_to_the_team_is_a_message_and_no_entry(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    ident = keep(conn, letter(team, here.ada.email), [team])

    take(conn, ident)

    assert messages(conn) == [("Can we talk?", "from")]
    assert texts(conn) == []
    assert inbound(conn, ident).state == "routed"
    found = conn.execute(select(m.Conversation.team_id, m.Message.subject, m.Message.inbound_id)
                         .join(m.Message, m.Message.conversation_id == m.Conversation.id)).one()  # fmt: skip
    assert tuple(found) == (here.team.id, "A question", ident)
    assert conn.scalar(select(m.Inbound.contact_id)) == here.ada.contact_id


def test_it_goes_on_with_the_same_conversation_and_opens_it_again(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    take(conn, keep(conn, letter(team, here.ada.email, "One."), [team], ident="a"))
    conn.execute(update(m.Conversation).values(status="closed"))

    take(conn, keep(conn, letter(team, here.ada.email.upper(), "Two.", ident="2@x"), [team], ident="b"))

    assert [words for words, _ in messages(conn)] == ["One.", "Two."]
    assert conn.execute(select(func.count(), func.max(m.Conversation.status))).one() == (1, "open")
    assert conn.scalars(select(m.Event.seq).order_by(m.Event.seq)).all() == [1, 2, 3, 4]


def test_the_team_and_the_workspace_have_a_conversation_each_and_one_mail_to_both_is_in_both(conn: Conn) -> None:
    here, team, workspace = plain_world(conn)
    raw = letter(f"{team}, {workspace}", here.ada.email)

    for ident, to in (("a", [team]), ("b", [workspace]), ("c", [])):
        take(conn, keep(conn, raw, to, ident=ident))

    assert conn.scalars(select(m.Conversation.team_id).order_by(m.Conversation.id)).all() == [here.team.id, None]
    assert len(messages(conn)) == 2
    assert conn.scalars(select(m.Inbound.state).order_by(m.Inbound.id)).all() == ["routed", "routed", "repeated"]


def test_a_pass_by_our_own_edge_is_proof_and_is_marked(conn: Conn) -> None:
    here, team, _ = plain_world(conn)

    take(conn, keep(conn, letter(team, here.ada.email, dmarc="pass"), [team]), own=PROVEN)

    assert messages(conn) == [("Can we talk?", "dmarc")]


@pytest.mark.parametrize("dmarc", ["", "none", "temperror"])
def test_where_nobody_vouches_the_words_are_taken_and_marked(conn: Conn, dmarc: str) -> None:
    here, team, _ = plain_world(conn)

    take(conn, keep(conn, letter(team, here.ada.email, dmarc=dmarc), [team]), own=PROVEN)

    assert messages(conn) == [("Can we talk?", "from")]


def test_a_pass_for_another_domain_vouches_for_nobody(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    raw = letter(team, here.ada.email, dmarc="pass").replace(b"header.from=example.org", b"header.from=evil.test")

    take(conn, keep(conn, raw, [team]), own=PROVEN)

    assert messages(conn) == [("Can we talk?", "from")]


def test_a_forged_from_is_held(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    ident = keep(conn, letter(team, here.ada.email, dmarc="fail"), [team])

    take(conn, ident, own=PROVEN)

    assert messages(conn) == []
    assert "DMARC failed" in inbound(conn, ident).reason
    assert inbound(conn, ident).workspace_id == here.ws.id


def test_somebody_unknown_becomes_a_held_contact_and_their_mail_waits(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    ident = keep(conn, letter(team, "Eve New <eve@example.net>"), [team])

    take(conn, ident)

    assert messages(conn) == []
    assert inbound(conn, ident).state == "held"
    assert inbound(conn, ident).reason == unasked.NEW
    assert standings(conn)["eve@example.net"] == "held"
    assert standings(conn)[here.ada.email] == "known"


def test_somebody_turned_away_waits_nowhere(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    conn.execute(update(m.Contact).values(standing="refused"))
    ident = keep(conn, letter(team, here.ada.email), [team])

    take(conn, ident)

    assert (inbound(conn, ident).state, inbound(conn, ident).reason) == ("noted", unasked.REFUSED)


def test_more_strangers_than_the_limit_are_held_without_a_contact(conn: Conn) -> None:
    _, team, _ = plain_world(conn)
    many = int(unasked.NEWCOMERS) + 2

    for n in range(many):
        take(conn, keep(conn, letter(team, f"new{n}@example.net", ident=f"{n}@x"), [team], ident=str(n)))

    assert list(standings(conn).values()).count("held") == int(unasked.NEWCOMERS)
    reasons = conn.scalars(select(m.Inbound.reason).order_by(m.Inbound.id)).all()
    assert reasons[-2:] == [unasked.TOO_MANY_NEW] * 2
    assert set(conn.scalars(select(m.Inbound.state))) == {"held"}
    late = keep(conn, letter(team, "late@example.net", ident="late@x"), [team], ident="late")
    take(conn, late, now=EVENING + timedelta(days=1))
    assert inbound(conn, late).reason == unasked.NEW


def test_one_stranger_who_writes_too_often_fills_no_list(conn: Conn) -> None:
    _, team, _ = plain_world(conn)

    for n in range(int(unasked.MAILS) + 3):
        take(conn, keep(conn, letter(team, "eve@example.net", f"No. {n}", ident=f"{n}@x"), [team], ident=str(n)))

    mine = select(func.count()).where(m.Inbound.contact_id.is_not(None))
    assert conn.scalar(mine) == int(unasked.MAILS)
    assert conn.scalar(select(func.count()).where(m.Inbound.reason == unasked.TOO_MANY_MAILS)) == 3


def test_a_robot_is_no_message_and_no_contact(conn: Conn) -> None:
    _, team, _ = plain_world(conn)
    raw = b"Auto-Submitted: auto-replied\r\n" + letter(team, "eve@example.net", subject="Out of office")
    ident = keep(conn, raw, [team])

    take(conn, ident)

    assert inbound(conn, ident).state == "noted"
    assert "eve@example.net" not in standings(conn)


def test_a_local_part_counts_at_our_domains_alone(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    elsewhere = team.replace(DOMAIN, "reply.elsewhere.test")
    ident = keep(conn, letter(elsewhere, here.ada.email), [elsewhere])

    take(conn, ident)

    assert (inbound(conn, ident).state, inbound(conn, ident).reason) == ("held", unasked.NO_ADDRESS)
    conn.execute(update(m.Workspace).values(reply_domain="Reply.Elsewhere.test"))
    again = keep(conn, letter(elsewhere, here.ada.email, ident="2@x"), [elsewhere], ident="b")
    take(conn, again)
    assert inbound(conn, again).state == "routed"


def test_an_archived_team_says_so(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    conn.execute(update(m.Team).values(archived_at=NOON))
    ident = keep(conn, letter(team, here.ada.email), [team])

    take(conn, ident)

    assert "archived" in inbound(conn, ident).reason


def test_a_person_of_another_workspace_is_unknown_here(conn: Conn) -> None:
    _, team, _ = plain_world(conn)
    other = make.workspace(conn, "Other")
    make.contact(conn, other.id, "Bob", email="bob@example.net")
    ident = keep(conn, letter(team, "bob@example.net"), [team])

    take(conn, ident)

    assert inbound(conn, ident).reason == unasked.NEW
    assert conn.scalar(select(func.count()).where(m.Contact.email_key == "bob@example.net")) == 2


def test_an_answer_to_ones_own_message_goes_on_with_it_without_the_address(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    take(conn, keep(conn, letter(team, here.ada.email, "One.", ident="first@x"), [team], ident="a"))
    alias = "hello@alias.example.org"
    raw = letter(alias, here.ada.email, "Two.", ident="2@x", answers="first@x")

    take(conn, keep(conn, raw, [], ident="b"))

    assert [words for words, _ in messages(conn)] == ["One.", "Two."]


def test_a_known_thread_does_not_let_a_stranger_in(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    take(conn, keep(conn, letter(team, here.ada.email, "One.", ident="first@x"), [team], ident="a"))
    raw = letter("hello@alias.example.org", "eve@example.net", "Me too.", ident="2@x", answers="first@x")
    ident = keep(conn, raw, [], ident="b")

    take(conn, ident)

    assert [words for words, _ in messages(conn)] == ["One."]
    assert inbound(conn, ident).state == "held"


def test_a_stranger_who_answers_a_prompt_that_was_passed_on_and_writes_to_the_team_waits(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    ident = keep(conn, letter(team, "eve@example.net", answers=here.message_id.strip("<>")), [team])

    take(conn, ident)

    assert inbound(conn, ident).reason == unasked.NEW
    assert texts(conn) == []


def test_an_answer_to_a_prompt_stays_an_answer_though_the_team_has_a_copy(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    raw = b"Cc: " + team.encode() + b"\r\n" + here.reply("Fixed it.")

    take(conn, keep(conn, raw, [here.reply_address]))

    assert texts(conn) == ["Fixed it."]
    assert messages(conn) == []


@pytest.mark.parametrize("vouched", [True, False])
def test_stop_to_a_plain_address_is_obeyed_where_the_sender_is_vouched_for(conn: Conn, vouched: bool) -> None:
    here, team, _ = plain_world(conn)
    ident = keep(conn, letter(team, here.ada.email, "stop", dmarc="pass" if vouched else ""), [team])

    take(conn, ident, own=PROVEN, acts=ACTS)

    paused = select(m.Membership.id).where(m.Membership.paused_at.is_not(None))
    assert conn.scalars(paused).all() == ([here.ada.id] if vouched else [])
    assert len(messages(conn)) == (0 if vouched else 1)
    if vouched:  # the answer to it takes orders too
        run = conn.scalar(select(m.MailCommand.answered_run_id)) or 0
        take(conn, keep(conn, here.reply("undo"), [address(Purpose.REPLY, run, 1)], ident="two"), acts=ACTS)
        assert conn.scalars(paused).all() == []


def test_an_archived_team_does_not_make_an_order_to_the_workspace_ambiguous(conn: Conn) -> None:
    here, _, desk = plain_world(conn)
    old = make.team(conn, here.ws, name="Old")
    make.member(conn, old, contact_id=here.ada.contact_id, email=here.ada.email)
    conn.execute(update(m.Team).where(m.Team.id == old.id).values(archived_at=NOON))
    ident = keep(conn, letter(desk, here.ada.email, "stop", dmarc="pass"), [desk])

    take(conn, ident, own=PROVEN, acts=ACTS)

    paused = select(m.Membership.id).where(m.Membership.paused_at.is_not(None))
    assert conn.scalars(paused).all() == [here.ada.id]


def test_a_mail_without_words_is_held(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    ident = keep(conn, letter(team, here.ada.email, "\n"), [team])

    take(conn, ident, own=replace(OWN))

    assert "Nothing was written" in inbound(conn, ident).reason
