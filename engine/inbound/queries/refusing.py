"""Calls of webhooks for mail that were refused because no key is set: counted, for who runs the instance."""

from __future__ import annotations

from sqlalchemy import text

from engine.db import Conn


def note(conn: Conn, hook: str, setting: str, why: str) -> None:
    """Count one. After a day without any, counting begins anew."""
    statement = text("""
        INSERT INTO refused_hook (hook, setting, why, calls, first_at, last_at)
        VALUES (:hook, :setting, :why, 1, clock_timestamp(), clock_timestamp())
        ON CONFLICT (hook) DO UPDATE SET why = excluded.why, last_at = excluded.last_at, calls = refused_hook.calls + 1,
            first_at = CASE WHEN refused_hook.last_at < excluded.last_at - interval '1 day' THEN excluded.first_at
                ELSE refused_hook.first_at END
    """)
    conn.execute(statement, {"hook": hook, "setting": setting, "why": why})
