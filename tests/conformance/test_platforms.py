"""What every platform that is not mail must do: raw first, once, by channel and address, into the same conversations.

A new adapter adds its Sample to SAMPLES. Pigeon is made up, and shows that the seam holds without one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Update, func, insert, select, update

from engine import models as m
from engine.db import Conn
from engine.inbound import newcomers, platforms, unasked
from engine.inbound.platforms import Platform, Read
from engine.inbound.store import store
from engine.people.principal import SYSTEM
from tests import factories as make
from tests.engine.inbound.world import EVENING, inbound, take


@dataclass(frozen=True)
class Sample:
    """A platform as its service speaks: `write` gives raw bytes of (vendor's id, sender, words, whether a robot)."""

    name: str
    platform: Platform
    write: Callable[[str, str, str, bool], bytes]


def read_pigeon(raw: bytes) -> Read:
    """A pigeon carries JSON."""
    try:
        told = json.loads(raw)
        return Read(told["id"], told["from"], told["to"], told["text"], told["name"], "a pigeon's own" * told["robot"])
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"no pigeon: {error}") from error


def write_pigeon(ident: str, sender: str, words: str, robot: bool) -> bytes:
    return json.dumps(
        {"id": ident, "from": sender, "to": "loft", "text": words, "name": "Bob", "robot": int(robot)}
    ).encode()


SAMPLES = [Sample("pigeon", Platform("chat", read_pigeon), write_pigeon)]


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.name)
def sample(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sample:
    """Each platform, known to receiving."""
    found: Sample = request.param
    monkeypatch.setitem(platforms.PLATFORMS, found.name, found.platform)
    return found


@dataclass(frozen=True)
class Loft:
    """A team with a channel of the platform, and one member who has an address there."""

    ws: int
    team: int
    channel: int
    ada: int
    sample: Sample
    conn: Conn

    def keep(self, words: str, *, ident: str = "1", sender: str = "+491", robot: bool = False, raw: bytes = b"") -> int:
        """Store a message as its source does, and have it read."""
        raw = raw or self.sample.write(ident, sender, words, robot)
        to = [f"channel:{self.channel}"]
        number, _ = store(self.conn, f"{self.sample.name}:hook", ident, sender, to, raw, EVENING, self.sample.name)
        take(self.conn, number)
        return number

    def messages(self) -> list[tuple[str, str, str]]:
        """(words, kind, proof) of all."""
        found = select(m.Message.body, m.Message.kind, m.Message.proof).order_by(m.Message.no)
        return [(row[0], row[1], row[2]) for row in self.conn.execute(found)]


@pytest.fixture
def loft(conn: Conn, sample: Sample) -> Loft:
    """The scene."""
    ws = make.workspace(conn)
    team = make.team(conn, ws)
    ada = make.member(conn, team, "Ada")
    channel = make.channel(conn, team, "console")
    conn.execute(
        insert(m.ContactAddress).values(
            workspace_id=ws.id, contact_id=ada.contact_id, platform=sample.name, address="+491"
        )
    )
    return Loft(ws.id, team.id, channel, ada.contact_id, sample, conn)


def test_words_of_a_known_address_are_a_message_to_the_channels_team(loft: Loft) -> None:
    number = loft.keep("Hello there.")

    assert loft.messages() == [("Hello there.", loft.sample.platform.kind, "platform")]
    assert inbound(loft.conn, number).state == "routed"
    row = loft.conn.execute(select(m.Conversation.team_id, m.Conversation.platform)).one()
    assert tuple(row) == (loft.team, loft.sample.name)
    assert loft.conn.scalar(select(m.Message.author_id)) == loft.ada


def test_the_same_vendors_id_is_one_message_and_another_goes_on(loft: Loft) -> None:
    first = loft.keep("One.")
    assert loft.keep("One.") == first
    loft.keep("Two.", ident="2")

    assert [words for words, _, _ in loft.messages()] == ["One.", "Two."]
    assert loft.conn.scalar(select(func.count()).select_from(m.Conversation)) == 1


def test_the_raw_message_is_kept_as_it_came(loft: Loft) -> None:
    number = loft.keep("Hello.")

    assert inbound(loft.conn, number).raw == loft.sample.write("1", "+491", "Hello.", False)


def test_an_unknown_address_waits_as_a_held_contact_without_a_mail_address(loft: Loft) -> None:
    number = loft.keep("May I?", sender="+492")

    assert (inbound(loft.conn, number).state, inbound(loft.conn, number).reason) == ("held", unasked.NEW)
    c = m.Contact
    held = loft.conn.execute(select(c.id, c.email, c.name).where(c.standing == "held")).one()
    assert (held.email, held.name) == ("", "Bob")
    for ident in newcomers.let_in(loft.conn, SYSTEM(loft.ws), held.id, EVENING)[1].inbound:
        take(loft.conn, ident)
    loft.keep("Thanks.", ident="2", sender="+492")
    assert [words for words, _, _ in loft.messages()] == ["May I?", "Thanks."]


def test_a_robots_is_noted(loft: Loft) -> None:
    number = loft.keep("Delivered.", robot=True)

    assert inbound(loft.conn, number).state == "noted"
    assert loft.messages() == []


def test_what_is_none_of_the_platforms_is_parked_with_its_bytes(loft: Loft) -> None:
    number = loft.keep("", raw=b"\xff no such thing")

    assert inbound(loft.conn, number).state == "parked"
    assert inbound(loft.conn, number).raw == b"\xff no such thing"


@pytest.mark.parametrize("closed", [update(m.Channel).values(state="off"), update(m.Team).values(archived_at=EVENING)])
def test_a_channel_that_was_disconnected_or_of_an_archived_team_holds_the_words(loft: Loft, closed: Update) -> None:
    loft.conn.execute(closed)

    number = loft.keep("Hello?")

    assert "disconnected" in inbound(loft.conn, number).reason
    assert inbound(loft.conn, number).workspace_id == loft.ws


def test_a_platform_without_a_reader_parks_what_came(loft: Loft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(platforms.PLATFORMS, loft.sample.name)

    number = loft.keep("Hello?")

    assert "nothing here reads" in inbound(loft.conn, number).reason
    assert inbound(loft.conn, number).workspace_id == loft.ws
