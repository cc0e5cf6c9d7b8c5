"""The 6 pm loop: prompts at each one's own hour, replies by mail, entries, chat, nudges, the digest next day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from engine.config import Settings
from engine.db import Conn
from engine.people import connections, relays
from engine.people.principal import SYSTEM
from engine.transports.webhook import new_secret
from sixpm.replies import CLIENTS, reply_address, reply_to
from tests.factories import Team
from tests.fakes.http_catcher import CatcherProcess, catcher_process, read_log
from tests.stories import scene
from tests.stories.instance import SLOTS, Instance
from tests.stories.postbox import Mailbox, header

pytestmark = pytest.mark.story
SIZE = 8


@pytest.fixture
def chat(house: Instance, tmp_path: Path) -> Iterator[CatcherProcess]:
    """A chat service."""
    with catcher_process(tmp_path / "chat.log") as process:
        house.guard.process(process.pid)
        yield process


def connect(conn: Conn, team: Team, settings: Settings, chat: CatcherProcess) -> None:
    """Give the team a webhook channel, and the workspace the local catcher as its relay."""
    who, where = SYSTEM(team.workspace_id), {"url": f"{chat.url}/hook/ok"}
    connections.connect(conn, who, team.id, "webhook", "general", where, new_secret(), settings)
    port = settings.catcher_port
    relays.set_relay(
        conn, who, settings, host="127.0.0.1", port=port, tls="none", user=None, password=None, connections=SLOTS
    )


def posted(chat: CatcherProcess) -> Counter[str]:
    """How often the chat service got each entry."""
    answers: list[Any] = [request.json()["answer"] for request in read_log(chat.log)]
    return Counter(entry["text"] for answer in answers for entry in answer["entries"])


def test_a_team_is_asked_answers_by_mail_and_reads_it_next_morning(house: Instance, chat: CatcherProcess) -> None:
    house.up("sender", "inbound", "smtpd", "catcher", "scheduler")
    crew = scene.crew(house, SIZE, lambda conn, team: connect(conn, team, house.settings, chat))
    box = Mailbox(house.base / "mailbox", f"@t{crew.team.id}.test")

    # 6 pm: everybody is asked, once.
    house.wait("everybody has a prompt", lambda: len(box.mails()) == SIZE, 30)
    prompts = box.mails()
    assert [len(mails) for mails in prompts.values()] == [1] * SIZE

    # Six answer, each with another mail program, by real mail to the real listener.
    words = {member.email: f"Done by {member.name}." for member in crew.members[: len(CLIENTS)]}
    replies = []
    for (email, said), client in zip(words.items(), CLIENTS, strict=True):
        [prompt] = prompts[email]
        replies.append((email, reply_address(prompt), reply_to(prompt, client, said, email, at=house.now())))
    scene.deliver(house, replies)
    house.wait("all answers are entries", lambda: len(scene.entries(house, crew.team.id)) >= len(words), 30)
    house.wait("the chat service has them", lambda: len(posted(chat)) >= len(words), 30)

    # Two hours later the other two are reminded.
    house.shift(timedelta(hours=2, minutes=5))
    house.wait("two are reminded", lambda: sum(map(len, box.mails().values())) == SIZE + 2, 30)
    twice = {email for email, mails in box.mails().items() if len(mails) == 2}
    assert twice == {member.email for member in crew.members} - words.keys()

    # Next morning everybody has one digest, with everything in it.
    house.shift(scene.MORNING + timedelta(minutes=5))
    house.wait("everybody has a digest", lambda: sum(map(len, box.mails().values())) >= 2 * SIZE + 2, 30)
    runs = "SELECT count(*) FROM run WHERE workspace_id = :w AND state <> 'done'"
    house.wait("all runs are over", lambda: house.value(runs, w=crew.team.workspace_id) == 0, 20)
    mails = box.mails()
    assert sum(map(len, mails.values())) == 2 * SIZE + 2
    for email in mails:
        digest = message_from_bytes(mails[email][-1], policy=policy.default).get_body(("plain",))
        assert digest is not None
        assert [said for said in words.values() if said not in " ".join(digest.get_content().split())] == []

    assert sorted(scene.entries(house, crew.team.id)) == sorted(words.values())
    assert posted(chat) == dict.fromkeys(words.values(), 1)
    states = "SELECT DISTINCT d.state FROM delivery d JOIN run r ON r.id = d.run_id WHERE r.workspace_id = :w"
    assert house.values(states, w=crew.team.workspace_id) == ["sent"]
    ids = Counter(header(raw, "Message-ID") for found in mails.values() for raw in found)
    assert set(ids.values()) == {1}
