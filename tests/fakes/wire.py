"""A TCP line to a server that a test can hold, cut and count. It changes no byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from sixpm.embedded import ports


class Wire:
    """Listens on `port` and passes on to `target`.

    `hold`: when a client sends these bytes, neither they nor anything after them passes, and `held` is set. `cut`:
    after so many bytes of the server's the connection ends; once, then it is None again. `hold_after`: when the
    server has said so many bytes in all, nothing more of it passes, and `held` is set.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.hold: bytes | None = None
        self.held = threading.Event()
        self.hold_after: int | None = None
        self.cut: int | None = None
        self.cuts = 0
        self.connections = 0
        self.sent, self.got = bytearray(), bytearray()  # all that clients sent, and all that the server answered
        self._listener = socket.create_server((ports.LOOPBACK, 0))
        self.port = int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def release(self) -> None:
        """Hold nothing more; sessions that are held end."""
        self.hold = self.hold_after = None
        self.held.clear()
        _end(*self._sockets)

    def close(self) -> None:
        """End everything."""
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(20)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                try:
                    server = socket.create_connection((ports.LOOPBACK, self.target), timeout=20)
                except OSError:
                    client.close()
                    continue
                server.settimeout(None)
                self._sockets += [client, server]
                for way in (self._up, self._down):
                    thread = threading.Thread(target=way, args=(client, server))
                    self._threads.append(thread)
                    thread.start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.hold and self.hold in data:
                    self.held.set()
                    return
                self.sent += data
                server.sendall(data)
        _end(client, server)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                passed += len(data)
                if self.hold_after is not None and len(self.got) + len(data) >= self.hold_after:
                    self.got += data
                    self.held.set()
                    return
                client.sendall(data)
                self.got += data  # only now: who ends the line for what is in `got` must not keep it from the client
                if self.cut is not None and passed >= self.cut:
                    self.cut, self.cuts = None, self.cuts + 1
                    break
        if not self.held.is_set():
            _end(client, server)


def _end(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def wire(target: int) -> Iterator[Wire]:
    """A line to the server on a port of this machine."""
    made = Wire(target)
    try:
        yield made
    finally:
        made.close()
