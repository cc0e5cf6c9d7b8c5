"""Replies pair with expectations in order, however they are cut into segments; what nobody expects is kept."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.transports.smtp.protocol import REPLY_LIMIT, UNSOLICITED_KEPT, Expectation, Link, LinkLost
from engine.transports.smtp.replies import Reply


class Wire:
    """Stands in for asyncio's transport."""

    def __init__(self) -> None:
        self.written = b""
        self.closing = False
        self.aborted = False

    def write(self, data: bytes) -> None:
        """Keep."""
        self.written += data

    def is_closing(self) -> bool:
        """Whether close or abort was called."""
        return self.closing

    def abort(self) -> None:
        """Close at once."""
        self.closing = self.aborted = True


def on_link(test: Callable[[Link, Wire], Any]) -> Any:
    """Run `test` with a link in an event loop."""

    async def main() -> Any:
        wire = Wire()
        found = test(Link(cast(asyncio.Transport, wire)), wire)
        return await found if asyncio.iscoroutine(found) else found

    return asyncio.run(main())


@given(st.lists(st.integers(1, 30), max_size=20))
def test_replies_pair_in_order_whatever_the_segments(cuts: list[int]) -> None:
    stream = b"250-one\r\n250 two\r\n354 go\r\n550 5.1.1 no\r\n250\r\n"

    def feed(link: Link, wire: Wire) -> list[Reply]:
        waiters = [link.expect() for _ in range(4)]
        at = 0
        for cut in [*cuts, len(stream)]:
            link.data_received(stream[at : at + cut])
            at += cut
        return [waiter.result() for waiter in waiters]

    assert on_link(feed) == [Reply(250, "one\ntwo"), Reply(354, "go"), Reply(550, "5.1.1 no"), Reply(250, "")]


def test_a_reply_nobody_expects_is_kept_and_ends_the_use_of_the_link() -> None:
    def feed(link: Link, wire: Wire) -> None:
        waiter = link.expect()
        link.data_received(b"250 mine\r\n421 4.3.2 bye\r\n")

        assert waiter.result() == Reply(250, "mine")
        assert link.unsolicited == [Reply(421, "4.3.2 bye")]
        assert not link.usable

    on_link(feed)


def test_a_flood_of_unasked_replies_is_not_all_kept() -> None:
    def feed(link: Link, wire: Wire) -> int:
        link.data_received(b"250 x\r\n" * 1000)
        return len(link.unsolicited)

    assert on_link(feed) == UNSOLICITED_KEPT


@pytest.mark.parametrize(
    "junk", [b"hello\r\n", b"999 x\r\n", b"25\r\n", b"250x\r\n", b"\r\n", b"x" * (REPLY_LIMIT + 1), b"250-x\r\n" * 9999]
)
def test_what_is_no_reply_breaks_the_link_and_fails_every_waiter(junk: bytes) -> None:
    def feed(link: Link, wire: Wire) -> None:
        waiters = [link.expect(), link.expect()]
        link.data_received(junk)

        assert wire.aborted
        assert not link.usable
        for waiter in waiters:
            assert isinstance(waiter.exception(), LinkLost)

    on_link(feed)


def test_a_reply_that_came_before_the_loss_is_not_lost_with_it() -> None:
    def feed(link: Link, wire: Wire) -> None:
        first, second = link.expect(), link.expect()
        link.data_received(b"250 taken\r\n")
        link.connection_lost(ConnectionResetError("reset"))

        assert first.result() == Reply(250, "taken")
        with pytest.raises(LinkLost, match="reset"):
            second.result()

    on_link(feed)


def test_nothing_is_written_after_the_loss() -> None:
    def feed(link: Link, wire: Wire) -> None:
        link.eof_received()

        with pytest.raises(LinkLost):
            link.write(b"MAIL")
        with pytest.raises(LinkLost):
            link.expect().result()
        assert wire.written == b""

    on_link(feed)


def test_bytes_that_no_text_can_hold_do_not_break_a_reply() -> None:
    def feed(link: Link, wire: Wire) -> str:
        waiter = link.expect()
        link.data_received(b"550 \xff\0 no\r\n")
        return waiter.result().text

    assert on_link(feed) == "\ufffd\ufffd no"


def test_the_listener_hears_of_an_empty_buffer_of_replies_and_of_the_loss() -> None:
    def feed(link: Link, wire: Wire) -> list[str]:
        heard: list[str] = []
        link.listener = lambda: heard.append("lost" if link.lost else "paused" if link.paused else "free")
        link.pause_writing()
        link.call(Expectation(lambda reply: heard.append(reply.text)))
        link.data_received(b"552 enough\r\n")
        link.resume_writing()
        link.connection_lost(None)
        return heard

    assert on_link(feed) == ["enough", "paused", "free", "lost"]


def test_the_listener_is_called_once_a_segment_and_never_between_two_of_its_replies() -> None:
    def feed(link: Link, wire: Wire) -> list[str]:
        heard: list[str] = []
        link.listener = lambda: heard.append("listener")
        link.call(Expectation(lambda reply: heard.append(reply.text)))
        link.data_received(b"354 go on\r\n250 stray\r\n")
        assert not link.usable
        return heard

    assert on_link(feed) == ["go on", "listener"]


def test_a_link_counts_as_drained_only_when_the_kernel_has_everything() -> None:
    async def story() -> tuple[bool, bool]:
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        link = Link.adopt(transport)
        link.write(b"x" * 40_000)  # under asyncio's own limit of 64 KB
        held = link.paused
        theirs.setblocking(False)
        while link.paused:
            with contextlib.suppress(BlockingIOError):
                theirs.recv(65536)
            await asyncio.sleep(0)
        drained = transport.get_write_buffer_size() == 0
        link.abort()
        theirs.close()
        await link.gone
        return held, drained

    assert asyncio.run(story()) == (True, True)


def test_an_answer_that_comes_with_the_end_of_the_wait_is_taken() -> None:
    async def feed(link: Link, wire: Wire) -> Reply:
        waiter = link.expect()
        answer = asyncio.create_task(link.answer(waiter, 0.01, "the dot"))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.005, link.data_received, b"250 taken\r\n")
        time.sleep(0.05)
        return await answer

    assert on_link(feed) == Reply(250, "taken")
