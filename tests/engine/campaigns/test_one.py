"""A letter to one person: a run of one by the launch, its words in their conversation at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine import db
from engine.campaigns import one
from engine.campaigns.one import Letter
from engine.conversations import events
from engine.errors import Invalid, NotFound
from engine.people import suppression
from tests.engine.campaigns.answering import answer
from tests.engine.campaigns.scene import Scene
from tests.engine.campaigns.test_letters import sending
from tests.engine.outbound.world import SECRET
from tests.fakes.smtp_sink import read_log, sink_process

WORDS = "Dear {{ name }},\n\nhow did it *go*?"


def send(scene: Scene, contact: int, subject: str = "Your talk", body: str = WORDS, team: int | None = None
         ) -> tuple[int, int]:  # fmt: skip
    """Write to somebody; the conversation and the campaign."""
    with scene.engine.begin() as conn:
        now = db.now(conn)
        done = one.send(conn, scene.person, Letter(contact, subject, body, team), now)
        events.write(conn, done.changes, now)
    return done.response["conversation"], done.response["campaign"]


def test_it_is_launched_to_one_and_stands_in_their_conversation_where_the_answer_comes(
    engine_db: Engine, tmp_path: Path
) -> None:
    scene = Scene.make(engine_db, people=3, cap_days=7, cap_count=1)
    scene.launch(scene.campaign())  # they had enough of campaigns for this week
    contact = scene.contact("p2@x.test")
    scene.do("UPDATE run SET state = 'paused'")

    conversation, made = send(scene, contact)
    of = scene.get(made)
    with sink_process(tmp_path / "sink.log") as sink, sending(engine_db, sink.port) as sender:
        sender.work(20)
        got = [mail.rcpt for mail in read_log(sink.log)]
    answer(scene, of.run_id, "p2@x.test", "Well, thanks.")
    again, _ = send(scene, contact, "And then?", "What is next?")

    assert got == [["p2@x.test"]]
    assert (of.state, of.shape, of.query) == ("running", "individual", 'email is "p2@x.test"')
    assert scene.rows("SELECT part, size FROM run WHERE id = :r", r=of.run_id) == [("talk", 1)]
    assert again == conversation
    assert scene.rows("SELECT author_kind, subject, body FROM message WHERE conversation_id = :v ORDER BY no",
                      v=conversation) == [
        ("engine", "Your talk", "Dear Person 2,\n\nhow did it go?"), ("contact", "Re: Spring", "Well, thanks."),
        ("engine", "And then?", "What is next?"),
    ]  # fmt: skip


def test_in_a_teams_name_it_is_their_conversation_with_the_team(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=1)
    team = scene.value("INSERT INTO team (workspace_id, name, zone) VALUES (:w, 'Ops', 'UTC') RETURNING id")

    conversation, _ = send(scene, scene.contact("p1@x.test"), team=team)

    assert scene.value("SELECT team_id FROM conversation WHERE id = :v", v=conversation) == team


def test_who_can_not_be_written_to_is_said_before_and_nothing_is_left(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    who = {n: scene.contact(f"p{n}@x.test") for n in (1, 2, 3)}
    scene.do("INSERT INTO consent (contact_id, channel, workspace_id, state, source, at)"
             " VALUES (:c, 'mail', :w, 'withdrawn', 'person', now())", c=who[1])  # fmt: skip
    with engine_db.begin() as conn:
        suppression.add(conn, scene.workspace_id, SECRET, ["p2@x.test"], "bounce", scene.now())
        why = {n: one.why_not(conn, scene.person, contact) for n, contact in who.items()}

    for n, words in ((1, "no mails of this kind"), (2, "gets no mail")):
        assert words in why[n]
        with pytest.raises(Invalid, match=words):
            send(scene, who[n])
    with pytest.raises(Invalid, match="city"):
        send(scene, who[3], body="Hello from {{ attributes.city }}")
    with pytest.raises(NotFound):
        send(scene, 999_999)
    assert why[3] == ""
    assert scene.value("SELECT (SELECT count(*) FROM campaign) + (SELECT count(*) FROM conversation)") == 0


def test_where_every_campaign_needs_a_second_yes_that_is_said_before_anything_is_typed(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=1, approve_over=0)
    who = scene.contact("p1@x.test")

    with engine_db.begin() as conn:
        why = one.why_not(conn, scene.person, who)

    assert why == one.EVERY
    with pytest.raises(Invalid, match="a letter cannot wait"):
        send(scene, who)


def test_the_preview_is_the_mail_they_would_have(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=2)
    with engine_db.begin() as conn:
        seen = one.look(conn, scene.person, Letter(scene.contact("p2@x.test"), "Your talk", WORDS))

    assert seen.letter is not None
    assert "Dear Person 2" in seen.letter.text
    assert scene.value("SELECT count(*) FROM campaign") == 0
