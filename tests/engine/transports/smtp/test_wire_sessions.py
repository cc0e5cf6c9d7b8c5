"""How long a session lives, and what ends it."""

from __future__ import annotations

import pytest

from engine.transports.base import Scope
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import Ledger, Pace, drive, drive_all, mail, relay, run, sink
from tests.fakes.smtp_record import Sink

pytestmark = pytest.mark.usefixtures("each_loop", "each_pace")


def test_a_session_is_reused_and_ended_with_quit_at_its_cap() -> None:
    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            transport = SmtpTransport(relay(server.port, messages_per_connection=3))
            return await drive_all(transport, [mail(seq) for seq in range(7)]), server

    ledger, server = run(story())

    assert ledger.verdicts == ["sent"] * 7
    assert server.connections == 3
    assert server.commands.count("QUIT") == 3
    assert "RSET" not in server.commands


def test_the_servers_own_cap_counts() -> None:
    async def story() -> Sink:
        async with sink(mail_max=2) as server:
            await drive_all(SmtpTransport(relay(server.port)), [mail(seq) for seq in range(4)])
            return server

    assert run(story()).connections == 2


def test_a_session_ends_with_the_last_domain_that_the_server_allows_it() -> None:
    async def story() -> tuple[Ledger, Sink]:
        async with sink(domain_max=2) as server:
            mails = [mail(seq, f"ok@{domain}.example") for seq, domain in enumerate("aAabcd")]
            return await drive_all(SmtpTransport(relay(server.port)), mails), server

    ledger, server = run(story())

    assert ledger.verdicts == ["sent"] * 6
    assert [one.conn for one in server.accepted] == [1, 1, 1, 1, 2, 2]
    assert server.commands.count("QUIT") == 2


def test_an_idle_session_is_closed_with_quit() -> None:
    async def story() -> Sink:
        async with sink() as server:
            await drive(SmtpTransport(relay(server.port)), [mail(1)], idle=True)
            return server

    assert run(story()).commands[-1] == "QUIT"


def test_a_slot_without_mail_opens_no_connection() -> None:
    async def story() -> Sink:
        async with sink() as server:
            await drive(SmtpTransport(relay(server.port)), [])
            return server

    assert run(story()).connections == 0


def test_three_equal_refusals_of_data_pause_the_run_instead_of_bouncing_the_third(each_pace: Pace) -> None:
    async def story() -> Ledger:
        async with sink() as server:
            mails = [mail(seq, f"data554=5.7.1+{seq}@example.net") for seq in range(3)]
            return await drive(SmtpTransport(relay(server.port)), mails)

    ledger = run(story())

    if each_pace.chunked:  # what answers BDAT answers the content, and that may well be about each of the three
        assert ledger.verdicts == ["bounced"] * 3
        return
    assert ledger.verdicts == ["bounced", "bounced", "not_sent"]
    assert [one.scope for one in ledger.troubles] == [Scope.SENDER]


def test_equal_refusals_of_data_count_only_in_a_row() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            mails = [mail(seq, f"{local}@example.net") for seq, local in enumerate(["data554", "data554", "ok"] * 2)]
            return await drive(SmtpTransport(relay(server.port)), mails)

    ledger = run(story())

    assert ledger.verdicts == ["bounced", "bounced", "sent"] * 2
    assert not ledger.troubles


def test_a_reused_session_that_dies_at_mail_is_no_reason_to_back_off() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            mails = [mail(1), mail(2, sender="dropmail@example.org")]
            return await drive(SmtpTransport(relay(server.port)), mails)

    ledger = run(story())

    assert ledger.verdicts == ["sent", "not_sent"]
    assert not ledger.troubles
