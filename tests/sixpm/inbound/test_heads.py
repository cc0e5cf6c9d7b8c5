"""What a header says of a mail's journey, and what it may say wrongly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sixpm.inbound import heads

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
RECEIVED = b"Received: from a by b\r\n\twith ESMTP id 1;\r\n\tMon, 2 Mar 2026 19:00:00 +0100\r\n"
EARLIER = b"Received: from c by a; Mon, 2 Mar 2026 17:00:00 +0000\r\n"
DATE = b"Date: Sun, 1 Mar 2026 08:00:00 -0500\r\n"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (RECEIVED + EARLIER + DATE, datetime(2026, 3, 2, 18, 0, tzinfo=UTC)),
        (DATE, datetime(2026, 3, 1, 13, 0, tzinfo=UTC)),
        (b"Received: from a by b; some day\r\n" + DATE, datetime(2026, 3, 1, 13, 0, tzinfo=UTC)),
        (b"Received: from a by b; Mon, 2 Mar 2099 19:00:00 +0100\r\n" + DATE, datetime(2026, 3, 1, 13, 0, tzinfo=UTC)),
        (b"Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n", WRITTEN),
        (b"Date: Mon, 99 Foo 2026 99:00:00 +9999\r\n", WRITTEN),
        (b"Date: Mon, 2 Mar 2026 17:00:00\r\n", datetime(2026, 3, 2, 17, 0, tzinfo=UTC)),
        (b"Subject: none\r\n", WRITTEN),
        (b"Subject: x\r\n\r\n" + DATE, WRITTEN),
    ],
)
def test_a_mail_arrived_when_its_last_server_says_else_when_it_was_written(fields: bytes, expected: datetime) -> None:
    raw = fields + b"Subject: y\r\n\r\nwords\r\n"

    assert heads.received(heads.head(raw), WRITTEN.timestamp(), NOW) == expected


def test_a_file_from_the_future_arrived_now() -> None:
    assert heads.received(b"", NOW.timestamp() + 86400, NOW) == NOW


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (b"Delivered-To: r+x@reply.test\r\n", True),
        (b"X-Original-To:\r\n r+x@reply.test\r\n", True),
        (b"envelope-to: r+x@reply.test\r\n", True),
        (b"To: r+x@reply.test\r\n", False),
        (b"Delivered-To: \r\nTo: x@y\r\n", False),
        (b"Subject: x\r\n\r\nDelivered-To: r+x@reply.test\r\n", False),
    ],
)
def test_only_a_servers_own_field_names_the_recipient(fields: bytes, named: bool) -> None:
    assert heads.names_recipient(heads.head(fields + b"\r\nwords")) is named


def test_the_envelope_sender_is_the_return_path() -> None:
    assert heads.envelope_sender(b"Return-Path: <ada@example.org>\r\nSubject: x") == "ada@example.org"
    assert heads.envelope_sender(b"Return-Path: <>\r\nSubject: x") == ""
    assert heads.envelope_sender(b"Subject: x") == ""


def test_a_header_without_end_costs_no_more_than_its_first_bytes() -> None:
    assert len(heads.head(b"X: " + b"y\r\n " * 1_000_000)) <= heads.HEAD
