"""LMTP (RFC 2033): LHLO, a reply for each recipient, and a socket file that is left in order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, text

from engine.errors import ConfigError
from engine.inbound.retrieve.line import LmtpLine
from engine.inbound.retrieve.smtp import Listener
from tests.engine.inbound.retrieve.clients import GOOD, MAIL, OTHER, Wire, kept, wire
from tests.engine.inbound.world import DOMAIN, listening, settings

FROM = b"MAIL FROM:<ada@example.org>"


@pytest.fixture
def port(engine_db: Engine) -> Iterator[int]:
    """A listener's port."""
    with listening(engine_db, kind=LmtpLine, smtpd_size=200_000) as port:
        yield port


@pytest.fixture
def spot() -> Iterator[Path]:
    """Where a socket file may be: a path of at most 107 bytes."""
    with TemporaryDirectory(prefix="lmtp-") as folder:
        yield Path(folder) / "s"


def opened(client: Wire, *recipients: str) -> list[str]:
    """LHLO, MAIL and each RCPT; the replies to RCPT."""
    client.say(b"LHLO client.example.org")
    client.say(FROM)
    return [client.say(f"RCPT TO:<{one}>".encode())[:3] for one in recipients]


def test_it_offers_what_lmtp_must_and_knows_no_ehlo(port: int) -> None:
    with wire(port) as client:
        refused = [client.say(b"EHLO me")[:3], client.say(b"HELO me")[:3]]
        offered = client.say(b"LHLO client.example.org").split("\r\n")

    assert refused == ["500", "500"]
    assert {"250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250-SIZE 200000"} <= set(offered)


def test_each_recipient_that_was_taken_gets_a_reply_after_the_data(engine_db: Engine, port: int) -> None:
    with wire(port) as client:
        answers = opened(client, GOOD, f"nobody@{DOMAIN}", OTHER, GOOD)
        client.say(b"DATA")
        client.send(MAIL.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        after = [client.reply()[:9] for _ in range(3)]
        last = client.say(b"NOOP")

    assert answers == ["250", "550", "250", "250"]
    assert after == ["250 2.0.0"] * 3
    assert last == "250 2.0.0 OK\r\n"
    assert [to for _, to, _ in kept(engine_db)] == [[GOOD], [OTHER]]
    assert b"\r\n\tby localhost with LMTP id " in kept(engine_db)[0][2]


def test_a_second_mail_in_the_same_session_has_its_own_replies(engine_db: Engine, port: int) -> None:
    with wire(port) as client:
        for to in ([GOOD, OTHER], [GOOD]):
            opened(client, *to)
            client.say(b"DATA")
            client.send(MAIL + b"%d\r\n.\r\n" % len(to))
            assert [client.reply()[:3] for _ in to] == ["250"] * len(to)
        assert client.say(b"QUIT").startswith("221")

    assert len(kept(engine_db)) == 3


@pytest.mark.parametrize("lines", [30_000, 200_000])
def test_a_mail_that_is_too_large_is_refused_once_for_each_recipient(engine_db: Engine, port: int, lines: int) -> None:
    with wire(port) as client:
        opened(client, GOOD, OTHER)
        client.say(b"DATA")
        client.send(b"a line\r\n" * lines + b".\r\n")
        after = [client.reply()[:9] for _ in range(2)]
        assert client.say(b"NOOP").startswith("250")

    assert after == ["552 5.3.4"] * 2
    assert kept(engine_db) == []


def test_what_cannot_be_committed_is_put_off_for_each_recipient(engine_db: Engine, port: int) -> None:
    with engine_db.begin() as conn:
        conn.execute(text("ALTER TABLE inbound ADD CONSTRAINT no CHECK (octet_length(raw) < 5)"))
    with wire(port) as client:
        opened(client, GOOD, OTHER)
        client.say(b"DATA")
        client.send(MAIL + b".\r\n")
        after = [client.reply()[:9] for _ in range(2)]
        assert client.say(b"NOOP").startswith("250")

    assert after == ["451 4.3.0"] * 2


def test_data_without_a_recipient_gets_one_reply(port: int) -> None:
    with wire(port) as client:
        assert opened(client, f"nobody@{DOMAIN}") == ["550"]
        assert client.say(b"DATA").startswith("503 5.5.1")
        assert client.say(b"NOOP") == "250 2.0.0 OK\r\n"


def test_the_file_of_a_killed_process_is_replaced_and_ours_is_taken_away(engine_db: Engine, spot: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(spot))

    with listening(engine_db, at=spot):
        assert spot.is_socket()
        assert spot.stat().st_mode & 0o777 == 0o666

    assert not spot.exists()


def test_the_file_of_a_living_process_is_left_to_it(engine_db: Engine, spot: Path) -> None:
    with listening(engine_db, at=spot):
        with pytest.raises(ConfigError, match="Another process listens"):
            start_socket(engine_db, spot)

        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(spot))
            assert client.recv(4).startswith(b"220")  # the one that the other tried is done with, too


def test_a_file_that_is_no_socket_is_not_taken_away(engine_db: Engine, spot: Path) -> None:
    spot.write_text("somebody's")

    with pytest.raises(ConfigError, match="no socket"):
        start_socket(engine_db, spot)

    assert spot.read_text() == "somebody's"


def start_socket(engine: Engine, path: Path) -> None:
    """Try to listen at `path`."""

    async def tried() -> None:
        listener = Listener(settings("unused"), engine, lambda _: None)
        try:
            await listener.start_socket(path)
        finally:
            await listener.stop()

    asyncio.run(tried())
