"""Statements about answers to a campaign: who got it and has not answered, and whom to remind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, not_, select, text

from engine import db
from engine import models as m
from engine.campaigns.queries.rows import People
from engine.db import Conn

GOT = ("sent", "delivered")  # whoever called it spam is not reminded


def due(conn: Conn, now: datetime) -> list[tuple[int, int]]:
    """(id, workspace) of campaigns under way whose reminder is due, rows locked; those another has are passed over."""
    statement = text("""
        SELECT id, workspace_id FROM campaign
        WHERE state IN ('running', 'finishing') AND reminder_at <= :now AND reminded_at IS NULL AND run_id IS NOT NULL
            AND channel_id IS NULL
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    """)
    return [(int(a), int(b)) for a, b in conn.execute(statement, {"now": now})]


def silent(workspace_id: int, campaign_id: int, run_ids: Sequence[int]) -> People:
    """Whom some runs of a campaign reached, who are still here and have not answered it. One whose words were emptied
    since has answered."""
    c, d, g = m.Contact, m.Delivery, m.Message
    reached = exists().where(d.run_id.in_(run_ids), d.recipient == c.id, d.state.in_(GOT))
    answered = exists().where(
        g.workspace_id == workspace_id, g.campaign_id == campaign_id, g.author_kind == "contact", g.author_id == c.id
    )
    return select(c.id).where(
        c.workspace_id == workspace_id, c.standing == "known", c.erased_at.is_(None), reached, not_(answered)
    )


def answered(conn: Conn, campaign_id: int, ids: Sequence[int]) -> set[int]:
    """Which of these contacts have answered a campaign."""
    statement = text(
        "SELECT DISTINCT author_id FROM message WHERE campaign_id = :c AND author_kind = 'contact'"
        " AND author_id = ANY(cast(:ids AS bigint[]))"
    )
    return set(conn.execute(statement, {"c": campaign_id, "ids": db.numbers(ids)}).scalars())


def first_mails(conn: Conn, run_ids: Sequence[int], ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(run_id, seq) of what these contacts got of some runs, by contact: what a reminder follows."""
    statement = text("""
        SELECT DISTINCT ON (recipient) recipient, run_id, seq FROM delivery
        WHERE run_id = ANY(cast(:runs AS bigint[])) AND recipient = ANY(cast(:ids AS bigint[])) AND sent_at IS NOT NULL
        ORDER BY recipient, run_id
    """)
    found = conn.execute(statement, {"runs": db.numbers(run_ids), "ids": db.numbers(ids)})
    return {int(who): (int(run_id), int(seq)) for who, run_id, seq in found}
