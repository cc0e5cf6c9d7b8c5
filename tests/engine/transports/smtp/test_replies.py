"""What replies mean, table by table."""

from __future__ import annotations

import pytest

from engine.transports.base import Scope, Verdict
from engine.transports.smtp.replies import Stage, accepted, classify, parse_enhanced, queue_id, suppresses


@pytest.mark.parametrize(
    ("text", "code", "enhanced"),
    [
        ("5.1.1 no such user", 550, "5.1.1"),
        ("5.1.1 first\n5.1.1 second", 550, "5.1.1"),
        ("2.0.0", 250, "2.0.0"),
        ("5.7.509: Access denied", 550, "5.7.509"),
        ("#5.1.0 Address rejected", 550, "5.1.0"),
        ("sorry, no mailbox here by that name. (#5.1.1)", 550, "5.1.1"),
        ("no such user", 550, ""),
        ("host 5.1.1.7 refused", 550, ""),
        ("5.1.1 contradicts", 450, ""),
        ("5.1.1234 no", 550, ""),
        ("", 250, ""),
    ],
)
def test_an_enhanced_code_is_found_where_servers_write_it(text: str, code: int, enhanced: str) -> None:
    assert parse_enhanced(text, code) == enhanced


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2.0.0 Ok: queued as 4B2F31C0A9", "4B2F31C0A9"),
        ("2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9F00AA", "9F00AA"),
        ("Ok: queued as s0meId-_x", "s0meId-_x"),
        ("OK id=1rABCd-0001ab-2C", "1rABCd-0001ab-2C"),
        ("OK ids=0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
        ("2.0.0 4AB12cdE012345 Message accepted for delivery", "4AB12cdE012345"),
        ("2.6.0 <a@b.example> [InternalId=12345678, Hostname=X.EXAMPLE] 9 bytes Queued mail for delivery", "12345678"),
        ("2.0.0 OK  1700000000 d2e1a72fcca58-6be00aa11si2bcd.1 - gsmtp", "d2e1a72fcca58-6be00aa11si2bcd.1"),
        ("ok 1700000000 qp 12345", "12345"),
        ("Message Queued (5E2F8A6B-1.1)", "5E2F8A6B-1.1"),
        ("Ok 0102018d1f3c4e5a-1b2c3d4e-0000-1111-2222-333344445555-000000", None),
        ("Queued. <20240101.1234.abc@mg.example>", "20240101.1234.abc@mg.example"),
        ("2.0.0 OK 5F/A1-12345-6789ABCD", "5F/A1-12345-6789ABCD"),
        ("2.0.0 Ok", ""),
        ("Great success", ""),
    ],
)
def test_the_queue_id_is_found_in_the_forms_of_common_servers(text: str, found: str | None) -> None:
    assert queue_id(text) == (text.split()[1] if found is None else found)


@pytest.mark.parametrize("code", ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"])
def test_dead_addresses_are_suppressed(code: str) -> None:
    assert suppresses(code)


@pytest.mark.parametrize("code", ["", "5.7.1", "5.7.509", "5.2.1", "5.2.2", "5.1.0", "5.1.7", "4.1.1", "5.0.0"])
def test_nothing_else_is_suppressed(code: str) -> None:
    assert not suppresses(code)


@pytest.mark.parametrize("stage", list(Stage))
def test_no_reply_at_any_stage_claims_more_than_it_says(stage: Stage) -> None:
    for code in range(200, 600):
        ruling = classify(code, "", stage)

        if stage not in {Stage.DOT, Stage.CHUNK}:
            assert ruling.verdict not in {Verdict.SENT, Verdict.IN_DOUBT}, code
        if ruling.verdict is Verdict.SENT:
            assert 200 <= code < 300
        if ruling.verdict is Verdict.BOUNCED:
            assert code >= 500
            assert stage is not Stage.MAIL
            assert ruling.scope is Scope.RECIPIENT
        if code == 421:
            assert ruling.close
            assert ruling.scope is Scope.TRANSPORT
        assert (ruling.scope is Scope.SENDER) <= (stage is Stage.MAIL), code


@pytest.mark.parametrize(("code", "enhanced"), [(450, ""), (450, "4.1.8"), (451, "4.1.7"), (450, "4.7.1")])
def test_a_sender_refused_for_now_is_no_fault_of_the_relay(code: int, enhanced: str) -> None:
    assert classify(code, enhanced, Stage.MAIL) == (Verdict.DEFERRED, Scope.RECIPIENT, False)


@pytest.mark.parametrize(("code", "enhanced"), [(451, ""), (452, "4.3.1"), (451, "4.7.0"), (455, "")])
def test_a_relay_that_takes_no_mail_for_now_rests(code: int, enhanced: str) -> None:
    assert classify(code, enhanced, Stage.MAIL) == (Verdict.NOT_SENT, Scope.TRANSPORT, True)


def test_only_354_opens_the_content() -> None:
    assert accepted(354, Stage.DATA)
    assert not accepted(250, Stage.DATA)
    assert accepted(251, Stage.RCPT)
    assert not accepted(354, Stage.RCPT)
