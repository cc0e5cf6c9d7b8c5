"""Campaigns whose mails have left, as launch and the sending loop would have written them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine import models as m
from engine.campaigns.content import versions
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.db import Conn
from engine.people.principal import Principal
from tests.factories.ledger import batch, delivery
from tests.factories.rows import NOON, row


def campaign(
    conn: Conn, workspace_id: int, *, shape: str = "one_way", team_id: int | None = None, subject: str = "Spring news",
    body: str = "Hello,\n\nwhat do you need from us?", **values: Any,
) -> int:  # fmt: skip
    """A campaign that is under way, with one version; its id."""
    made = {"name": subject, "shape": shape, "team_id": team_id, "state": "running", "version_no": 1}
    ident = row(conn, m.Campaign, workspace_id=workspace_id, **{**made, "launched_at": NOON, **values})
    conn.execute(
        m.CampaignVersion.__table__.insert().values(  # type: ignore[attr-defined]
            campaign_id=ident, no=1, workspace_id=workspace_id, subject=subject, body=body
        )
    )
    return ident


def mailed(
    conn: Conn, workspace_id: int, campaign_id: int, people: Sequence[tuple[int, str]], *, at: datetime = NOON,
    part: str = "launch",
) -> tuple[int, int]:  # fmt: skip
    """A run of a campaign to these (contact, address), all of it sent; (run, batch)."""
    values = {"kind": "campaign", "urgency": 6, "doubt_policy": "hold", "state": "done", "size": len(people)}
    run_id = row(conn, m.Run, workspace_id=workspace_id, campaign_id=campaign_id, part=part, made_at=at, **values)
    of = batch(conn, workspace_id, run_id, state="done")
    for seq, (contact_id, address) in enumerate(people, start=1):
        delivery(
            conn, workspace_id, run_id, of, seq, recipient=contact_id, address=address, state="sent", sent_at=at
        )  # fmt: skip
    return run_id, of


def written(conn: Conn, principal: Principal, campaign_id: int, subject: str, body: str, now: datetime) -> None:
    """Let a campaign say this, in Markdown."""
    versions.save(conn, principal, campaign_id, Draft({"": Written(subject, body)}), now)
