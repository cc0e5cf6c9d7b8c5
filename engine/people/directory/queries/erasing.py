"""The statements of an erasure: the job, what is emptied, and addresses struck out of what others wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Text, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from engine import models as m
from engine.db import Conn
from engine.models import Base
from engine.move import Where
from engine.people.directory.queries.history import TO_MEMBERS
from engine.people.directory.queries.places import GONE, PLACES, Place
from engine.people.directory.striking import quoted, struck, whole

WINDOW = 2_000  # rows of others that one slice looks through
AT_ONCE = 5  # rows that are held at a time where each may be a whole mail


@dataclass(frozen=True, slots=True)
class Whose:
    """Of whom something is taken or told: the values that the places' conditions take."""

    workspace_id: int
    contact_id: int
    address: str
    name: str
    asked: datetime
    members: tuple[int, ...]
    accounts: tuple[int, ...]

    def values(self) -> dict[str, Any]:
        """The values by name."""
        actors = [f"membership:{n}" for n in self.members] + [f"account:{n}" for n in self.accounts]
        return {
            "w": self.workspace_id, "c": self.contact_id, "address": self.address, "whole": whole(self.address),
            "asked": self.asked, "members": list(self.members), "accounts": list(self.accounts), "actors": actors,
            "recipients": [*self.members, self.contact_id],
        }  # fmt: skip


def _bound(sql: str, whose: Whose, **more: Any) -> tuple[Any, dict[str, Any]]:
    """The statement with the arrays' types, and of the values those that it names."""
    values = {k: v for k, v in {**whose.values(), **more}.items() if re.search(rf"(?<!:):{k}\b", sql)}
    lists: dict[str, type[Any]] = {
        "members": BigInteger,
        "accounts": BigInteger,
        "recipients": BigInteger,
        "actors": Text,
    }
    typed = [bindparam(name, type_=ARRAY(kind)) for name, kind in lists.items() if name in values]
    return text(sql).bindparams(*typed), values


def whose(conn: Conn, workspace_id: int, contact_id: int, address: str, name: str, asked: datetime) -> Whose:
    """A contact with the numbers that they are known by."""

    def numbers(table: str) -> tuple[int, ...]:
        found = text(f"SELECT id FROM {table} WHERE workspace_id = :w AND contact_id = :c ORDER BY id")  # noqa: S608
        return tuple(conn.execute(found, {"w": workspace_id, "c": contact_id}).scalars())

    return Whose(workspace_id, contact_id, address, name, asked, numbers("membership"), numbers("account"))


# ---- the job --------------------------------------------------------------------------------------------------------


def insert(conn: Conn, workspace_id: int, contact_id: int, address: str, name: str, actor: str, now: datetime) -> int:
    """The id of a new job."""
    statement = text("""
        INSERT INTO erasure (workspace_id, contact_id, address, name, asked_by, asked_at)
        VALUES (:w, :c, :address, :name, :actor, :now) RETURNING id
    """)
    values = {"w": workspace_id, "c": contact_id, "address": address, "name": name, "actor": actor, "now": now}
    return int(conn.execute(statement, values).scalar_one())


def take(conn: Conn, erasure_id: int) -> Row[Any] | None:
    """A job that is not done, locked; None where it is, or another process has it."""
    statement = text("SELECT * FROM erasure WHERE id = :id AND done_at IS NULL FOR UPDATE SKIP LOCKED")
    return conn.execute(statement, {"id": erasure_id}).one_or_none()


def go_to(conn: Conn, erasure_id: int, place: str, after: int, changed: int) -> None:
    """Note how far a job is."""
    statement = text("UPDATE erasure SET place = :place, after = :after, changed = changed + :n WHERE id = :id")
    conn.execute(statement, {"id": erasure_id, "place": place, "after": after, "n": changed})


def finish(conn: Conn, erasure_id: int, now: datetime) -> None:
    """The job is done, and no longer knows of whom."""
    statement = text("UPDATE erasure SET address = '', name = '', place = '', after = 0, done_at = :now WHERE id = :id")
    conn.execute(statement, {"id": erasure_id, "now": now})


def unfinished(conn: Conn, most: int) -> list[int]:
    """Jobs that are not done, oldest first."""
    statement = text("SELECT id FROM erasure WHERE done_at IS NULL ORDER BY id LIMIT :most")
    return list(conn.execute(statement, {"most": most}).scalars())


