"""The sink and the catcher themselves: as processes, exact in what they log, fast enough to be no bottleneck."""

from __future__ import annotations

import hashlib
import json
import socket
import time
import urllib.request
from pathlib import Path

import pytest

from tests.fakes import http_catcher, smtp_sink


def _talk(port: int, *parts: bytes) -> bytes:
    """Send each part in its own segment, read everything until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.02)
        heard = b""
        while data := connection.recv(65536):
            heard += data
    return heard


def _group(body: bytes, count: int) -> bytes:
    first = b"EHLO x\r\nMAIL FROM:<s@example.org>\r\nRCPT TO:<ok@example.net>\r\nDATA\r\n"
    again = b"MAIL FROM:<s@example.org>\r\nRCPT TO:<ok@example.net>\r\nDATA\r\n"
    return first + again.join([body + b".\r\n"] * count) + b"QUIT\r\n"


def test_the_log_says_who_what_and_how_large(tmp_path: Path) -> None:
    body = b"Message-ID: <1@x>\r\nSubject: s\r\n\r\n..dot\r\n"

    with smtp_sink.sink_process(tmp_path / "log") as server:
        _talk(server.port, _group(body, 1))
        (one,) = smtp_sink.read_log(server.log)

    plain = body.replace(b"\r\n..", b"\r\n.")
    assert (one.sender, one.rcpt, one.message_id) == ("s@example.org", ["ok@example.net"], "<1@x>")
    assert (one.size, one.sha) == (len(plain), hashlib.sha256(plain).hexdigest())


def test_the_sink_follows_a_script_by_file_and_a_restart_keeps_its_port(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"connect": ["connect421"], "ok": "unknown"}))

    with smtp_sink.sink_process(tmp_path / "log", "--script", str(script)) as server:
        assert _talk(server.port).startswith(b"421")
        assert b"550 5.1.1" in _talk(server.port, _group(b"x\r\n", 1))
        port = server.port
    with smtp_sink.sink_process(tmp_path / "log", port=port) as again:
        assert again.port == port


def test_a_pipelined_group_cut_anywhere_is_understood(tmp_path: Path) -> None:
    stream = _group(b"a\r\n..b\r\n", 2)

    with smtp_sink.sink_process(tmp_path / "log") as server:
        for cut in range(0, len(stream), 17):
            _talk(server.port, stream[:cut], stream[cut:])
        found = smtp_sink.read_log(server.log)

    assert len(found) == 2 * len(range(0, len(stream), 17))
    assert len({one.sha for one in found}) == 1


def test_a_lone_dot_is_seen(tmp_path: Path) -> None:
    with smtp_sink.sink_process(tmp_path / "log") as server:
        _talk(server.port, _group(b"", 1))
        (one,) = smtp_sink.read_log(server.log)

    assert one.lone_dot


def test_the_sink_takes_thousands_of_mails_a_second(tmp_path: Path) -> None:
    """Not a benchmark: a guard against a sink that would be the bottleneck of every load test."""
    body = b"Message-ID: <1@x>\r\n\r\n" + b"x" * 70 + b"\r\n"

    with smtp_sink.sink_process(tmp_path / "log") as server:
        begun = time.perf_counter()
        _talk(server.port, _group(body, 3000))
        took = time.perf_counter() - begun

        assert len(smtp_sink.read_log(server.log)) == 3000
    assert took < 6, f"{3000 / took:.0f} mails a second"


def test_the_catcher_runs_as_a_process_and_logs_before_it_answers(tmp_path: Path) -> None:
    with http_catcher.catcher_process(tmp_path / "log") as server:
        request = urllib.request.Request(f"{server.url}/hook/ok", data=b'{"a": 1}', method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            status = answer.status
        (one,) = http_catcher.read_log(server.log)

    assert status == 200
    assert one.json() == {"a": 1}


@pytest.mark.parametrize("channel", ["C1", "C2"])
def test_the_catcher_gives_every_slack_message_its_own_ts(channel: str) -> None:
    seen = []
    with http_catcher.catcher() as server:
        for _ in range(2):
            request = urllib.request.Request(
                f"{server.url}/slack/chat.postMessage",
                data=json.dumps({"channel": channel, "text": "x"}).encode(),
                headers={"authorization": "Bearer x"},
            )
            with urllib.request.urlopen(request, timeout=10) as answer:
                seen.append(json.loads(answer.read())["ts"])

    assert len(set(seen)) == 2
