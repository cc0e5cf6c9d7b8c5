"""The inbound listener, by real SMTP: what it refuses, and that a 250 is a committed row."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from engine import models as m
from engine.inbound.queries import waiting
from engine.inbound.retrieve import line
from engine.tokens import Purpose
from tests.engine.inbound.retrieve.clients import BOUNCE, GOOD, MAIL, TODAY, dialogue, kept
from tests.engine.inbound.world import DOMAIN, address, keep, listening
from tests.fakes.certificate import self_signed
from tests.fakes.database import Databases, failing_commits


@pytest.fixture
def port(engine_db: Engine) -> Iterator[int]:
    """A listener's port."""
    with listening(engine_db, smtpd_size=200_000) as port:
        yield port


def test_a_mail_to_a_reply_address_is_committed_with_its_envelope(engine_db: Engine, port: int) -> None:
    with dialogue(port) as client:
        client.sendmail("ada@example.org", [GOOD], MAIL)

    [(sender, recipients, raw)] = kept(engine_db)
    assert (sender, recipients) == ("ada@example.org", [GOOD])
    assert raw.endswith(MAIL)
    head = raw.removesuffix(MAIL)
    assert head.startswith(
        b"Return-Path: <ada@example.org>\r\nReceived: from client.example.org ([127.0.0.1])\r\n\tby "
    )
    assert b"with ESMTP id" in head


def test_it_says_its_size_and_takes_utf8(port: int) -> None:
    with dialogue(port) as client:
        assert client.esmtp_features["size"] == "200000"
        assert client.has_extn("smtputf8")
        assert client.has_extn("8bitmime")
        assert not client.has_extn("auth")


@pytest.mark.parametrize(
    ("recipient", "code", "words"),
    [
        (f"r+{'a' * 40}@{DOMAIN}", 550, b"5.1.1 There is no such address"),
        (f"checkin@{DOMAIN}", 550, b"5.1.1 There is no such address"),
        (f"rockets@{DOMAIN}", 550, b"5.1.1 There is no such address"),
        ("postmaster@elsewhere.test", 550, b"Relaying denied"),
        ("somebody@elsewhere.test", 550, b"Relaying denied"),
        (GOOD.replace(DOMAIN, "elsewhere.test"), 550, b"Relaying denied"),
        (GOOD.replace("r+", "b+"), 550, b"5.1.1 There is no such address"),
        (address(Purpose.REPLY, 7, 3, TODAY - timedelta(days=2)), 550, b"5.1.1 This reply address has expired"),
    ],
)
def test_addresses_we_never_gave_out_are_refused_at_rcpt(port: int, recipient: str, code: int, words: bytes) -> None:
    with dialogue(port) as client:
        client.mail("ada@example.org")
        answer = client.rcpt(recipient)

    assert answer[0] == code
    assert words in answer[1]


def test_a_bounce_with_the_null_sender_is_taken_at_its_envelope_token(engine_db: Engine, port: int) -> None:
    with dialogue(port) as client:
        client.sendmail("", [BOUNCE], MAIL)

    [(sender, recipients, raw)] = kept(engine_db)
    assert (sender, recipients) == ("", [BOUNCE])
    assert raw.startswith(b"Return-Path: <>\r\n")


def test_a_mail_to_two_of_our_addresses_is_a_row_each(engine_db: Engine, port: int) -> None:
    other = address(Purpose.REPLY, 8, 1, TODAY)
    with dialogue(port) as client:
        client.sendmail("ada@example.org", [GOOD, other, GOOD, "x@elsewhere.test"], MAIL)

    assert [recipients for _, recipients, _ in kept(engine_db)] == [[GOOD], [other]]


