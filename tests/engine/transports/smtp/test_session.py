"""Opening a session: TLS with verification, login, greetings, and the hand-over from aiosmtplib."""

from __future__ import annotations

import ast
import asyncio
import ssl
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from engine.errors import ConfigError
from engine.transports.base import Scope
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.session import NoSession, _features, open_session, quit_session
from engine.transports.smtp.wire import SmtpTransport
from tests.engine.transports.slot import SHORT, Ledger, drive, mail, relay, run
from tests.fakes.certificate import self_signed
from tests.fakes.smtp_sink import Sink, sink

pytestmark = pytest.mark.usefixtures("each_loop")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1 (its own authority), and the server's context."""
    folder = tmp_path_factory.mktemp("tls")
    pem, private = self_signed(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return pem, context


async def _send(relay_options: dict[str, Any], sink_options: dict[str, Any], count: int = 3) -> tuple[Ledger, Sink]:
    async with sink(**sink_options) as server:
        ledger = await drive(SmtpTransport(relay(server.port, **relay_options)), [mail(seq) for seq in range(count)])
    return ledger, server


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_mail_goes_out_over_verified_tls(how: str, authority: tuple[Path, ssl.SSLContext]) -> None:
    pem, context = authority
    presents = {"context": context, "starttls": how == "starttls", "implicit_tls": how == "tls"}

    ledger, server = run(_send({"tls": how, "ca_file": pem}, presents))

    assert ledger.verdicts == ["sent"] * 3
    assert all(one.tls for one in server.accepted)
    assert server.connections == 1


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_a_certificate_nobody_vouches_for_is_a_trouble_of_the_transport(
    how: str, authority: tuple[Path, ssl.SSLContext]
) -> None:
    _, context = authority
    presents = {"context": context, "starttls": how == "starttls", "implicit_tls": how == "tls"}

    ledger, server = run(_send({"tls": how}, presents, count=1))

    assert ledger.verdicts == ["not_sent"]
    assert ledger.troubles[0].scope is Scope.TRANSPORT
    assert "certificate" in ledger.troubles[0].reply.lower()
    assert not server.accepted


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_a_certificate_for_another_name_is_refused(how: str, authority: tuple[Path, ssl.SSLContext]) -> None:
    pem, context = authority
    presents = {"context": context, "starttls": how == "starttls", "implicit_tls": how == "tls"}

    ledger, _ = run(_send({"tls": how, "ca_file": pem, "host": "localhost"}, presents, count=1))

    assert ledger.verdicts == ["not_sent"]
    assert "localhost" in ledger.troubles[0].reply


def test_a_relay_without_starttls_gets_nothing_when_starttls_is_asked_for() -> None:
    ledger, server = run(_send({"tls": "starttls"}, {}, count=1))

    assert ledger.verdicts == ["not_sent"]
    assert "STARTTLS" in ledger.troubles[0].reply
    assert not [line for line in server.commands if line.startswith("MAIL")]


def test_a_missing_file_of_authorities_is_said_and_not_raised() -> None:
    ledger, _ = run(_send({"tls": "tls", "ca_file": Path("no-such-file.pem")}, {}, count=1))

    assert ledger.verdicts == ["not_sent"]
    assert "No such file" in ledger.troubles[0].reply


def test_a_login_over_tls_is_made_once_for_all_mails(authority: tuple[Path, ssl.SSLContext]) -> None:
    pem, context = authority
    presents = {"context": context, "starttls": True, "user": "ada", "password": "secret"}

    ledger, server = run(_send({"tls": "starttls", "ca_file": pem, "user": "ada", "password": "secret"}, presents))

    assert ledger.verdicts == ["sent"] * 3
    assert len([line for line in server.commands if line.startswith("AUTH")]) == 1


def test_a_wrong_password_is_a_trouble_of_the_transport_with_the_servers_words() -> None:
    ledger, server = run(_send({"user": "ada", "password": "wrong"}, {"user": "ada", "password": "secret"}, count=1))

    assert ledger.verdicts == ["not_sent"]
    assert (ledger.troubles[0].scope, ledger.troubles[0].code) == (Scope.TRANSPORT, "535")
    assert "wrong password" in ledger.troubles[0].reply
    assert not server.accepted


def test_a_missing_login_is_a_trouble_of_the_transport_and_bounces_nobody() -> None:
    ledger, _ = run(_send({}, {"user": "ada", "password": "secret"}, count=1))

    assert ledger.verdicts == ["not_sent"]
    assert (ledger.troubles[0].scope, ledger.troubles[0].code) == (Scope.TRANSPORT, "530")


def test_a_user_without_password_is_said_at_once() -> None:
    with pytest.raises(ConfigError, match="SIXPM_RELAY_PASSWORD"):
        Relay("relay.example", user="ada")


def test_a_password_is_not_in_the_relays_text() -> None:
    assert "secret" not in repr(Relay("relay.example", user="ada", password="secret"))


def test_a_server_that_never_greets_is_given_up() -> None:
    from dataclasses import replace

    async def story() -> NoSession:
        silent = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        with pytest.raises(NoSession) as refused:
            await open_session(relay(port, timeouts=replace(SHORT, step=0.1)))
        silent.close()
        await silent.wait_closed()
        return refused.value

    assert run(story()).trouble.scope is Scope.TRANSPORT


def test_bytes_that_aiosmtplib_had_left_over_are_not_taken_for_an_answer() -> None:
    """The contract with aiosmtplib's private names: its protocol keeps unread bytes in `_buffer`."""

    class Chatty(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            transport.write(b"220 hello\r\n")

        def data_received(self, data: bytes) -> None:
            if data.startswith(b"EHLO"):
                self.transport.write(b"250 me\r\n250 STRAY\r\n")

        def connection_lost(self, exc: Exception | None) -> None:
            self.transport.close()

    async def story() -> list[tuple[int, str]]:
        server = await asyncio.get_running_loop().create_server(Chatty, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ledger = await drive(SmtpTransport(relay(port)), [mail(1)])
        assert ledger.verdicts == ["not_sent"]
        assert not ledger.outcomes[0].announced
        assert "STRAY" in ledger.troubles[0].reply
        session = await open_session(relay(port))
        kept = list(session.link.unsolicited)
        assert not session.link.usable
        await quit_session(session, 1)
        server.close()
        await server.wait_closed()
        return [(reply.code, reply.text) for reply in kept]

    assert run(story()) == [(250, "STRAY")]
    assert aiosmtplib.__version__.startswith("5.1.")


def test_what_is_announced_is_read() -> None:
    async def story() -> Any:
        async with sink(size=5000, mail_max=7, domain_max=3, smtputf8=True, chunking=True) as server:
            session = await open_session(relay(server.port))
            await quit_session(session, 1)
            return session.features

    features = run(story())

    assert (features.size, features.mail_max, features.domain_max) == (5000, 7, 3)
    assert (features.smtputf8, features.pipelining, features.chunking) == (True, True, True)


@pytest.mark.parametrize(
    ("announced", "limits"),
    [
        ("MAILMAX=5 RCPTMAX=1", (5, None)),
        ("mailmax=5", (5, None)),
        ("RCPTDOMAINMAX=1 FUTURE", (None, 1)),
        ("MAILMAX=0 RCPTDOMAINMAX=-1", (None, None)),
        ("MAILMAX=many RCPTDOMAINMAX", (None, None)),
        ("", (None, None)),
    ],
)
def test_limits_that_say_nothing_limit_nothing(announced: str, limits: tuple[int | None, int | None]) -> None:
    features = _features({"limits": announced})

    assert (features.mail_max, features.domain_max) == limits


def test_nobody_sends_with_aiosmtplibs_own_transactions() -> None:
    root = Path(__file__).resolve().parents[4]
    forbidden = {"sendmail", "send_message"}
    found = []
    for folder in ("engine", "web", "scheduler", "sixpm"):
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and node.attr in forbidden:
                    found.append(f"{path.name}:{node.lineno}")
                if isinstance(node, ast.ImportFrom) and node.module == "aiosmtplib":
                    found += [f"{path.name}: imports {name.name}" for name in node.names if name.name == "send"]

    assert not found
