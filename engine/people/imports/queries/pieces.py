"""The uploaded file, in pieces of one size."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from engine import db
from engine.db import Conn


def put(conn: Conn, workspace_id: int, import_id: int, no: int, data: bytes) -> None:
    """Keep a part of the file."""
    query = text("INSERT INTO import_piece (import_id, no, workspace_id, data) VALUES (:id, :no, :ws, :data)")
    conn.execute(query, {"id": import_id, "no": no, "ws": workspace_id, "data": data})


def between(conn: Conn, import_id: int, first: int, last: int) -> bytes:
    """Pieces `first` to `last` as one."""
    query = text("SELECT data FROM import_piece WHERE import_id = :id AND no BETWEEN :first AND :last ORDER BY no")
    return b"".join(map(bytes, conn.scalars(query, {"id": import_id, "first": first, "last": last})))


def parts(conn: Conn, import_id: int, places: Sequence[int], piece: int, most: int) -> list[bytes]:
    """`most` bytes of the file from each of these places on, in their order; pieces have `piece` bytes."""
    query = text("""
        SELECT substring(p.data FROM cast(w.at % :piece + 1 AS int) FOR :most)
            || coalesce(substring(q.data FROM 1 FOR greatest(cast(w.at % :piece + :most - :piece AS int), 0)), '')
        FROM unnest(cast(:places AS bigint[])) WITH ORDINALITY AS w(at, n)
        JOIN import_piece p ON p.import_id = :id AND p.no = w.at / :piece
        LEFT JOIN import_piece q ON q.import_id = :id AND q.no = w.at / :piece + 1
        ORDER BY w.n
    """)
    values = {"id": import_id, "places": db.numbers(places), "piece": piece, "most": most}
    return [bytes(one) for one in conn.scalars(query, values)]


def drop(conn: Conn, import_id: int) -> None:
    """The file is not needed any more."""
    conn.execute(text("DELETE FROM import_piece WHERE import_id = :id"), {"id": import_id})
