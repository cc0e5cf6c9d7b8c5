"""The names that a query of a workspace may use."""

from __future__ import annotations

from sqlalchemy import text

from engine.campaigns.audience.checking import Known
from engine.db import Conn

_NAMES = text("""
    SELECT 'attribute' AS noun, name, kind, id FROM attribute WHERE workspace_id = :w
    UNION ALL SELECT 'team', name, '', id FROM team WHERE workspace_id = :w
    UNION ALL SELECT 'topic', name, '', id FROM topic WHERE workspace_id = :w
    UNION ALL SELECT 'campaign', name, '', id FROM campaign WHERE workspace_id = :w
    ORDER BY 1, 2
""")


def known(conn: Conn, workspace_id: int) -> Known:
    """Attributes with their kinds, teams, topics and campaigns; archived ones too, for saved queries go on."""
    names: dict[str, list[str]] = {noun: [] for noun in ("team", "topic", "campaign")}
    kinds: dict[str, str] = {}
    numbers = set()
    for row in conn.execute(_NAMES, {"w": workspace_id}):
        if row.noun == "attribute":
            kinds[row.name] = row.kind
            continue
        names[row.noun].append(row.name)
        if row.noun == "campaign":
            numbers.add(row.id)
    teams, topics, campaigns = (frozenset(names[noun]) for noun in ("team", "topic", "campaign"))
    return Known(kinds, teams, topics, campaigns, frozenset(numbers))
