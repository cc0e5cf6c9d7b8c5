"""An import's row, the pieces of its file, its faults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from engine.db import Conn

if TYPE_CHECKING:
    from engine.people.imports.judging import Fault

_COLUMNS = (
    "id, workspace_id, name, state, reason, header, mapping, options, size, read_to, line, lines, made, changed, same,"
    " faults, counts, made_by, made_at, ended_at"
)


class Job(NamedTuple):
    """An import as its row has it."""

    id: int
    workspace_id: int
    name: str
    state: str
    reason: str
    header: dict[str, Any]
    mapping: dict[str, Any]
    options: dict[str, Any]
    size: int
    read_to: int
    line: int
    lines: int
    made: int
    changed: int
    same: int
    faults: int
    counts: dict[str, Any]
    made_by: str
    made_at: datetime
    ended_at: datetime | None


def take(conn: Conn, import_id: int) -> Job | None:
    """The import, locked to the end of the transaction; None where another has it, or nothing is to be done."""
    query = text(
        f"SELECT {_COLUMNS} FROM import WHERE id = :id AND state IN ('checking', 'running', 'undoing')"  # noqa: S608
        " FOR UPDATE SKIP LOCKED"
    )
    found = conn.execute(query, {"id": import_id}).one_or_none()
    return Job(*found) if found else None


def one(conn: Conn, workspace_id: int, import_id: int, *, lock: bool = False) -> Job | None:
    """The workspace's import."""
    query = f"SELECT {_COLUMNS} FROM import WHERE workspace_id = :ws AND id = :id{' FOR UPDATE' if lock else ''}"  # noqa: S608
    found = conn.execute(text(query), {"ws": workspace_id, "id": import_id}).one_or_none()
    return Job(*found) if found else None


def listed(conn: Conn, workspace_id: int, before: int | None, limit: int) -> list[Job]:
    """The workspace's imports, latest first."""
    query = text(
        f"SELECT {_COLUMNS} FROM import WHERE workspace_id = :ws"  # noqa: S608
        " AND (cast(:before AS bigint) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit"
    )
    rows = conn.execute(query, {"ws": workspace_id, "before": before, "limit": limit})
    return [Job(*row) for row in rows]


def unfinished(conn: Conn) -> list[int]:
    """Imports that a task has something to do for and that no worker holds: the sweep's work."""
    query = (
        "SELECT id FROM import WHERE state IN ('checking', 'running', 'undoing') ORDER BY id FOR KEY SHARE SKIP LOCKED"
    )
    return list(conn.scalars(text(query)))


def insert(conn: Conn, workspace_id: int, name: str, made_by: str, now: datetime) -> int:
    """The id of a new import, whose file is still to come."""
    query = text(
        "INSERT INTO import (workspace_id, name, made_by, made_at) VALUES (:ws, :name, :by, :now) RETURNING id"
    )
    return int(conn.execute(query, {"ws": workspace_id, "name": name, "by": made_by, "now": now}).scalar_one())


def set_header(conn: Conn, import_id: int, header: Mapping[str, Any], size: int, read_to: int, line: int) -> None:
    """What the file is, and where its lines begin."""
    query = text(
        "UPDATE import SET header = cast(:header AS jsonb), size = :size, read_to = :to, line = :line WHERE id = :id"
    )
    values = {"id": import_id, "header": json.dumps(header), "size": size, "to": read_to, "line": line}
    conn.execute(query, values)


