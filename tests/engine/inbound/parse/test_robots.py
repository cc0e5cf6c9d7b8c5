"""What no person wrote is told by its kind: receipts, calendars, absences, complaints, challenges, notices."""

from __future__ import annotations

import base64
import json

import pytest

from engine.inbound.parse import parse

PERSON = b"From: Bo <bo@example.org>\nTo: r+t@in.example.net\n"
CALENDAR = b"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:%s\nBEGIN:VEVENT\nSUMMARY:Sync\nEND:VEVENT\nEND:VCALENDAR\n"


def invitation(method: bytes, disposition: bytes = b"", outer: bytes = b"alternative") -> bytes:
    return (
        PERSON + b"Subject: Accepted: Sync\nContent-Type: multipart/" + outer + b"; boundary=b\n\n--b\n\nYes.\n--b\n"
        b"Content-Type: text/calendar; charset=utf-8; method=" + method + b"\n" + disposition + b"\n"
        + CALENDAR % method + b"--b--\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (b"REPLY", "meeting-response"),
        (b"COUNTER", "meeting-response"),
        (b"REQUEST", "meeting-request"),
        (b"CANCEL", "meeting-request"),
    ],
)
def test_the_mail_of_a_calendar_is_no_answer_of_a_person(method: bytes, reason: str) -> None:
    mail = parse(invitation(method))

    assert (mail.kind, mail.reasons, mail.automatic) == ("autoreply", (reason,), True)


def test_a_calendar_that_is_the_whole_mail_is_read_by_its_own_method() -> None:
    mail = parse(PERSON + b"Subject: Declined: Sync\nContent-Type: text/calendar\n\n" + CALENDAR % b"REPLY")

    assert (mail.kind, mail.reasons) == ("autoreply", ("meeting-response",))
    assert [item.content_type for item in mail.attachments] == ["text/calendar"]


def test_a_calendar_file_beside_words_leaves_them_a_persons() -> None:
    mail = parse(invitation(b"REQUEST", b"Content-Disposition: attachment; filename=sync.ics\n", b"mixed"))

    assert (mail.kind, mail.reply_text.strip()) == ("human", "Yes.")
    assert [item.name for item in mail.attachments] == ["sync.ics"]


def notification(disposition: bytes, text: bytes = b"Your message was read.") -> bytes:
    return (
        PERSON + b"Subject: Read: Your week\n"
        b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
        b"--b\n\n" + text + b"\n--b\n"
        b"Content-Type: message/disposition-notification\n\nReporting-UA: mail.example.org\n"
        b"Final-Recipient: rfc822;bo@example.org\nOriginal-Message-ID: <m1@example.com>\nDisposition: "
        + disposition + b"\n\n--b--\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    "disposition",
    [
        b"manual-action/MDN-sent-manually; displayed",
        b"automatic-action/MDN-sent-automatically; displayed",
        b"manual-action/MDN-sent-manually; deleted",
    ],
)
def test_a_receipt_of_reading_is_automatic(disposition: bytes) -> None:
    mail = parse(notification(disposition))

    assert (mail.kind, mail.reasons) == ("autoreply", ("read-receipt",))


def test_a_mailbox_that_refuses_by_a_receipt_has_bounced() -> None:
    text = b"Your message to <bo@example.org> was automatically rejected:\nQuota exceeded"

    mail = parse(
        notification(b"automatic-action/MDN-sent-automatically; deleted", text).replace(b"Read:", b"Rejected:")
    )

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]


def report(action: bytes, extra: bytes = b"") -> bytes:
    return (
        b"From: MAILER-DAEMON@mx.example.net\nSubject: Delivery Status\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nAbout your mail.\n--b\n"
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n" + extra
        + b"Final-Recipient: rfc822; bo@example.org\nAction: " + action + b"\nStatus: 2.0.0\n\n--b--\n"
    )  # fmt: skip


