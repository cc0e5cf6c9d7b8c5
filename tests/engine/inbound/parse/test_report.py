"""Reports of many mail systems that carry no fields, each by its shape: who failed, and whether for good."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from engine.inbound.parse import parse
from engine.inbound.parse.mail import ParsedMail

DAEMON = "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>\nTo: ada@example.com\n"
COPY = "\nFrom: Ada <ada@example.com>\nTo: bo@example.org\nSubject: Your week\nMessage-ID: <m1@example.com>\n\nhello\n"

REPORTS = sorted((Path(__file__).parents[3] / "corpus" / "reports").glob("*.eml"))
NAMES = [path.stem for path in REPORTS]


def read(text: str) -> ParsedMail:
    return parse((DAEMON + text).encode())


@pytest.mark.parametrize("path", REPORTS, ids=NAMES)
def test_the_failed_recipient_of_a_report_is_found(path: Path) -> None:
    mail = parse(path.read_bytes())

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]
    assert mail.bounce.permanent is path.stem.endswith(".lasting")


@pytest.mark.parametrize("path", REPORTS, ids=NAMES)
def test_a_report_is_read_as_well_where_the_copy_is_an_attachment(path: Path) -> None:
    head, _, body = path.read_text("utf-8").partition("\n\n")
    fields = [line for line in head.split("\n") if not line.lower().startswith("content-type")]
    raw = "\n".join(fields) + "\nContent-Type: multipart/mixed; boundary=zz\n\n--zz\n"
    raw += "Content-Type: text/plain; charset=utf-8\n\n" + body + "\n--zz\n"
    raw += "Content-Type: message/rfc822\n" + COPY + "--zz--\n"

    mail = parse(raw.encode())

    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]
    assert mail.bounce.permanent is path.stem.endswith(".lasting")
    assert mail.bounce.original_message_id == "m1@example.com"


def test_addresses_of_helpers_and_of_the_report_itself_have_not_failed() -> None:
    mail = read(
        "Subject: Undelivered Mail Returned to Sender\n\nFor further assistance, please contact <help@isp.example>\n"
        "or write to postmaster@mx.example.net.\n\n<bo@example.org>: host mx.example.org said: 550 "
        "<bo@example.org>: User "
        "unknown\n"
    )

    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]


def test_a_list_address_in_the_returned_mail_is_not_the_one_that_failed() -> None:
    mail = read(
        "Subject: Mail could not be delivered\nContent-Type: multipart/mixed; boundary=zz\n\n--zz\n\nThe "
        "following mail "
        "could not be delivered. Reason: exceeded maximum delivery attempts.\n--zz\nContent-Type: message/rfc822\n\n"
        "From: ada@example.com\nTo: team@lists.example.com\nList-Id: <team.lists.example.com>\nMessage-ID: "
        "<m1@x.example>\n"
        "\nhi\n--zz--\n"
    )

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert mail.bounce.recipients == ()
    assert mail.bounce.original_message_id == "m1@x.example"


def test_a_report_that_still_tries_is_a_delay() -> None:
    mail = read(
        "Subject: Warning: could not send message for past 4 hours\n\n    **      THIS IS A WARNING MESSAGE "
        "ONLY      **\n"
        "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n\n   ----- Transcript of session follows -----\n"
        "<bo@example.org>... Deferred: Connection timed out with mx.example.org.\nWarning: message still undelivered "
        "after 4 hours\nWill keep trying until message is 5 days old\n"
    )

    assert mail.kind == "delay"
    assert mail.bounce is not None
    assert mail.bounce.permanent is False


@pytest.mark.parametrize(
    "text",
    [
        "Subject: Delivery failed for one customer\n\nBo at bo@example.org could not be reached by the courier.\n",
        (
            "Subject: Re: Undelivered Mail Returned to Sender\nIn-Reply-To: <a@b>\n\nThat address, "
            "bo@example.org, is wrong.\n"
        ),
        "Subject: Fwd: failure notice\n\nWhat does this mean for bo@example.org? It says user unknown.\n",
        "Subject: mailbox full of ideas\n\nbo@example.org and I could not meet, we failed to find a room.\n",
    ],
)
def test_people_may_write_about_failed_deliveries(text: str) -> None:
    mail = parse(b"From: Ada <ada@example.com>\nTo: r+t@in.example.net\n" + text.encode())

    assert mail.kind not in ("bounce", "delay")
    assert mail.reply_text.strip()


def test_whoever_writes_to_an_envelope_sender_with_such_a_subject_is_a_report() -> None:
    mail = parse(
        b"From: gateway@example.org\nTo: post-bounces@in.example.net\nSubject: RE: Your week : non remis (delivery "
        b"failed)\n\nYour message could not be delivered to\nbo@example.org\n"
    )

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]


@pytest.mark.parametrize(
    "body",
    [
        b"-" * 60_000,
        b"_ " * 30_000,
        b"x" * 90_000,
        b"a b " * 20_000,
        b"original address:" * 5_000,
        b"<" * 60_000,
        (b"-" * 1_400 + b"\n") * 60,
        (b"bo" * 700 + b"\n") * 60,
        b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"y" * 60_000),
    ],
)
def test_a_report_of_one_endless_line_costs_little(body: bytes) -> None:
    blank = b"" if body.startswith(b"Content-") else b"\n"
    raw = (
        DAEMON.encode() + b"Return-Path: <>\nSubject: failed\n" + blank + body + b"\nfailed addresses follow:\n" + body
    )
    start = time.process_time()

    mail = parse(raw)

    assert time.process_time() - start < 8.0
    assert mail.automatic


def test_a_report_of_nothing_but_blank_lines_is_read_at_once() -> None:
    raw = DAEMON + "Subject: Undelivered Mail\nContent-Type: message/delivery-status\n\n" + "\n" * 96 * 1024
    start = time.process_time()

    mail = parse(raw.encode())

    assert time.process_time() - start < 2.0  # about 0.2 s; each blank line begins a part, and their reader took 8 s
    assert mail.automatic
