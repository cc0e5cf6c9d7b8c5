"""The SMTP transport against a scripted sink over real sockets: every reply and every drop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.transports.base import Scope, Verdict
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import (
    LARGE,
    SHORT,
    Gate,
    Ledger,
    ListSource,
    OpenPermit,
    Pace,
    drive,
    drive_all,
    mail,
    one,
    relay,
    run,
    sink,
)  # fmt: skip
from tests.fakes.smtp_record import Sink
from tests.fakes.smtp_script import Script

pytestmark = pytest.mark.usefixtures("each_loop", "each_pace")


def test_an_accepted_mail_is_sent_with_reply_code_and_queue_id() -> None:
    ledger, server = run(one("ok@example.net"))

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
    local: str, verdict: Verdict, code: str, enhanced: str, each_pace: Pace
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
    only_way_out = local == "data354" and each_pace == Pace(grouped=True)  # of that 354 (RFC 2920 section 3.1)
    assert server.lone_dots == only_way_out


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
def test_421_ends_the_session_and_backs_the_transport_off(
    address: str, sender: str, verdict: Verdict, each_pace: Pace
) -> None:
    if each_pace.chunked and address.startswith("data"):
        verdict = Verdict.DEFERRED  # it answers the content

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
    ledger, _ = run(one("ok@example.net", sender=f"{code}@example.org"))

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert [one.scope for one in ledger.troubles] == [scope]


@pytest.mark.parametrize(("first", "code"), [("connect421", "421"), ("connect554", "554"), ("connectdrop", "")])
def test_a_session_that_does_not_open_leaves_the_recipient_untouched(first: str, code: str) -> None:
    ledger, server = run(one("ok@example.net", script=Script(connect=[first])))

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
def test_a_drop_before_the_content_is_not_sent(address: str, each_pace: Pace) -> None:
    ledger, server = run(one(address))

    left = each_pace.chunked and address.startswith("dropdata")  # the content is in the socket with its command
    assert ledger.verdicts == ["in_doubt" if left else "not_sent"]
    assert ledger.outcomes[0].announced
    assert ledger.troubles[0].scope is Scope.TRANSPORT
    assert not server.accepted


def test_a_drop_at_mail_on_a_fresh_session_is_a_trouble() -> None:
    ledger, _ = run(one("ok@example.net", sender="dropmail@example.org"))

    assert ledger.verdicts == ["not_sent"]
    assert len(ledger.troubles) == 1


def test_a_drop_inside_a_large_content_is_not_sent() -> None:
    ledger, server = run(one("dropbody@example.net", content=LARGE))

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert not server.accepted


def test_a_drop_inside_a_content_that_left_in_one_piece_is_in_doubt() -> None:
    ledger, server = run(one("dropbody@example.net"))

    assert ledger.verdicts == ["in_doubt"]
    assert not server.accepted


@pytest.mark.parametrize(("address", "arrived"), [("dropdot@example.net", 1), ("losedot@example.net", 0)])
def test_a_drop_after_the_dot_is_in_doubt_whether_it_arrived_or_not(address: str, arrived: int) -> None:
    ledger, server = run(one(address))

    assert ledger.verdicts == ["in_doubt"]
    assert len(server.accepted) == arrived


def test_a_dot_without_an_answer_is_in_doubt_when_the_wait_is_over() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            patience = replace(SHORT, dot=0.1)
            return await drive(SmtpTransport(relay(server.port, timeouts=patience)), [mail(1, "hang@example.net")])

    ledger = run(story())

    assert ledger.verdicts == ["in_doubt"]
    assert "0.1 s" in ledger.outcomes[0].reply


@pytest.mark.parametrize("local", ["late=0.1", "slow"])
def test_an_answer_that_takes_its_time_is_waited_for(local: str) -> None:
    ledger, _ = run(one(f"{local}@example.net"))

    assert ledger.verdicts == ["sent"]


def test_a_stray_reply_in_the_same_segment_never_answers_the_next_mail(each_pace: Pace) -> None:
    async def story() -> tuple[Ledger, Sink]:
        async with sink() as server:
            mails = [mail(1, "twice@example.net"), mail(2, "unknown@example.net"), mail(3)]
            return await drive_all(SmtpTransport(relay(server.port)), mails), server

    ledger, server = run(story())

    second = "not_sent" if each_pace == Pace(grouped=True, chunked=True) else "bounced"  # one reply less to pair
    assert ledger.verdicts == ["sent", second, "sent"]
    assert server.connections == 2  # the link with the stray reply was not used again


def test_an_unasked_421_while_idle_ends_the_session_and_blames_nobody() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1, "stray421@example.net")], idle=True)

    ledger = run(story())

    assert ledger.verdicts == ["sent"]
    assert not ledger.troubles


def test_an_unasked_421_while_the_permit_is_awaited_is_not_sent(each_pace: Pace) -> None:
    gate, local = Gate(), "stray421rcpt" if each_pace.chunked else "stray421data"

    async def story() -> Ledger:
        async with sink() as server:
            return await drive(SmtpTransport(relay(server.port)), [mail(1, f"{local}@example.net")], gate)

    ledger = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert ledger.outcomes[0].announced
    assert ledger.troubles[0].scope is Scope.TRANSPORT


def test_a_refusal_in_the_middle_of_the_content_is_definite() -> None:
    ledger, server = run(one("early552@example.net", content=LARGE))

    assert ledger.verdicts == ["bounced"]
    assert ledger.outcomes[0].enhanced == "5.3.4"
    assert not server.accepted


def test_a_receiver_that_reads_slowly_gets_the_whole_content() -> None:
    ledger, server = run(one("stall=0.2@example.net", content=LARGE))

    assert ledger.verdicts == ["sent"]
    assert server.contents == [LARGE]


def test_a_receiver_that_stops_reading_is_given_up_and_the_mail_is_not_sent() -> None:
    async def story() -> Ledger:
        async with sink() as server:
            patience = replace(SHORT, block=0.1)
            stalled = mail(1, "stall=60@example.net", LARGE * 10)
            return await drive(SmtpTransport(relay(server.port, timeouts=patience)), [stalled])

    ledger = run(story())

    assert ledger.verdicts == ["not_sent"]
    assert "no content" in ledger.outcomes[0].reply
