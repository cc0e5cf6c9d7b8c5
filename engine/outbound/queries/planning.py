"""Statements that write a new run, its batches and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import text

from engine import db
from engine.db import Conn
from engine.outbound.kinds import Kind

MANY = 2000  # hashes

if TYPE_CHECKING:
    from engine.outbound.plan import Recipient


_NEW_RUN = """
    INSERT INTO run ({column} workspace_id, kind, urgency, doubt_policy, size, made_at)
    VALUES ({value} :workspace_id, :kind, :urgency, :policy, :size, :now)
    RETURNING id, to_regclass('delivery_p' || id / :width * :width) IS NOT NULL
"""
_RUN, _RUN_OF_ID = text(_NEW_RUN.format(column="", value="")), text(_NEW_RUN.format(column="id,", value=":run_id,"))


def insert_run(
    conn: Conn, workspace_id: int, kind: Kind, size: int, now: datetime, width: int, policy: str | None = None,
    run_id: int | None = None,
) -> tuple[int, bool]:  # fmt: skip
    """The id of a new run, and whether its rows have a partition (of `width` runs) to go to.

    `policy`: of its doubts, where it is not its kind's. `run_id`: an id that nobody else is given.
    """
    values = {
        "workspace_id": workspace_id,
        "kind": kind.name,
        "urgency": kind.urgency,
        "policy": policy or kind.doubt_policy,
    }
    own = {} if run_id is None else {"run_id": run_id}
    found = conn.execute(_RUN_OF_ID if own else _RUN, {**values, "size": size, "now": now, "width": width, **own}).one()
    return int(found[0]), bool(found[1])


def insert_batches(
    conn: Conn, workspace_id: int, run_id: int, ways: Sequence[tuple[str, str]], urgency: int, next_at: datetime
) -> list[int]:
    """The ids of new batches, one per (transport, provider) given, in that order."""
    statement = text(
        "INSERT INTO batch (workspace_id, run_id, transport, provider, urgency, next_at)"
        " SELECT :workspace_id, :run_id, t, p, :urgency, :next_at FROM unnest(cast(:transports AS text[]),"
        " cast(:providers AS text[])) WITH ORDINALITY AS g(t, p, n) ORDER BY n RETURNING id"
    )
    values = {"workspace_id": workspace_id, "run_id": run_id, "urgency": urgency, "next_at": next_at}
    columns = {"transports": [t for t, _ in ways], "providers": [p for _, p in ways]}
    return sorted(conn.execute(statement, {**values, **columns}).scalars())


def delivery_columns(seqs: Sequence[int], batch_ids: Sequence[int], recipients: Sequence[Recipient]) -> dict[str, str]:
    """The columns of rows by seq, each with its batch, as array literals; recipients[seq - 1] is who a row is for."""
    chosen = [recipients[seq - 1] for seq in seqs]
    return {
        "seq": db.numbers(seqs),
        "batch_id": db.numbers(batch_ids),
        "recipient": db.numbers([r.recipient for r in chosen]),
        "about": db.numbers([r.about for r in chosen]),
        "transport": db.texts([r.transport for r in chosen]),
        "address": db.texts([r.address for r in chosen]),
        "until": db.times([r.useful_until for r in chosen]),
    }


def insert_deliveries(conn: Conn, workspace_id: int, run_id: int, columns: Mapping[str, str]) -> None:
    """Insert rows of a run: the run's own row says whose they are, so that none can be of another workspace.

    Raises LookupError where there is no such run.
    """
    statement = text("""
        INSERT INTO delivery
            (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, useful_until)
        SELECT run.id, seq, run.workspace_id, recipient, about, batch_id, transport, address, until
        FROM run, unnest(cast(:seq AS bigint[]), cast(:batch_id AS bigint[]), cast(:recipient AS bigint[]),
            cast(:about AS bigint[]), cast(:transport AS text[]), cast(:address AS text[]),
            cast(:until AS timestamptz[]))
            AS r(seq, batch_id, recipient, about, transport, address, until)
        WHERE run.id = :run_id AND run.workspace_id = :workspace_id
    """)
    if not conn.execute(statement, {"run_id": run_id, "workspace_id": workspace_id, **columns}).rowcount:
        raise LookupError(f"workspace {workspace_id} has no run {run_id}")


_FEW = text("""
    WITH of AS (
        SELECT id, workspace_id FROM run WHERE id = :run_id AND workspace_id = :workspace_id
    ), made AS (
        INSERT INTO batch (workspace_id, run_id, transport, provider, urgency, next_at)
        SELECT of.workspace_id, of.id, t, p, :urgency, :next_at
        FROM of, unnest(cast(:transports AS text[]), cast(:providers AS text[])) WITH ORDINALITY AS g(t, p, n)
        ORDER BY n RETURNING id, transport, provider
    ), rows AS (
        INSERT INTO delivery
            (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, useful_until)
        SELECT of.id, r.seq, of.workspace_id, r.recipient, r.about, made.id, r.transport, r.address, r.until
        FROM of, unnest(cast(:seq AS bigint[]), cast(:batch_id AS bigint[]), cast(:recipient AS bigint[]),
                cast(:about AS bigint[]), cast(:transport AS text[]), cast(:address AS text[]),
                cast(:until AS timestamptz[])) AS r(seq, way, recipient, about, transport, address, until)
        JOIN made ON made.transport = (cast(:transports AS text[]))[r.way]
                 AND made.provider = (cast(:providers AS text[]))[r.way]
    )
    SELECT id FROM made ORDER BY id