@pytest.mark.parametrize("action", [b"delivered", b"relayed", b"expanded (to list)", b"Delivered"])
def test_a_receipt_of_delivery_is_automatic_and_no_bounce(action: bytes) -> None:
    mail = parse(report(action))

    assert (mail.kind, mail.reasons, mail.bounce) == ("autoreply", ("delivery-receipt",), None)


def test_a_report_of_one_arrived_and_one_failed_names_the_failed_one() -> None:
    extra = b"Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n\n"

    mail = parse(report(b"delivered", extra))

    assert mail.bounce is not None
    assert [(item.address, item.permanent) for item in mail.bounce.recipients] == [("ann@example.org", True)]


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        (b"Final-Recipient: rfc822; <bo@example.org>", "bo@example.org"),
        (b"Final-Recipient: RFC822;bo@example.org", "bo@example.org"),
        (b"Final-Recipient: bo@example.org", "bo@example.org"),
        (b"Final-Recipient: rfc822; @relay.example.net:bo@example.org", "bo@example.org"),
        (b"Final-Recipient: rfc822; @mx.example.net\nOriginal-Recipient: rfc822;bo@example.org", "bo@example.org"),
        (b"Final-Recipient: LOCAL;/var/spool/bo\nOriginal-Recipient: rfc822;bo@example.org", "bo@example.org"),
        (b"Original-Recipient: rfc822; bo@example.org", "bo@example.org"),
        (b"Original-Recipient: rfc822;bo@example.com\nFinal-Recipient: rfc822;bo@example.org", "bo@example.org"),
        (b"Final-Recipient: utf-8; b\xc3\xb6@example.org", "bö@example.org"),
        (b"final-recipient : rfc822;BO@EXAMPLE.ORG", "bo@example.org"),
    ],
)
def test_recipient_fields_of_every_shape_are_read(fields: bytes, address: str) -> None:
    mail = parse(report(b"failed").replace(b"Final-Recipient: rfc822; bo@example.org", fields))

    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == [address]


@pytest.mark.parametrize(
    ("status", "diagnostic", "code", "permanent"),
    [
        (b"5.1.1", b"smtp; 450 try again", "5.1.1", True),
        (b"4.2.2", b"smtp; 552 full", "4.2.2", False),
        (b"5.0.0", b"smtp; 550 5.7.26 no", "5.7.26", True),
        (b"5.0.0", b"smtp; 452 4.2.2 full", "4.2.2", False),
        (b"", b"smtp; 550 no such user", "5.0.0", True),
        (b"", b"smtp; 421 later", "4.0.0", False),
        (b"", b"x-unix; no such user", "", True),
        (b"", b"x-unix; connection timed out", "", False),
    ],
)
def test_status_comes_before_code_and_code_before_words(
    status: bytes, diagnostic: bytes, code: str, permanent: bool
) -> None:
    field = b"Status: " + status + b"\n" if status else b""
    raw = report(b"failed").replace(b"Status: 2.0.0\n", field + b"Diagnostic-Code: " + diagnostic + b"\n")

    mail = parse(raw)

    assert mail.bounce is not None
    assert (mail.bounce.recipients[0].status, mail.bounce.permanent) == (code, permanent)


def test_where_the_report_says_what_was_written_the_original_address_counts() -> None:
    fields = b"Original-Recipient: rfc822;bo@example.org\nFinal-Recipient: rfc822;BO7@vax.example.org"
    raw = report(b"failed").replace(b"Final-Recipient: rfc822; bo@example.org", fields)
    raw = raw.replace(
        b"About your mail.", b"  Recipient address: BO7@vax.example.org\n  Original address: bo@example.org"
    )

    mail = parse(raw)

    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]


