"""A colleague answers the mail about a new message, and the person is answered: with every proof, or not at all."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine import config, tokens
from engine import models as m
from engine.conversations import hearing, letters
from engine.db import Conn
from engine.outbound.drafts import MailDraft, Row
from engine.tokens import Purpose
from tests.engine.conversations.talk_world import Talk, talk
from tests.engine.inbound.plain_world import PROVEN
from tests.engine.inbound.world import DOMAIN, KEYS, SECRET, UNTIL, address, inbound, keep, take
from tests.factories.rows import NOON


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
    monkeypatch.setenv("SIXPM_REPLY_DOMAIN", DOMAIN)
    config.settings.cache_clear()


@pytest.fixture
def there(conn: Conn) -> Talk:
    made = talk(conn)
    hearing.tell(conn, made.thread, NOON)
    return made


def notice(conn: Conn) -> int:
    return int(conn.execute(select(m.Run.id).where(m.Run.kind == "talk_notice")).scalar_one())


def email(conn: Conn, contact_id: int | None) -> str:
    return str(conn.execute(select(m.Contact.email).where(m.Contact.id == contact_id)).scalar_one())


def answer(
    conn: Conn, from_: str, text: str = "Yes, on Monday.", *, to: str = "", ident: str = "a1@here.example",
    until: date = UNTIL, **headers: str,
) -> int:  # fmt: skip
    to = to or address(Purpose.REPLY, notice(conn), 1, until)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = from_, to, "Re: Ines: Joining", f"<{ident}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return keep(conn, mail.as_bytes(), [to], ident=ident)


def talks(conn: Conn) -> int:
    return conn.execute(select(func.count()).select_from(m.Run).where(m.Run.kind == "talk")).scalar_one()


def test_the_managers_answer_goes_to_the_person_under_their_name(conn: Conn, there: Talk) -> None:
    mail = answer(conn, f"Mara <{email(conn, there.manager.contact_id).upper()}>")

    followup = take(conn, mail)

    assert followup.batches
    g = m.Message
    last = conn.execute(
        select(g.author_kind, g.author_id, g.proof, g.inbound_id, g.run_id).order_by(g.no.desc())
    ).first()
    run = conn.execute(select(m.Run.id).where(m.Run.kind == "talk")).scalar_one()
    assert last is not None
    assert tuple(last) == ("account", there.manager.account_id, "token", mail, run)
    to = conn.execute(select(m.Delivery.address, m.Delivery.recipient).where(m.Delivery.run_id == run)).one()
    assert tuple(to) == (there.email, there.ines)
    draft = letters.talk_mails(
        conn, there.ws.id, [Row(run, 1, there.ines, there.thread.id, "smtp", there.email, 0, NOON)]
    )
    assert isinstance(draft[1], MailDraft)
    assert draft[1].context["text"].strip() == "Yes, on Monday."
    assert inbound(conn, mail).state == "routed"
    assert conn.scalar(select(m.Conversation.status)) == "waiting"


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"Auto_Submitted": "auto-replied"}, "I am away until Monday."),
        ({"X_Autoreply": "yes", "Precedence": "auto_reply"}, "I am away until Monday."),
        ({"X_Auto_Response_Suppress": "All", "Auto_Submitted": "auto-generated"}, "Ticket opened."),
    ],
)
def test_a_robots_answer_never_goes_out(conn: Conn, there: Talk, headers: dict[str, Any], text: str) -> None:
    mail = answer(conn, email(conn, there.manager.contact_id), text, **headers)

    take(conn, mail)

    assert inbound(conn, mail).state == "noted"
    assert talks(conn) == 0


@pytest.mark.parametrize("how", ["another From", "the person's From", "thread alone", "expired", "forged"])
def test_without_every_proof_nothing_goes_out(conn: Conn, there: Talk, how: str) -> None:
    from_ = email(conn, there.manager.contact_id)
    more: dict[str, Any] = {}
    own: dict[str, Any] = {}
    match how:
        case "another From":
            from_ = "eve@example.net"
        case "the person's From":
            from_ = there.email
        case "thread alone":
            more = {"to": f"checkin@{DOMAIN}", "In_Reply_To": tokens.message_id(KEYS, notice(conn), 1, DOMAIN)}
        case "expired":
            more = {"until": NOON.date().replace(year=NOON.year - 1)}
        case "forged":
            own = {"own": PROVEN}
            more = {"Authentication_Results": "mx.own.test; dmarc=fail header.from=example.org"}

    mail = answer(conn, from_, **more)
    take(conn, mail, **own)

    assert inbound(conn, mail).state == "held"
    assert inbound(conn, mail).reason
    assert talks(conn) == 0


@pytest.mark.parametrize("gone", ["left the team", "account ended", "team archived"])
def test_who_may_no_longer_answer_does_not(conn: Conn, there: Talk, gone: str) -> None:
    mail = answer(conn, email(conn, there.manager.contact_id))
    change = {
        "left the team": update(m.Membership).where(m.Membership.role == "manager").values(left_at=NOON),
        "account ended": update(m.Account).where(m.Account.id == there.manager.account_id).values(ended_at=NOON),
        "team archived": update(m.Team).values(archived_at=NOON),
    }[gone]
    conn.execute(change)

    take(conn, mail)

    assert inbound(conn, mail).state == "held"
    assert talks(conn) == 0


def test_a_second_copy_is_sent_on_once(conn: Conn, there: Talk) -> None:
    from_ = email(conn, there.manager.contact_id)
    first = answer(conn, from_)
    take(conn, first)
    raw = inbound(conn, first).raw
    again = keep(conn, bytes(raw), [address(Purpose.REPLY, notice(conn), 1)], ident="again")

    take(conn, again)

    assert inbound(conn, again).state == "repeated"
    assert talks(conn) == 1


def test_empty_words_and_a_person_who_gets_no_mail_are_held(conn: Conn, there: Talk) -> None:
    from_ = email(conn, there.manager.contact_id)
    empty = answer(conn, from_, "\n", ident="e@here.example")
    take(conn, empty)
    conn.execute(update(m.Contact).where(m.Contact.id == there.ines).values(standing="refused"))
    refused = answer(conn, from_, "Sorry.", ident="r@here.example")
    take(conn, refused)

    assert [inbound(conn, one).state for one in (empty, refused)] == ["held", "held"]
    assert "has not been let in" in inbound(conn, refused).reason
    assert talks(conn) == 0