""")


def insert_few(
    conn: Conn, workspace_id: int, run_id: int, ways: Sequence[tuple[str, str]], urgency: int, next_at: datetime,
    columns: Mapping[str, str],
) -> list[int]:  # fmt: skip
    """The batches of a new run, one for each of these ways, and its rows, whose column `batch_id` counts them from 1.

    Raises LookupError where the workspace has no such run, as insert_deliveries does.
    """
    values = {"workspace_id": workspace_id, "run_id": run_id, "urgency": urgency, "next_at": next_at, **columns}
    listed = {"transports": db.texts([t for t, _ in ways]), "providers": db.texts([p for _, p in ways])}
    made = [int(ident) for ident in conn.execute(_FEW, {**values, **listed}).scalars()]
    if not made:
        raise LookupError(f"workspace {workspace_id} has no run {run_id}")
    return made


def has_suppressions(conn: Conn, workspace_id: int) -> bool:
    """Whether the workspace suppresses anybody at all."""
    statement = text("SELECT EXISTS (SELECT FROM suppression WHERE workspace_id = :w AND channel = 'mail')")
    return bool(conn.execute(statement, {"w": workspace_id}).scalar_one())


def suppressed(conn: Conn, workspace_id: int, hashes: Sequence[bytes]) -> dict[bytes, str]:
    """The reason by address hash, for those of `hashes` that are suppressed.

    For many hashes and fewer suppressions these are fetched, instead of sending the hashes: 50,000 took 0.1 s.
    """
    mine = "FROM suppression WHERE workspace_id = :w AND channel = 'mail'"
    if len(hashes) > MANY and _fewer_suppressions(conn, workspace_id, len(hashes)):
        found = conn.execute(text(f"SELECT address_hash, reason {mine}"), {"w": workspace_id}).all()
        known = {bytes(value): reason for value, reason in found}
        return {value: known[value] for value in hashes if value in known}
    statement = text(f"SELECT address_hash, reason {mine} AND address_hash = ANY(cast(:hashes AS bytea[]))")
    found = conn.execute(statement, {"w": workspace_id, "hashes": db.hexes(hashes)}).all()
    return {bytes(value): reason for value, reason in found}


def _fewer_suppressions(conn: Conn, workspace_id: int, than: int) -> bool:
    query = "SELECT count(*) FROM (SELECT FROM suppression WHERE workspace_id = :w AND channel = 'mail' LIMIT :n) s"
    return int(conn.execute(text(query), {"w": workspace_id, "n": than}).scalar_one()) < than