def feedback(sender: bytes, subject: bytes, original: bytes, text: bytes = b"") -> bytes:
    return (
        b"From: " + sender + b"\nSubject: " + subject + b"\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + text
        + b"\n--b\nContent-Type: message/rfc822\n\n" + original + b"To: bo@example.org\n"
        b"Message-ID: <m1@example.com>\n\nhi\n--b--\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        feedback(b"staff@hotmail.com", b"complaint about message", b"X-HmXmrOriginalRecipient: bo@example.org\n"),
        feedback(b"complaints@email-abuse.amazonses.com", b"complaint about message from 192.0.2.1", b""),
        feedback(b"scomp@aol.net", b"Email Feedback Report for IP 192.0.2.1", b"X-Loop: scomp\n"),
        feedback(b"fbl@isp.example", b"FW: Your week", b"", b"This is an email abuse report for an email message"),
        feedback(b"feedback@isp.example", b"report", b"", b"Feedback-Type: abuse\nUser-Agent: X/1\nVersion: 1\n"),
    ],
)  # fmt: skip
def test_complaints_that_follow_no_standard_are_known(raw: bytes) -> None:
    mail = parse(raw)

    assert mail.kind == "complaint"
    assert mail.complaint is not None
    assert (mail.complaint.recipient, mail.complaint.original_message_id) == ("bo@example.org", "m1@example.com")


def test_a_persons_mail_with_another_attached_is_no_complaint() -> None:
    mail = parse(feedback(b"ann@example.org", b"look at this", b"", b"This mail of Bo is odd."))

    assert (mail.kind, mail.reply_text.strip()) == ("human", "This mail of Bo is odd.")


def sns(notice: dict[str, object]) -> bytes:
    body = json.dumps({"Type": "Notification", "Message": json.dumps(notice)})
    note = "\n\n--\nIf you wish to stop receiving notifications from this topic, click the link below.\n"
    return b"From: SES <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n" + (body + note).encode()


def test_a_bounce_notice_of_amazon_by_mail_is_a_bounce() -> None:
    who = {
        "emailAddress": "Bo@Example.org",
        "status": "5.1.1",
        "action": "failed",
        "diagnosticCode": "smtp; 550 5.1.1 no",
    }
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [who]}

    mail = parse(sns({"notificationType": "Bounce", "bounce": bounce, "mail": {"messageId": "m1"}}))

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert [(item.address, item.status) for item in mail.bounce.recipients] == [("bo@example.org", "5.1.1")]
    assert (mail.bounce.permanent, mail.bounce.original_message_id) == (True, "m1")


def test_a_complaint_notice_of_amazon_by_mail_is_a_complaint() -> None:
    said = {"complainedRecipients": [{"emailAddress": "bo@example.org"}], "complaintFeedbackType": "abuse"}

    mail = parse(sns({"notificationType": "Complaint", "complaint": said, "mail": {"messageId": "m1"}}))

    assert mail.kind == "complaint"
    assert mail.complaint is not None
    assert (mail.complaint.feedback_type, mail.complaint.recipient) == ("abuse", "bo@example.org")


