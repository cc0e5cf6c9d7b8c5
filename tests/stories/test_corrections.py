"""An answer by mail stands in three services, and follows what becomes of its entry, whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from engine import db, sealing
from engine.inbound import amend
from engine.outbound.mending import APART
from engine.outbound.plan import Planned
from engine.people.principal import of_link
from tests import factories
from tests.fakes.http_catcher import CatcherProcess, Caught, catcher_process, read_log
from tests.stories import scene
from tests.stories.instance import SECRET, Instance

pytestmark = pytest.mark.story
FIRST, THEN = "sender2", "sender3"  # `tidy` ends them, and with them the addresses of the services
WEBHOOK = "whsec_" + "YWFh" * 11


@pytest.fixture
def chat(house: Instance) -> Iterator[CatcherProcess]:
    """Slack, Discord and a webhook on this machine, for the workers of this story alone."""
    if "sender" in house.parts:
        house.parts.pop("sender").kill()  # it knows the real services
    log = house.base / "log" / "chat.log"
    log.unlink(missing_ok=True)
    with catcher_process(log) as running:
        env = {f"SIXPM_{name}_BASE_URL": f"{running.url}/{name.lower()}" for name in ("SLACK", "DISCORD")}
        house.more |= {FIRST: env, THEN: env}
        yield running
        for name in (FIRST, THEN):
            house.more.pop(name)
            if name in house.parts:
                house.parts.pop(name).kill()


def connect(house: Instance, asked: scene.Asked, url: str) -> None:
    """Give the team its channels. The webhook, and an edit in Slack, are answered after some seconds."""
    places: dict[str, tuple[dict[str, str], str]] = {
        "slack": ({"channel": "late1"}, "xoxb-story"),
        "discord": ({}, "https://discord.com/api/webhooks/1/ok"),
        "webhook": ({"url": f"{url}/hook/slow/3"}, WEBHOOK),
    }
    with house.engine.begin() as conn:
        team = factories.Team(asked.member.team_id, asked.member.workspace_id, 0, "Team", "UTC")
        for kind, (config, secret) in places.items():
            channel = factories.channel(conn, team, kind, kind, config=config)
            sealed = sealing.seal(SECRET, secret, f"channel:{team.workspace_id}:{channel}")
            conn.execute(text("UPDATE channel SET secret = :s WHERE id = :id"), {"s": sealed, "id": channel})


def change(house: Instance, asked: scene.Asked, words: str = "") -> None:
    """Change the one entry, or remove it, as the page of who wrote it does."""
    with house.engine.begin() as conn:
        who = of_link(asked.member.workspace_id, asked.member.contact_id, asked.member.id)
        entry = conn.execute(
            text("SELECT id FROM entry WHERE membership_id = :m"), {"m": who.membership_id}
        ).scalar_one()
        if words:
            amend.edit(conn, who, entry, words, db.now(conn))
        else:
            amend.remove(conn, who, entry, db.now(conn))


def got(chat: CatcherProcess, service: str) -> list[Caught]:
    """What a service was asked, in order."""
    return [one for one in read_log(chat.log) if one.path.startswith(f"/{service}/")]


def runs(house: Instance, asked: scene.Asked, kind: str) -> list[Planned]:
    """The runs of a kind in the story's workspace."""
    found = "SELECT id FROM run WHERE workspace_id = :w AND kind = :kind ORDER BY id"
    return [Planned(run, (), 0) for run in house.values(found, w=asked.member.workspace_id, kind=kind)]


def states(house: Instance, planned: list[Planned]) -> dict[str, Any]:
    """The state of each channel's delivery, by its service."""
    found = "SELECT transport || '=' || state FROM delivery WHERE run_id = ANY(:runs)"
    return dict(one.split("=") for one in house.values(found, runs=[run.run_id for run in planned]))


def test_posts_follow_an_entry_through_a_killed_worker_and_none_is_posted_twice(
    house: Instance, chat: CatcherProcess
) -> None:
    house.up("smtpd", "inbound", "scheduler", FIRST)
    _, [asked] = scene.asked_round(house, 1, timedelta(hours=20))
    connect(house, asked, chat.url)
    to, raw = scene.reply(house, asked, "Fixed it.")

    scene.deliver(house, [(asked.member.email, to, raw)])
    house.wait("the answer is posted", lambda: runs(house, asked, "post"), 20)
    house.finish(*runs(house, asked, "post"))
    assert [len(got(chat, name)) for name in ("slack", "discord", "hook")] == [1, 1, 1]

    change(house, asked, "Fixed the build.")
    house.wait("both wait for an answer", lambda: len(got(chat, "slack")) == len(got(chat, "hook")) == 2, 20)
    edited = runs(house, asked, "correction")
    house.wait("Discord's answer is written", lambda: states(house, edited)["discord"] == "sent", 20)
    house.parts[FIRST].kill()
    house.up(THEN)
    house.wait("what was in the air is in doubt", lambda: "in_doubt" in states(house, edited).values(), 30)
    house.finish(*edited)
    assert states(house, edited) == {"slack": "in_doubt", "discord": "sent", "webhook": "in_doubt"}

    for run in edited:
        house.age_doubts(run)
    house.wait("the edit is made again", lambda: states(house, edited)["slack"] == "sent", 30)
    house.finish(*edited)
    said = [one.json()["text"].partition("\n")[2] for one in got(chat, "slack")]
    assert said == ["- Fixed it.", "- Fixed the build.", "- Fixed the build."]
    assert [one.method for one in got(chat, "discord")] == ["POST", "PATCH"]
    assert states(house, edited)["webhook"] == "in_doubt", "nobody posts a second time unasked"
    assert [one.json()["type"] for one in got(chat, "hook")] == ["answer.created", "answer.updated"]

    house.shift(house.now() - house.value("SELECT now()") + APART)
    change(house, asked)
    house.wait("it is planned", lambda: len(runs(house, asked, "correction")) > len(edited), 20)
    removed = [run for run in runs(house, asked, "correction") if run not in edited]
    house.finish(*removed)
    assert set(states(house, removed).values()) == {"sent"}
    assert got(chat, "slack")[-1].path == "/slack/chat.delete"
    assert got(chat, "discord")[-1].method == "DELETE"
    assert [one.json()["type"] for one in got(chat, "hook")[2:]] == ["answer.removed"]
