"""Robots, bounces and loops are recognised, change the ledger where they should, and are never answered."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, update

from engine import models as m
from engine import sealing
from engine.db import Conn
from engine.inbound import robots
from engine.inbound.parse import parse
from engine.inbound.queries import keeping
from engine.tokens import Purpose
from tests import factories as make
from tests.engine.inbound.world import DOMAIN, OWN, SECRET, World, address, inbound, keep, take, texts, world


def dsn(to: str, action: str, status: str, about: str = "somebody@elsewhere.test", original: str = "") -> bytes:
    """A delivery report (RFC 3464) on one recipient."""
    return "\r\n".join(
        [
            "Return-Path: <>", "From: Mail Delivery System <mailer-daemon@mx.test>", f"To: {to}",
            "Subject: Undelivered Mail Returned to Sender", "Message-ID: <report@mx.test>", "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "", "--b",
            "Content-Type: text/plain", "", "Your mail could not be delivered.", "", "--b",
            "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.test", "",
            f"Final-Recipient: rfc822; {about}", f"Action: {action}", f"Status: {status}",
            f"Diagnostic-Code: smtp; 550 {status} no such user", "", "--b", "Content-Type: text/rfc822-headers", "",
            f"Message-ID: {original or '<x@y>'}", "Subject: What did you get done today?", "", "--b--", "",
        ]
    ).encode()  # fmt: skip


def arf(to: str, kind: str = "abuse") -> bytes:
    """A feedback report (RFC 5965)."""
    return "\r\n".join(
        [
            "From: fbl@provider.test", f"To: {to}", "Subject: FW: complaint", "Message-ID: <fbl@provider.test>",
            "MIME-Version: 1.0", 'Content-Type: multipart/report; report-type=feedback-report; boundary="b"', "",
            "--b", "Content-Type: text/plain", "", "An abuse report.", "", "--b",
            "Content-Type: message/feedback-report", "", f"Feedback-Type: {kind}", "User-Agent: FBL/1", "Version: 1",
            "", "--b", "Content-Type: message/rfc822", "", "Subject: What did you get done today?", "", "Hello", "",
            "--b--", "",
        ]
    ).encode()  # fmt: skip


def delivery(conn: Conn, here: World) -> tuple[str, str, str]:
    d = m.Delivery
    return tuple(conn.execute(select(d.state, d.code, d.reason).where(d.run_id == here.run)).one())  # type: ignore[return-value]


def suppressed(conn: Conn) -> list[tuple[bytes, str]]:
    return [tuple(row) for row in conn.execute(select(m.Suppression.address_hash, m.Suppression.reason))]  # type: ignore[misc]


def test_a_bounce_by_its_envelope_token_returns_the_delivery_and_suppresses_the_address(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, dsn(here.bounce_address, "failed", "5.1.1"), [here.bounce_address])

    take(conn, ident)

    state, code, reason = delivery(conn, here)
    assert (state, code) == ("bounced", "5.1.1")
    assert "no such user" in reason
    assert suppressed(conn) == [(sealing.address_hash(SECRET, here.ada.email), "bounce")]
    assert (inbound(conn, ident).state, inbound(conn, ident).workspace_id) == ("noted", here.ws.id)


@pytest.mark.parametrize("status", ["5.7.1", "5.2.2", "5.0.0"])
def test_a_refusal_that_is_not_about_the_address_suppresses_nobody(conn: Conn, status: str) -> None:
    here = world(conn)

    take(conn, keep(conn, dsn(here.bounce_address, "failed", status), [here.bounce_address]))

    assert delivery(conn, here)[0] == "bounced"
    assert suppressed(conn) == []


@pytest.mark.parametrize(("action", "status"), [("delayed", "4.4.1"), ("failed", "4.4.7")])
def test_a_delay_changes_nothing(conn: Conn, action: str, status: str) -> None:
    here = world(conn)
    ident = keep(conn, dsn(here.bounce_address, action, status), [here.bounce_address])

    take(conn, ident)

    if action == "delayed":
        assert delivery(conn, here) == ("sent", "", "")
    assert suppressed(conn) == []
    assert inbound(conn, ident).state == "noted"


def test_a_notice_of_delay_proves_that_the_relay_took_the_mail(conn: Conn) -> None:
    here = world(conn, delivery="in_doubt")

    take(conn, keep(conn, dsn(here.bounce_address, "delayed", "4.4.1"), [here.bounce_address]))

    assert delivery(conn, here)[0] == "sent"


def test_a_bounce_of_a_mail_in_doubt_ends_the_doubt_as_bounced(conn: Conn) -> None:
    here = world(conn, delivery="in_doubt")

    take(conn, keep(conn, dsn(here.bounce_address, "failed", "5.1.1"), [here.bounce_address]))

    assert delivery(conn, here)[0] == "bounced"


def test_an_automatic_answer_proves_that_its_mail_arrived(conn: Conn) -> None:
    here = world(conn, delivery="in_doubt")
    raw = b"Auto-Submitted: auto-replied\r\n" + here.reply("I am away.")

    take(conn, keep(conn, raw, [here.reply_address]))

    assert delivery(conn, here)[::2] == ("sent", "An automatic answer to it proves it.")


def test_a_bounce_without_token_is_found_by_the_message_id_it_returns(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, dsn("postmaster@sixpm.test", "failed", "5.1.1", original=here.message_id), []))

    assert delivery(conn, here)[0] == "bounced"


def test_a_bounce_that_names_nothing_of_ours_is_only_noted(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, dsn("postmaster@sixpm.test", "failed", "5.1.1"), [])

    take(conn, ident)

    assert delivery(conn, here)[0] == "sent"
    assert inbound(conn, ident).state == "noted"


def test_an_expired_bounce_address_still_names_its_delivery(conn: Conn) -> None:
    here = world(conn)
    old = address(Purpose.BOUNCE, here.run, here.seq, date(2026, 1, 1))

    take(conn, keep(conn, dsn(old, "failed", "5.1.1"), [old]))

    assert delivery(conn, here)[0] == "bounced"


def test_a_bounce_sent_to_the_reply_address_moves_no_delivery(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, dsn(here.reply_address, "failed", "5.1.1"), [here.reply_address])

    take(conn, ident)

    assert delivery(conn, here)[0] == "sent"
    assert inbound(conn, ident).state == "noted"


def test_a_complaint_suppresses_the_address(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, arf(here.bounce_address), [here.bounce_address]))

    assert delivery(conn, here)[0] == "complained"
    assert suppressed(conn) == [(sealing.address_hash(SECRET, here.ada.email), "complaint")]


def test_not_spam_is_no_complaint(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, arf(here.bounce_address, "not-spam"), [here.bounce_address]))

    assert delivery(conn, here)[0] == "sent"
    assert suppressed(conn) == []


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "X-Apple-Action: vacation"],
)
def test_an_automatic_answer_is_noted_and_says_nothing(conn: Conn, header: str) -> None:
    here = world(conn)
    ident = keep(conn, f"{header}\r\n".encode() + here.reply("I am away."), [here.reply_address])

    followup = take(conn, ident)

    assert not followup
    assert texts(conn) == []
    assert (inbound(conn, ident).state, inbound(conn, ident).workspace_id) == ("noted", here.ws.id)


def test_our_own_mail_that_comes_back_is_noted(conn: Conn) -> None:
    here = world(conn)
    by_address = keep(conn, here.reply("Loop.", from_=OWN.mail_from), [here.reply_address], ident="a")
    redirected = here.prompt().replace(b"checkin@sixpm.example.test", here.ada.email.encode())
    by_message_id = keep(conn, redirected.replace(b"Auto-Submitted", b"X-Was"), [here.reply_address], ident="b")

    take(conn, by_address)
    take(conn, by_message_id)

    assert [inbound(conn, i).reason for i in (by_address, by_message_id)] == ["Our own mail came back."] * 2


def test_no_robot_is_ever_answered(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    mails = [
        dsn(here.bounce_address, "failed", "5.1.1"),
        arf(here.bounce_address),
        b"Auto-Submitted: auto-replied\r\n" + here.reply("Away."),
    ]
    before = conn.scalar(select(func.count()).select_from(m.Run))

    followups = [take(conn, keep(conn, raw, [here.bounce_address], ident=str(i))) for i, raw in enumerate(mails)]

    assert not any(followups)
    assert conn.scalar(select(func.count()).select_from(m.Run)) == before


def test_a_person_is_no_robot(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("Words.")
    row = keeping.take(conn, keep(conn, raw, [here.reply_address]))
    assert row is not None

    note = robots.note(conn, row, parse(raw), OWN, row.received_at)

    assert note is None


def test_people_may_have_addresses_in_the_reply_domain(conn: Conn) -> None:
    here = world(conn)
    conn.execute(update(m.Contact).values(email=f"ada@{DOMAIN}", email_key=f"ada@{DOMAIN}"))
    theirs = keep(conn, here.reply("Fixed it.", from_=f"ada@{DOMAIN}"), [here.reply_address], ident="a")
    ours = keep(conn, here.reply("Loop.", from_=here.reply_address), [here.reply_address], ident="b")

    take(conn, theirs)
    take(conn, ours)

    assert texts(conn) == ["Fixed it."]
    assert inbound(conn, ours).reason == "Our own mail came back."
