"""An answer goes to the team's channels, by mail or from the web."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.inbound.entries import answer_on_web
from engine.inbound.fanout import answer_posts
from engine.outbound.drafts import PostDraft, Row
from engine.people.principal import Principal, of_link
from tests import factories as make
from tests.engine.inbound.world import EVENING, World, keep, take, texts, world


def rows(conn: Conn, here: World) -> list[Row]:
    """The deliveries of runs of kind post, as the sending loop claims them."""
    d, r = m.Delivery, m.Run
    columns = (d.run_id, d.seq, d.recipient, d.about, d.transport, d.address, d.attempt, d.useful_until)
    found = conn.execute(select(*columns).join(r, r.id == d.run_id).where(r.kind == "post").order_by(d.seq))
    return [Row(*row) for row in found]


def link(here: World) -> Principal:
    return of_link(here.ws.id, here.ada.contact_id, here.ada.id)


def test_every_active_channel_gets_the_answer_once(conn: Conn) -> None:
    here = world(conn)
    console = make.channel(conn, here.team, "console", "general")
    slack = make.channel(conn, here.team, "slack", "C1")
    make.channel(conn, here.team, "slack", "off", state="off")

    followup = take(conn, keep(conn, here.reply("Fixed it."), [here.reply_address]))

    planned = rows(conn, here)
    assert [(r.recipient, r.transport, r.address) for r in planned] == [
        (console, "console", "general"),
        (slack, "slack", "C1"),
    ]
    assert len(followup.batches) == 2


def test_a_team_without_channels_plans_no_run(conn: Conn) -> None:
    here = world(conn)

    followup = take(conn, keep(conn, here.reply("Fixed it."), [here.reply_address]))

    assert not followup
    assert texts(conn) == ["Fixed it."]


def test_a_post_says_who_and_what_and_carries_the_same_as_data(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    take(conn, keep(conn, here.reply("Fixed it #ci.\n\nWrote docs."), [here.reply_address]))
    [row] = rows(conn, here)

    draft = answer_posts(conn, here.ws.id, [row])[row.seq]

    assert isinstance(draft, PostDraft)
    assert draft.text == "Ada · Rockets\n- Fixed it #ci.\n- Wrote docs."
    assert draft.data["author"] == {"membership_id": here.ada.id, "name": "Ada"}
    assert draft.data["team"] == {"id": here.team.id, "name": "Rockets"}
    assert draft.data["round"]["date"] == "2026-03-04"
    assert [e["no"] for e in draft.data["answer"]["entries"]] == [1, 2]
    assert draft.data["answer"]["entries"][0]["tags"] == ["ci"]


def test_an_answer_whose_entries_are_gone_is_not_posted(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    take(conn, keep(conn, here.reply("Oops."), [here.reply_address]))
    conn.execute(update(m.Entry).values(removed_at=EVENING))

    assert answer_posts(conn, here.ws.id, rows(conn, here)) == {}


def test_no_post_tells_another_workspace(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    take(conn, keep(conn, here.reply("Ours."), [here.reply_address]))

    assert answer_posts(conn, here.ws.id + 1, rows(conn, here)) == {}


def test_a_web_answer_goes_through_the_same_door(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)

    followup = answer_on_web(conn, link(here), here.part, "Fixed it.\r\n\r\nWrote docs.", EVENING)

    assert texts(conn) == ["Fixed it.", "Wrote docs."]
    assert conn.scalar(select(m.Participation.state)) == "answered"
    assert conn.scalar(select(m.Answer.source)) == "web"
    assert len(followup.batches) == 1
    assert conn.scalar(select(m.History.actor).where(m.History.trigger == "answer")) == f"membership:{here.ada.id}"


def test_a_second_click_changes_nothing(conn: Conn) -> None:
    here = world(conn)

    answer_on_web(conn, link(here), here.part, "Fixed it.", EVENING)
    answer_on_web(conn, link(here), here.part, "Fixed it.", EVENING)

    assert texts(conn) == ["Fixed it."]


@pytest.mark.parametrize("text", ["", "  \n\n", "---"])
def test_nothing_written_on_the_web_can_be_mended(conn: Conn, text: str) -> None:
    here = world(conn)

    with pytest.raises(Invalid) as caught:
        answer_on_web(conn, link(here), here.part, text, EVENING)

    assert caught.value.field == "text"


def test_nobody_answers_for_somebody_else(conn: Conn) -> None:
    here = world(conn)
    bob = make.member(conn, here.team, "Bob")
    others = (
        of_link(here.ws.id, bob.contact_id, bob.id),
        Principal("session", here.ws.id, bob.contact_id, 1, "owner"),
        of_link(here.ws.id + 1, here.ada.contact_id, here.ada.id),
    )

    for principal in others:
        with pytest.raises(NotFound):
            answer_on_web(conn, principal, here.part, "As Ada.", EVENING)

    assert texts(conn) == []


def test_the_signed_in_person_answers_their_own_part(conn: Conn) -> None:
    here = world(conn)
    ada = Principal("session", here.ws.id, here.ada.contact_id, 1, "user")

    answer_on_web(conn, ada, here.part, "Mine.", EVENING)

    assert texts(conn) == ["Mine."]
