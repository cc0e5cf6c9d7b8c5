"""Which refusals are about our speed, and which about one recipient."""

from __future__ import annotations

import pytest

from engine.transports.base import Scope, Verdict
from engine.transports.smtp.replies import Reply, Stage
from engine.transports.smtp.throttling import throttled
from engine.transports.smtp.transaction import ruling_on

TOO_FAST = [
    ("454", "Throttling failure: Maximum sending rate exceeded."),
    ("454", "Throttling failure: Daily message quota exceeded."),
    ("421", "4.7.28 Our system has detected an unusual rate of unsolicited mail"),
    ("451", "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation."),
    ("451", "4.7.500 Server busy. Please try again later"),
    ("421", "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume"),
    ("421", "4.7.0 mx.example.org Error: too many connections from 192.0.2.1"),
    ("450", "4.7.1 Error: too much mail from 192.0.2.1"),
    ("432", "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
    ("450", "4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error."),
    ("550", "5.4.5 Daily user sending limit exceeded. For more information on Gmail\n5.4.5 sending limits go to"),
    ("550", "5.4.5 Daily sending quota exceeded"),
    ("550", "5.7.1 Daily SMTP relay limit exceeded for customer."),
]
NOT_THAT = [
    ("450", "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more; rate limited"),
    ("451", "4.7.1 Greylisted, please try again in 300 seconds, rate limit"),
    ("452", "4.2.2 mailbox full"),
    ("450", "4.1.1 user unknown for now"),
    ("550", "5.7.1 rate limited"),
    ("550", "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages"),
    ("552", "5.2.2 Mailbox limit exceeded"),
    ("451", "4.3.0 temporary problem, generate a ticket"),
]


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(("code", "text"), TOO_FAST)
def test_a_reply_that_asks_for_less_burns_no_attempt(code: str, text: str, stage: Stage) -> None:
    assert throttled(code, text)
    ruling = ruling_on(Reply(int(code), text), stage)
    assert (ruling.verdict, ruling.scope) == (Verdict.NOT_SENT, Scope.RATE)


@pytest.mark.parametrize(("code", "text"), NOT_THAT)
def test_a_refusal_of_one_recipient_is_no_such_reply(code: str, text: str) -> None:
    assert not throttled(code, text)
