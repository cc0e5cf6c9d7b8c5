"""Campaigns in every state that has a face of its own: what the page tests look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import text

from engine import db
from engine.campaigns import campaigns, drying, launch
from engine.campaigns.content import versions
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.db import Conn
from engine.models import Topic
from engine.people.accounts import Account
from tests.factories.rows import row

BODY = "# The summer offer\n\nHi {{ first_name }},\n\nthe offer for {{ attributes.plan }} begins on **1 June**.\n"
QUERY = 'tags contains "beta" or plan is "pro"'


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Ids to find things by."""

    empty: int  # nothing is decided
    ready: int  # all is decided, and tried: some would fail
    trying: int  # its dry run goes on
    running: int


def build(conn: Conn, owner: Account, team_id: int) -> Campaigns:
    """Four campaigns; the attributes are those of audience_scene."""
    now = db.now(conn)
    topic = row(conn, Topic, workspace_id=owner.workspace_id, name="Summer", words="What is on until autumn")
    empty = campaigns.make(conn, owner.principal, "Autumn meeting")
    ready = _written(conn, owner, "Summer offer", now, BODY)
    campaigns.change(
        conn, owner.principal, ready, now, query=QUERY, needs_consent=False, topic_id=topic, send_when="local",
        local_time=time(9), weekdays=0b11111, quiet_from=time(22), quiet_until=time(7), per_hour=2000, canary=50,
        shape="individual", team_id=team_id, cap_count=2, cap_days=14,
        deadline_at=now + timedelta(days=9), reminder_at=now + timedelta(days=7),
    )  # fmt: skip
    drying.begin(conn, owner.principal, ready, now)
    while drying.go_on(conn, ready, now):
        pass
    trying = _written(conn, owner, "A rather long name of a campaign that somebody chose to write in full", now)
    drying.begin(conn, owner.principal, trying, now)
    conn.execute(text("UPDATE dry_run SET total = 9000, done = 3400 WHERE campaign_id = :c"), {"c": trying})
    running = _written(conn, owner, "Spring news", now)
    campaigns.change(conn, owner.principal, running, now, needs_consent=False, per_hour=60)
    launch.launch(conn, owner.principal, running, now)
    return Campaigns(empty, ready, trying, running)


def _written(conn: Conn, owner: Account, name: str, now: datetime, body: str = "Hello.") -> int:
    made = campaigns.make(conn, owner.principal, name)
    versions.save(conn, owner.principal, made, Draft({"": Written(f"News: {name}", body)}), now)
    return made
