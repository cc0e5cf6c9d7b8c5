"""Statements about the campaign's own row, its versions and approvals."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, text, update

from engine import models as m
from engine.db import Conn

People = Select[Any]  # a select of contact ids
_C = m.Campaign.__table__.c


def insert_campaign(conn: Conn, values: Mapping[str, Any]) -> int:
    """The id of a new draft."""
    return int(conn.execute(insert(m.Campaign).values(**values).returning(m.Campaign.id)).scalar_one())


def campaign(conn: Conn, workspace_id: int, campaign_id: int, *, lock: bool = False) -> Row[Any] | None:
    """The row of a campaign; locked until the transaction ends, if said. Rows that point to it may be made meanwhile:
    answers come while a rest is frozen, and a dry run's turn would wait for who waits for it."""
    query = select(*_C).where(_C.id == campaign_id, _C.workspace_id == workspace_id)
    return conn.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()


def update_campaign(conn: Conn, campaign_id: int, values: Mapping[str, Any]) -> None:
    """Write columns of a campaign; never its state."""
    conn.execute(update(m.Campaign).where(m.Campaign.id == campaign_id).values(**values))


def update_run(conn: Conn, run_id: int, campaign_id: int, part: str) -> None:
    """Say of a run what it is to which campaign."""
    conn.execute(update(m.Run).where(m.Run.id == run_id).values(campaign_id=campaign_id, part=part))


def listed(conn: Conn, workspace_id: int, before: int | None, limit: int) -> Sequence[Any]:
    """A workspace's campaigns with the size of their launch, newest first; letters to one person are none."""
    query = (
        select(*_C, m.Run.size).outerjoin(m.Run, m.Run.id == _C.run_id).where(
            _C.workspace_id == workspace_id, func.coalesce(m.Run.part, "") != "talk"
        ).order_by(_C.id.desc()).limit(limit)
    )  # fmt: skip
    found: Sequence[Any] = conn.execute(query if before is None else query.where(_C.id < before)).all()
    return found


def insert_version(conn: Conn, campaign_id: int, workspace_id: int, values: Mapping[str, Any]) -> int:
    """The number of a new version of a campaign, whose row is locked."""
    v = m.CampaignVersion
    no = select(func.coalesce(func.max(v.no), 0) + 1).where(v.campaign_id == campaign_id).scalar_subquery()
    made = insert(v).values(campaign_id=campaign_id, workspace_id=workspace_id, no=no, **values).returning(v.no)
    return int(conn.execute(made).scalar_one())


def version(conn: Conn, workspace_id: int, campaign_id: int, no: int) -> Row[Any] | None:
    """One version of a campaign."""
    v = m.CampaignVersion
    query = select(v.subject, v.preheader, v.format, v.body, v.files, v.variants).where(
        v.campaign_id == campaign_id, v.no == no, v.workspace_id == workspace_id
    )
    return conn.execute(query).one_or_none()


def default_zone(conn: Conn, workspace_id: int, team_id: int | None) -> str:
    """The zone of people who have none of their own: of the campaign's team, or UTC."""
    found = conn.execute(
        text("SELECT zone FROM team WHERE workspace_id = :w AND id = :t"), {"w": workspace_id, "t": team_id}
    ).scalar_one_or_none()
    return str(found or "UTC")


def limits(conn: Conn, workspace_id: int) -> Row[Any]:
    """The workspace's approve_over, cap_days and cap_count."""
    query = text("SELECT approve_over, cap_days, cap_count FROM workspace WHERE id = :w")
    return conn.execute(query, {"w": workspace_id}).one()


def update_limits(
    conn: Conn, workspace_id: int, approve_over: int | None, cap_days: int, cap_count: int | None
) -> None:  # fmt: skip
    """Write the workspace's limits."""
    query = text("UPDATE workspace SET approve_over = :over, cap_days = :days, cap_count = :count WHERE id = :w")
    conn.execute(query, {"over": approve_over, "days": cap_days, "count": cap_count, "w": workspace_id})


def around(conn: Conn, campaign: Any) -> Row[Any]:
    """What a workspace has set for campaigns, and the names of what this one points to."""
    query = text("""
        SELECT w.approve_over, w.cap_days, w.cap_count, w.track_links, w.track_opens, w.name AS workspace,
            coalesce((SELECT jsonb_agg(jsonb_build_array(id, name) ORDER BY name) FROM topic
                      WHERE workspace_id = w.id AND archived_at IS NULL), '[]') AS topics,
            coalesce((SELECT name FROM segment WHERE workspace_id = w.id AND id = :segment), '') AS segment,
            coalesce((SELECT name FROM topic WHERE workspace_id = w.id AND id = :topic), '') AS topic,
            coalesce((SELECT name FROM team WHERE workspace_id = w.id AND id = :team), '') AS team,
            coalesce((SELECT name FROM channel WHERE workspace_id = w.id AND id = :channel), '') AS channel
        FROM workspace w WHERE w.id = :w
    """)
    values = {"segment": campaign.segment_id, "topic": campaign.topic_id, "team": campaign.team_id}
    return conn.execute(query, {"w": campaign.workspace_id, "channel": campaign.channel_id, **values}).one()