@pytest.mark.parametrize("text", ['{"notificationType": 7}', "{" * 5000, '{"Message": "{"}', '{"Message": []}', "{}"])
def test_broken_notices_are_only_text(text: str) -> None:
    assert parse(PERSON + b"\n" + text.encode()).kind == "human"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: Your week", "Automatische Antwort: Ihre Woche", "Réponse automatique : votre semaine",
        "Respuesta automática: tu semana", "Resposta automática: sua semana", "Risposta automatica: la tua settimana",
        "Automatisch antwoord: je week", "Automatisk svar: din uke", "Autosvar: din uge", "Automatiskt svar: din vecka",
        "Automaattinen vastaus: viikkosi", "Odpowiedź automatyczna: twój tydzień", "Automatická odpověď: týden",
        "Automatikus válasz: hét", "Otomatik Yanıt: hafta", "Автоответ: неделя", "Автоматический ответ: неделя",
        "Автоматична відповідь: тиждень", "Răspuns automat: săptămâna", "自動応答: 今週",
        "自动回复：本周", "自動回覆: 本週",
        "자동 회신: 이번 주", "Abwesenheitsnotiz: Urlaub", "Out of Office: Your week", "Auto: Out of office",
        "AUTO: Bo Berg is out of the office (returning 03/05/2026)", "Absence du bureau : votre semaine",
        "Frånvaromeddelande: din vecka", "Fraværsmelding: uken din", "Poissaoloilmoitus: viikko", "מענה אוטומטי: השבוע",
        "رد تلقائي: أسبوعك", "Trả lời tự động: tuần", "Sjálfvirkt svar: vika",
        "Out of office Re: Your week", "[Out of Office] Re: Your week", "I am out of the office Re: Your week",
        "Out of Office AutoReply: Your week", "Away from the office: Re: Your week", "Abwesend: Re: Ihre Woche",
        "Ich bin nicht im Büro: AW: Ihre Woche", "Automatische Abwesenheitsnotiz", "Absent du bureau: Re: semaine",
        "Fuera de la oficina: Re: semana", "Ausência temporária: Re: semana", "Fuori sede: Re: settimana",
        "Afwezigheidsassistent: Re: week", "Frånvarande: Sv: vecka", "Fraværsassistent: Re: uke",
        "Poissa toimistosta: Vs: viikko", "Nieobecność: Re: tydzień", "Mimo kancelář: Re: týden",
        "Házon kívül: Re: hét", "Вне офиса: Re: неделя", "Ofis dışında: Re: hafta", "부재중: Re: 이번 주",
    ],
)  # fmt: skip
def test_absence_is_known_in_many_languages(subject: str) -> None:
    raw = f"Subject: =?utf-8?B?{base64.b64encode(subject.encode()).decode()}?=\n".encode()

    assert parse(PERSON + raw + b"\nI am away.\n").kind == "autoreply"


@pytest.mark.parametrize(
    "field",
    ["X-Autoresponse-From: bo", "X-Example-Auto-Replied: 1", "X-Autogenerated: Reply", "Preference: auto_reply"],
)
def test_a_field_whose_name_says_so_marks_a_robot(field: str) -> None:
    assert parse(PERSON + f"Subject: Re: x\n{field}\n\naway\n".encode()).kind == "autoreply"
    assert parse(PERSON + f"Subject: Re: x\n{field.partition(':')[0]}: no\n\nhere\n".encode()).kind == "reply"


WARNING = """** THIS IS A WARNING MESSAGE ONLY **

 ----- The following addresses had transient non-fatal errors -----
<bo@example.org>

 ----- Transcript of session follows -----
<bo@example.org>... Deferred: Connection timed out with mail.example.org.
Will keep trying until message is 5 days old
"""
DELAYED = """A message that you sent has not yet been delivered to one or more of its
recipients after 24 hours.

The address to which the message has not yet been delivered is:

  bo@example.org

Delivery attempts will continue for some time.
"""


@pytest.mark.parametrize("text", [WARNING, DELAYED])
@pytest.mark.parametrize(
    "subject", ["Warning: could not send message for past 4 hours", "Warning: message 1-2 delayed"]
)
def test_a_warning_of_a_mailer_is_a_delay(subject: str, text: str) -> None:
    mail = parse(f"From: MAILER-DAEMON@mx.example.net\nSubject: {subject}\n\n{text}".encode())

    assert mail.kind == "delay"


def test_a_null_sender_that_wants_no_answer_is_automatic() -> None:
    mail = parse(
        b"Return-Path: <>\nX-Auto-Response-Suppress: All\nSubject: Bo is away\n" + PERSON + b"\nBack on Monday.\n"
    )

    assert (mail.kind, mail.reasons) == ("autoreply", ("null sender",))


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: Please verify your message\n", b"X-Boxbe-Message-Type: challenge\nSubject: Hello\n",
        b"Subject: Sender verification required\n", b"Subject: Your message to bo@example.org requires confirmation\n",
    ],
)  # fmt: skip
def test_a_challenge_is_known(head: bytes) -> None:
    assert parse(head + PERSON + b"\nClick here.\n").kind == "challenge"
