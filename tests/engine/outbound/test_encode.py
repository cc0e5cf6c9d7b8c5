"""Words in mails: what was written comes back, lines are short, and no value makes a header."""

from __future__ import annotations

import quopri
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.outbound import encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
ODD = st.text(st.sampled_from("ab =.\t\n\ré漢🙂"), max_size=300)


def unfolded(header: str) -> str:
    return str(make_header(decode_header(header.replace("\r\n", ""))))


@given(st.one_of(TEXT, ODD))
@example("x" * 76)
@example("x" * 75 + "=")
@example("x" * 74 + "é")
@example("é" * 200)
@example("a" * 75 + " ")
@example("." + "x" * 75)
@example("x\n." + "é" * 30)
@example("." * 200)
@example("x" * 70 + "......")
def test_quoted_printable_comes_back_and_leaves_room_for_a_soft_line_break(text: str) -> None:
    encoded = encode.quoted(text)

    lines = encoded.split("\r\n")
    assert encoded.isascii()
    assert "\n" not in encoded.replace("\r\n", "")
    assert max(map(len, lines)) <= 76
    assert len(lines[-1] + "=") <= 76
    assert not [line for line in lines if line.endswith((" ", "\t")) or line.startswith(".")]
    written = text.replace("\r\n", "\n").replace("\r", "\n")
    assert quopri.decodestring(encoded.replace("\r\n", "\n")).decode() == written


@given(
    st.one_of(TEXT, ODD), st.sampled_from(["", "before", "line\n", "blank "]), st.sampled_from([".\n", "\n", " x\n"])
)
def test_a_slot_stands_between_texts_that_were_encoded_before_it(text: str, before: str, after: str) -> None:
    joined = encode.quoted(before) + encode.SOFT + encode.slotted(text) + encode.SOFT + encode.quoted(after)

    written = before + text.replace("\r\n", "\n").replace("\r", "\n") + after
    assert quopri.decodestring(joined.replace("\r\n", "\n")).decode() == written
    assert max(map(len, joined.split("\r\n"))) <= 76
    assert not [line for line in joined.split("\r\n") if line.startswith(".")]


@given(st.one_of(TEXT, ODD))
@example("=?utf-8?q?x?=")
@example("Ann\r\nBcc: eve@x.test")
@example("word " * 100)
@example("w" * 1000)
def test_a_header_of_text_comes_back_on_short_lines_and_is_one_header(text: str) -> None:
    header = encode.header("Subject", text)

    first, *more = header.removesuffix("\r\n").split("\r\n")
    assert first.startswith("Subject: ")
    assert all(line.startswith(" ") for line in more)
    assert header.isascii()
    assert max(map(len, [first, *more])) <= 78
    assert " ".join(unfolded(header[9:]).split()) == encode.words(text)


@given(st.one_of(TEXT, ODD))
@example('"')
@example("\\")
@example("a, b")
@example("=?utf-8?q?x?=")
def test_a_name_is_one_phrase_before_its_address(text: str) -> None:
    header = encode.mailbox(text, "a@x.test")

    assert all(line.startswith(" ") for line in header.split("\r\n")[1:])
    assert max(map(len, header.split("\r\n"))) <= 74
    assert header.isascii()
    shown = header.removesuffix("a@x.test" if header == "a@x.test" else "<a@x.test>").strip()
    if shown.startswith('"'):
        shown = shown[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    assert " ".join(unfolded(shown).split()) == encode.words(text)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("o'neil+x@sub.x-y.test", "o'neil+x@sub.x-y.test"),
        ("jo@exämple.test", "jo@xn--exmple-cua.test"),
        ("jörg@exämple.test", "jörg@xn--exmple-cua.test"),
        ("jörg m@x.test", '"jörg m"@x.test'),
        ('"a b"@x.test', '"a b"@x.test'),
    ],
)
def test_an_address_is_written_as_headers_want_it(address: str, written: str) -> None:
    assert encode.spec(address) == written
