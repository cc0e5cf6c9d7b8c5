"""The statements about plain addresses."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from engine.db import Conn

# As migration 0006 did for those of before: the name in plain letters, and a number that no other has.
_MAKE = text("""
INSERT INTO plain_address (workspace_id, team_id, local)
SELECT :w, :team, coalesce(nullif(btrim(left(regexp_replace(lower(n.name), '[^a-z0-9]+', '-', 'g'), 40), '-'), ''),
                           n.otherwise) || n.number || :more
FROM (SELECT name, 'team' AS otherwise, '-' || id AS number FROM team WHERE workspace_id = :w AND id = :team
      UNION ALL
      SELECT name, 'workspace', '-w' || id FROM workspace WHERE id = :w AND cast(:team AS bigint) IS NULL) n
ON CONFLICT DO NOTHING RETURNING id
""")


def insert(conn: Conn, workspace_id: int, team_id: int | None, more: str) -> bool:
    """Make the address of a team or workspace, its local part ending in `more`; False where that is taken."""
    values = {"w": workspace_id, "team": team_id, "more": more}
    return conn.execute(_MAKE, values).scalar_one_or_none() is not None


def written(conn: Conn, workspace_id: int, team_id: int | None) -> tuple[str, str]:
    """(local part, the workspace's own reply domain); empty where there is none."""
    statement = text("""
        SELECT coalesce(p.local, ''), coalesce(w.reply_domain, '') FROM workspace w
        LEFT JOIN plain_address p ON p.workspace_id = w.id AND p.team_id IS NOT DISTINCT FROM :team WHERE w.id = :w
    """)
    row = conn.execute(statement, {"w": workspace_id, "team": team_id}).one_or_none()
    return (row[0], row[1]) if row else ("", "")


def put(conn: Conn, workspace_id: int, team_id: int | None, name: str) -> bool:
    """Set the local part; False where another team or workspace of the instance has it, or takes it just now."""
    statement = text("""
        INSERT INTO plain_address AS p (workspace_id, team_id, local)
        SELECT :w, :team, :name WHERE NOT EXISTS (
            SELECT FROM plain_address o WHERE o.local = :name
            AND NOT (o.workspace_id = :w AND o.team_id IS NOT DISTINCT FROM :team))
        ON CONFLICT (workspace_id, team_id) DO UPDATE SET local = excluded.local RETURNING id
    """)
    values = {"w": workspace_id, "team": team_id, "name": name}
    try:
        with conn.begin_nested():
            return conn.execute(statement, values).scalar_one_or_none() is not None
    except IntegrityError:
        return False
