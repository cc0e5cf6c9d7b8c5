"""A person whose words or subject look like a robot's is a person: nobody is called automatic for what they write."""

from __future__ import annotations

import base64

import pytest

from engine.inbound.parse import parse

PERSON = b"From: Bo <bo@example.org>\nTo: r+t@in.example.net\n"


@pytest.mark.parametrize(
    "subject",
    [
        "Im Urlaub",
        "Vacation",
        "Absence: who covers?",
        "Ausente hoje",
        "不在",
        "Auto: Reifen wechseln",
        "Re: OOO next week",
        "Out of office next week",
        "I am out of the office",
        "On leave tomorrow",
        "Away from the office on Monday",
        "Autoreply tests",
        "Automatic reply feature done",
        "Auto reply to customers",
        "Im Urlaub ab Montag",
        "En vacances la semaine prochaine",
        "В отпуске с понедельника",
        "自动回复功能",
        "自動返信の実装",
    ],
)
@pytest.mark.parametrize("answers", [b"", b"In-Reply-To: <prompt-1@in.example.net>\n"])
def test_a_persons_word_about_an_absence_is_a_persons(subject: str, answers: bytes) -> None:
    raw = f"Subject: =?utf-8?B?{base64.b64encode(subject.encode()).decode()}?=\n".encode()

    assert parse(PERSON + answers + raw + b"\nI am away next week, Ann covers.\n").kind in ("human", "reply")


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Delivery failure on staging", "The delivery to <jo@example.org> failed with 550 5.1.1 user unknown, fixed."),
        ("Mail delivery failed again", "Jo, the mail server is down: 421 try again later."),
        ("Re: Delivery failed", "<jo@example.org> 550 5.1.1 user unknown now gets a bounce."),
        ("Failure notice page done", "550 is shown now."),
        ("User unknown error fixed", "550 5.1.1 is caught."),
        ("Undeliverable parcels", "Three of them, 550 in all."),
        ("Mailbox full on the test server", "452 4.2.2 over quota for jo@example.org."),
        ("Spam complaints this week", "Feedback-Type: abuse in each of the three."),
        ("Verification required for login", "The page asks for it now."),
        ("Please confirm your plan", "For Monday."),
        ("Read: the new book", "It is about parsers."),
        ("Accepted: the proposal", "The client did."),
        ("Message rejected by QA", "They want other words."),
        ("退信处理", "550 完成了。"),
    ],
)
@pytest.mark.parametrize("answers", [b"", b"In-Reply-To: <prompt-1@in.example.net>\n"])
def test_a_persons_words_about_the_work_of_robots_are_a_persons(subject: str, text: str, answers: bytes) -> None:
    head = (
        f"Subject: =?utf-8?B?{base64.b64encode(subject.encode()).decode()}?=\nContent-Type: text/plain; charset=utf-8"
    )

    mail = parse(PERSON + answers + head.encode() + b"\n\n" + text.encode() + b"\n")

    assert (mail.automatic, mail.reply_text.strip()) == (False, text)


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (b"delivery-status", b"Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\n"),
        (b"feedback-report", b"Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n"),
        (b"disposition-notification", b"Disposition: automatic-action/MDN-sent-automatically; deleted\n"),
    ],
)
def test_a_report_that_a_person_attaches_leaves_the_mail_a_persons(kind: bytes, part: bytes) -> None:
    report = b"multipart/report; report-type=" + kind + b"; boundary=c\n\n--c\n\nfailed\n--c\nContent-Type: message/"
    shown = b"From: MAILER-DAEMON@mx.example.org\nSubject: Undelivered Mail\nContent-Type: " + report + kind

    mail = parse(
        PERSON + b"Subject: Look at this\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nI mended this one.\n--b\n"
        b"Content-Type: message/rfc822\n\n" + shown + b"\n\n" + part + b"\n--c--\n--b--\n"
    )  # fmt: skip

    assert (mail.kind, mail.reply_text.strip()) == ("human", "I mended this one.")
