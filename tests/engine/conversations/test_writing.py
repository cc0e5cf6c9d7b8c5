"""What somebody of us writes goes out by the ledger; a note goes nowhere, by no transport."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from engine import config, sealing
from engine import models as m
from engine.conversations import letters, writing
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.render import Press
from engine.tasks.contents import CONTENTS
from engine.tokens import message_id
from engine.transports import registry
from tests import factories as make
from tests.engine.conversations.talk_world import Talk, account, cared, did, hears, talk
from tests.engine.outbound.mails import SIGN, parsed, pressed
from tests.factories.rows import NOON, row

pytestmark = pytest.mark.usefixtures("settings")
SECRET_WORD = "xylophone"


def rows(conn: Conn, kind: str) -> list[Row]:
    d, r = m.Delivery, m.Run
    columns = (d.run_id, d.seq, d.recipient, d.about, d.transport, d.address, d.attempt, d.useful_until)
    return [Row(*one) for one in conn.execute(select(*columns).join(r, r.id == d.run_id).where(r.kind == kind))]


def test_an_answer_is_a_run_of_one_in_the_thread_and_as_a_person_wrote_it(conn: Conn) -> None:
    there = talk(conn)

    answer = did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Yes, on Monday.", NOON))

    [sent] = rows(conn, "talk")
    run = conn.execute(select(m.Run.urgency, m.Run.doubt_policy, m.Run.size)).one()
    assert tuple(run) == (1, "hold", 1)
    assert (sent.recipient, sent.about, sent.address) == (there.ines, there.thread.id, there.email)
    assert answer.followup.batches
    draft = letters.talk_mails(conn, there.ws.id, [sent])[1]
    assert isinstance(draft, MailDraft)
    mail = parsed(pressed(draft, Press(), sent))
    assert mail["Subject"] == "Re: Joining"
    assert mail["In-Reply-To"] == mail["References"] == "<1@there.example>"
    assert mail["Auto-Submitted"] is mail["X-Auto-Response-Suppress"] is None
    assert "r+" in mail["Reply-To"]
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Yes, on Monday." in body.get_content()
    assert "/c/" in body.get_content()


def test_a_later_answer_names_the_whole_thread_oldest_first(conn: Conn) -> None:
    there = talk(conn)
    did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Yes.", NOON))
    hears(conn, there, "Thank you.", "2@there.example")
    hears(conn, there, "By the web.", "no-message-id")
    did(conn, there, writing.note(conn, there.manager, cared(conn, there), "A note.", NOON))
    did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Welcome.", NOON))

    first, last = rows(conn, "talk")
    draft = letters.talk_mails(conn, there.ws.id, [last])[1]

    assert isinstance(draft, MailDraft)
    assert draft.after == ("1@there.example", (first.run_id, 1), "2@there.example")
    mail = parsed(pressed(draft, Press(), last))
    ours = message_id(SIGN.keys, first.run_id, 1, SIGN.reply_domain)
    assert mail["References"].split() == ["<1@there.example>", ours, "<2@there.example>"]


def test_no_transport_sees_a_note(conn: Conn) -> None:
    """Every kind of mail and post is asked what it says to every transport, about everything a note could be near."""
    there = talk(conn)
    for kind in registry.SERVICES:
        make.channel(conn, there.team, kind, kind)
    did(conn, there, writing.note(conn, there.manager, cared(conn, there), f"Between us: {SECRET_WORD}.", NOON))
    assert conn.scalar(select(func.count()).select_from(m.Run)) == 0  # nothing is planned for anybody
    did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Told aloud.", NOON))
    hears(conn, there, "Asked aloud.", "2@there.example")
    last = did(conn, there, writing.note(conn, there.manager, cared(conn, there), f"And {SECRET_WORD}.", NOON))
    carrier = rows(conn, "talk")[0].run_id
    # Even a note that somebody made look like a delivery, or that a run is said to be about.
    conn.execute(update(m.Message).where(m.Message.kind == "note").values(run_id=carrier, seq=2))
    people = [there.ines, *(who.contact_id or 0 for who in (there.admin, there.manager, there.member))]
    abouts = [
        0,
        1,
        last.response["no"],
        there.thread.id,
        *(who.account_id or 0 for who in (there.admin, there.manager)),
    ]

    said = []
    for transport in ("smtp", "sms", *registry.SERVICES):
        for contents in CONTENTS.values():
            for recipient in people:
                for about in abouts:
                    asked = [Row(carrier, n, recipient, about, transport, there.email, 0, NOON) for n in (1, 2, 3)]
                    said += [repr(draft) for draft in contents(conn, there.ws.id, asked).values()]

    assert any("Told aloud." in one for one in said)
    assert not [one for one in said if SECRET_WORD in one]


@pytest.mark.parametrize("why", ["held", "no address", "suppressed"])
def test_who_gets_no_mail_is_said_before_anything_is_written(conn: Conn, why: str, settings: config.Settings) -> None:
    there = talk(conn)
    if why == "suppressed":
        key = sealing.address_hash(settings.secret_key or "", there.email)
        row(
            conn,
            m.Suppression,
            workspace_id=there.ws.id,
            channel="mail",
            address_hash=key,
            reason="bounce",
            evidence="",
        )
    else:
        change = {"standing": "held"} if why == "held" else {"email": ""}
        conn.execute(update(m.Contact).where(m.Contact.id == there.ines).values(**change))

    with pytest.raises(Invalid):
        writing.mail(conn, there.manager, cared(conn, there), "Yes.", NOON)

    assert conn.scalar(select(m.Conversation.last_no)) == 1
    assert rows(conn, "talk") == []


def test_writing_to_a_person_of_ones_own_accord_is_the_same_run_of_one(conn: Conn) -> None:
    there = talk(conn)
    new, email = make.contact(conn, there.ws.id, "Noor")

    done = writing.to_person(conn, there.manager, new, there.team.id, "Welcome", "Hello Noor.", NOON)
    did(conn, there, done)
    again = writing.to_person(conn, there.manager, new, there.team.id, "Also", "One more.", NOON)
    did(conn, there, again)

    assert done.response["conversation"] == again.response["conversation"]
    assert [one.address for one in rows(conn, "talk")] == [email, email]
    assert conn.scalars(select(m.Message.subject).where(m.Message.author_kind == "account")).all() == [
        "Welcome",
        "Also",
    ]
    elsewhere, _ = make.contact(conn, make.workspace(conn).id, "Else")
    with pytest.raises(NotFound):
        writing.to_person(conn, there.manager, elsewhere, there.team.id, "Hi", "Hello.", NOON)
    with pytest.raises(NotAllowed):
        writing.to_person(conn, there.manager, new, None, "Hi", "Hello.", NOON)
    with pytest.raises(NotAllowed):
        writing.to_person(conn, account(conn, there.ws.id, new, "user"), new, None, "Hi", "Hello.", NOON)


def test_a_message_that_is_gone_when_its_turn_comes_is_not_sent(conn: Conn) -> None:
    there: Talk = talk(conn)
    did(conn, there, writing.mail(conn, there.manager, cared(conn, there), "Never mind.", NOON + timedelta(hours=1)))
    conn.execute(update(m.Message).where(m.Message.no == 2).values(deleted_at=NOON))

    assert letters.talk_mails(conn, there.ws.id, rows(conn, "talk")) == {}
