"""One question to one person, from the schedule to the chat: every link is there, and so is where it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from engine import models as m
from engine import move
from engine.db import Conn
from engine.errors import NotAllowed, NotFound
from engine.inbound import assign
from engine.inbound.chain import Chain, chain, of_delivery
from engine.outbound.queries.flushing import these
from engine.people.principal import SYSTEM, of_session
from tests import factories as make
from tests.engine.inbound.world import EVENING, OWN, World, keep, take, world
from tests.factories.rows import NOON


def asked(conn: Conn) -> World:
    """The world, with the prompt known to the part."""
    here = world(conn)
    conn.execute(update(m.Participation).values(prompt_run_id=here.run, prompt_seq=here.seq))
    return here


def look(conn: Conn, here: World) -> Chain:
    return chain(conn, SYSTEM(here.ws.id), here.part, OWN, EVENING)


def test_an_answered_question_has_every_link(conn: Conn) -> None:
    here = asked(conn)
    channel = make.channel(conn, here.team, name="#rockets")
    number = keep(conn, here.reply("Fixed the build.\nDone: the report."), [here.reply_address])
    take(conn, number)

    found = look(conn, here)

    [answer], [post] = found.answers, found.posts
    assert (found.asked.person, found.asked.team, found.asked.local_date) == ("Ada", "Rockets", NOON.date())
    assert found.prompt
    assert (found.prompt.run_id, found.prompt.state) == (here.run, "sent")
    assert (answer.mail, answer.source, answer.sender) == (number, "mail", here.ada.email)
    assert "reply address" in answer.proof
    assert "What did you get done today?" in answer.cut
    assert [entry.text for entry in answer.entries] == ["Fixed the build.", "the report."]
    assert post.sent
    assert (post.channel, post.answer_id, post.sent.state) == ("#rockets", answer.id, "queued")
    assert of_delivery(conn, SYSTEM(here.ws.id), post.sent.run_id, post.sent.seq) == here.part
    assert of_delivery(conn, SYSTEM(here.ws.id), here.run, 1) == here.part
    assert channel


def test_an_answer_by_its_thread_alone_says_so(conn: Conn) -> None:
    here = asked(conn)
    lines = (
        here.reply("Hello.").split(b"\r\n") if b"\r\n" in here.reply("Hello.") else here.reply("Hello.").split(b"\n")
    )
    raw = b"\r\n".join(b"To: team@elsewhere.example" if line.startswith(b"To:") else line for line in lines)
    take(conn, keep(conn, raw, ["team@elsewhere.example"]))

    [answer] = look(conn, here).answers

    assert "signed Message-ID" in answer.proof


def test_an_assigned_answer_names_who_said_so_and_finds_posts_made_days_later(conn: Conn) -> None:
    here = asked(conn)
    make.channel(conn, here.team)
    number = keep(conn, b"From: a@home.test\r\nSubject: x\r\n\r\nFixed it.\r\n")
    take(conn, number)
    late = EVENING + timedelta(days=9)
    assign.assign(conn, of_session(here.ws.id, 1, 7, "admin"), number, here.part, late)
    take(conn, number, now=late)

    [answer], [post] = look(conn, here).answers, look(conn, here).posts

    assert (answer.assigned_by, answer.proof, answer.taken_at) == ("account:7", "", late)
    assert post.sent
    assert look(conn, here).actors == {"account:7"}


def test_an_edited_and_a_removed_entry_say_what_they_were(conn: Conn) -> None:
    here = asked(conn)
    entry = make.entry(conn, here.part, "Fixed it.")
    told = {"workspace_id": here.ws.id, "entry_id": entry, "actor": "account:7", "kind": "note", "tags": []}
    conn.execute(insert(m.EntryChange).values(**told, at=EVENING, what="edited", text="Fixd it."))
    conn.execute(update(m.Entry).values(edited_at=EVENING, removed_at=EVENING))

    [answer] = look(conn, here).answers

    [found] = answer.entries
    assert found.removed
    assert [(one.what, one.text, one.at) for one in found.changes] == [("edited", "Fixd it.", EVENING)]


def test_a_bounced_question_ends_there_with_the_receivers_words(conn: Conn) -> None:
    here = asked(conn)
    move.deliveries(conn, "return_", these(here.run, [1]), EVENING, values={"code": "550", "reply": "no such user"})

    found = look(conn, here)

    assert found.prompt
    assert found.prompt.state == "bounced"
    assert "no such user" in found.prompt.steps[-1].reply
    assert (found.answers, found.open) == ((), True)


def test_a_channel_that_came_later_and_one_of_another_team_got_nothing(conn: Conn) -> None:
    here = asked(conn)
    make.entry(conn, here.part, "Fixed it.", at=EVENING)
    make.channel(conn, here.team, name="later", made_at=EVENING + timedelta(hours=1))
    make.channel(conn, make.team(conn, here.ws), name="others")

    assert [(post.channel, post.newer, post.sent) for post in look(conn, here).posts] == [("later", True, None)]


def test_a_chain_belongs_to_its_workspace_and_its_admins(conn: Conn) -> None:
    here = asked(conn)
    there = make.workspace(conn, "Other")

    with pytest.raises(NotFound):
        chain(conn, SYSTEM(there.id), here.part, OWN, EVENING)
    with pytest.raises(NotFound):
        of_delivery(conn, SYSTEM(there.id), here.run, 1)
    with pytest.raises(NotAllowed):
        chain(conn, of_session(here.ws.id, 1, 1, "user"), here.part, OWN, EVENING)