def test_a_workspaces_own_reply_domain_is_local(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        conn.execute(text("INSERT INTO workspace (name, reply_domain) VALUES ('Acme', 'Reply.Acme.test')"))
    with listening(engine_db) as port, dialogue(port) as client:
        client.mail("ada@example.org")

        assert client.rcpt(GOOD.replace(DOMAIN, "reply.acme.test"))[0] == 250


def test_a_mail_over_the_size_is_refused_and_not_kept(engine_db: Engine, port: int) -> None:
    with dialogue(port) as client:
        said = client.docmd(f"MAIL FROM:<ada@example.org> SIZE={300_000}")
        client.rset()
        client.mail("ada@example.org")
        client.rcpt(GOOD)
        answer = client.data(b"a line\r\n" * 30_000)

    assert said[0] == 552
    assert answer[0] == 552
    assert kept(engine_db) == []


def test_lines_of_many_thousand_characters_are_taken(engine_db: Engine, port: int) -> None:
    with dialogue(port) as client:
        client.sendmail("ada@example.org", [GOOD], b"Subject: long\r\n\r\n" + b"x" * 30_000 + b"\r\n")

    assert len(kept(engine_db)) == 1


def test_a_mail_that_goes_in_circles_is_refused(engine_db: Engine, port: int) -> None:
    with dialogue(port) as client, pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail("ada@example.org", [GOOD], b"Received: from a by b\r\n" * 101 + MAIL)

    assert caught.value.smtp_code == 554
    assert kept(engine_db) == []


def test_more_recipients_than_the_limit_are_put_off(port: int) -> None:
    with dialogue(port) as client:
        client.mail("ada@example.org")
        codes = [client.rcpt(address(Purpose.REPLY, n, 1, TODAY))[0] for n in range(1, 102)]

    assert codes == [250] * 100 + [452]


def test_more_connections_than_the_limit_are_put_off(engine_db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "CONNECTIONS", 1)
    with listening(engine_db) as port:
        with dialogue(port), pytest.raises(smtplib.SMTPConnectError) as caught:
            smtplib.SMTP("127.0.0.1", port, timeout=20)
        assert any(greeted(port) for _ in range(200)), "a place that became free is not given away"

    assert caught.value.smtp_code == 421


def greeted(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=20).quit()
    except smtplib.SMTPConnectError:
        return False
    return True


def test_a_client_that_goes_away_inside_data_leaves_nothing(engine_db: Engine, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        for command in (b"EHLO me", b"MAIL FROM:<a@b.test>", f"RCPT TO:<{GOOD}>".encode(), b"DATA"):
            raw.recv(4096)
            raw.sendall(command + b"\r\n")
        raw.recv(4096)
        raw.sendall(b"Subject: half\r\n\r\nhalf a ma")
    with dialogue(port) as client:
        client.sendmail("ada@example.org", [GOOD], MAIL)

    assert len(kept(engine_db)) == 1


def test_starttls_is_offered_with_a_certificate_and_works(engine_db: Engine, tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)
    with listening(engine_db, smtpd_tls_cert=cert, smtpd_tls_key=key) as port, dialogue(port) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(cert)))
        client.ehlo("client.example.org")
        client.sendmail("ada@example.org", [GOOD], MAIL)

    assert b"with ESMTPS id" in kept(engine_db)[0][2]


def test_without_a_certificate_starttls_is_not_offered(port: int) -> None:
    with dialogue(port) as client:
        assert not client.has_extn("starttls")


def test_the_task_is_offered_the_row_after_the_commit(engine_db: Engine) -> None:
    offered: list[tuple[int, int]] = []
    done = threading.Event()

    def enqueue(ident: int) -> None:
        with engine_db.begin() as conn:
            offered.append((ident, conn.execute(select(m.Inbound.id)).scalar_one()))
        done.set()

    with listening(engine_db, enqueue) as port, dialogue(port) as client:
        client.sendmail("ada@example.org", [GOOD], MAIL)
        assert done.wait(20)

    assert offered[0][0] == offered[0][1]


def test_an_offer_that_fails_harms_nobody(engine_db: Engine) -> None:
    def enqueue(ident: int) -> None:
        raise ConnectionError("no broker")

    with listening(engine_db, enqueue) as port, dialogue(port) as client:
        client.sendmail("ada@example.org", [GOOD], MAIL)
        client.sendmail("ada@example.org", [GOOD], MAIL + b"More.\r\n")

    assert len(kept(engine_db)) == 2


def test_a_broker_that_hangs_holds_up_no_reply(engine_db: Engine) -> None:
    release = threading.Event()
    with listening(engine_db, lambda _: release.wait(60)) as port:
        with dialogue(port) as client:
            client.sendmail("ada@example.org", [GOOD], MAIL)
            client.sendmail("ada@example.org", [GOOD], MAIL + b"More.\r\n")
        release.set()

    assert len(kept(engine_db)) == 2


def test_while_the_database_is_away_mail_is_put_off_and_taken_later(
    databases: Databases, db_url: str, engine_db: Engine
) -> None:
    with listening(engine_db) as port, dialogue(port) as client:
        with databases.away(db_url), pytest.raises(smtplib.SMTPDataError) as caught:
            client.sendmail("ada@example.org", [GOOD], MAIL)
        client.sendmail("ada@example.org", [GOOD], MAIL)

    assert caught.value.smtp_code == 451
    assert len(kept(engine_db)) == 1


def test_a_mail_that_fails_at_the_commit_is_put_off(engine_db: Engine, port: int) -> None:
    with failing_commits(engine_db), dialogue(port) as client, pytest.raises(smtplib.SMTPDataError) as caught:
        client.sendmail("ada@example.org", [GOOD], MAIL)

    assert caught.value.smtp_code == 451
    assert kept(engine_db) == []


def test_the_listener_proves_that_it_lives(engine_db: Engine, port: int) -> None:
    with engine_db.begin() as conn:
        assert conn.execute(select(m.Heartbeat.role)).scalars().all() == ["smtpd"]


def test_a_repeated_external_id_is_the_same_row(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        first, again = keep(conn, MAIL, ident="same"), keep(conn, MAIL + b"more", ident="same")

        assert first == again
        assert waiting.waiting_inbound(conn, datetime.now(UTC)) == [first]
