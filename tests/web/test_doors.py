"""A person without an account reads and answers their own conversation, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from engine import config, db
from engine import models as m
from engine.conversations import doors
from engine.tokens import Keys
from tests import factories as make
from tests.web.conftest import Browser
from tests.web.test_conversations import bikram, manager, team, the_conversation
from tests.web.test_talking import action, at, do

__all__ = ["bikram", "manager", "team"]


@pytest.fixture
def link(manager: Browser, team: make.Team, bikram: make.Member) -> str:
    """The path of the link in the mail that answers them; a note is there too."""
    do(manager, at(team), "note", text="They are on trial.")
    do(manager, at(team), "reply", text="Carla does it.")
    with db.begin() as conn:
        ident, workspace_id, until = conn.execute(
            select(m.ConvDoor.id, m.ConvDoor.workspace_id, m.ConvDoor.until)
        ).one()
    keys = Keys.of(config.settings().secret_key or "")
    return f"/c/{doors.token(keys, workspace_id, ident, until)}"


@pytest.fixture
def person(app: Flask) -> Browser:
    """A browser that nobody has signed in on."""
    return Browser(app.test_client())


def rows() -> dict[str, int]:
    """How many rows each table has, and where the log is."""
    with db.begin() as conn:
        names = conn.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        counts = {name: conn.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}
        return {**counts, "seq": conn.scalar(select(func.max(m.WsHead.seq))) or 0}


def test_they_see_their_own_words_and_ours_and_no_note(person: Browser, link: str) -> None:
    page = person.get(link).text

    assert "Carla does it." in page
    assert "Who takes the" in page
    assert "They are on trial." not in page
    assert "noindex" in page


def test_looking_changes_nothing_whoever_looks(person: Browser, link: str) -> None:
    before = rows()

    for agent in ("Mozilla/5.0", "SafeLinks", "curl/8", "Barracuda", "bot"):
        for method in ("GET", "HEAD"):
            assert person.client.open(link, method=method, headers={"User-Agent": agent}).status_code == 200

    assert rows() == before


def test_they_answer_once_and_the_manager_is_mailed(
    person: Browser, manager: Browser, team: make.Team, link: str
) -> None:
    ident = action(person, link)

    answers = [person.post(link, link, action_id=ident, text="Thank you.") for _ in range(2)]

    assert [one.status_code for one in answers] == [303, 303]
    assert "Thank you." in person.get(link).text
    page = manager.get(at(team)).text
    assert "Thank you." in page
    assert "By their link" in page
    with db.begin() as conn:
        said = select(func.count()).select_from(m.Message).where(m.Message.proof == "link")
        assert conn.execute(said).scalar_one() == 1
        kinds = conn.scalars(select(m.Run.kind).order_by(m.Run.id)).all()
        assert kinds[-1] == "talk_notice"


def test_nothing_written_is_said_beside_the_box_and_too_much_is_429(person: Browser, link: str) -> None:
    empty = person.post(link, link, action_id=action(person, link), text=" ")
    assert empty.status_code == 422
    assert "Write at least one word." in empty.text
    for n in range(10):
        assert person.post(link, link, action_id=action(person, link), text=f"No. {n}").status_code == 303

    many = person.post(link, link, action_id=action(person, link), text="One more.")

    assert many.status_code == 429
    assert "One more." in many.text


@pytest.mark.parametrize("how", ["taken back", "over", "another conversation"])
def test_a_link_that_is_not_good_shows_and_takes_nothing(
    person: Browser, manager: Browser, team: make.Team, link: str, how: str
) -> None:
    token, ident = person.token(link), action(person, link)
    status = 410
    if how == "taken back":
        do(manager, at(team), "link/end")
    elif how == "over":
        with db.begin() as conn:
            conn.execute(update(m.ConvDoor).values(until=db.now(conn) - timedelta(minutes=1)))
    else:
        link, status = link[:-4] + ("aaaa" if link[-4:] != "aaaa" else "bbbb"), 404

    assert person.get(link).status_code == status
    answer = person.client.post(link, data={"csrf_token": token, "action_id": ident, "text": "Hello?"})
    assert answer.status_code == status
    with db.begin() as conn:
        assert conn.execute(select(m.Conversation.last_no)).scalar_one() == 3


def test_a_post_without_the_pages_token_is_refused(person: Browser, link: str) -> None:
    answer = person.client.post(link, data={"action_id": action(person, link), "text": "Hello?"})

    assert answer.status_code == 400
    assert re.search(r"<h1", answer.text)
    assert the_conversation()