def set_mapping(conn: Conn, import_id: int, mapping: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """What a person said the columns are."""
    query = text(
        "UPDATE import SET mapping = cast(:mapping AS jsonb), options = cast(:options AS jsonb) WHERE id = :id"
    )
    conn.execute(query, {"id": import_id, "mapping": json.dumps(mapping), "options": json.dumps(options)})


def rewind(conn: Conn, import_id: int, read_to: int, line: int) -> None:
    """Begin at the first line, with nothing counted and no faults."""
    query = text(
        "UPDATE import SET read_to = :to, line = :line, lines = 0, made = 0, changed = 0, same = 0, faults = 0,"
        " counts = '{}' WHERE id = :id"
    )
    conn.execute(query, {"id": import_id, "to": read_to, "line": line})
    conn.execute(text("DELETE FROM import_fault WHERE import_id = :id"), {"id": import_id})
    drop_seen(conn, import_id)


def drop_seen(conn: Conn, import_id: int) -> None:
    """Forget the addresses of a dry run."""
    conn.execute(text("DELETE FROM import_seen WHERE import_id = :id"), {"id": import_id})


class Progress(NamedTuple):
    """What a slice adds to the numbers of an import."""

    lines: int = 0
    made: int = 0
    changed: int = 0
    same: int = 0
    faults: int = 0


def advance(
    conn: Conn, import_id: int, read_to: int, line: int, more: Progress, counts: Mapping[str, int]
) -> None:  # fmt: skip
    """So far it is, with what this slice adds."""
    query = text("""
        UPDATE import SET read_to = :to, line = :line, lines = lines + :lines, made = made + :made,
            changed = changed + :changed, same = same + :same, faults = faults + :faults,
            counts = counts || cast(:counts AS jsonb) WHERE id = :id
    """)
    values = {"id": import_id, "to": read_to, "line": line, "counts": json.dumps(counts), **more._asdict()}
    conn.execute(query, values)


def put_faults(conn: Conn, job: Job, faults: Iterable[Fault]) -> None:
    """Keep lines that were not taken; a line that has one keeps its first."""
    rows = list(faults)
    if not rows:
        return
    query = text("""
        INSERT INTO import_fault (import_id, line, workspace_id, "column", words, raw)
        SELECT :id, f.line, :ws, f."column", f.words, f.raw
        FROM json_to_recordset(cast(:faults AS json)) AS f(line bigint, "column" text, words text, raw text)
        ON CONFLICT (import_id, line) DO NOTHING
    """)
    said = json.dumps([fault._asdict() for fault in rows])
    conn.execute(query, {"id": job.id, "ws": job.workspace_id, "faults": said})


def faults(conn: Conn, workspace_id: int, import_id: int, after: int, limit: int) -> Sequence[Any]:
    """Lines that were not taken, in the order of the file: line, column, words, raw."""
    query = text(
        'SELECT line, "column", words, raw FROM import_fault WHERE workspace_id = :ws AND import_id = :id'
        " AND line > :after ORDER BY line LIMIT :limit"
    )
    return conn.execute(query, {"ws": workspace_id, "id": import_id, "after": after, "limit": limit}).all()


def attributes(conn: Conn, workspace_id: int) -> dict[str, str]:
    """The workspace's attributes: kind by name."""
    query = text("SELECT name, kind FROM attribute WHERE workspace_id = :ws ORDER BY name")
    return {row.name: row.kind for row in conn.execute(query, {"ws": workspace_id})}


def put_attributes(conn: Conn, workspace_id: int, found: Sequence[tuple[str, str, str]]) -> None:
    """Make those attributes (name, label, kind) that are not there."""
    query = text(
        "INSERT INTO attribute (workspace_id, name, label, kind) SELECT :ws, * FROM unnest(cast(:names AS text[]),"
        " cast(:labels AS text[]), cast(:kinds AS text[])) ON CONFLICT (workspace_id, name) DO NOTHING"
    )
    names, labels, kinds = ([one[n] for one in found] for n in range(3))
    conn.execute(query, {"ws": workspace_id, "names": names, "labels": labels, "kinds": kinds})


def any_suppressed(conn: Conn, workspace_id: int) -> bool:
    """Whether any address of the workspace gets no mail."""
    query = text("SELECT EXISTS (SELECT FROM suppression WHERE workspace_id = :ws AND channel = 'mail')")
    return bool(conn.scalar(query, {"ws": workspace_id}))
