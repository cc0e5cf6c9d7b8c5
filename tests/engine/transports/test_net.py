"""The guard of outgoing calls: where they may go, how long they may take, how much they may read."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from engine.errors import TransportError
from engine.transports.net import (
    ANSWER_BYTES,
    CallFailed,
    Guard,
    client,
    exchange,
    guarded,
    reachable,
    resolve,
    retry_after,
)
from tests.fakes.http_catcher import Catcher, catcher


@pytest.fixture
def caught() -> Iterator[Catcher]:
    """A catcher."""
    with catcher() as server:
        yield server


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A client as the transports use it."""
    with client() as one:
        yield one


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%1",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "::127.0.0.1",
    ],
)
def test_an_address_that_is_not_on_the_public_internet_is_not_reachable(address: str) -> None:
    assert not reachable(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"]
)
def test_a_public_address_is_reachable(address: str) -> None:
    assert reachable(address)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_our_own_machine_is_refused_however_it_is_written(host: str, http: httpx.Client) -> None:
    with pytest.raises(TransportError) as refused:
        guarded(http, Guard(), f"http://{host}/x", b"", {})

    assert refused.value.permanent or refused.value.code == "dns"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "example.com",
        "http://",
        "http://user:pass@1.1.1.1/",
        "http://1.1.1.1:22/",
        "https://1.1.1.1:8443/",
        "http://1.1.1.1:99999/",
        "",
    ],
)
def test_an_odd_address_is_refused_before_anything_is_resolved(url: str, http: httpx.Client) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError("resolved")

    with pytest.raises(TransportError) as refused:
        guarded(http, Guard(resolve=never), url, b"", {})

    assert refused.value.permanent
    assert refused.value.code == "refused_address"


def test_one_private_address_among_public_ones_refuses_the_host(http: httpx.Client) -> None:
    with pytest.raises(TransportError, match="public Internet"):
        guarded(http, Guard(resolve=lambda host, port: ["1.1.1.1", "10.0.0.1"]), "http://mixed.example/", b"", {})


def test_a_host_is_resolved_once_and_the_checked_address_is_the_one_that_is_called(
    caught: Catcher, http: httpx.Client
) -> None:
    asked: list[str] = []

    def flips(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["203.0.113.1"]

    url = f"http://rebound.example:{caught.port}/hook/ok"
    answer = guarded(http, Guard(private=True, resolve=flips), url, b"{}", {})

    assert answer.status == 200
    assert asked == ["rebound.example"]
    assert caught.requests[0].headers["host"] == f"rebound.example:{caught.port}"


def test_a_name_without_address_is_for_later(http: httpx.Client) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such host")

    with pytest.raises(TransportError) as failed:
        guarded(http, Guard(resolve=unknown), "http://nowhere.example/", b"", {})

    assert not failed.value.permanent
    assert not failed.value.in_doubt


def test_the_next_address_is_tried_when_the_first_does_not_listen(caught: Catcher, http: httpx.Client) -> None:
    guard = Guard(private=True, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])

    assert guarded(http, guard, f"http://two.example:{caught.port}/hook/ok", b"{}", {}).status == 200


def test_tls_is_made_with_the_hosts_name_and_not_the_address() -> None:
    """The server's end of the handshake sees the name we asked for."""
    seen: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        connection, _ = listener.accept()
        with connection:
            seen.append(connection.recv(4096))

    thread = threading.Thread(target=listen)
    thread.start()
    port = listener.getsockname()[1]

    guard = Guard(private=True, resolve=lambda host, port: ["127.0.0.1"])
    with client() as http, pytest.raises(CallFailed) as failed:
        guarded(http, guard, f"https://named.example:{port}/", b"", {})
    thread.join()
    listener.close()

    assert b"named.example" in seen[0]
    assert not failed.value.written


def test_a_redirect_is_not_followed(caught: Catcher, http: httpx.Client) -> None:
    answer = exchange(http, http.build_request("POST", f"{caught.url}/hook/redirect", content=b""))

    assert answer.status == 302
    assert len(caught.requests) == 1


def test_no_more_than_the_bound_is_read(caught: Catcher, http: httpx.Client) -> None:
    answer = exchange(http, http.build_request("POST", f"{caught.url}/hook/big", content=b""))

    assert len(answer.body) == ANSWER_BYTES


def test_a_body_that_never_ends_is_cut_and_the_status_counts(caught: Catcher, http: httpx.Client) -> None:
    begun = time.monotonic()

    answer = exchange(http, http.build_request("POST", f"{caught.url}/hook/drip", content=b"x"), seconds=0.2)

    assert answer.status == 200
    assert set(answer.body) == {ord(".")}
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("how", ["drip-head", "slow/60"])
def test_an_answer_that_never_ends_is_cut_and_the_body_counts_as_written(
    how: str, caught: Catcher, http: httpx.Client
) -> None:
    begun = time.monotonic()

    with pytest.raises(CallFailed) as failed:
        exchange(http, http.build_request("POST", f"{caught.url}/hook/{how}", content=b"x"), seconds=0.2)

    assert failed.value.written
    assert time.monotonic() - begun < 5


def test_a_server_that_is_not_there_got_nothing(http: httpx.Client) -> None:
    with catcher() as server:
        url = server.url

    with pytest.raises(CallFailed) as failed:
        exchange(http, http.build_request("POST", url, content=b"x"))

    assert not failed.value.written


def test_a_server_that_hangs_up_without_an_answer_got_everything(caught: Catcher, http: httpx.Client) -> None:
    with pytest.raises(CallFailed) as failed:
        exchange(http, http.build_request("POST", f"{caught.url}/hook/close", content=b"x"))

    assert failed.value.written


def test_answers_are_asked_for_uncompressed(caught: Catcher, http: httpx.Client) -> None:
    exchange(http, http.build_request("POST", f"{caught.url}/hook/ok", content=json.dumps({}).encode()))

    assert caught.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("Wed, 31 Dec 1969 00:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(httpx.Headers({"retry-after": value}), now=10.0) == seconds


def test_the_system_resolver_gives_each_address_once() -> None:
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]


def test_the_next_address_is_not_tried_once_a_request_was_written(caught: Catcher, http: httpx.Client) -> None:
    guard = Guard(private=True, resolve=lambda host, port: ["127.0.0.1", "127.0.0.1"])

    with pytest.raises(CallFailed):
        guarded(http, guard, f"http://two.example:{caught.port}/hook/close", b"{}", {})

    assert len(caught.requests) == 1
