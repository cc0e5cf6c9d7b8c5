"""The uploaded file: taken in by pieces, looked at, read on from where an import stands. Never whole in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.errors import Invalid
from engine.people import rights
from engine.people.imports import columns, sniffing, values
from engine.people.imports.queries import jobs, pieces
from engine.people.imports.queries.jobs import Job
from engine.people.imports.reading import BOMS, Form, Slice, read
from engine.people.principal import Principal

PIECE = 256 * 1024  # bytes of a piece; all but the last have as many
SHOWN = 10  # rows that a person sees before they say yes
SAMPLE = 200  # rows by which kinds are guessed
LINE = 4000  # bytes of a line that is shown again
ENCODINGS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16 (big endian)", "cp1252": "Windows-1252"}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class Unreadable(Exception):  # the state says that it failed
    """The file cannot be read on; the text says why."""


def take_in(
    conn: Conn, who: Principal, name: str, chunk: Callable[[int], bytes], now: datetime
) -> int:  # fmt: skip
    """The id of a new import of the file that `chunk(bytes)` gives, piece by piece. Raises NotAllowed, Invalid("file").

    What begins like a file of another kind, is too big or has too many lines is refused while it comes.
    """
    rights.require(who, "import_contacts")
    made = jobs.insert(conn, who.workspace_id, _named(name), who.actor, now)
    coming, no = sniffing.Coming(), 0
    while piece := _piece(chunk):
        coming.feed(piece)
        pieces.put(conn, who.workspace_id, made, no, piece)
        no += 1
    look(conn, made, coming.end(), "", coming.size)
    return made


def _named(name: str) -> str:
    plain = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in plain if c.isprintable())[:100] or "people.csv"


def _piece(chunk: Callable[[int], bytes]) -> bytes:
    found = bytearray()
    while len(found) < PIECE and (more := chunk(PIECE - len(found))):
        found += more
    return bytes(found)


def look(conn: Conn, import_id: int, encoding: str, separator: str, size: int) -> None:
    """Keep what the file is: encoding, separator (guessed where it is empty), names of its columns, first rows.

    The first line has the names, unless an address stands in it. Raises Invalid("file").
    """
    data = pieces.between(conn, import_id, 0, 0)
    bom = BOMS.get(encoding, b"")
    start = len(bom) if bom and data.startswith(bom) else 0
    text = data[start : start + 64_000].decode(encoding, "replace")
    form = Form(encoding, separator or sniffing.separator(text))
    found = read(data[start:], form, start, 1, SAMPLE, size == len(data))
    if not found.records or found.records[0].cells is None:
        raise Invalid("No line of it can be read as a table.", "file")
    first = [cell.strip() for cell in found.records[0].cells]
    bare = any("@" in cell for cell in first)
    names = [f"Column {n}" for n in range(1, len(first) + 1)] if bare else first
    rows = [list(record.cells or ()) for record in found.records[not bare :]]
    begin = found.records[0] if bare else (found.records[1] if len(found.records) > 1 else None)
    at, line = (begin.at, begin.line) if begin else (start + found.size, found.line)
    if not rows:
        raise Invalid("The file has names of columns and no line below them.", "file")
    width = max(map(len, [names, *rows]))
    names += [f"Column {n}" for n in range(len(names) + 1, width + 1)]
    kinds = [values.kind_of([row[n] for row in rows if n < len(row)]) for n in range(width)]
    header: dict[str, Any] = {
        "encoding": encoding, "separator": form.separator, "names": names[:200], "rows": rows[:SHOWN],
        "kinds": kinds[:200], "at": at, "line": line,
    }  # fmt: skip
    if width > 200:
        raise Invalid("A file has at most 200 columns. Leave out those that you do not need.", "file")
    jobs.set_header(conn, import_id, _without_nul(header), size, at, line)


def _without_nul(header: dict[str, Any]) -> dict[str, Any]:
    return {**header, "names": [name[:200] for name in header["names"]],
            "rows": [[cell[:500] for cell in row] for row in header["rows"]]}  # fmt: skip


def form_of(job: Job) -> Form:
    """How the import's file is read."""
    return Form(job.header["encoding"], job.header["separator"])


def guess(job: Job, known: dict[str, str]) -> list[columns.Column]:
    """The columns as they are most likely meant."""
    found = columns.guessed(job.header["names"], job.header["rows"], known)
    kinds = job.header["kinds"]
    return [
        column if column.to != "attribute" or column.name in known
        else columns.Column(column.to, column.name, column.label, kinds[place])
        for place, column in enumerate(found)
    ]  # fmt: skip


def next_slice(conn: Conn, job: Job, most: int) -> tuple[Slice, bool]:
    """The next lines of the file, and whether they are the last. Raises Unreadable."""
    first, skip = divmod(job.read_to, PIECE)
    for more in (2, 8):  # a line that does not end in half a megabyte has another two
        data = pieces.between(conn, job.id, first, first + more)[skip:]
        last = job.read_to + len(data) >= job.size
        found = read(data, form_of(job), job.read_to, job.line, most, last)
        if found.size or last:
            return found, job.read_to + found.size >= job.size
    raise Unreadable(f"Line {job.line} does not end. Is this a table?")


def lines_at(conn: Conn, job: Job, places: list[int]) -> list[str]:
    """Lines of the file as they stood, by the byte at which each begins."""
    found = []
    for data in pieces.parts(conn, job.id, places, PIECE, LINE):
        part = read(data, form_of(job), 0, 1, 1, True)
        found.append(part.raw(part.records[0]) if part.records else "")
    return found