def count(conn: Conn, contacts: Select[Any]) -> int:
    """How many contacts a query means."""
    return int(conn.execute(select(func.count()).select_from(contacts.subquery())).scalar_one())


def everybody(workspace_id: int, campaign_id: int) -> Select[Any]:
    """Whom the launch of a campaign reached or left out."""
    c = m.Campaign
    return select(m.Delivery.recipient).join(c, c.run_id == m.Delivery.run_id).where(
        c.id == campaign_id, c.workspace_id == workspace_id
    )  # fmt: skip


def known_contacts(workspace_id: int) -> Select[Any]:
    """Everybody a workspace may write to."""
    c = m.Contact
    return select(c.id).where(c.workspace_id == workspace_id, c.standing == "known", c.erased_at.is_(None))


def only(workspace_id: int, contact_id: int) -> People:
    """One contact of a workspace."""
    return known_contacts(workspace_id).where(m.Contact.id == contact_id)


def has_left(conn: Conn, workspace_id: int, contact_id: int) -> bool:
    """Whether somebody wants no campaigns by mail at all."""
    statement = text(
        "SELECT EXISTS (SELECT FROM consent WHERE workspace_id = :w AND contact_id = :c AND channel = 'mail'"
        " AND topic_id = 0 AND state = 'withdrawn')"
    )
    return bool(conn.execute(statement, {"w": workspace_id, "c": contact_id}).scalar_one())


def left_out(conn: Conn, run_id: int) -> str:
    """Why the one row of a run is left out, or empty."""
    found = conn.execute(
        text("SELECT reason FROM delivery WHERE run_id = :r AND seq = 1 AND state = 'suppressed'"), {"r": run_id}
    ).scalar_one_or_none()
    return str(found or "")


LONG = 2000  # bytes of a query: the index of approvals takes 2,704, and a pasted list has more


def _said(query: str) -> str:
    """A query as approvals keep it: one that is too long for their index by its hash."""
    said = query.encode()
    return query if len(said) <= LONG else f"sha256:{hashlib.sha256(said).hexdigest()}"


def insert_approval(
    conn: Conn, campaign: Any, recipients: int, account_id: int, now: datetime
) -> None:  # fmt: skip
    """Write somebody's yes; a second one of the same person to the same thing renews the number."""
    conn.execute(
        text("INSERT INTO approval (workspace_id, campaign_id, version_no, query, recipients, account_id, at)"
             " VALUES (:w, :c, :v, :q, :n, :a, :now) ON CONFLICT (campaign_id, version_no, query, account_id)"
             " DO UPDATE SET recipients = excluded.recipients, at = excluded.at"),
        {"w": campaign.workspace_id, "c": campaign.id, "v": campaign.version_no, "q": _said(campaign.query),
         "n": recipients, "a": account_id, "now": now},
    )  # fmt: skip


def approvals(conn: Conn, campaign: Any) -> Sequence[Row[Any]]:
    """Who said yes to a campaign as it is now: account, name, number of recipients, when; latest first."""
    return conn.execute(
        text("SELECT a.account_id, coalesce(nullif(c.name, ''), c.email) AS name, a.recipients, a.at FROM approval a"
             " JOIN account n ON n.id = a.account_id JOIN contact c ON c.id = n.contact_id"
             " WHERE a.campaign_id = :c AND a.workspace_id = :w AND a.version_no = :v AND a.query = :q"
             " ORDER BY a.at DESC"),
        {"c": campaign.id, "w": campaign.workspace_id, "v": campaign.version_no, "q": _said(campaign.query)},
    ).all()  # fmt: skip


def authors(conn: Conn, campaign: Any) -> set[str]:
    """The actors who made a campaign, wrote its version, or asked for its approval last."""
    return set(
        conn.execute(
            text("SELECT made_by FROM campaign WHERE id = :c UNION SELECT made_by FROM campaign_version"
                 " WHERE campaign_id = :c AND no = :v UNION (SELECT actor FROM history WHERE noun = 'campaign'"
                 " AND object_id = :c AND trigger = 'submit' ORDER BY id DESC LIMIT 1)"),
            {"c": campaign.id, "v": campaign.version_no},
        ).scalars()
    )  # fmt: skip