def of_contact(conn: Conn, workspace_id: int, contact_id: int) -> Row[Any] | None:
    """(asked_at, done_at, changed) of a person's erasure."""
    statement = text("SELECT asked_at, done_at, changed FROM erasure WHERE workspace_id = :w AND contact_id = :c")
    return conn.execute(statement, {"w": workspace_id, "c": contact_id}).one_or_none()


# ---- before it ------------------------------------------------------------------------------------------------------


def leave_teams(conn: Conn, of: Whose) -> None:
    """End memberships, with what was due next."""
    conn.execute(
        *_bound(
            "UPDATE membership SET left_at = coalesce(left_at, :asked), next_prompt_at = NULL, next_prompt_day = NULL,"
            " next_digest_at = NULL, next_digest_day = NULL WHERE id = ANY(:members)",
            of,
        )
    )


def waiting_rows(of: Whose) -> Where:
    """Deliveries to a person that no worker has taken: what one has taken may have left."""
    b = m.Batch
    untouched = exists(select(b.id).where(b.id == m.Delivery.batch_id, b.horizon < m.Delivery.seq))
    return and_(their_rows(of), untouched)


def some_open(conn: Conn, of: Whose) -> bool:
    """Whether a worker still has a mail to the person, and will write down what became of it."""
    open_ones = and_(their_rows(of), m.Delivery.state.in_(("queued", "deferred")))
    return bool(conn.execute(select(exists(select(m.Delivery.seq).where(open_ones)))).scalar_one())


def their_rows(of: Whose) -> Where:
    """Deliveries to a person."""
    d, r = m.Delivery, m.Run
    members = r.kind.in_(TO_MEMBERS)
    to = or_(and_(members, d.recipient.in_(of.members)), and_(~members, d.recipient == of.contact_id))
    run = exists(select(r.id).where(r.id == d.run_id, to))
    whom = d.recipient.in_([*of.members, of.contact_id])
    return and_(d.workspace_id == of.workspace_id, d.transport == "smtp", whom, run)


def open_imports_with(of: Whose) -> Where:
    """Imports that nobody has started and whose file mentions the address, as it is written or in lower case."""
    i, p = m.Import, m.ImportPiece
    data = select(func.string_agg(p.data, func.decode("", "hex"))).where(p.import_id == i.id).scalar_subquery()
    # UTF-16 without its zeros; what is no ASCII is no part of an address here, the mark at the beginning least of all.
    plain = func.regexp_replace(func.replace(func.encode(data, "escape"), r"\000", ""), r"\\\d{3}", " ", "g")
    said = plain.op("~*", is_comparison=True)(whole(of.address))
    return and_(i.workspace_id == of.workspace_id, i.state.in_(("uploaded", "checked")), said)


def import_runs(conn: Conn, workspace_id: int) -> bool:
    """Whether an import is being worked on."""
    statement = text(
        "SELECT EXISTS (SELECT FROM import WHERE workspace_id = :w AND state IN ('checking', 'running', 'undoing'))"
    )
    return bool(conn.execute(statement, {"w": workspace_id}).scalar_one())


def same_name(conn: Conn, of: Whose) -> bool:
    """Whether somebody else of the workspace has the name: it is not struck out then."""
    statement = text("SELECT EXISTS (SELECT FROM contact WHERE workspace_id = :w AND name = :name AND id <> :c)")
    return bool(conn.execute(statement, {"w": of.workspace_id, "name": of.name, "c": of.contact_id}).scalar_one())


# ---- emptying -------------------------------------------------------------------------------------------------------


def empty(conn: Conn, table: str, of: Whose) -> int:
    """Leave of a person's own rows of a place what the place says; how many there were."""
    place = PLACES[table]
    if not place.own or not (place.left or place.goes):
        return 0
    if place.goes:
        sql = f'DELETE FROM "{table}" x WHERE {place.own}'  # noqa: S608  # constants of the table of places
    else:
        sets = ", ".join(f'"{column}" = {value}' for column, value in place.left.items())
        sql = f'UPDATE "{table}" x SET {sets} WHERE {place.own}'  # noqa: S608
    return conn.execute(*_bound(sql, of)).rowcount


