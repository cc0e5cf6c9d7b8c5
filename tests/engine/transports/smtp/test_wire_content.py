"""What reaches the server of addresses and content, and what it cannot have."""

from __future__ import annotations

import pytest

from engine.transports.base import Key
from engine.transports.smtp.envelope import PIECE
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import Ledger, Pace, drive, mail, one, relay, run, sink
from tests.fakes.smtp_record import Sink

pytestmark = pytest.mark.usefixtures("each_loop", "each_pace")


def test_a_mail_over_the_announced_size_fails_before_mail() -> None:
    async def story() -> tuple[Ledger, Sink]:
        async with sink(size=1000) as server:
            large = mail(1, content=b"Subject: x\r\n\r\n" + b"y" * 1000)
            return await drive(SmtpTransport(relay(server.port)), [large, mail(2)]), server

    ledger, server = run(story())

    assert ledger.verdicts == ["failed", "sent"]
    assert "too large" in ledger.outcomes[0].reply
    assert [line for line in server.commands if line.startswith("MAIL")] == ["MAIL FROM:<bounces@example.org> SIZE=54"]


@pytest.mark.parametrize(
    ("address", "utf8", "verdict", "line"),
    [
        ("ok@bücher.example", False, "sent", "RCPT TO:<ok@xn--bcher-kva.example>"),
        ("jürgen@example.net", False, "failed", None),
        ("jürgen@example.net", True, "sent", "RCPT TO:<jürgen@example.net>"),
        ('"a b"@example.net', False, "sent", 'RCPT TO:<"a b"@example.net>'),
        ("a b@example.net", False, "failed", None),
        ("a> NOTIFY=SUCCESS@example.net", False, "failed", None),
        ("no-at-sign", False, "failed", None),
        ("x\r\nQUIT@example.net", False, "failed", None),
        ("\udcff@example.net", True, "failed", None),
    ],
)
def test_addresses_are_sent_in_ascii_or_by_smtputf8_or_not_at_all(
    address: str, utf8: bool, verdict: str, line: str | None
) -> None:
    ledger, server = run(one(address, smtputf8=utf8))

    assert ledger.verdicts == [verdict]
    assert [one for one in server.commands if one.startswith("RCPT")] == ([line] if line else [])


def test_8bit_content_is_declared_where_announced_and_fails_where_not() -> None:
    content = "Subject: x\r\n\r\nGrüße\r\n".encode()

    allowed, server = run(one("ok@example.net", content=content))
    refused, _ = run(one("ok@example.net", content=content, eightbit=False))

    assert allowed.verdicts == ["sent"]
    assert "MAIL FROM:<bounces@example.org> BODY=8BITMIME" in server.commands
    assert server.contents == [content]
    assert refused.verdicts == ["failed"]


def test_the_null_sender_is_sent_as_such() -> None:
    ledger, server = run(one("ok@example.net", sender=""))

    assert ledger.verdicts == ["sent"]
    assert "MAIL FROM:<>" in server.commands


@pytest.mark.parametrize(
    ("content", "arrives"),
    [
        (b"a\r\n.\r\nMAIL FROM:<x@x>\r\n", b"a\r\n.\r\nMAIL FROM:<x@x>\r\n"),
        (b".\r\n", b".\r\n"),
        (b"..a\r\n.b", b"..a\r\n.b\r\n"),
        (b"a\n.\nb", b"a\r\n.\r\nb\r\n"),
        (b"a\r.\rb", b"a\r\n.\r\nb\r\n"),
        (b"a\r\n.\rb\n", b"a\r\n.\r\nb\r\n"),
        (b"a\0b\r\n", b"ab\r\n"),
        (b"", b"\r\n"),
    ],
)
def test_content_cannot_end_itself(content: bytes, arrives: bytes, each_pace: Pace) -> None:
    ledger, server = run(one("ok@example.net", content=content))

    assert ledger.verdicts == ["sent"]
    assert server.contents == [arrives]
    assert not server.accepted[0].bare
    assert server.connections == 1
    how = "BDAT" if each_pace.chunked else "DATA"
    assert [line[:4] for line in server.commands] == ["EHLO", "MAIL", "RCPT", how, "QUIT"]


def test_content_of_every_length_around_a_piece_arrives_whole() -> None:
    lengths = [PIECE + offset for offset in (-6, -5, -4, -3, -2, -1, 0, 1, 2, 3)]

    async def story() -> Sink:
        async with sink() as server:
            mails = [mail(seq, content=b"x" * (length - 2) + b"\r\n") for seq, length in enumerate(lengths)]
            await drive(SmtpTransport(relay(server.port)), mails)
            return server

    server = run(story())

    assert [len(content) for content in server.contents] == lengths


def test_the_key_of_every_outcome_is_that_of_its_mail() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            locals_ = ["ok", "unknown", "tempfail", "dot554", "ok"]
            mails = [mail(seq, f"{local}@example.net") for seq, local in enumerate(locals_)]
            return await drive(SmtpTransport(relay(server.port)), mails)

    assert [outcome.key for outcome in run(story()).outcomes] == [Key(1, seq, 0) for seq in range(5)]
