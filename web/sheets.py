"""Rows as a CSV download, streamed; a cell can never be a formula in whoever's spreadsheet opens it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

MARK = "\ufeff"
LINES = 500  # written to the client at once
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"); a quote before it makes it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# In half of the world's languages a spreadsheet parts columns at semicolons: what is behind one is a cell of its own.
INSIDE = re.compile(r"([;\t\r\n]\"?)(?=[=+@-])")


def download(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file (RFC 4180, UTF-8) of `rows` below `head`. `rows` is read while the answer is on its way.

    It begins with a byte order mark, without which Excel takes letters beyond ASCII for others, and quotes all cells.

    A column with the head of one before it is left out: to a reader in UTC their own time and UTC are one.
    """
    response = Response(_written(head, rows), content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that collects the whole would need its memory
    return response


def _written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    kept = [place for place, name in enumerate(head) if name not in head[:place]]
    writer.writerow([head[place] for place in kept])
    for number, row in enumerate(rows, 1):
        writer.writerow([_cell(row[place]) for place in kept if place < len(row)])
        if number % LINES == 0:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    text = INSIDE.sub(r"\1'", value.replace("\0", ""))
    return f"'{text}" if text.startswith(FORMULA) else text
