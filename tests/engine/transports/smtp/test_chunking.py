"""BDAT (RFC 3030): by option only, after an accepted recipient, and what a refused one leaves behind."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.transports.base import Mail, Scope
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import Ledger, drive, mail, relay, run, sink
from tests.fakes.smtp_record import Sink

pytestmark = pytest.mark.usefixtures("each_loop")


async def _send(*mails: Mail, **options: Any) -> tuple[Ledger, Sink]:
    async with sink(**{"chunking": True, **options}) as server:
        return await drive(SmtpTransport(relay(server.port, chunking=True)), mails), server


def verbs(server: Sink) -> list[str]:
    return [line[:4] for line in server.commands]


def test_the_next_mail_is_announced_with_the_content_of_the_one_before() -> None:
    ledger, server = run(_send(mail(1), mail(2), mail(3)))

    assert ledger.verdicts == ["sent"] * 3
    assert verbs(server) == ["EHLO", *["MAIL", "RCPT", "BDAT"] * 3, "QUIT"]


@pytest.mark.parametrize(("wanted", "announced"), [(False, True), (True, False), (False, False)])
def test_content_goes_by_data_unless_it_is_both_wanted_and_announced(wanted: bool, announced: bool) -> None:
    async def story() -> tuple[Ledger, Sink]:
        async with sink(chunking=announced) as server:
            return await drive(SmtpTransport(relay(server.port, chunking=wanted)), [mail(1)]), server

    ledger, server = run(story())

    assert ledger.verdicts == ["sent"]
    assert verbs(server) == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


def test_octets_travel_as_they_are_and_are_counted_after_their_line_ends_were_mended() -> None:
    _, server = run(_send(mail(1, content=b".\n..a\r\n.\r\nQUIT\r\n.")))

    assert server.contents == [b".\r\n..a\r\n.\r\nQUIT\r\n.\r\n"]
    assert [line for line in server.commands if line.startswith("BDAT")] == ["BDAT 20 LAST"]


@pytest.mark.parametrize("pipelining", [True, False])
def test_no_content_is_written_to_a_recipient_that_was_refused(pipelining: bool) -> None:
    mails = [mail(1), mail(2, "unknown@example.net"), mail(3, "tempfail@example.net"), mail(4)]

    ledger, server = run(_send(*mails, pipelining=pipelining))

    assert ledger.verdicts == ["sent", "bounced", "deferred", "sent"]
    assert verbs(server).count("BDAT") == 2
    assert server.connections == 1


@pytest.mark.parametrize("pipelining", [True, False])
def test_an_envelope_that_a_refused_bdat_leaves_standing_gets_no_second_recipient(pipelining: bool) -> None:
    """The group of the next mail was on its way: its MAIL is refused, and its RCPT joins the old envelope."""
    mails = [mail(1, "stuck554=5.6.0@example.net"), mail(2), mail(3)]

    ledger, server = run(_send(*mails, pipelining=pipelining))

    assert ledger.verdicts == ["bounced", "sent", "sent"]
    assert [one.rcpt for one in server.accepted] == [["ok@example.net"]] * 2
    assert verbs(server).count("RSET") == 1
    assert not ledger.troubles


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("code", ["500", "502", "503"])
def test_a_bdat_that_is_unknown_or_out_of_place_is_a_trouble_of_the_transport(code: str, pipelining: bool) -> None:
    mails = [mail(1, f"dot{code}@example.net"), mail(2)]

    ledger, server = run(_send(*mails, pipelining=pipelining))

    assert set(ledger.verdicts) == {"not_sent"}
    assert [(one.scope, one.code) for one in ledger.troubles] == [(Scope.TRANSPORT, code)]
    assert not server.accepted


def test_a_doubt_tells_that_the_whole_content_left_by_bdat() -> None:
    ledger, _ = run(_send(mail(1, "dropdot@example.net")))

    assert ledger.verdicts == ["in_doubt"]
    assert "bytes of content, whole, by BDAT" in ledger.outcomes[0].reply


class _Stutter(asyncio.Protocol):
    """Says a stray 250 with its first BDAT's answer, one reply a segment from then on, and refuses the second BDAT."""

    REPLIES = (b"250 2.0.0 Ok\r\n250 2.0.0 stray\r\n", b"250 2.1.0 Ok\r\n", b"250 2.1.5 Ok\r\n")

    def connection_made(self, transport: Any) -> None:
        self.transport, self.heard, self.said = transport, b"", False
        transport.write(b"220 hello\r\n")

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if data.startswith(b"EHLO"):
            self.transport.write(b"250-me\r\n250-PIPELINING\r\n250 CHUNKING\r\n")
        elif data.startswith(b"MAIL"):
            self.transport.write(b"250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n")
        elif not self.said:
            self.said = True
            for n, reply in enumerate(self.REPLIES):
                asyncio.get_running_loop().call_later(0.03 * n, self.transport.write, reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport.close()


def test_an_answer_about_an_address_is_not_taken_for_that_to_the_content() -> None:
    """Without a 354 in between, a stray reply moves every later one by a place."""

    async def story() -> Ledger:
        server = await asyncio.get_running_loop().create_server(_Stutter, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ledger = await drive(SmtpTransport(relay(port, chunking=True)), [mail(1), mail(2)])
        server.close()
        await server.wait_closed()
        return ledger

    ledger = run(story())

    assert ledger.verdicts == ["sent", "in_doubt"]
    assert "2.1.5" in ledger.outcomes[1].reply
    assert ledger.troubles[0].scope is Scope.TRANSPORT
