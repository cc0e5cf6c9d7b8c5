"""The parse process of a worker: one child that lives on, bounded in time and memory, killed and started again.

Celery's children may not have children by multiprocessing, so this is a subprocess over pipes
(`python -m engine.inbound.parse`, whose docstring has the protocol). A Reader belongs to the process and thread that
uses it; after a fork it starts a child of its own.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from typing import IO

from engine.errors import SixpmError
from engine.inbound.parse import ParsedMail, from_dict
from engine.inbound.parse.__main__ import LENGTH

_ANSWER_BYTES = 64 * 1024 * 1024
_STOP_SECONDS = 5.0


class ParseKilled(SixpmError):
    """The parse process was killed at its deadline or died; the caller counts these (two park the mail)."""


class Reader:
    """Parses mails in a child process. `deadline`: seconds of wall time a mail may take, start of the child included.

    `memory`: bytes of address space of the child, where the system has such a limit.
    """

    def __init__(
        self,
        deadline: float = 20.0,
        memory: int = 768 * 1024 * 1024,
        own_domains: frozenset[str] = frozenset(),
    ) -> None:
        self.deadline = deadline
        self.memory = memory
        self.own_domains = own_domains
        self._child: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def parse(self, raw: bytes) -> ParsedMail:
        """The parsed mail; raises ParseKilled when the child missed the deadline or died over it."""
        with self._lock:
            child = self._started()
            until = time.monotonic() + self.deadline
            try:
                _write(child, self._request(raw), until)
                answer = _read(child, LENGTH.unpack(_read(child, LENGTH.size, until))[0], until)
            except (OSError, EOFError, TimeoutError) as error:
                self._kill()
                raise ParseKilled(f"The parse process was ended over a mail of {len(raw)} bytes: {error}") from error
            except BaseException:
                self._kill()  # an answer half read would be taken for the next mail's
                raise
        return from_dict(json.loads(answer))

    def close(self) -> None:
        """Ends the child; the next parse starts another."""
        with self._lock:
            child, self._child = self._child, None
            if child is None:
                return
            if self._pid != os.getpid():
                _forget(child)
                return
            _close(child.stdin)
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            _close(child.stdout)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def child_pid(self) -> int | None:
        """The process id of the child while there is one, for tests and metrics."""
        return self._child.pid if self._child is not None and self._pid == os.getpid() else None

    def _request(self, raw: bytes) -> bytes:
        header = json.dumps({"own": sorted(self.own_domains), "size": len(raw)}).encode("ascii")
        return LENGTH.pack(len(header)) + header + raw

    def _started(self) -> subprocess.Popen[bytes]:
        """The living child of this very process; one inherited over a fork belongs to the parent and is left alone."""
        if self._child is not None and self._pid != os.getpid():
            _forget(self._child)
            self._child = None
        if self._child is not None and self._child.poll() is not None:
            self._kill()
        if self._child is None:
            command = [sys.executable, "-m", "engine.inbound.parse", str(self.memory)]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                bufsize=0,
                start_new_session=True,
            )
            self._pid = os.getpid()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    os.set_blocking(pipe.fileno(), False)
        return self._child

    def _kill(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            _close(child.stdin)
            _close(child.stdout)


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except OSError:
        return  # the child is gone, and with it what was unsent


def _forget(child: subprocess.Popen[bytes]) -> None:
    """Drops the parent's child after a fork: our copies of its pipes are closed, the process is not touched."""
    _close(child.stdin)
    _close(child.stdout)
    child.returncode = 0  # else Popen warns that somebody else's process still runs


def _wait(readers: list[int], writers: list[int], until: float) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("deadline")
    poll = select.poll()
    for descriptor in readers:
        poll.register(descriptor, select.POLLIN)
    for descriptor in writers:
        poll.register(descriptor, select.POLLOUT)
    if not poll.poll(1000 * left):
        raise TimeoutError("deadline")


def _write(child: subprocess.Popen[bytes], data: bytes, until: float) -> None:
    assert child.stdin is not None
    descriptor, view = child.stdin.fileno(), memoryview(data)
    while view:
        _wait([], [descriptor], until)
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            continue


def _read(child: subprocess.Popen[bytes], size: int, until: float) -> bytes:
    if size > _ANSWER_BYTES:
        raise EOFError("the answer is too large")
    assert child.stdout is not None
    descriptor = child.stdout.fileno()
    pieces: list[bytes] = []
    while size:
        _wait([descriptor], [], until)
        try:
            piece = os.read(descriptor, min(size, 1 << 20))
        except BlockingIOError:
            continue
        if not piece:
            raise EOFError(f"it ended with exit code {child.poll()}")
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
