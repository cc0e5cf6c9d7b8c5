"""The statements about acts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, text

from engine.db import Conn
from engine.people.principal import Principal

if TYPE_CHECKING:
    from engine.people.acts import Which

_INSERT = text("""
    INSERT INTO act (workspace_id, at, actor, who, act, noun, object_id, about, detail)
    SELECT :w, :at, :actor, coalesce((SELECT coalesce(nullif(c.name, ''), c.email) FROM contact c
        WHERE c.workspace_id = :w AND c.id = cast(:contact AS bigint)), ''), :act, :noun, cast(:object AS bigint),
        :about, :detail
""")
_ABOUT_RUNS = text("""
    INSERT INTO act (workspace_id, at, actor, who, act, noun, object_id, about, detail)
    SELECT r.workspace_id, :at, :actor, :actor, :act, 'run', r.id, r.kind || ' run ' || r.id, :detail
    FROM run r WHERE r.id = ANY(cast(:runs AS bigint[])) ORDER BY r.id
""")
_LISTED = text("""
    SELECT id, at, actor, who, act, noun, object_id, about, detail FROM act
    WHERE workspace_id = :w AND (:act = '' OR act = :act) AND (:noun = '' OR noun = :noun)
        AND (:person = '' OR strpos(lower(who), lower(:person)) > 0 OR strpos(lower(about), lower(:person)) > 0)
        AND (cast(:object AS bigint) IS NULL OR object_id = :object)
        AND (cast(:since AS timestamptz) IS NULL OR at >= :since)
        AND (cast(:until AS timestamptz) IS NULL OR at < :until)
        AND (cast(:before AS bigint) IS NULL OR id < :before)
    ORDER BY id DESC LIMIT :limit
""")


def insert(
    conn: Conn, who: Principal, act: str, at: datetime, noun: str, object_id: int | None, about: str, detail: str
) -> None:
    """One act, with the name that its actor has now."""
    values = {"w": who.workspace_id, "actor": who.actor, "contact": who.contact_id, "act": act, "at": at}
    conn.execute(_INSERT, {**values, "noun": noun, "object": object_id, "about": about, "detail": detail})


def insert_about_runs(conn: Conn, actor: str, act: str, at: datetime, runs: Sequence[int], detail: str) -> None:
    """An act about each of these runs, in the workspace of each, by somebody without an account."""
    conn.execute(_ABOUT_RUNS, {"actor": actor, "act": act, "at": at, "runs": list(runs), "detail": detail})


def listed(conn: Conn, workspace_id: int, which: Which, limit: int) -> Sequence[Row[Any]]:
    """The acts of a filter, latest first."""
    values = {
        "act": which.act, "noun": which.noun, "person": which.person, "object": which.object_id,
        "since": which.since, "until": which.until, "before": which.before,
    }  # fmt: skip
    return conn.execute(_LISTED, {"w": workspace_id, "limit": limit, **values}).all()


def drop_before(conn: Conn, instant: datetime) -> int:
    """Forget the acts of before; how many there were."""
    return conn.execute(text("DELETE FROM act WHERE at < :instant"), {"instant": instant}).rowcount