def strike(conn: Conn, table: str, of: Whose, after: int, name: bool) -> tuple[int, int | None]:
    """Strike the address out of one window of a place's rows; (rows changed, where to go on, None at the end)."""
    place = PLACES[table]
    if not place.mention or not (of.address or name):
        return 0, None
    here = "(x.workspace_id = :w OR x.workspace_id IS NULL)" if _may_lack(table) else "x.workspace_id = :w"
    window = f"""SELECT max(n) FROM (SELECT x.{place.scan} AS n FROM "{table}" x
        WHERE {here} AND x.{place.scan} > :after ORDER BY x.{place.scan} LIMIT :window) w"""  # noqa: S608
    statement, values = _bound(window, of, after=after, window=WINDOW)
    until = conn.execute(statement, values).scalar_one_or_none()
    if until is None:
        return 0, None
    patterns = _patterns(of, name and place.names)
    changes, wheres = zip(*(_struck(table, column) for column in place.mention), strict=True)
    sql = f"""UPDATE "{table}" x SET {", ".join(changes)} WHERE {here} AND x.{place.scan} > :after
        AND x.{place.scan} <= :until AND ({" OR ".join(wheres)})"""  # noqa: S608
    statement, values = _bound(sql, of, after=after, until=until, pattern=patterns, gone=GONE)
    changed = conn.execute(statement, values).rowcount
    return changed + (_strike_raw(conn, of, after, until) if table == "inbound" else 0), until


def _strike_raw(conn: Conn, of: Whose, after: int, until: int) -> int:
    """The same for mails as they came. One of a robot (a bounce quotes what we sent) is emptied whole, the others keep
    their length, so that what is beside the address stays in its place.

    In Python, since PostgreSQL has no replace for bytes, and cannot look into base64. A few mails at a time are held.
    """
    found = conn.execute(
        text("""
        SELECT id, contact_id, raw FROM inbound WHERE (workspace_id = :w OR workspace_id IS NULL) AND id > :after
            AND id <= :until AND received_at <= :asked AND octet_length(raw) > 0
    """),
        {"w": of.workspace_id, "after": after, "until": until, "asked": of.asked},
        execution_options={"yield_per": AT_ONCE},
    )
    kept: dict[int, bytes] = {}
    robots: list[int] = []
    for row in found if of.address else ():
        raw = bytes(row.raw)
        if (without := struck(raw, of.address)) == raw:
            continue
        if row.contact_id is None:
            robots.append(row.id)
        else:
            kept[row.id] = without
    if kept:
        statement = text("""
            UPDATE inbound i SET raw = g.raw FROM unnest(cast(:ids AS bigint[]), cast(:raws AS bytea[])) AS g(id, raw)
            WHERE i.id = g.id
        """)
        conn.execute(statement, {"ids": list(kept), "raws": list(kept.values())})
    sets = ", ".join(f'"{column}" = {value}' for column, value in PLACES["inbound"].left.items())
    emptied = text(f"UPDATE inbound x SET {sets} WHERE x.id = ANY(:ids)")  # noqa: S608  # constants of the table
    conn.execute(emptied.bindparams(bindparam("ids", type_=ARRAY(BigInteger))), {"ids": robots})
    return len(kept) + len(robots)


def _patterns(of: Whose, name: bool) -> str:
    """A regular expression of the address, not as a part of a longer one, and of the name as whole words."""
    said = [whole(of.address)] if of.address else []
    if name and len(of.name) > 3:
        said.append(rf"\m{quoted(of.name)}\M")
    return "|".join(said)


def _may_lack(table: str) -> bool:
    return bool(Base.metadata.tables[table].c.workspace_id.nullable)


def _struck(table: str, column: str) -> tuple[str, str]:
    """(the column without the address, where it has it)."""
    name = type(Base.metadata.tables[table].c[column].type).__name__
    as_text = f'cast(x."{column}" AS text)'
    back = {"JSONB": "jsonb", "ARRAY": "text[]"}.get(name, "text")
    return (
        f"\"{column}\" = cast(regexp_replace({as_text}, :pattern, :gone, 'gi') AS {back})",
        f"{as_text} ~* :pattern",
    )


# ---- telling --------------------------------------------------------------------------------------------------------


def told(conn: Conn, table: str, of: Whose) -> Iterator[Any]:
    """A person's own rows of a place, as JSON; some at a time are held."""
    place: Place = PLACES[table]
    if not place.own or not place.told:
        return
    statement, values = _bound(f'SELECT {place.told} FROM "{table}" x WHERE {place.own}', of)  # noqa: S608
    yield from conn.execute(statement, values, execution_options={"yield_per": AT_ONCE}).scalars()
