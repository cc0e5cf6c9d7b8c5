"""People, robots, reports and forwards are told apart."""

from __future__ import annotations

import pytest

from engine.inbound.parse import ROBOTS, parse

REPORT = (
    b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: bounce+t0ken@in.example.net\nSubject: Undelivered Mail\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry.\n"
    b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
    b"Final-Recipient: rfc822; bo@example.org\nAction: %s\nStatus: %s\nDiagnostic-Code: smtp; %s\n\n"
    b"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <orig@example.net>\nTo: bo@example.org\n\n--b--\n"
)


@pytest.mark.parametrize(
    ("action", "status", "kind", "permanent"),
    [
        (b"failed", b"5.1.1", "bounce", True),
        (b"failed", b"4.4.7", "bounce", False),
        (b"delayed", b"4.4.1", "delay", False),
    ],
)
def test_a_delivery_report_names_recipient_and_lasting(
    action: bytes, status: bytes, kind: str, permanent: bool
) -> None:
    mail = parse(REPORT % (action, status, b"550 no such user"))

    assert (mail.kind, mail.automatic) == (kind, True)
    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]
    assert (mail.bounce.permanent, mail.bounce.original_message_id) == (permanent, "orig@example.net")


def test_a_bounce_without_fields_is_read_from_its_text() -> None:
    mail = parse(
        b"From: Mail Delivery System <mailer-daemon@mx.example.org>\nSubject: Delivery failed\n\n"
        b"The following address failed:\n\n  <bo@example.org>: 550 5.1.1 user unknown\n\n"
        b"--- Below this line is a copy of the message.\n\nFrom: us@example.net\nTo: bo@example.org\n"
    )

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]
    assert mail.bounce.permanent is True


def test_a_feedback_report_is_a_complaint() -> None:
    mail = parse(
        b"From: fbl@example.org\nSubject: report\n"
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        b"--b\n\nabuse\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        b"Original-Rcpt-To: bo@example.org\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <o@x>\n\nhi\n--b--\n"
    )

    assert mail.kind == "complaint"
    assert mail.complaint is not None
    assert (mail.complaint.feedback_type, mail.complaint.recipient) == ("abuse", "bo@example.org")
    assert mail.complaint.original_message_id == "o@x"


@pytest.mark.parametrize(
    "header",
    [
        b"Auto-Submitted: auto-replied",
        b"Auto-Submitted: auto-generated (vacation)",
        b"X-Autoreply: yes",
        b"Precedence: auto_reply",
        b"X-Apple-Action: vacation",
        b"Subject: Automatic reply: away",
        b"Subject: Abwesenheitsnotiz: Urlaub",
        b"Return-Path: <>\nSubject: Out of office until Monday",
    ],
)
def test_automatic_answers_are_robots(header: bytes) -> None:
    assert parse(header + b"\nFrom: bo@example.org\n\nI am away.\n").kind == "autoreply"


@pytest.mark.parametrize(
    "header",
    [
        b"Auto-Submitted: no",
        b"X-Auto-Response-Suppress: All",
        b"Subject: Vacation plans",
        b"Subject: Re: Automatic reply",
        b"Subject: Out of office coffee machine",
        b"Subject: delivery delayed, sorry\nIn-Reply-To: <a@b>",
    ],
)
def test_people_are_never_called_automatic(header: bytes) -> None:
    mail = parse(header + b"\nFrom: bo@example.org\n\nI wrote the tests.\n")

    assert mail.kind not in ROBOTS
    assert mail.reply_text.strip() == "I wrote the tests."


def test_a_challenge_is_told_from_a_person() -> None:
    assert parse(b"Subject: Please confirm your message\nFrom: guard@example.org\n\nClick here").kind == "challenge"


def test_list_mail_is_human_text_that_wants_no_answer() -> None:
    mail = parse(b"List-Id: <team.example.org>\nFrom: bo@example.org\nSubject: x\n\nhello")

    assert (mail.kind, mail.no_answer, mail.automatic) == ("list", True, False)


def test_our_own_address_is_a_loop_mark() -> None:
    mail = parse(b"From: prompt@in.example.net\nX-Loop: a\n\nhello", frozenset({"in.example.net"}))

    assert mail.loop_headers == ("x-loop: a", "own-address")


def test_a_forward_says_whose_it_was_and_what_was_written_above() -> None:
    mail = parse(
        "From: Ada <ada@example.org>\nSubject: WG: Zahlen\nContent-Type: text/plain; charset=utf-8\n\nZur Kenntnis\n\n"
        "Von: Bo Meyer <bo@example.org>\nGesendet: Dienstag, 3. März 2026 18:00\nAn: Ada\nBetreff: Zahlen\n\n"
        "Hier sind sie.\n".encode()
    )

    assert mail.kind == "forward"
    assert mail.reply_text == "Zur Kenntnis"
    assert mail.forward is not None
    assert mail.forward.original_from is not None
    assert (mail.forward.original_from.address, mail.forward.original_subject) == ("bo@example.org", "Zahlen")
    assert mail.forward.body == "Hier sind sie."


def test_a_reply_with_a_header_block_is_no_forward() -> None:
    mail = parse(
        b"From: Ada <ada@example.org>\nSubject: RE: numbers\n\nDone\n\nFrom: Bo <bo@example.org>\n"
        b"Sent: Tuesday, March 3, 2026\nTo: Ada\nSubject: numbers\n\nPlease.\n"
    )

    assert (mail.kind, mail.forward, mail.reply_text) == ("reply", None, "Done")
