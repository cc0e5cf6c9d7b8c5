"""A campaign's mail is answered by SMTP, that on the page, and both by mail: by real processes, one of which is killed
while it sends a colleague's words on. Everything is said once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import httpx
import pytest

from engine import tokens
from engine.conversations import doors
from engine.people import accounts
from engine.tokens import Purpose
from tests import factories
from tests.factories.campaigns import campaign, mailed
from tests.stories import scene
from tests.stories.instance import REPLIES, Instance

pytestmark = pytest.mark.story

PASSWORD = "a long enough secret of the stories"
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
_ACTION = re.compile(r'name="action_id" value="([^"]+)"')
WRITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO message%'
"""


@dataclass(frozen=True)
class Cast:
    """Who is there: a person who got a campaign's mail, and the manager of the team that its answers are for."""

    workspace_id: int
    team_id: int
    person: str
    manager: str
    run_id: int


def cast(house: Instance) -> Cast:
    with house.engine.begin() as conn:
        ws = factories.workspace(conn)
        team = factories.team(conn, ws)
        manager = factories.member(conn, team, "Mara", role="manager", email=f"mara@w{ws.id}.test")
        accounts.make(conn, ws.id, manager.contact_id, "user", PASSWORD)
        contact_id, email = factories.contact(conn, ws.id, "Ines", email=f"ines@w{ws.id}.test")
        made = campaign(conn, ws.id, shape="individual", team_id=team.id)
        run_id, _ = mailed(conn, ws.id, made, [(contact_id, email)])
    return Cast(ws.id, team.id, email, manager.email, run_id)


def words(house: Instance, there: Cast) -> list[str]:
    found = house.values("SELECT body FROM message WHERE workspace_id = :w ORDER BY no", w=there.workspace_id)
    return [str(one).strip().splitlines()[0] for one in found]


def rows(house: Instance, there: Cast, kind: str) -> list[tuple[int, int]]:
    statement = "SELECT id FROM run WHERE workspace_id = :w AND kind = :kind ORDER BY id"
    return [(run_id, 1) for run_id in house.values(statement, w=there.workspace_id, kind=kind)]


def sunk(house: Instance, there: Cast, kind: str) -> list[int]:
    """How often each mail of a kind is in the sink."""
    seen = house.sunk.look().rows
    return [seen[row] for row in rows(house, there, kind)]


def letter(house: Instance, there: Cast, from_: str, run_id: int, text: str, **headers: str) -> None:
    until = house.now().date() + timedelta(days=7)
    to = f"r+{tokens.sign(house.keys, Purpose.REPLY, run_id, 1, until)}@{REPLIES}"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = from_, to, "Re: Spring news"
    mail["Message-ID"] = f"<{len(text)}.{run_id}@client.stories.test>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    scene.deliver(house, [(from_, to, mail.as_bytes())])


def browser(house: Instance) -> httpx.Client:
    return httpx.Client(base_url=house.settings.base_url, timeout=30, follow_redirects=True)


def sign_in(client: httpx.Client, there: Cast) -> None:
    token = _TOKEN.search(client.get("/signin").text)
    assert token
    client.post("/signin", data={"csrf_token": token[1], "email": there.manager, "password": PASSWORD})


def send(client: httpx.Client, page: str, at: str, text: str) -> list[int]:
    """Press the button twice, as impatient people do."""
    found = client.get(page).text
    token, action = _TOKEN.search(found), _ACTION.search(found)
    assert token, found
    assert action, found
    data = {"csrf_token": token[1], "action_id": action[1], "text": text}
    return [client.post(at, data=data).status_code for _ in range(2)]


def test_a_conversation_from_a_campaign_to_answers_by_page_by_mail_and_by_link(house: Instance) -> None:
    house.up("web", "smtpd", "inbound", "scheduler", "sender")
    there = cast(house)

    house.wait("the campaign's mail is a message", lambda: words(house, there) == ["Hello,"], 30)
    letter(house, there, there.person, there.run_id, "A guide would help.")
    house.wait("the manager is mailed", lambda: sunk(house, there, "talk_notice") == [1], 60)
    ident = house.value("SELECT id FROM conversation WHERE workspace_id = :w", w=there.workspace_id)
    page = f"/teams/{there.team_id}/conversations/{ident}"
    with browser(house) as client:
        sign_in(client, there)
        assert "A guide would help." in client.get(page).text
        assert send(client, page, f"{page}/note", "Between us.") == [200, 200]
        assert send(client, page, f"{page}/reply", "It is on its way.") == [200, 200]
    house.wait("the answer is mailed", lambda: sunk(house, there, "talk") == [1], 60)

    [(notice, _)] = rows(house, there, "talk_notice")
    with house.locked("message"):
        letter(house, there, there.manager, notice, "And a map.")
        house.wait("it is being sent on", lambda: house.value(WRITING), 30)
        house.parts["inbound"].kill()
    house.up("inbound")
    house.wait("the colleague's words are mailed", lambda: sunk(house, there, "talk") == [1, 1], 60)
    letter(house, there, there.manager, notice, "I am away until Monday.", Auto_Submitted="auto-replied")
    noted = "SELECT count(*) FROM inbound WHERE workspace_id = :w AND state = 'noted'"
    house.wait("the robot is noted", lambda: house.value(noted, w=there.workspace_id) == 1, 30)

    _by_link(house, there, int(ident))
    house.wait("the manager hears of it", lambda: sunk(house, there, "talk_notice") == [1, 1], 60)
    said = ["Hello,", "A guide would help.", "Between us.", "It is on its way.", "And a map.", "Thank you."]
    assert words(house, there) == said
    assert sunk(house, there, "talk") == [1, 1]
    assert house.values("SELECT status FROM conversation WHERE id = :id", id=ident) == ["open"]
    seqs = house.values("SELECT seq FROM event WHERE workspace_id = :w ORDER BY seq", w=there.workspace_id)
    assert seqs == list(range(1, len(seqs) + 1))


def _by_link(house: Instance, there: Cast, conversation_id: int) -> None:
    """The person opens the link of a mail, without an account, and answers."""
    ident = house.value("SELECT id FROM conv_door WHERE conversation_id = :id", id=conversation_id)
    until = house.value("SELECT until FROM conv_door WHERE id = :id", id=ident)
    path = f"/c/{doors.token(house.keys, there.workspace_id, ident, until)}"
    with browser(house) as client:
        seen = client.get(path).text
        assert "It is on its way." in seen
        assert "Between us." not in seen
        assert send(client, path, path, "Thank you.") == [200, 200]
