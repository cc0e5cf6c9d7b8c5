"""Statements that find the rows of a run that did not go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, text

from engine import db
from engine.db import Conn
from engine.models import Batch
from engine.outbound.queries.stopping import finished_and_free
from engine.outbound.settle.which import Rest

# A row that a person gave up after a doubt may have arrived: it is taken back and sent once more as a listed resend.
_GIVEN_UP = (
    "d.state = 'failed' AND 'give_up' IS NOT DISTINCT FROM (SELECT x.trigger FROM delivery_event x"
    " WHERE x.run_id = d.run_id AND x.seq = d.seq ORDER BY x.no DESC LIMIT 1)"
)
# The words of a reply differ by recipient; its code says enough. Without a code the reason is all there is.
_WHY = "CASE WHEN d.code <> '' THEN '' ELSE d.reason END"
_PICKED = (
    f" AND (d.state, d.code, {_WHY}) IN (SELECT * FROM unnest(cast(:p_states AS text[]),"  # noqa: S608  # fixed
    " cast(:p_codes AS text[]), cast(:p_reasons AS text[])))"
)
_OPEN_TO_ALL = f"""
    FROM delivery d LEFT JOIN batch b ON b.id = d.batch_id
    WHERE d.run_id = :run AND d.workspace_id = :w AND d.state = ANY(cast(:states AS text[])) AND NOT ({_GIVEN_UP})
      AND (d.state <> 'deferred' OR (b.owner IS NULL AND b.state = 'open' AND d.seq > b.horizon))
"""


def reasons(conn: Conn, workspace_id: int, run_id: int, states: Sequence[str], limit: int) -> Sequence[Row[Any]]:
    """(state, code, reason, example, n) of the rows of a run in these states, most frequent first."""
    statement = text(f"""
        SELECT d.state, d.code, {_WHY} AS reason, min(d.reply COLLATE "C") AS example, count(*) AS n
        {_OPEN_TO_ALL}
        GROUP BY 1, 2, 3 ORDER BY n DESC, 1, 2, 3 LIMIT :limit
    """)  # fixed pieces only
    values = {"run": run_id, "w": workspace_id, "states": db.texts(states), "limit": limit}
    return conn.execute(statement, values).all()


def given_up(conn: Conn, workspace_id: int, run_id: int) -> int:
    """How many rows of a run were given up after a doubt."""
    statement = text(f"""
        SELECT count(*) FROM delivery d WHERE d.run_id = :run AND d.workspace_id = :w AND {_GIVEN_UP}
    """)  # noqa: S608  # fixed pieces only
    return int(conn.execute(statement, {"run": run_id, "w": workspace_id}).scalar_one())


def chosen(conn: Conn, rest: Rest, limit: int, *, lock: bool) -> Sequence[Row[Any]]:
    """(seq, state, transport, address) of the rows that `rest` names, in order; locked where asked."""
    words, values = "", {"run": rest.run_id, "w": rest.workspace_id, "states": db.texts(rest.states), "limit": limit}
    if rest.code:
        words, values = f"{words} AND d.code = :code", values | {"code": rest.code}
    if rest.reason:
        words, values = f"{words} AND strpos(d.reason || ' ' || d.reply, :reason) > 0", values | {"reason": rest.reason}
    if rest.picks is not None:
        columns = list(zip(*rest.picks, strict=True)) or [(), (), ()]
        words += _PICKED
        values |= dict(zip(("p_states", "p_codes", "p_reasons"), map(db.texts, columns), strict=True))
    if rest.seqs is not None:
        words, values = f"{words} AND d.seq = ANY(cast(:seqs AS bigint[]))", values | {"seqs": db.numbers(rest.seqs)}
    end = " FOR UPDATE OF d" if lock else ""
    statement = text(
        f"SELECT d.seq, d.state, d.transport, d.address {_OPEN_TO_ALL}{words} ORDER BY d.seq LIMIT :limit{end}"
    )
    return conn.execute(statement, values).all()


def run_kind(conn: Conn, workspace_id: int, run_id: int) -> str | None:
    """The kind of a run of this workspace, or None."""
    statement = text("SELECT kind FROM run WHERE id = :run AND workspace_id = :w")
    return conn.execute(statement, {"run": run_id, "w": workspace_id}).scalar_one_or_none()


def run_workspace(conn: Conn, run_id: int) -> int | None:
    """The workspace of a run, or None."""
    return conn.execute(text("SELECT workspace_id FROM run WHERE id = :run"), {"run": run_id}).scalar_one_or_none()


def lock_idle_batches(conn: Conn, run_id: int) -> list[int]:
    """The run's open batches that nobody holds, locked in id order, so that nobody claims their rows meanwhile."""
    statement = text("SELECT id FROM batch WHERE run_id = :run AND state = 'open' AND owner IS NULL"
                     " ORDER BY id FOR UPDATE")  # fmt: skip
    return list(conn.execute(statement, {"run": run_id}).scalars())


def emptied(run_id: int, batch_ids: Sequence[int]) -> ColumnElement[bool]:
    """Those of the locked batches whose last open row has moved away."""
    return and_(finished_and_free(run_id), Batch.id.in_(batch_ids))
