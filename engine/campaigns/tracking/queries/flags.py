"""What is tracked, as workspaces, campaigns and contacts have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from engine.db import Conn


def of_workspace(conn: Conn, workspace_id: int) -> Any:
    """The three flags of a workspace."""
    statement = text("SELECT track_links, track_opens, track_checkins FROM workspace WHERE id = :w")
    return conn.execute(statement, {"w": workspace_id}).one()


def save(conn: Conn, workspace_id: int, links: bool, opens: bool, checkins: bool) -> None:
    """Set them."""
    statement = text(
        "UPDATE workspace SET track_links = :links, track_opens = :opens, track_checkins = :checkins WHERE id = :w"
    )
    conn.execute(statement, {"w": workspace_id, "links": links, "opens": opens, "checkins": checkins})


def of_campaign(conn: Conn, workspace_id: int, campaign_id: int) -> Any | None:
    """(links, opens) of a campaign: what its workspace tracks, less what it does not."""
    statement = text("""
        SELECT w.track_links AND coalesce(c.track_links, true) AS links,
            w.track_opens AND coalesce(c.track_opens, true) AS opens
        FROM campaign c JOIN workspace w ON w.id = c.workspace_id WHERE c.workspace_id = :w AND c.id = :id
    """)
    return conn.execute(statement, {"w": workspace_id, "id": campaign_id}).one_or_none()


def untracked(conn: Conn, workspace_id: int, contact_ids: Sequence[int]) -> set[int]:
    """Which of these contacts are not tracked."""
    statement = text(
        "SELECT id FROM contact WHERE workspace_id = :w AND id = ANY(cast(:ids AS bigint[])) AND NOT tracked"
    )
    return set(conn.execute(statement, {"w": workspace_id, "ids": list(contact_ids)}).scalars())
