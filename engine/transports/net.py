"""One HTTP request, bounded in time, bytes and reach, with exact knowledge of whether its body had left.

Guards outgoing webhooks against being pointed at our own network (server-side request forgery).
"""

from __future__ import annotations

import contextlib
import email.utils
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from engine.errors import TransportError

SECONDS = 5.0
ANSWER_BYTES = 64 * 1024
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Translation and tunnel ranges that ipaddress calls global though their far end is elsewhere: local-use NAT64
# (RFC 8215), 6to4 (RFC 3056) and its anycast relay (RFC 7526), Teredo (RFC 4380), site-local (RFC 3879).
ELSEWHERE = tuple(
    ipaddress.ip_network(net) for net in ("64:ff9b:1::/48", "2002::/16", "192.88.99.0/24", "2001::/32", "fec0::/10")
)

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, headers, and at most ANSWER_BYTES of its body."""

    status: int
    headers: httpx.Headers
    body: bytes

    def text(self, characters: int = 300) -> str:
        """The beginning of the body as text."""
        return self.body[: characters * 4].decode("utf-8", "replace").replace("\0", "\ufffd")[:characters]


class CallFailed(Exception):
    """No answer. `written`: the whole request had been handed to the network."""

    def __init__(self, text: str, written: bool) -> None:
        super().__init__(text)
        self.written = written


def resolve(host: str, port: int) -> list[str]:
    """All addresses of `host`, by the system's resolver."""
    return list(dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def reachable(address: str) -> bool:
    """Whether a hook may connect to this IP address: it is on the public Internet."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return reachable(str(ip.ipv4_mapped))
        if ip in NAT64:
            return reachable(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    if any(ip in net for net in ELSEWHERE if net.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


@dataclass(frozen=True, slots=True)
class Guard:
    """Where hooks may go. `private` lifts the limits on addresses and ports, for instances on a closed network."""

    private: bool = False
    resolve: Resolve = resolve

    def addresses(self, url: httpx.URL) -> list[str]:
        """Resolve `url`'s host, once; raises TransportError unless every address may be called.

        One bad address refuses the host: a mixed answer is what DNS rebinding looks like.
        """
        _refuse_odd(url, self.private)
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = self.resolve(url.host, port)
        except (OSError, UnicodeError) as error:
            raise TransportError(f"The host {url.host} cannot be resolved: {error}.", code="dns") from error
        if not found:
            raise TransportError(f"The host {url.host} has no address.", code="dns")
        if not self.private and not all(reachable(address) for address in found):
            raise _refused(f"{url.host} is not on the public Internet; set SIXPM_HOOKS_PRIVATE to allow that")
        return found


def client() -> httpx.Client:
    """A client that follows nothing, uses no proxy, and opens a connection per request.

    A kept connection that the server closes just as we write is a doubt that need not be. Answers are asked for
    uncompressed, because the bound on their size counts bytes as they come.
    """
    return httpx.Client(
        headers={"accept-encoding": "identity"},
        timeout=SECONDS,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def exchange(http: httpx.Client, request: httpx.Request, seconds: float = SECONDS) -> Answer:
    """Send `request`, wait at most `seconds` in all for the answer. Raises CallFailed."""
    watch = _Watch()
    # The watch cannot cut a TLS handshake, which takes the socket away from it; the timeout of each step can.
    timeout = httpx.Timeout(seconds).as_dict()
    request.extensions = {**request.extensions, "trace": watch.trace, "timeout": timeout}
    try:
        with watch.cut_after(seconds):
            response = http.send(request, stream=True)
            with contextlib.closing(response):
                return Answer(response.status_code, response.headers, _read(response))
    except httpx.InvalidURL as error:
        raise CallFailed(f"bad address: {error}", False) from error
    except httpx.HTTPError as error:
        late = watch.cut or isinstance(error, httpx.TimeoutException)
        text = f"no answer within {seconds:.2g} s" if late else (str(error) or type(error).__name__)
        raise CallFailed(text, watch.written) from error


def guarded(
    http: httpx.Client, guard: Guard, url: str, content: bytes | None, headers: Mapping[str, str],
    seconds: float = SECONDS,
) -> Answer:  # fmt: skip
    """POST to a checked address of `url`'s host, or GET without `content`; that host's name is in Host and TLS.

    Raises as above.
    """
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _refused(f"{url!r} is no address: {error}") from error
    failed: CallFailed | None = None
    end = time.monotonic() + seconds
    for address in guard.addresses(target):
        request = http.build_request(
            "GET" if content is None else "POST",
            target.copy_with(host=address),
            content=content,
            headers={**headers, "Host": target.netloc.decode("ascii")},
            extensions={"sni_hostname": target.raw_host.decode("ascii").strip("[]")},
        )
        try:
            return exchange(http, request, max(end - time.monotonic(), 0.1))
        except CallFailed as error:
            failed = error
            if error.written or time.monotonic() >= end:
                break
    assert failed is not None
    raise failed


def retry_after(headers: httpx.Headers, now: float) -> float | None:
    """Seconds of a Retry-After header, which may hold a number or a date (RFC 9110 section 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    try:
        when = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max((when - datetime.fromtimestamp(now, UTC)).total_seconds(), 0.0)


class _Watch:
    """Follows one request: which socket it uses, whether its body was written; cuts it when its time is over."""

    def __init__(self) -> None:
        self.written = False
        self.cut = False
        self._socket: socket.socket | None = None

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace extension."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = info["return_value"].get_extra_info("socket")
        elif event == "http11.send_request_body.complete":
            self.written = True

    @contextlib.contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """A read timeout starts again with every byte, so a server that drips could hold us for hours."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self.cut = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Past SSLSocket.shutdown, which would take the TLS layer away under the reading thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _read(response: httpx.Response) -> bytes:
    """The body, or as much of it as came: its status is an answer, whatever happens to the rest."""
    body = bytearray()
    with contextlib.suppress(httpx.HTTPError):
        for chunk in response.iter_raw():
            body += chunk
            if len(body) >= ANSWER_BYTES:
                break
    return bytes(body[:ANSWER_BYTES])


def _refuse_odd(url: httpx.URL, private: bool) -> None:
    if url.scheme not in {"http", "https"} or not url.host:
        raise _refused("its address must begin with https:// or http:// and a host")
    if url.userinfo:
        raise _refused("its address must not hold a user or password")
    if not private and url.port not in {None, 80, 443}:
        raise _refused(f"port {url.port} is not allowed; use 443 or 80")


def _refused(why: str) -> TransportError:
    return TransportError(f"The webhook was not called: {why}.", permanent=True, code="refused_address")
