"""The replies that stand for people's mail programs have the shapes those are known for."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from engine.inbound.parse import parse
from sixpm.replies import CLIENTS, reply_address, reply_to

PROMPT = (
    b"From: Rockets <checkin@sixpm.test>\r\nTo: ada@example.org\r\nReply-To: r+token@reply.test\r\n"
    b"Subject: =?utf-8?q?Tag_=C3=BCber?=\r\nMessage-ID: <1.1.aa@sixpm.test>\r\nReferences: <0.1.bb@sixpm.test>\r\n"
    b"Date: Wed, 04 Mar 2026 18:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Hello Ada,\r\n\r\nWhat did you get done today?\r\n"
)


def made(client: str, text: str = "Fixed the build.\n\nWrote <docs> & tests.") -> EmailMessage:
    mail = message_from_bytes(reply_to(PROMPT, client, text, "Ada <ada@example.org>"), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.mark.parametrize("client", CLIENTS)
def test_a_reply_goes_to_reply_to_and_joins_the_thread(client: str) -> None:
    mail = made(client)

    assert str(mail["To"]) == "r+token@reply.test"
    assert str(mail["In-Reply-To"]) == "<1.1.aa@sixpm.test>"
    assert str(mail["References"]) == "<0.1.bb@sixpm.test> <1.1.aa@sixpm.test>"
    assert str(mail["Subject"]).lower() == "re: tag über"
    assert mail["Message-ID"] != made(client)["Message-ID"]


@pytest.mark.parametrize("client", CLIENTS)
def test_our_parser_finds_the_words_again(client: str) -> None:
    mail = parse(reply_to(PROMPT, client, "Fixed the build.\n\nWrote <docs> & tests.", "Ada <ada@example.org>"))

    assert mail.kind == "reply"
    assert [line for line in mail.reply_text.split("\n") if line] == ["Fixed the build.", "Wrote <docs> & tests."]


def test_outlook_sends_html_alone_and_gmail_both() -> None:
    assert made("outlook").get_content_type() == "text/html"
    assert [part.get_content_type() for part in made("gmail").iter_parts()] == ["text/plain", "text/html"]


def test_thunderbird_writes_below_the_quotation() -> None:
    body = made("thunderbird").get_content()

    assert body.index("> What did you get done today?") < body.index("Fixed the build.")


def test_one_carries_a_picture_and_a_table() -> None:
    names = [part.get_filename() for part in made("attachments").iter_attachments()]

    assert names == ["screenshot.png", "builds.csv"]


def test_the_address_of_an_answer_is_known_to_the_envelope_too() -> None:
    assert reply_address(PROMPT) == "r+token@reply.test"
