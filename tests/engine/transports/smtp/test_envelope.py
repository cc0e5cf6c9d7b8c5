"""The bytes of a transaction: pieces, dots and line ends, over arbitrary content."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.transports.smtp.envelope import PIECE, normal, pieces, stuffed

TRICKY = st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"\0", b"a", b"..", b"\r\n.\r\n"]), max_size=30)


@given(TRICKY.map(b"".join))
def test_only_the_end_of_the_content_ends_it(content: bytes) -> None:
    wire = stuffed(normal(content))

    assert (b"\r\n" + wire).count(b"\r\n.\r\n") == 1
    assert wire.endswith(b".\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", wire)


@given(TRICKY.map(b"".join))
def test_a_receiver_gets_back_what_was_normal(content: bytes) -> None:
    lines = stuffed(normal(content)).split(b"\r\n")

    received = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines[:-2]) + b"\r\n"
    assert received == normal(content)
    assert normal(received) == received


@given(st.integers(PIECE - 8, PIECE + 8), st.integers(0, 2))
def test_the_whole_final_dot_line_is_in_the_last_piece(length: int, more: int) -> None:
    wire = stuffed(b"x" * (length + more * PIECE) + b"\r\n")

    cuts = pieces(wire)

    assert b"".join(cuts) == wire
    assert bytes(cuts[-1]).endswith(b"\r\n.\r\n")
    assert all(0 < len(cut) <= PIECE + 5 for cut in cuts)
