"""Reports of many mail systems that carry no fields, each by its shape: who failed, and whether for good."""

from __future__ import annotations

import pytest

from engine.inbound.parse import parse
from engine.inbound.parse.mail import ParsedMail

DAEMON = "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>\nTo: ada@example.com\n"
COPY = "\nFrom: Ada <ada@example.com>\nTo: bo@example.org\nSubject: Your week\nMessage-ID: <m1@example.com>\n\nhello\n"

SHAPES: dict[str, tuple[str, bool]] = {
    "qmail": (
        "Subject: failure notice\n\nHi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to "
        "deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't "
        "work out.\n\n<bo@example.org>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 no such user\n"
        "\n--- Below this line is a copy of the message.\n\nReturn-Path: <ada@example.com>" + COPY,
        True,
    ),
    "sendmail 5": (
        "Subject: Returned mail: User unknown\n\n   ----- Transcript of session follows -----\n"
        "While talking to mx.example.org:\n>>> RCPT To:<bo@example.org>\n<<< 550 <bo@example.org>... User unknown\n"
        "550 <bo@example.org>... User unknown\n\n   ----- Unsent message follows -----\n"
        "Received: from localhost by mx.example.net; Tue, 3 Mar 2026 10:00:00 +0000" + COPY,
        True,
    ),
    "sendmail 8 without fields": (
        "Subject: Returned mail: see transcript for details\n\nThe original message was received at Tue, 3 Mar 2026 "
        "10:00:00 GMT\nfrom localhost\n\n   ----- The following addresses had permanent fatal errors -----\n"
        "<bo@example.org>\n    (reason: 552 5.2.2 Mailbox full)\n\n   ----- Transcript of session follows -----\n"
        "... while talking to mx.example.org.:\n<<< 552 5.2.2 Mailbox full\n",
        True,
    ),
    "exim": (
        "Subject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail "
        "delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This "
        "is a permanent error. The following address(es) failed:\n\n  bo@example.org\n    SMTP error from remote mail "
        "server after RCPT TO:<bo@example.org>:\n    host mx.example.org [192.0.2.2]: 550 unrouteable address\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\nReturn-path: <ada@example.com>"
        + COPY,
        True,
    ),
    "1&1": (
        "Subject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail "
        "delivery software.\n\nA message that you sent could not be delivered to one or more of\nits recipients. The "
        "following addresses failed:\n\nbo@example.org:\nSMTP error from remote server for TEXT command, host: "
        "mx.example.org (192.0.2.2) reason: 550 5.2.0 Mail rejected\n\n--- The header of the original message is "
        "following. ---\n\nReceived: from x" + COPY,
        True,
    ),
    "smail": (
        "Subject: mail failed, returning to sender\n\n|------------------------- Message log follows: "
        "-------------------------|\n no valid recipients were found for this message\n|------------------------- Failed "
        "addresses follow: ---------------------|\n <bo@example.org>\n   552 5.2.2 <bo@example.org> Quota exceeded\n"
        "|------------------------- Message header follows: ----------------------|\nReceived: from a" + COPY,
        True,
    ),
    "james": (
        "Subject: [BOUNCE]\n\nHi. This is the James mail server at mx.example.net.\nI'm afraid I wasn't able to deliver "
        "your message to the following addresses.\nThis is a permanent error; I've given up.\n\nError message below:\n"
        "550 - Requested action not taken: no such user here\n\nMessage details:\n  Subject: Your week\n  Sent date: Tue "
        "Mar 03 10:00:00 GMT 2026\n  MAIL FROM: ada@example.com\n  RCPT TO: bo@example.org\n  From: Ada <ada@example.com>\n"
        "  To: bo@example.org\n  Size (in bytes): 1024\n",
        True,
    ),
    "exchange 5.5": (
        "Subject: Undeliverable: Your week\n\nYour message\n\n  To:      Bo\n  Subject: Your week\n  Sent:    Tue, 3 Mar "
        "2026 10:00:00 +0000\n\ndid not reach the following recipient(s):\n\nbo@example.org on Tue, 3 Mar 2026 10:00:01 "
        "+0000\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=us;a= ;p=example;l=MX\n"
        "    MSEXCH:IMS:EXAMPLE:NET:MX 0 (000C05A6) Unknown Recipient\n",
        True,
    ),
    "domino": (
        "Subject: DELIVERY FAILURE: User bo (bo@example.org) not listed in Domino Directory\n\nYour message\n\n  Subject: "
        "Your week\n\nwas not delivered to:\n\n  bo@example.org\n\nbecause:\n\n  User bo (bo@example.org) not listed in "
        "Domino Directory\n",
        True,
    ),
    "notes": (
        "Subject: DELIVERY FAILURE: User not listed\n\n------- Failure Reasons  --------\n\nUser not listed in public "
        "Name & Address Book\nbo@example.org\n\n------- Returned Message --------\n\nReceived: from x" + COPY,
        True,
    ),
    "mailmarshal": (
        'Subject: Undeliverable Mail: "Your week"\n\nYour message:\n   From:    ada@example.com\n   Subject: Your week\n\n'
        "Could not be delivered because of\n\n550 5.1.1 User unknown\n\nThe following recipients were affected:\n"
        "    bo@example.org\n\nAdditional Information\n======================\nOriginal Sender:    <ada@example.com>\n"
        "Sender-MTA:         <192.0.2.3>\nReporting-MTA:      <mx.example.net>\n",
        True,
    ),
    "interscan": (
        "Subject: Mail could not be delivered\n\nSent <<< RCPT TO:<bo@example.org>\nReceived >>> 550 5.1.1 "
        "<bo@example.org>... user unknown\n",
        True,
    ),
    "interscan in words": (
        "Subject: Mail could not be delivered\n\nUnable to deliver message to <bo@example.org>\n\n*** end of message ***\n",
        True,
    ),
    "active hunter": (
        "Subject: FAILURE NOTICE :\n\n  ----- The following addresses had permanent fatal errors -----\n\n>>> bo "
        "<bo@example.org>\n\n  ----- Transcript of session follows -----\n550 sorry, no mailbox here by that name\n",
        True,
    ),
    "gmail of old": (
        "Subject: Delivery Status Notification (Failure)\nX-Failed-Recipients: bo@example.org\n\nDelivery to the following "
        "recipient failed permanently:\n\n     bo@example.org\n\nTechnical details of permanent failure: \nGoogle tried to "
        "deliver your message, but it was rejected by the recipient domain. The error that the other server returned was: "
        "550 550 Unknown user bo@example.org (state 14).\n\n   ----- Original message -----\n\nMIME-Version: 1.0\n",
        True,
    ),
    "x400 gateway": (
        "Subject: Delivery Report (failure) for bo@example.org\n\nThis report relates to your message:\nSubject: Your "
        "week,\n\tTo: bo@example.org\n\nof Tue, 3 Mar 2026 10:00:00 +0000\n\nYour message was not delivered to:\n"
        "\tbo@example.org\nfor the following reason:\n\tRecipient's Mailbox unavailable\n",
        True,
    ),
    "mobile carrier": (
        "Subject: Undeliverable Message\n\nError: 550 - Requested action not taken: no such user here\n\nMessage "
        "details:\n  Subject: Your week\n  MAIL FROM: ada@example.com\n  RCPT TO: bo@example.org\n",
        True,
    ),
    "japanese carrier": (
        "Subject: =?iso-2022-jp?B?GyRCJWEhPCVrJSglaSE8RExDThsoQg==?=\nContent-Type: text/plain; charset=utf-8\n\n"
        "次のあて先へのメッセージはエラーのため送信できませんでした。\n\n送信先メールアドレスが見つかりません。\n<bo@example.org>\n",
        True,
    ),
    "german host": (
        "Subject: Unzustellbar: Ihre Woche\nContent-Type: text/plain; charset=utf-8\n\nIhre Nachricht konnte nicht "
        "zugestellt werden an:\n\n  bo@example.org\n\nGrund: Empfänger unbekannt\n",
        True,
    ),
    "russian host": (
        "Subject: =?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=\n"
        "Content-Type: text/plain; charset=utf-8\n\nПисьмо не доставлено следующим получателям:\n\nbo@example.org\n"
        "Причина: пользователь не найден\n",
        True,
    ),
    "mailbox full for now": (
        "Subject: Delivery failure\n\nYour message to bo@example.org could not be delivered.\n452 4.2.2 The email account "
        "is over quota, try again later\n",
        False,
    ),
    "busy host": (
        "Subject: Undelivered Mail\n\n<bo@example.org>: connect to mx.example.org[192.0.2.2]:25: Connection timed out\n",
        False,
    ),
    "zoho": (
        "Subject: Undelivered Mail Returned to Sender\n\nThis message was created automatically by mail delivery "
        "software.\n\nbo@example.org Error, ERROR_CODE :550, ERROR_CODE :5.1.1, no such user\n\n\nMessage-ID:<m1@example.com>\n"
        'Date:Tue, 3 Mar 2026 10:00:00 +0000\nFrom:"Ada" <ada@example.com>\nUser-Agent:Zoho Mail\nTo:<bo@example.org>\n'
        "Subject:Your week\n\nhello\n",
        True,
    ),
}


