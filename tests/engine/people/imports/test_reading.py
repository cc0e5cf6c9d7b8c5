"""Lines of a file by slices of its bytes: every encoding, quoted line breaks, quotation marks left open."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.people.imports.reading import BOMS, LONGEST, Form, Record, read

CELL = st.text(st.sampled_from("ab,;\"\n\r 'äß名\u0a0a\u0a00😀"), max_size=6)
ROWS = st.lists(st.lists(CELL, min_size=2, max_size=3), min_size=1, max_size=12)


def all_of(data: bytes, form: Form, most: int, piece: int) -> list[Record]:
    """Every record, read `piece` bytes at a time; more where no line ends in them."""
    at, line, more, found = 0, 1, piece, []
    while at < len(data):
        part = read(data[at : at + more], form, at, line, most, at + more >= len(data))
        more = piece if part.size else more * 2
        found += part.records
        at, line = at + part.size, part.line
    return found


def written(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@given(rows=ROWS, most=st.integers(1, 5), piece=st.integers(30, 90))
def test_what_was_written_is_read_wherever_the_slices_end(
    encoding: str, rows: list[list[str]], most: int, piece: int
) -> None:
    text = written(rows)
    data = text.encode(encoding)

    found = all_of(data, Form(encoding, ","), most, piece - piece % 2)

    assert [record.cells for record in found] == [row for row in rows if any(map(str.strip, row))]
    for record in found:
        assert record.cells is not None
        [again] = read(data[record.at :], Form(encoding, ","), 0, 1, 1, True).records
        assert again.cells == record.cells


def test_windows_1252_is_read_with_bytes_that_it_does_not_know() -> None:
    data = "näme;ort\nJürgen “J”;Köln\n".encode("cp1252") + b"\x81;x\n"

    found = all_of(data, Form("cp1252", ";"), 1, 16)

    assert [list(record.cells or ()) for record in found] == [["näme", "ort"], ["Jürgen “J”", "Köln"], ["\ufffd", "x"]]
    assert [record.line for record in found] == [1, 2, 3]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_one(ends: str) -> None:
    found = all_of(ends.join(["a,b", "1,2", "", " , ", "3,4"]).encode(), Form("utf-8", ","), 2, 1000)

    assert [(record.line, record.cells) for record in found] == [(1, ["a", "b"]), (2, ["1", "2"]), (5, ["3", "4"])]


def test_a_quotation_mark_that_is_not_closed_costs_its_line_alone() -> None:
    lines = ["a,b", '"open,1', *(f"{n},x" for n in range(LONGEST * 3)), 'more "in" the middle,2', '"last,3', "4,5"]

    found = all_of("\n".join(lines).encode(), Form("utf-8", ","), 40, 200)

    broken = [record.line for record in found if record.cells is None]
    assert broken == [2, LONGEST * 3 + 4]
    assert len(found) == len(lines)
    assert found[-1].cells == ["4", "5"]


def test_the_line_as_it_stood_has_its_quotation_marks() -> None:
    part = read(b'a,b\n"x\ny","z"\n', Form("utf-8", ","), 0, 1, 9, True)

    assert [part.raw(record) for record in part.records] == ["a,b", '"x\ny","z"']
    assert BOMS["utf-8"] == "\ufeff".encode()
