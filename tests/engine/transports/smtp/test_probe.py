"""Trying a relay: every step is told, a failure with what to do, the password never, and no content is sent."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from engine.transports.smtp import probe
from engine.transports.smtp.probe import Step
from engine.transports.smtp.relay import Relay
from sixpm.embedded import ports
from tests.fakes.certificate import self_signed
from tests.fakes.smtp_sink import read_log, sink_process

SECRET = "pa55word of the relay"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, and its key."""
    return self_signed(tmp_path_factory.mktemp("tls"))


def tried(
    folder: Path, *arguments: str, sender: str = "b+test@reply.test", to: str = "ada@x.test", **values: Any
) -> list[Step]:
    """What a sink with these arguments answers to a relay with these values."""
    with sink_process(folder / "sink.log", *arguments) as server:
        relay = Relay(**{"host": "127.0.0.1", "port": server.port, "tls": "none", "hello": "acme.test", **values})
        found = probe.probe(relay, sender, to)
    assert read_log(folder / "sink.log") == []
    assert SECRET not in repr(found)
    return found


def test_every_step_of_a_relay_that_works_is_told_and_nothing_is_sent(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    tls = ["--cert", str(certificate[0]), "--key", str(certificate[1])]

    found = tried(
        tmp_path, *tls, "--user", "ada", "--password", SECRET, tls="starttls", ca_file=certificate[0], user="ada",
        password=SECRET,
    )  # fmt: skip

    assert [step.name for step in found] == [
        "Find the host", "Connect", "EHLO", "STARTTLS", "EHLO again", "AUTH", "MAIL FROM:<b+test@reply.test>",
        "RCPT TO:<ada@x.test>", "RSET",
    ]  # fmt: skip
    assert all(step.ok and not step.todo for step in found)
    assert "TLSv1" in found[3].said
    assert found[5].said.startswith("235")


def test_tls_from_the_start_works_too(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    tls = ["--cert", str(certificate[0]), "--key", str(certificate[1]), "--implicit-tls"]

    found = tried(tmp_path, *tls, tls="tls", ca_file=certificate[0])

    assert all(step.ok for step in found), found


@pytest.mark.parametrize("how", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_named(
    how: str, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    tls = ["--cert", str(certificate[0]), "--key", str(certificate[1]), *(["--implicit-tls"] if how == "tls" else [])]

    last = tried(tmp_path, *tls, tls=how)[-1]

    assert not last.ok
    assert "certificate is refused" in last.said
    assert "host name that the certificate is for" in last.todo


def test_a_server_without_starttls_is_told_what_to_choose(tmp_path: Path) -> None:
    last = tried(tmp_path, tls="starttls")[-1]

    assert (last.name, last.ok) == ("STARTTLS", False)
    assert "465" in last.todo


def test_a_refused_login_shows_the_servers_words(tmp_path: Path) -> None:
    last = tried(tmp_path, "--user", "ada", "--password", "right", user="ada", password=SECRET)[-1]

    assert (last.name, last.ok) == ("AUTH", False)
    assert "535" in last.said
    assert "User or password are wrong" in last.todo


def test_a_refused_sender_and_a_refused_recipient_are_told_apart(tmp_path: Path) -> None:
    sender = tried(tmp_path, sender="mail550@x.test")[-1]
    recipient = tried(tmp_path, to="unknown@x.test")[-1]

    assert sender.name.startswith("MAIL FROM")
    assert "Verify the domain" in sender.todo
    assert recipient.name.startswith("RCPT TO")
    assert recipient.said.startswith("550")


def test_a_host_that_is_none_and_a_port_that_nobody_listens_at(tmp_path: Path) -> None:
    [lost] = probe.probe(Relay("no-such-host.invalid", tls="none"), "a@x.test", "b@x.test")
    closed = probe.probe(Relay("127.0.0.1", ports.free_port(), tls="none"), "a@x.test", "b@x.test")[-1]

    assert (lost.name, lost.ok) == ("Find the host", False)
    assert "name" in lost.todo
    assert (closed.name, closed.ok) == ("Connect", False)
    assert "host and port" in closed.todo


def test_a_server_that_takes_nobody_now_is_quoted(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"connect": ["connect421"]}))

    last = tried(tmp_path, "--script", str(script))[-1]

    assert (last.name, last.ok) == ("Connect", False)
    assert "421" in last.said


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.3)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        last = probe.probe(Relay("127.0.0.1", server.getsockname()[1], tls="none"), "a@x.test", "b@x.test")[-1]

    assert (last.name, last.ok) == ("Connect", False)
    assert "says nothing" in last.todo
