"""A name server over UDP on a free port that knows a few TXT records."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class DnsServer(threading.Thread):
    """Answers TXT queries from `records` (by name without a final dot); NXDOMAIN for the rest, nothing while `mute`."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.records: dict[str, list[str]] = {}
        self.mute = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def publish(self, name: str, record: str) -> None:
        """One TXT record at a name, in strings of 255 as zone files have it."""
        self.records[name] = [" ".join(f'"{record[cut : cut + 255]}"' for cut in range(0, len(record), 255))]

    def run(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            name = str(query.question[0].name)
            if self.mute:
                continue
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if found := self.records.get(name.rstrip(".")):
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *found))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), client)

    def end(self) -> None:
        host, _, port = self.place.rpartition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", (host, int(port)))
        self.join(5)
        self._socket.close()


@contextmanager
def dns_server() -> Iterator[DnsServer]:
    """A server that runs inside the block."""
    server = DnsServer()
    server.start()
    try:
        yield server
    finally:
        server.end()
