"""Transactional mails to one person: what they say. engine.outbound.notices plans and sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.db import Conn
from engine.people.reach import queries


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: a folder of templates/email, what fills it, and the person's name.

    `membership_id`: theirs in the team that the context names (`team_id`), if there is one.
    """

    id: int
    template: str
    context: Mapping[str, Any]
    to_name: str
    membership_id: int | None = None


def write(
    conn: Conn, workspace_id: int, contact_id: int, template: str, context: Mapping[str, Any], now: datetime
) -> int:
    """The id of a new notice. `context` is plain JSON."""
    return queries.insert_notice(conn, workspace_id, contact_id, template, context, now)


def write_to_all(
    conn: Conn, workspace_id: int, contact_ids: Sequence[int], template: str, context: Mapping[str, Any], now: datetime
) -> Sequence[Any]:
    """(id, contact_id, email) of the same notice to each of these people; one statement."""
    return queries.insert_notices(conn, workspace_id, contact_ids, template, context, now)


def read(conn: Conn, workspace_id: int, ids: Sequence[int]) -> dict[int, Notice]:
    """Notices by id; one statement."""
    rows = queries.notices(conn, workspace_id, ids)
    return {r.id: Notice(r.id, r.template, r.context, r.name, r.membership_id) for r in rows}
