"""What is counted of the servers that passed a mail on."""

from __future__ import annotations

import pytest

from engine.inbound.retrieve.trace import hops

HOP = b"Received: from a by b; Sun, 22 Nov 2026 09:00:00 +0000\r\n"


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_the_servers_of_mails_inside_a_mail_are_not_its_own(newline: bytes) -> None:
    raw = HOP * 3 + b"Subject: a digest of forwarded mails\r\n\r\n" + HOP * 200

    assert hops(raw.replace(b"\r\n", newline)) == 3


def test_a_mail_of_fields_alone_is_counted_whole() -> None:
    assert hops(HOP * 101) == 101
