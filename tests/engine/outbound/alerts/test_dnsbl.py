"""Block lists, asked of a DNS server made here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from sqlalchemy import text

from engine import config
from engine.db import Conn
from engine.errors import ConfigError
from engine.outbound.alerts import dnsbl

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
V6 = "2001:db8::7"
NIBBLES = "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"


class Server(threading.Thread):
    """Answers A queries over UDP from `records`; NXDOMAIN for the rest, nothing at all for names under `mute`."""

    def __init__(self, records: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.records, self.asked = records, list[str]()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def run(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            name = str(query.question[0].name)
            self.asked.append(name)
            if "mute." in name:
                continue
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if found := self.records.get(name):
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", found))
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
def serving(records: dict[str, str]) -> Iterator[Server]:
    server = Server(records)
    server.start()
    try:
        yield server
    finally:
        server.end()


def asked(server: Server, addresses: str, zones: str = "bl.test") -> list[dnsbl.Listing]:
    return dnsbl.listings(config.load(dnsbl=zones, dnsbl_addresses=addresses, dnsbl_resolver=server.place))


def test_addresses_are_asked_for_in_reverse_and_a_listing_is_told_from_none() -> None:
    records = {"99.2.0.192.bl.test.": "127.0.0.2", f"{NIBBLES}.bl.test.": "127.0.0.4"}

    with serving(records) as server:
        found = asked(server, f"192.0.2.99, 192.0.2.1, {V6}")

    assert [(one.address, one.listed) for one in found] == [("192.0.2.99", True), ("192.0.2.1", False), (V6, True)]
    assert server.asked == ["99.2.0.192.bl.test.", "1.2.0.192.bl.test.", f"{NIBBLES}.bl.test."]
    assert found[0].words == "192.0.2.99 is on the block list bl.test (127.0.0.2)."


@pytest.mark.parametrize("answer", ["127.255.255.254", "127.255.255.252", "127.0.0.1", "203.0.113.7"])
def test_a_refusal_to_say_is_no_listing(answer: str) -> None:
    with serving({"99.2.0.192.bl.test.": answer}) as server:
        [found] = asked(server, "192.0.2.99")

    assert found.listed is None
    assert "refuses to say" in found.words


def test_a_list_that_does_not_answer_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dnsbl, "SECONDS", 0.3)

    with serving({}) as server:
        [found] = asked(server, "192.0.2.99", "mute.test")

    assert found.listed is None


def test_nothing_is_asked_unless_zones_and_addresses_are_set() -> None:
    with serving({}) as server:
        assert asked(server, "") == asked(server, "192.0.2.99", "") == []

    assert server.asked == []


def test_what_is_no_address_is_a_fault_of_the_settings() -> None:
    with serving({}) as server, pytest.raises(ConfigError, match="no IP address"):
        asked(server, "mail.example")


def test_a_listing_is_an_incident_until_the_list_says_otherwise(conn: Conn) -> None:
    listed = dnsbl.judged("bl.test", "192.0.2.99", ["127.0.0.2"])
    mute = dnsbl.judged("bl.test", "192.0.2.99", ["127.255.255.254"])
    free = dnsbl.Listing("bl.test", "192.0.2.99", False, "")

    def open_() -> int:
        return int(conn.execute(text("SELECT count(*) FROM incident WHERE over_at IS NULL")).scalar_one())

    dnsbl.settle(conn, [listed], NOON)
    assert open_() == 1
    dnsbl.settle(conn, [mute], NOON + timedelta(hours=1))
    assert open_() == 1
    dnsbl.settle(conn, [free], NOON + timedelta(hours=2))
    assert open_() == 0
