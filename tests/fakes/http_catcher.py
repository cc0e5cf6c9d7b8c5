"""A local HTTP catcher that records every request and speaks each service's errors.

In a test: `with catcher() as c: … c.requests`. As its own process: `with catcher_process(log) as c: … read_log(log)`,
or `python -m tests.fakes.http_catcher --port 0 --log FILE`, which prints its port.

POST or GET /hook/<how> answers 200 after recording, or as <how> says: 404, 410, 503 … (that status), retry/30 (429 with
Retry-After: 30), retry-date (503 with a date in 2099), slow/2.5 (seconds before the answer), drip (a body that
never ends), drip-head (a header that never ends), big (1 MB), redirect (302 to /hook/ok), close (no answer at all).
/slack, /discord, /mattermost, /teams and /telegram speak as those services do: tests/fakes/chat_services.py.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any, cast

from tests.fakes.chat_services import Reply, Services


@dataclass(frozen=True, slots=True)
class Caught:
    """One request as it came; `body` is its text, header names are lower case."""

    t: float
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int = 0  # what it was answered with; 0 = no answer

    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Catcher(ThreadingHTTPServer):
    """The server and what it caught."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0, log: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.requests: list[Caught] = []
        self.stopping = threading.Event()
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) if log else -1
        self._lock = threading.Lock()
        self.services = Services()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}"

    def record(self, request: Caught) -> None:
        """Into the log, before anybody is answered."""
        with self._lock:
            self.requests.append(request)
            if self._log >= 0:
                os.write(self._log, json.dumps(asdict(request)).encode() + b"\n")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not worth a traceback."""

    def server_close(self) -> None:
        """Stop listening and close the log."""
        self.stopping.set()
        super().server_close()
        if self._log >= 0:
            os.close(self._log)
            self._log = -1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The same as POST."""
        self.do_POST()

    def do_PATCH(self) -> None:
        """The same as POST."""
        self.do_POST()

    def do_DELETE(self) -> None:
        """The same as POST."""
        self.do_POST()

    def do_POST(self) -> None:
        """Record, then answer as the path says."""
        catcher = cast(Catcher, self.server)
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = catcher.services.answer(self.command, self.path, headers, body) or _hook(self.path)
        catcher.record(Caught(time.time(), self.command, self.path, headers, body, reply.status))
        if reply.wait:
            catcher.stopping.wait(reply.wait)
        if reply.status == 0:
            self.close_connection = True
        elif reply.drip:
            self._drip(catcher, reply)
        else:
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def _drip(self, catcher: Catcher, reply: Reply) -> None:
        self.close_connection = True
        if reply.status == 200:
            self.send_response(200)
            self.end_headers()
        else:
            self.wfile.write(b"HTTP/1.1 201 Slow\r\nX-Long: ")
        while not catcher.stopping.wait(0.02):
            self.wfile.write(b".")

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def _hook(path: str) -> Reply:
    how, _, argument = path.removeprefix("/hook/").partition("/")
    if how.isdigit():
        return Reply(int(how), b"scripted")
    scripted = {
        "retry": Reply(429, b"slow down", {"Retry-After": argument}),
        "retry-date": Reply(503, b"later", {"Retry-After": "Thu, 01 Jan 2099 00:00:00 GMT"}),
        "slow": Reply(wait=float(argument or 0) if how == "slow" else 0.0),
        "drip": Reply(drip=True),
        "drip-head": Reply(201, drip=True),
        "big": Reply(body=b"x" * 1_000_000),
        "redirect": Reply(302, b"", {"Location": "/hook/ok"}),
        "close": Reply(0),
    }
    return scripted.get(how, Reply())


@contextlib.contextmanager
def catcher() -> Iterator[Catcher]:
    """A catcher in a thread of this process."""
    server = Catcher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True, slots=True)
class CatcherProcess:
    """A catcher running as its own process."""

    port: int
    pid: int
    log: Path

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def catcher_process(log: Path, port: int = 0) -> Iterator[CatcherProcess]:
    """Run the catcher as a process until the block ends."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.fakes.http_catcher", "--port", str(port), "--log", str(log)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield CatcherProcess(int(process.stdout.readline()), process.pid, log)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def read_log(log: Path) -> list[Caught]:
    """What a catcher got so far."""
    if not log.exists():
        return []
    return [Caught(**json.loads(line)) for line in log.read_bytes().split(b"\n")[:-1]]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    arguments = parser.parse_args()
    server = Catcher(arguments.port, arguments.log)

    def stop(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()
