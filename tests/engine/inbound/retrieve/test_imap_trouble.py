"""What goes wrong with mailboxes, as people read it, and for how long it is then left alone."""

from __future__ import annotations

import ssl

import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError
from sqlalchemy.exc import OperationalError

from engine.inbound.retrieve import imap_trouble
from engine.inbound.retrieve.imap_fetch import slices
from engine.inbound.retrieve.imap_line import Head
from engine.inbound.retrieve.imap_url import Box

BOX = Box("ada", "hunter2", "mail.test", 993, True, "INBOX")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LoginError("b'[AUTHENTICATIONFAILED] Invalid credentials (Failure)'"), "login"),
        (LoginError("b'LOGIN failed.'"), "login"),
        (LoginError("[UNAVAILABLE] Temporary authentication failure. [mail.test:2026]"), "refused"),
        (LoginError("[LIMIT] Rate limit hit"), "busy"),
        (IMAPClientError("select failed: [THROTTLED]"), "busy"),
        (IMAPClientAbortError("command: FETCH => Request is throttled. Suggested Backoff Time: 2000"), "busy"),
        (IMAPClientAbortError("socket error: EOF"), "network"),
        (TimeoutError("timed out"), "network"),
        (ConnectionRefusedError("[Errno 111] Connection refused"), "network"),
        (ssl.SSLCertVerificationError("certificate verify failed"), "secure"),
        (IMAPClientError("fetch failed: NO"), "refused"),
        (OperationalError("", {}, Exception("too many clients already")), "database"),
        (ValueError("something of ours"), "refused"),
    ],
)
def test_each_trouble_has_its_kind(error: Exception, kind: str) -> None:
    found = imap_trouble.judge(error, BOX)

    assert found.kind == kind
    assert "b'" not in str(found)


def test_words_of_the_server_that_repeat_the_password_lose_it() -> None:
    assert "hunter2" not in str(imap_trouble.judge(LoginError("no user ada with hunter2"), BOX))


@pytest.mark.parametrize("kind", list(imap_trouble.PAUSES))
def test_pauses_grow_to_their_bound(kind: str) -> None:
    first, most = imap_trouble.PAUSES[kind]

    assert 0.75 * first <= imap_trouble.pause(kind, 1) <= 1.25 * first
    assert 0.75 * most <= imap_trouble.pause(kind, 500) <= 1.25 * most
    assert len({imap_trouble.pause(kind, 3) for _ in range(20)}) > 1, "two processes that fail together come back apart"


def test_slices_are_bounded_by_count_and_bytes_and_keep_the_order() -> None:
    heads = [Head(uid, size, None) for uid, size in enumerate([10, 10, 10, 90, 300, 10, 10], 1)]

    found = [[head.uid for head in part] for part in slices(heads, most=3, size=100)]

    assert found == [[1, 2, 3], [4], [5], [6, 7]]
