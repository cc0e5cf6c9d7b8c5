"""Statements that read people as templates know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select, text

from engine.db import Conn
from engine.models import Contact

_PERSON = (Contact.id, Contact.email, Contact.name, Contact.zone, Contact.locale, Contact.tags, Contact.attributes)


def these(conn: Conn, workspace_id: int, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """These people of a workspace."""
    return conn.execute(select(*_PERSON).where(Contact.workspace_id == workspace_id, Contact.id.in_(ids))).all()


def counted(conn: Conn, who: Select[Any]) -> int:
    """How many contacts a select of ids gives."""
    return int(conn.execute(select(func.count()).select_from(who.subquery())).scalar_one())


def streamed(
    conn: Conn, workspace_id: int, who: Select[Any], size: int, after: int = 0
) -> Iterator[Sequence[Row[Any]]]:  # fmt: skip
    """The people of a select of contact ids behind `after`, by id, `size` at a time, by a cursor of the server: none is
    read twice.

    A query for each slice would run an audience of a second 200 times for a million people.
    """
    statement = (
        select(*_PERSON).where(Contact.workspace_id == workspace_id, Contact.id.in_(who.scalar_subquery()))
        .where(Contact.id > after).order_by(Contact.id)
    )  # fmt: skip
    options = {"stream_results": True, "max_row_buffer": size}  # of this statement: those of `conn` would stay
    with conn.execute(statement, execution_options=options) as rows:
        yield from rows.partitions(size)


def everybody(workspace_id: int) -> Select[Any]:
    """The ids of all known people of a workspace."""
    return select(Contact.id).where(
        Contact.workspace_id == workspace_id, Contact.standing == "known", Contact.erased_at.is_(None)
    )


def found(conn: Conn, workspace_id: int, words: str, limit: int) -> Sequence[Row[Any]]:
    """People whose name or address begins with, or has, these words; the first by name without them."""
    statement = text("""
        SELECT id, email, name, zone, locale, tags, attributes FROM contact
        WHERE workspace_id = :w AND standing = 'known' AND erased_at IS NULL
          AND (:words = '' OR strpos(lower(name), lower(:words)) > 0 OR strpos(email_key, lower(:words)) > 0)
        ORDER BY name, id LIMIT :limit
    """)
    return conn.execute(statement, {"w": workspace_id, "words": words, "limit": limit}).all()
