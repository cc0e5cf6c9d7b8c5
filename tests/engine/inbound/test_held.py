"""A mail that is not certainly its sender's answer is held with a plain reason, and says nothing to anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.inbound.queries import waiting
from engine.tokens import Purpose
from tests import factories as make
from tests.engine.inbound.world import DOMAIN, EVENING, OWN, World, address, inbound, keep, take, texts, world
from tests.factories.rows import NOON


def part_state(conn: Conn, ident: int) -> str:
    return conn.execute(select(m.Participation.state).where(m.Participation.id == ident)).scalar_one()


def test_a_stolen_token_is_held_for_the_workspace_to_see(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Mine now.", from_="eve@example.net"), [here.reply_address])

    take(conn, ident)

    assert texts(conn) == []
    [held] = waiting.unsettled(conn, here.ws.id)
    assert (held.id, held.from_address) == (ident, "eve@example.net")
    assert "From does not match" in held.reason


def test_another_member_of_the_team_may_not_use_a_colleagues_address(conn: Conn) -> None:
    here = world(conn)
    bob = make.member(conn, here.team, "Bob")
    ident = keep(conn, here.reply("As Ada.", from_=bob.email), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"


def test_from_is_compared_without_regard_to_case(conn: Conn) -> None:
    here = world(conn)

    take(conn, keep(conn, here.reply("Shouted.", from_=here.ada.email.upper()), [here.reply_address]))

    assert texts(conn) == ["Shouted."]


def test_an_expired_address_is_held_even_if_it_came_in(conn: Conn) -> None:
    here = world(conn)
    old = address(Purpose.REPLY, here.run, here.seq, NOON.date() - timedelta(days=1))
    raw = here.reply("Too late.").replace(here.reply_address.encode(), old.encode())
    ident = keep(conn, raw, [old])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert "expired" in inbound(conn, ident).reason


def test_a_mail_that_came_in_time_is_not_too_late_when_it_is_read_days_after(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("In time."), [here.reply_address])

    take(conn, ident, now=EVENING + timedelta(days=30))

    assert texts(conn) == ["In time."]


def test_a_dmarc_fail_by_our_own_edge_holds_the_mail(conn: Conn) -> None:
    here = world(conn)
    raw = b"Authentication-Results: mx.own.test; dmarc=fail header.from=example.org\r\n" + here.reply("Forged.")
    ident = keep(conn, raw, [here.reply_address])

    take(conn, ident, own=replace(OWN, authserv_id="mx.own.test"))

    assert inbound(conn, ident).state == "held"
    assert "DMARC" in inbound(conn, ident).reason


def test_a_mail_with_no_address_of_ours_is_held(conn: Conn) -> None:
    world(conn)
    ident = keep(conn, b"From: a@example.org\r\nTo: b@example.org\r\nSubject: hello\r\n\r\nBuy.\r\n", [f"x@{DOMAIN}"])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert inbound(conn, ident).workspace_id is None


def test_the_thread_alone_is_not_enough_for_somebody_else(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("By thread.", from_="eve@example.net").replace(here.reply_address.encode(), b"checkin@x.test")
    ident = keep(conn, raw, [])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"


def test_an_empty_reply_is_held_and_its_raw_mail_kept(conn: Conn) -> None:
    here = world(conn)
    raw = here.reply("")
    ident = keep(conn, raw, [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert inbound(conn, ident).reason == "Nothing was written above the quotation."
    assert inbound(conn, ident).raw == raw
    assert part_state(conn, here.part) == "asked"


def with_files(here: World, names: list[str], text: str) -> bytes:
    """Ada's answer with these files, and no word of hers in its text."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = here.ada.email, here.reply_address, "Re: What did you get done today?"
    mail["Message-ID"] = "<files@home.test>"
    mail.set_content(text)
    for name in names:
        mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=name)
    return mail.as_bytes()


QUOTED = "On Wed, 4 Mar 2026 at 18:00, Rockets <checkin@sixpm.example.test> wrote:\n> What did you get done today?\n"


@pytest.mark.parametrize(
    ("names", "text", "reason"),
    [
        (["week.pdf"], "\n", "It has only attachments: week.pdf."),
        (["a.pdf", "b.pdf"], "\n", "It has only attachments: a.pdf, b.pdf."),
        ([f"{n}.pdf" for n in range(8)], "\n", "0.pdf, 1.pdf, 2.pdf, 3.pdf, 4.pdf and 3 more."),
        (["week.pdf"], QUOTED, "Nothing was written above the quotation. Attached: week.pdf."),
        ([], "\n", "Nothing was written in it."),
    ],
)
def test_a_mail_without_words_is_held_with_what_is_in_it(conn: Conn, names: list[str], text: str, reason: str) -> None:
    here = world(conn)
    ident = keep(conn, with_files(here, names, text), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"
    assert reason in inbound(conn, ident).reason
    assert part_state(conn, here.part) == "asked"


def test_a_reply_to_a_digest_that_is_gone_is_held(conn: Conn) -> None:
    here = world(conn, kind="digest", state="excused")
    ident = keep(conn, here.reply("To the digest."), [here.reply_address])

    take(conn, ident)

    assert inbound(conn, ident).state == "held"


def test_who_has_left_the_team_says_nothing_more_to_it(conn: Conn) -> None:
    here = world(conn)
    conn.execute(update(m.Membership).values(left_at=NOON))
    ident = keep(conn, here.reply("Still here."), [here.reply_address])

    take(conn, ident)

    assert "left the team" in inbound(conn, ident).reason


def test_a_flood_from_one_person_is_held(conn: Conn) -> None:
    here = world(conn)
    idents = [keep(conn, here.reply(f"Mail {n}."), [here.reply_address], ident=str(n)) for n in range(32)]

    for ident in idents:
        take(conn, ident)

    assert len(texts(conn)) == 30
    assert "loop" in inbound(conn, idents[-1]).reason
    later = keep(conn, here.reply("Next day."), [here.reply_address], ident="later")
    take(conn, later, now=EVENING + timedelta(days=1))
    assert inbound(conn, later).state == "routed"
