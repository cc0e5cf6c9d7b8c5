"""A chat service for the demo: takes webhooks signed as the Standard Webhooks specification says, and keeps a log."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sixpm.embedded.ports import LOOPBACK

TOLERANCE = 300  # seconds a signature is good for, as the specification proposes


@dataclass(frozen=True, slots=True)
class Chat:
    """The service as the demo sees it: where it listens, and what its log says."""

    url: str
    log: Path

    def posts(self) -> Counter[tuple[str, tuple[str, ...]]]:
        """How often it got each answer, as (author, entries). A repeated webhook counts again."""
        bodies = [json.loads(line["body"]) for line in self._lines() if line["status"] == 200]
        return Counter((b["author"]["name"], tuple(e["text"] for e in b["answer"]["entries"])) for b in bodies)

    def refused(self) -> int:
        """How many requests had no good signature."""
        return sum(line["status"] != 200 for line in self._lines())

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


def signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether one of the signatures is good and the time is near `now` (Unix seconds).

    Written from the specification's text and not with our own signer, which it is to check.
    """
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(int(stamp) - now) > TOLERANCE:
        return False
    content = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    good = b"v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
    offered = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(good, one) for one in offered)


@contextmanager
def listening(log: Path, secret: str) -> Iterator[Chat]:
    """The service, listening inside the block. Each request is in `log` before it is answered."""
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(log, secret))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Chat(f"http://{LOOPBACK}:{server.server_port}/hooks/general", log)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(log: Path, secret: str) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = 200 if signed(secret, headers, body, time.time()) else 401
            line = {"id": headers.get("webhook-id"), "status": status, "body": body.decode("utf-8", "replace")}
            with lock, open(log, "a") as handle:
                handle.write(json.dumps(line) + "\n")
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Its log is the file."""

    return Handler
