"""The SMTP transport against a scripted sink over real sockets: every reply, every drop, every rule of H1-H4, H12."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine.transports.base import Key, Scope, Verdict
from engine.transports.smtp.envelope import PIECE
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import (
    SHORT,
    Gate,
    Ledger,
    ListSource,
    OpenPermit,
    drive,
    drive_all,
    mail,
    relay,
    run,
    sink,
)  # fmt: skip
from tests.fakes.smtp_record import Sink
from tests.fakes.smtp_script import Script

LARGE = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 20_000  # 1.5 MB: more than socket buffers swallow

pytestmark = pytest.mark.usefixtures("each_loop", "each_pace")


async def _one(address: str, **options: Any) -> tuple[Ledger, Sink]:
    sender = options.pop("sender", "bounces@example.org")
    content = options.pop("content", None)
    async with sink(**options) as server:
        ledger = await drive(SmtpTransport(relay(server.port)), [mail(1, address, content, sender)])
    return ledger, server


def test_an_accepted_mail_is_sent_with_reply_code_and_queue_id() -> None:
    ledger, server = run(_one("ok@example.net"))

    (outcome,) = ledger.outcomes
    assert outcome.verdict is Verdict.SENT
    assert (outcome.code, outcome.enhanced, outcome.queue_id) == ("250", "2.0.0", "SINK")
    assert server.accepted[0].rcpt == ["ok@example.net"]
    assert server.accepted[0].message_id == "<1@example.org>"
    assert not ledger.troubles


@pytest.mark.parametrize(
    ("local", "verdict", "code", "enhanced"),
    [
        ("tempfail", Verdict.DEFERRED, "450", "4.2.0"),
        ("unknown", Verdict.BOUNCED, "550", "5.1.1"),
        ("full", Verdict.DEFERRED, "452", "4.2.2"),
        ("policy", Verdict.BOUNCED, "550", "5.7.1"),
        ("greylist", Verdict.DEFERRED, "451", "4.7.1"),
        ("rcpt552", Verdict.DEFERRED, "552", ""),
        ("rcpt552=5.2.2", Verdict.BOUNCED, "552", "5.2.2"),
        ("data451=4.3.0", Verdict.DEFERRED, "451", "4.3.0"),
        ("data554=5.7.1", Verdict.BOUNCED, "554", "5.7.1"),
        ("dot451=4.3.0", Verdict.DEFERRED, "451", "4.3.0"),
        ("dot554=5.7.1", Verdict.BOUNCED, "554", "5.7.1"),
        ("data354", Verdict.BOUNCED, "550", "5.1.1"),
    ],
)
def test_a_refusal_of_one_recipient_touches_nobody_else(
    local: str, verdict: Verdict, code: str, enhanced: str, each_pace: bool
) -> None:
    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            mails = [mail(1, f"{local}+a@example.net"), mail(2)]
            return await drive(SmtpTransport(relay(server.port)), mails), server

    ledger, server = run(story())

    first, second = ledger.outcomes
    assert (first.verdict, first.code, first.enhanced) == (verdict, code, enhanced)
    assert second.verdict is Verdict.SENT
    assert not ledger.troubles
    assert server.connections == 1
    assert [one.message_id for one in server.accepted] == ["<2@example.org>"]
    assert server.lone_dots == (local == "data354" and each_pace)  # RFC 2920: the only way out of that 354


def test_a_greylisted_recipient_is_taken_at_the_second_try() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            twice = [mail(1, "greylist@example.net"), mail(1, "greylist@example.net")]
            return await drive(SmtpTransport(relay(server.port)), twice)

    assert run(story()).verdicts == ["deferred", "sent"]


@pytest.mark.parametrize(
    ("address", "sender", "verdict"),
    [
        ("ok@example.net", "mail421@example.org", Verdict.NOT_SENT),
        ("rcpt421@example.net", "a@example.org", Verdict.NOT_SENT),
        ("data421@example.net", "a@example.org", Verdict.NOT_SENT),
        ("dot421@example.net", "a@example.org", Verdict.DEFERRED),
    ],
)
def test_421_ends_the_session_and_backs_the_transport_off(address: str, sender: str, verdict: Verdict) -> None:
    async def story() -> tuple[Ledger, ListSource]:
        async with sink() as server:
            ledger, source = Ledger(), ListSource([mail(1, address, sender=sender), mail(2)])
            await SmtpTransport(relay(server.port)).run(source, OpenPermit(), ledger.report, ledger.alarm)
            return ledger, source

    ledger, source = run(story())

    first, *rest = ledger.outcomes
    assert first.verdict is verdict
    assert first.announced
    assert [(one.scope, one.code) for one in ledger.troubles] == [(Scope.TRANSPORT, "421")]
    assert len(source.mails) + len(rest) == 1  # the next one was not even taken, or comes back
    assert all(one.verdict is Verdict.NOT_SENT and one.announced for one in rest)


@pytest.mark.parametrize(
    ("code", "scope"), [("mail550=5.7.1", Scope.SENDER), ("mail451", Scope.TRANSPORT), ("mail530", Scope.TRANSPORT)]
)
def test_a_refused_sender_bounces_nobody(code: str, scope: Scope) -> None:
    ledger, _ = run(_one("ok@example.net", sender=f"{code}@example.org"))

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert [one.scope for one in ledger.troubles] == [scope]


@pytest.mark.parametrize(("first", "code"), [("connect421", "421"), ("connect554", "554"), ("connectdrop", "")])
def test_a_session_that_does_not_open_leaves_the_recipient_untouched(first: str, code: str) -> None:
    ledger, server = run(_one("ok@example.net", script=Script(connect=[first])))

    assert ledger.verdicts == ["not_sent"]
    assert not ledger.outcomes[0].announced
    assert [(one.scope, one.code) for one in ledger.troubles] == [(Scope.TRANSPORT, code)]
    assert not server.accepted


def test_a_closed_port_is_a_trouble_of_the_transport() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            port = server.port
        return await drive(SmtpTransport(relay(port)), [mail(1)])

    ledger = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert ledger.troubles[0].scope is Scope.TRANSPORT
    assert "127.0.0.1" in ledger.troubles[0].reply


@pytest.mark.parametrize("address", ["droprcpt@example.net", "dropdata@example.net"])
def test_a_drop_before_the_content_is_not_sent(address: str) -> None:
    ledger, server = run(_one(address))

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert ledger.troubles[0].scope is Scope.TRANSPORT
    assert not server.accepted


def test_a_drop_at_mail_on_a_fresh_session_is_a_trouble() -> None:
    ledger, _ = run(_one("ok@example.net", sender="dropmail@example.org"))

    assert ledger.verdicts == ["not_sent"]
    assert len(ledger.troubles) == 1


def test_a_drop_inside_a_large_content_is_not_sent() -> None:
    ledger, server = run(_one("dropbody@example.net", content=LARGE))

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert not server.accepted


def test_a_drop_inside_a_content_that_left_in_one_piece_is_in_doubt() -> None:
    ledger, server = run(_one("dropbody@example.net"))

    assert ledger.verdicts == ["in_doubt"]
    assert not server.accepted


@pytest.mark.parametrize(("address", "arrived"), [("dropdot@example.net", 1), ("losedot@example.net", 0)])
def test_a_drop_after_the_dot_is_in_doubt_whether_it_arrived_or_not(address: str, arrived: int) -> None:
    ledger, server = run(_one(address))

    assert ledger.verdicts == ["in_doubt"]
    assert len(server.accepted) == arrived


def test_a_dot_without_an_answer_is_in_doubt_when_the_wait_is_over() -> None:
    from dataclasses import replace

    async def story() -> Ledger:
        async with sink() as server:
            patience = replace(SHORT, dot=0.1)
            return await drive(SmtpTransport(relay(server.port, timeouts=patience)), [mail(1, "hang@example.net")])

    ledger = run(story())

    assert ledger.verdicts == ["in_doubt"]
    assert "0.1 s" in ledger.outcomes[0].reply


@pytest.mark.parametrize("local", ["late=0.1", "slow"])
def test_an_answer_that_takes_its_time_is_waited_for(local: str) -> None:
    ledger, _ = run(_one(f"{local}@example.net"))

    assert ledger.verdicts == ["sent"]


def test_a_stray_reply_in_the_same_segment_never_answers_the_next_mail() -> None:
    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            mails = [mail(1, "twice@example.net"), mail(2, "unknown@example.net"), mail(3)]
            return await drive_all(SmtpTransport(relay(server.port)), mails), server

    ledger, server = run(story())

    assert ledger.verdicts == ["sent", "bounced", "sent"]
    assert server.connections == 2  # the link with the stray reply was not used again


def test_an_unasked_421_while_idle_ends_the_session_and_blames_nobody() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1, "stray421@example.net")], idle=True)

    ledger = run(story())

    assert ledger.verdicts == ["sent"]
    assert not ledger.troubles


def test_an_unasked_421_while_the_permit_is_awaited_is_not_sent() -> None:
    gate = Gate()

    async def story() -> Ledger:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1, "stray421data@example.net")], gate)

    ledger = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert ledger.troubles[0].scope is Scope.TRANSPORT


def test_a_refusal_in_the_middle_of_the_content_is_definite() -> None:
    ledger, server = run(_one("early552@example.net", content=LARGE))

    assert ledger.verdicts == ["bounced"]
    assert ledger.outcomes[0].enhanced == "5.3.4"
    assert not server.accepted


def test_a_receiver_that_reads_slowly_gets_the_whole_content() -> None:
    ledger, server = run(_one("stall=0.2@example.net", content=LARGE))

    assert ledger.verdicts == ["sent"]
    assert server.contents == [LARGE]


def test_a_receiver_that_stops_reading_is_given_up_and_the_mail_is_not_sent() -> None:
    from dataclasses import replace

    async def story() -> Ledger:
        async with sink() as server:
            patience = replace(SHORT, block=0.1)
            stalled = mail(1, "stall=60@example.net", LARGE * 10)
            return await drive(SmtpTransport(relay(server.port, timeouts=patience)), [stalled])

    ledger = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert "no content" in ledger.outcomes[0].reply


# permits (H3, H12)


def test_nothing_of_the_content_leaves_before_the_permit() -> None:
    gate = Gate()

    async def story() -> tuple[Ledger, Sink, int]:
        async with sink() as server:
            slot = asyncio.create_task(drive(SmtpTransport(relay(server.port)), [mail(1)], gate))
            await gate.waiting.wait()
            await asyncio.sleep(0.05)
            before = len(server.accepted)
            gate.open()
            return await slot, server, before

    ledger, server, before = run(story())

    assert before == 0
    assert ledger.verdicts == ["sent"]
    assert len(server.accepted) == 1


def test_a_withheld_permit_aborts_and_never_sends_a_lone_dot() -> None:
    gate = Gate()

    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            slot = asyncio.create_task(drive(SmtpTransport(relay(server.port)), [mail(1), mail(2)], gate))
            await gate.waiting.wait()
            gate.never()
            return await slot, server

    ledger, server = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert not server.accepted
    assert server.lone_dots == 0
    assert "QUIT" not in server.commands  # it would be content


def test_a_permit_that_ends_between_the_wait_and_the_write_keeps_the_content_back() -> None:
    gate = Gate()
    gate.allowed, gate.after = True, 0  # the wait says yes, the look in the writing block says no

    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1)], gate), server

    ledger, server = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert not server.accepted


def test_a_lease_that_ends_inside_a_large_content_keeps_the_final_dot_back() -> None:
    gate = Gate()
    gate.allowed = True
    gate.after = len(LARGE) // PIECE  # every piece but the last

    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1, content=LARGE)], gate), server

    ledger, server = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert not server.accepted


def test_an_outcome_is_reported_before_the_place_it_frees_is_taken(each_pace: bool) -> None:
    order: list[str] = []

    class Watched(ListSource):
        def take(self) -> Any:
            taken = super().take()
            if taken:
                order.append(f"take {taken.key.seq}")
            return taken

    async def story() -> None:
        async with sink() as server:
            source = Watched([mail(1), mail(2, "unknown@example.net"), mail(3), mail(4)])
            transport = SmtpTransport(relay(server.port))
            await transport.run(
                source, OpenPermit(), lambda one: order.append(f"report {one.key.seq}"), lambda one: None
            )

    run(story())

    in_step = ["take 1", "report 1", "take 2", "report 2", "take 3", "report 3", "take 4", "report 4"]
    two_at_once = ["take 1", "take 2", "report 1", "report 2", "take 3", "take 4", "report 3", "report 4"]
    assert order == (two_at_once if each_pace else in_step)


# cancellation


@pytest.mark.parametrize(("address", "verdict"), [("hang@example.net", "in_doubt"), ("ok@example.net", "not_sent")])
def test_a_cancelled_slot_reports_what_it_knows(address: str, verdict: str) -> None:
    ledger, gate = Ledger(), Gate()

    async def story() -> None:
        async with sink() as server:
            transport = SmtpTransport(relay(server.port))
            permit: Any = OpenPermit() if address.startswith("hang") else gate
            slot = asyncio.create_task(
                transport.run(ListSource([mail(1, address)]), permit, ledger.report, ledger.alarm)
            )
            while not (server.accepted or gate.waiting.is_set()):
                await asyncio.sleep(0.005)
            slot.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slot

    run(story())

    assert ledger.verdicts == [verdict]


def test_an_answer_that_came_before_the_cancellation_is_kept() -> None:
    ledger = Ledger()

    async def story() -> None:
        from engine.transports.smtp.protocol import Link

        async with sink() as server:
            transport = SmtpTransport(relay(server.port))
            slot = asyncio.create_task(transport.run(ListSource([mail(1)]), OpenPermit(), ledger.report, ledger.alarm))
            original = Link._reply

            def cancel_with_the_reply(link: Link, reply: Any) -> None:
                original(link, reply)
                if reply.text.endswith("SINK"):
                    slot.cancel()

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Link, "_reply", cancel_with_the_reply)
                with pytest.raises(asyncio.CancelledError):
                    await slot

    run(story())

    assert ledger.verdicts == ["sent"]
    assert ledger.outcomes[0].queue_id == "SINK"


def test_a_slot_cancelled_while_connecting_gives_its_mail_back() -> None:
    ledger = Ledger()

    async def story() -> None:
        silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
        transport = SmtpTransport(relay(silent.sockets[0].getsockname()[1]))
        slot = asyncio.create_task(transport.run(ListSource([mail(1)]), OpenPermit(), ledger.report, ledger.alarm))
        await asyncio.sleep(0.05)
        slot.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slot
        silent.close()
        await silent.wait_closed()

    run(story())

    assert ledger.verdicts == ["not_sent"]
    assert not ledger.outcomes[0].announced


# sessions


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


def test_three_equal_refusals_of_data_pause_the_run_instead_of_bouncing_the_third() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            mails = [mail(seq, f"data554=5.7.1+{seq}@example.net") for seq in range(3)]
            return await drive(SmtpTransport(relay(server.port)), mails)

    ledger = run(story())

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


# what the server cannot have


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
    ledger, server = run(_one(address, smtputf8=utf8))

    assert ledger.verdicts == [verdict]
    assert [one for one in server.commands if one.startswith("RCPT")] == ([line] if line else [])


def test_8bit_content_is_declared_where_announced_and_fails_where_not() -> None:
    content = "Subject: x\r\n\r\nGrüße\r\n".encode()

    allowed, server = run(_one("ok@example.net", content=content))
    refused, _ = run(_one("ok@example.net", content=content, eightbit=False))

    assert allowed.verdicts == ["sent"]
    assert "MAIL FROM:<bounces@example.org> BODY=8BITMIME" in server.commands
    assert server.contents == [content]
    assert refused.verdicts == ["failed"]


def test_the_null_sender_is_sent_as_such() -> None:
    ledger, server = run(_one("ok@example.net", sender=""))

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
def test_content_cannot_end_itself(content: bytes, arrives: bytes) -> None:
    ledger, server = run(_one("ok@example.net", content=content))

    assert ledger.verdicts == ["sent"]
    assert server.contents == [arrives]
    assert not server.accepted[0].bare
    assert server.connections == 1
    assert [line[:4] for line in server.commands] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


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