def read(text: str) -> ParsedMail:
    return parse((DAEMON + text).encode())


@pytest.mark.parametrize("shape", SHAPES)
def test_the_failed_recipient_of_a_report_is_found(shape: str) -> None:
    text, permanent = SHAPES[shape]

    mail = read(text)

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]
    assert mail.bounce.permanent is permanent


@pytest.mark.parametrize("shape", SHAPES)
def test_a_report_is_read_as_well_where_the_copy_is_an_attachment(shape: str) -> None:
    text, permanent = SHAPES[shape]
    head, _, body = text.partition("\n\n")
    fields = [line for line in head.split("\n") if not line.lower().startswith("content-type")]
    raw = (
        DAEMON + "\n".join(fields) + "\nContent-Type: multipart/mixed; boundary=zz\n\n--zz\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
        + body
        + "\n--zz\nContent-Type: message/rfc822\n"
        + COPY
        + "--zz--\n"
    )

    mail = parse(raw.encode())

    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]
    assert (mail.bounce.permanent, mail.bounce.original_message_id) == (permanent, "m1@example.com")


def test_addresses_of_helpers_and_of_the_report_itself_have_not_failed() -> None:
    mail = read(
        "Subject: Undelivered Mail Returned to Sender\n\nFor further assistance, please contact <help@isp.example>\n"
        "or write to postmaster@mx.example.net.\n\n<bo@example.org>: host mx.example.org said: 550 <bo@example.org>: User "
        "unknown\n"
    )

    assert mail.bounce is not None
    assert [item.address for item in mail.bounce.recipients] == ["bo@example.org"]


def test_a_list_address_in_the_returned_mail_is_not_the_one_that_failed() -> None:
    mail = read(
        "Subject: Mail could not be delivered\nContent-Type: multipart/mixed; boundary=zz\n\n--zz\n\nThe following mail "
        "could not be delivered. Reason: exceeded maximum delivery attempts.\n--zz\nContent-Type: message/rfc822\n\n"
        "From: ada@example.com\nTo: team@lists.example.com\nList-Id: <team.lists.example.com>\nMessage-ID: <m1@x.example>\n"
        "\nhi\n--zz--\n"
    )

    assert mail.kind == "bounce"
    assert mail.bounce is not None
    assert mail.bounce.recipients == ()
    assert mail.bounce.original_message_id == "m1@x.example"


def test_a_report_that_still_tries_is_a_delay() -> None:
    mail = read(
        "Subject: Warning: could not send message for past 4 hours\n\n    **      THIS IS A WARNING MESSAGE ONLY      **\n"
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
        "Subject: Re: Undelivered Mail Returned to Sender\nIn-Reply-To: <a@b>\n\nThat address, bo@example.org, is wrong.\n",
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
