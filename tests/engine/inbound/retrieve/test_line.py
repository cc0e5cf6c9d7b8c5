"""What one connection is offered and what it may do: extensions, STARTTLS, limits."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine.inbound.retrieve import line
from tests.engine.inbound.retrieve.clients import BOUNCE, GOOD, MAIL, OTHER, dialogue, kept, wire
from tests.engine.inbound.world import DOMAIN, listening
from tests.fakes.certificate import self_signed

ENVELOPE = b"MAIL FROM:<ada@example.org>\r\nRCPT TO:<%b>\r\n" % GOOD.encode()


@pytest.fixture
def port(engine_db: Engine) -> Iterator[int]:
    """A listener's port."""
    with listening(engine_db, smtpd_size=200_000) as port:
        yield port


@pytest.fixture
def secured(engine_db: Engine, tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A listener with a certificate, and a context that believes it alone."""
    cert, key = self_signed(tmp_path)
    with listening(engine_db, smtpd_tls_cert=cert, smtpd_tls_key=key) as port:
        yield port, ssl.create_default_context(cafile=str(cert))


def test_a_whole_transaction_in_one_segment_is_taken(engine_db: Engine, port: int) -> None:
    with wire(port) as client:
        offered = client.say(b"EHLO client.example.org")
        client.send(ENVELOPE + b"RCPT TO:<" + OTHER.encode() + b">\r\nDATA\r\n")
        group = [client.reply()[:3] for _ in range(4)]
        client.send(MAIL.replace(b"\r\n.", b"\r\n..") + b".\r\n" + ENVELOPE + b"RSET\r\nQUIT\r\n")
        rest = [client.reply()[:3] for _ in range(5)]

    assert "250-PIPELINING\r\n" in offered
    assert group == ["250", "250", "250", "354"]
    assert rest == ["250", "250", "250", "250", "221"]
    assert [to for _, to, _ in kept(engine_db)] == [[GOOD], [OTHER]]


def test_bdat_is_neither_offered_nor_done(engine_db: Engine, port: int) -> None:
    with dialogue(port) as client:
        assert not client.has_extn("chunking")
        assert not client.has_extn("binarymime")
        assert client.docmd("BDAT 5 LAST")[0] == 500

    assert kept(engine_db) == []


def test_every_reply_after_the_greetings_has_an_enhanced_code(port: int) -> None:
    with wire(port) as client:
        greeting = client.say(b"EHLO client.example.org")
        replies = [
            client.say(command)
            for command in (
                b"NOOP", b"FROB", b"", b"DATA", b"MAIL FROM:<a b>", b"MAIL FROM:<a@b.test> SIZE=999999999",
                b"MAIL FROM:<a@b.test> RET=FULL", b"MAIL FROM:<a@b.test>", b"RCPT TO:<x@elsewhere.test>", b"VRFY x@y",
                b"RSET", b"EXPN x", b"QUIT",
            )
        ]  # fmt: skip

    assert "250-ENHANCEDSTATUSCODES\r\n" in greeting
    assert greeting.endswith("250 HELP\r\n")
    assert [reply for reply in replies if reply[4:6] != f"{reply[0]}."] == []


def test_a_sender_and_words_beyond_ascii_are_taken(engine_db: Engine, port: int) -> None:
    raw = "From: jörg@exämple.test\r\nSubject: Grüße\r\n\r\nFertig ✓\r\n".encode()
    with dialogue(port) as client:
        client.sendmail("jörg@exämple.test", [GOOD], raw, ["SMTPUTF8", "BODY=8BITMIME"])

    [(sender, _, whole)] = kept(engine_db)
    assert sender == "jörg@exämple.test"
    assert whole.startswith("Return-Path: <jörg@exämple.test>\r\n".encode())
    assert whole.endswith(raw)


def test_a_reply_and_a_bounce_address_in_one_mail_are_a_row_each(engine_db: Engine, port: int) -> None:
    with dialogue(port) as client:
        client.sendmail("", [GOOD, BOUNCE], MAIL)

    assert [(sender, to) for sender, to, _ in kept(engine_db)] == [("", [GOOD]), ("", [BOUNCE])]


# STARTTLS


def test_under_tls_a_mail_is_taken_and_nothing_is_offered_that_is_not_done(
    engine_db: Engine, secured: tuple[int, ssl.SSLContext]
) -> None:
    port, context = secured
    with dialogue(port) as client:
        before = dict(client.esmtp_features)
        client.starttls(context=context)
        client.ehlo("client.example.org")
        client.sendmail("ada@example.org", [GOOD], MAIL)

        assert "starttls" in before
        assert not client.has_extn("starttls")
        assert not client.has_extn("auth")
        assert isinstance(client.sock, ssl.SSLSocket)
    assert b"with ESMTPS id" in kept(engine_db)[0][2]


def test_what_was_said_before_tls_is_forgotten(engine_db: Engine, secured: tuple[int, ssl.SSLContext]) -> None:
    port, context = secured
    with dialogue(port) as client:
        client.mail("ada@example.org")
        client.rcpt(GOOD)
        client.starttls(context=context)

        assert client.docmd("MAIL", "FROM:<ada@example.org>")[0] == 503  # EHLO comes first again: RFC 3207 section 4.2
        client.ehlo("client.example.org")
        assert client.docmd("DATA")[0] == 503


def test_commands_slipped_in_behind_starttls_are_not_obeyed(
    engine_db: Engine, secured: tuple[int, ssl.SSLContext]
) -> None:
    port, context = secured
    with dialogue(port) as client:
        assert client.sock is not None
        client.sock.sendall(b"STARTTLS\r\nEHLO attacker.test\r\n" + ENVELOPE)
        assert client.getreply()[0] == 220
        client.sock = context.wrap_socket(client.sock, server_hostname="127.0.0.1")
        client.file = None
        client.ehlo("client.example.org")

        assert client.docmd("DATA")[0] == 503
    assert kept(engine_db) == []


def test_who_speaks_no_tls_after_starttls_is_cut_off_and_harms_nobody(secured: tuple[int, ssl.SSLContext]) -> None:
    port, _ = secured
    with wire(port) as client:
        client.say(b"EHLO client.example.org")
        assert client.say(b"STARTTLS").startswith("220")
        client.send(b"MAIL FROM:<ada@example.org>\r\n" * 20)
        assert "250" not in client.reply()
    with dialogue(port) as client:
        assert client.mail("ada@example.org")[0] == 250


def test_a_client_that_does_not_know_our_certificate_is_not_fooled(secured: tuple[int, ssl.SSLContext]) -> None:
    port, _ = secured
    with dialogue(port) as client, pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(context=ssl.create_default_context())


# Limits


def test_who_guesses_addresses_is_shown_out(port: int) -> None:
    with dialogue(port) as client:
        client.mail("ada@example.org")
        codes = [client.rcpt(f"guess{n}@{DOMAIN}")[0] for n in range(line.REFUSALS + 1)]
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.rcpt(GOOD)

    assert codes == [550] * line.REFUSALS + [421]


def test_commands_without_end_are_ended(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with wire(port) as client:
        client.say(b"EHLO client.example.org")
        client.send(b"NOOP\r\n" * (line.COMMANDS + 1))
        replies = [client.reply()[:3] for _ in range(line.COMMANDS + 2)]

    assert replies == ["250"] * line.COMMANDS + ["421", ""]


def test_one_peer_cannot_take_all_places(engine_db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "OF_ONE_PEER", 1)
    monkeypatch.setattr(line, "LOOPBACK", ("127.0.0.9",))
    with listening(engine_db) as port, dialogue(port):
        with pytest.raises(smtplib.SMTPConnectError) as caught:
            dialogue(port)
        with smtplib.SMTP("127.0.0.1", port, timeout=20, source_address=("127.0.0.2", 0)) as other:
            assert other.ehlo()[0] == 250
        own = [smtplib.SMTP("127.0.0.1", port, timeout=20, source_address=("127.0.0.9", 0)) for _ in range(3)]
        assert [client.quit()[0] for client in own] == [221] * 3

    assert caught.value.smtp_code == 421
