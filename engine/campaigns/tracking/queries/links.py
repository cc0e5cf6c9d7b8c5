"""The rows of links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from engine.db import Conn


def keep(conn: Conn, workspace_id: int, campaign_id: int | None, urls: Sequence[str], now: datetime) -> dict[str, int]:
    """The ids of targets by address, in one statement; of those that are new too."""
    if not urls:
        return {}
    statement = text("""
        WITH made AS (
            INSERT INTO link (workspace_id, campaign_id, url, made_at)
            SELECT :w, :campaign, url, :now FROM unnest(cast(:urls AS text[])) AS url
            ON CONFLICT (workspace_id, campaign_id, url) DO NOTHING RETURNING id, url
        )
        SELECT id, url FROM made UNION ALL
        SELECT id, url FROM link WHERE workspace_id = :w AND campaign_id IS NOT DISTINCT FROM :campaign
            AND url = ANY(cast(:urls AS text[]))
    """)
    values = {"w": workspace_id, "campaign": campaign_id, "urls": list(urls), "now": now}
    found = {row.url: int(row.id) for row in conn.execute(statement, values)}
    if len(found) == len(urls):
        return found
    return found | {row.url: int(row.id) for row in conn.execute(statement, values)}  # somebody made them meanwhile


def url(conn: Conn, link_id: int) -> str | None:
    """What a link leads to."""
    found: str | None = conn.execute(text("SELECT url FROM link WHERE id = :id"), {"id": link_id}).scalar()
    return found
