"""Rows as CSV: no cell is a formula, no column stands there twice."""

from __future__ import annotations

import csv

from web import sheets

HEAD = ("name", "at (UTC)", "at (UTC)", "said")


def read(head: tuple[str, ...], *rows: tuple[object, ...]) -> list[list[str]]:
    return list(
        csv.reader(sheets.download("x", head, rows).get_data(as_text=True).removeprefix(sheets.MARK).splitlines())
    )


def test_a_column_with_the_head_of_another_is_left_out() -> None:
    assert read(HEAD, ("Ann", "18:00", "18:00", "done")) == [["name", "at (UTC)", "said"], ["Ann", "18:00", "done"]]


def test_a_row_that_is_shorter_than_the_head_keeps_what_it_has() -> None:
    assert read(HEAD, ("Only the newest are here.",))[1] == ["Only the newest are here."]


def test_a_cell_is_never_a_formula() -> None:
    assert read(("said",), ("=1+1",), ("\tx",), ("fine",))[1:] == [["'=1+1"], ["'\tx"], ["fine"]]


def test_a_cell_is_no_formula_either_where_columns_are_parted_at_semicolons() -> None:
    rows = (("Ann;=1+1;x",), ('a;"@SUM(1)',), ("a; -5; b-c; d=e",), ("a\n+1",))

    written = sheets.download("x", ("said",), rows).get_data(as_text=True)

    cells = [cell.lstrip('"') for line in csv.reader(written.splitlines(), delimiter=";") for cell in line]
    assert not [cell for cell in cells if cell.startswith(sheets.FORMULA)]
    assert "a; -5; b-c; d=e" in written


def test_a_spreadsheet_is_told_that_it_is_utf_8() -> None:
    assert sheets.download("x", ("name",), [("Zoë",)]).get_data() == b'\xef\xbb\xbf"name"\r\n"Zo\xc3\xab"\r\n'
