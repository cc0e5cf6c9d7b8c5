"""A one-way campaign as a post to a chat channel: once, by a real webhook, and nothing that needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from engine import config, db, sealing
from engine.campaigns import again, flight, shaping
from engine.campaigns.again import Asked
from engine.campaigns.posting import campaign_posts
from engine.campaigns.watching import start_due, watch
from engine.errors import IllegalMove, Invalid
from engine.outbound.send import Sender
from scheduler.rescue import rescue
from tests import factories
from tests.engine.campaigns.scene import Scene
from tests.engine.outbound.test_mending import SECRETS
from tests.engine.outbound.world import SECRET, Office
from tests.fakes.http_catcher import Catcher, catcher


@pytest.fixture
def service() -> Iterator[Catcher]:
    with catcher() as server:
        yield server


@pytest.fixture
def scene(engine_db: Engine, service: Catcher) -> Scene:
    return Scene.make(engine_db, people=3)


def connected(scene: Scene, service: Catcher) -> int:
    with scene.engine.begin() as conn:
        team = factories.team(conn, factories.Workspace(scene.workspace_id, ""), "Rockets")
        made = factories.channel(conn, team, "webhook", "Dashboard", config={"url": f"{service.url}/hook/200"},
                                 state="active")  # fmt: skip
    sealed = sealing.seal(SECRET, SECRETS["webhook"], f"channel:{scene.workspace_id}:{made}")
    scene.do("UPDATE channel SET secret = :s WHERE id = :id", s=sealed, id=made)
    return made


def post_of(scene: Scene, channel_id: int, body: str = "The hall opens at 9.", **values: object) -> int:
    made = scene.campaign(**values)
    with scene.engine.begin() as conn:
        scene.write(conn, made, body, "The hall")
        shaping.send_by(conn, scene.person, made, channel_id, db.now(conn))
    return made


def sent(scene: Scene) -> None:
    sender = Sender(Office.open(scene.engine, 1, hooks_private=True).settings, {"campaign_post": campaign_posts})
    sender.start()
    try:
        sender.work(20)
    finally:
        sender.stop(2.0)


def test_it_is_posted_once_and_the_campaign_ends(scene: Scene, service: Catcher) -> None:
    channel = connected(scene, service)
    of = scene.launch(post_of(scene, channel))

    with pytest.raises(IllegalMove):
        scene.launch(of.id)
    sent(scene)
    sent(scene)
    with scene.engine.begin() as conn:
        rescue(conn, db.now(conn), config.load())
        watch(conn, db.now(conn))

    [got] = service.requests
    assert (got.json()["type"], got.json()["subject"]) == ("campaign.posted", "The hall")
    assert got.json()["text"] == "The hall\n\nThe hall opens at 9."
    assert (of.state, of.transport, scene.states(of.run_id)) == ("running", "webhook", {"sent": 1})
    assert scene.get(of.id).state == "finishing"
    with scene.engine.begin() as conn:  # else everybody whom an empty query means would be mailed it
        left = again.look(conn, scene.person, of.id, db.now(conn))
        assert (left.n, left.new) == (0, None)
        with pytest.raises(Invalid, match="post to a channel"):
            again.send(conn, scene.person, of.id, Asked(of.run_id or 0, 3, newcomers=True), db.now(conn))
    assert scene.value("SELECT recipient FROM delivery WHERE run_id = :r", r=of.run_id) == channel


def test_it_waits_for_its_instant_and_can_be_paused_and_taken_back(scene: Scene, service: Catcher) -> None:
    at = scene.now() + timedelta(hours=1)
    made = post_of(scene, connected(scene, service), send_when="at", send_at=at)

    assert scene.launch(made).state == "scheduled"
    with scene.engine.begin() as conn:
        start_due(conn, at)
    with scene.engine.begin() as conn:
        flight.pause(conn, scene.person, made, at)
    sent(scene)
    with scene.engine.begin() as conn:
        flight.undo(conn, scene.person, made, at)

    assert service.requests == []
    assert scene.get(made).state == "draft"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": "Dear {{ first_name }}, the hall opens."}, "needs a person"),
        ({"send_when": "local", "local_time": "09:00"}, "one instant"),
    ],
)
def test_what_is_not_for_all_of_a_channel_is_refused_before_anything_is_planned(
    scene: Scene, service: Catcher, change: dict[str, str], words: str
) -> None:
    made = post_of(scene, connected(scene, service), **change)

    with pytest.raises(Invalid, match=words):
        scene.launch(made)
    assert scene.value("SELECT count(*) FROM run WHERE workspace_id = :w") == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"body": "Hi {{ first_name }}", "send_when": "at"}, "this needs a person"),
        ({"send_when": "local", "local_time": "09:00"}, "one instant"),
    ],
)
def test_what_cannot_be_posted_is_refused_when_it_is_scheduled_and_not_at_its_hour(
    scene: Scene, service: Catcher, change: dict[str, str], words: str
) -> None:
    then = scene.now() + timedelta(days=3)
    made = post_of(scene, connected(scene, service), send_at=then, local_day=then.date(), **change)

    with pytest.raises(Invalid, match=words):
        scene.launch(made)

    assert scene.get(made).state == "draft"


def test_a_channel_that_is_gone_or_anothers_is_no_way_out(scene: Scene, service: Catcher) -> None:
    channel = connected(scene, service)
    other = Scene.make(scene.engine)
    with scene.engine.begin() as conn, pytest.raises(Invalid, match="connected"):
        shaping.send_by(conn, other.person, other.campaign(), channel, db.now(conn))
    made = post_of(scene, channel)
    scene.do("UPDATE channel SET state = 'off' WHERE id = :id", id=channel)

    with pytest.raises(Invalid, match="disconnected"):
        scene.launch(made)


def test_a_channel_behind_hundreds_of_others_is_connected_too(scene: Scene, service: Catcher) -> None:
    channel = connected(scene, service)
    scene.do("INSERT INTO channel (workspace_id, team_id, kind, name, config, state)"
             " SELECT workspace_id, team_id, kind, 'A' || n, config, state FROM channel, generate_series(1, 300) n"
             " WHERE id = :id", id=channel)  # fmt: skip

    assert scene.launch(post_of(scene, channel)).state == "running"


def test_a_conversation_with_each_is_no_post_and_a_post_can_be_a_mail_again(scene: Scene, service: Catcher) -> None:
    channel = connected(scene, service)
    made = post_of(scene, channel)
    talks = scene.campaign(shape="individual")

    with scene.engine.begin() as conn:
        assert shaping.send_by(conn, scene.person, made, None, db.now(conn)).transport == "smtp"
        with pytest.raises(Invalid, match="one way"):
            shaping.send_by(conn, scene.person, talks, channel, db.now(conn))

    assert scene.launch(made).size is None
    assert scene.value("SELECT count(*) FROM delivery WHERE transport = 'smtp'") == 3
