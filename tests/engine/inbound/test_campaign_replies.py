"""Who answers a campaign goes on in their own conversation, under the mail that they answer."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.conversations import individual
from engine.db import Conn
from engine.tokens import Purpose
from tests import factories as make
from tests.engine.inbound.world import address, inbound, keep, take
from tests.factories.campaigns import campaign, mailed
from tests.factories.rows import NOON


@dataclass(frozen=True)
class Mailed:
    """Somebody got a campaign."""

    ws: make.Workspace
    team_id: int | None
    contact_id: int
    email: str
    campaign_id: int
    run: int
    batch: int

    def reply(self, text: str, from_: str = "", ident: str = "1@there.example") -> bytes:
        mail = EmailMessage()
        mail["From"], mail["To"] = from_ or self.email, address(Purpose.REPLY, self.run, 1)
        mail["Subject"], mail["Message-ID"] = "Re: Spring news", f"<{ident}>"
        mail.set_content(text)
        return mail.as_bytes()


@pytest.fixture(params=["one_way", "individual"])
def got(conn: Conn, request: pytest.FixtureRequest) -> Mailed:
    ws = make.workspace(conn)
    team_id = make.team(conn, ws).id if request.param == "individual" else None
    contact_id, email = make.contact(conn, ws.id, "Ines")
    made = campaign(conn, ws.id, shape=request.param, team_id=team_id)
    run, batch = mailed(conn, ws.id, made, [(contact_id, email)])
    return Mailed(ws, team_id, contact_id, email, made, run, batch)


def messages(conn: Conn) -> list[tuple[int, str, str, int | None, int | None, int | None]]:
    g = m.Message
    found = select(g.no, g.author_kind, g.body, g.campaign_id, g.run_id, g.seq).order_by(g.conversation_id, g.no)
    return [(r[0], r[1], r[2].strip().splitlines()[0], r[3], r[4], r[5]) for r in conn.execute(found)]


@pytest.mark.parametrize("told_before", [True, False])
def test_the_answer_stands_under_the_campaigns_mail_and_names_it(conn: Conn, got: Mailed, told_before: bool) -> None:
    if told_before:
        individual.tell_batch(conn, got.batch, NOON)
    ident = keep(conn, got.reply("A guide would help."), [address(Purpose.REPLY, got.run, 1)])

    take(conn, ident)

    assert inbound(conn, ident).state == "routed"
    of = (got.campaign_id, got.run, 1)
    assert messages(conn) == [(1, "engine", "Hello,", *of), (2, "contact", "A guide would help.", *of)]
    v = m.Conversation
    found = conn.execute(select(v.contact_id, v.team_id, v.campaign_id, v.status)).one()
    assert tuple(found) == (got.contact_id, got.team_id, got.campaign_id, "open")


def test_a_second_answer_and_one_after_closing_open_it_again(conn: Conn, got: Mailed) -> None:
    to = [address(Purpose.REPLY, got.run, 1)]
    take(conn, keep(conn, got.reply("One."), to, ident="a"))
    conn.execute(update(m.Conversation).values(status="closed", closed_at=NOON, closed_by="account:1"))

    take(conn, keep(conn, got.reply("Two.", ident="2@there.example"), to, ident="b"))

    assert [words for _, _, words, *_ in messages(conn)] == ["Hello,", "One.", "Two."]
    v = m.Conversation
    assert tuple(conn.execute(select(v.status, v.closed_at, v.closed_by)).one()) == ("open", None, "")


@pytest.mark.parametrize("how", ["somebody else", "expired", "robot"])
def test_what_is_not_proven_or_no_person_makes_no_conversation(conn: Conn, got: Mailed, how: str) -> None:
    raw, to = got.reply("Mine.", "eve@example.net" if how == "somebody else" else ""), [
        address(Purpose.REPLY, got.run, 1)
    ]  # fmt: skip
    if how == "expired":
        to = [address(Purpose.REPLY, got.run, 1, until=NOON.date().replace(year=NOON.year - 1))]
        raw = raw.replace(address(Purpose.REPLY, got.run, 1).encode(), to[0].encode())
    if how == "robot":
        raw = b"Auto-Submitted: auto-replied\r\n" + raw
    ident = keep(conn, raw, to)

    take(conn, ident)

    assert inbound(conn, ident).state == ("noted" if how == "robot" else "held")
    assert messages(conn) == []
