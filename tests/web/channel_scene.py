"""A team's channels in every state, with posts that arrived and posts that did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from engine.db import Conn
from engine.models import Channel, Delivery
from tests import factories as make
from tests.web.scene import Scene

SAID = {
    "bounced": ("not_in_channel", "Slack answered not_in_channel."),
    "failed": ("", ""),
    "deferred": ("429", "Slack answered 429: ratelimited"),
    "in_doubt": ("", ""),
    "sent": ("ok", "ok"),
}


@dataclass(frozen=True)
class Chat:
    """The channels: one that was mended, one that fails, one that is disconnected."""

    mended: int
    failing: int
    off: int


def build(conn: Conn, made: Scene, now: datetime) -> Chat:
    """Give the scene's channels a past."""
    mended, failing = (
        conn.scalars(select(Channel.id).where(Channel.team_id == made.team.id, Channel.name == name)).one()
        for name in ("#platform", "Dashboard")
    )
    conn.execute(update(Channel).where(Channel.id == mended).values(gets=["entries", "digest"]))
    conn.execute(update(Channel).where(Channel.id == failing).values(gets=["round"]))
    off = make.channel(conn, made.team, "teams", "Standup", state="off", gets=["digest"])
    states = ("sent", "bounced", "failed", "failed", "deferred", "in_doubt")
    for n, state in enumerate(states):
        _post(conn, made, mended, state, now - timedelta(hours=12 - n))
    return Chat(mended, failing, off)


def _post(conn: Conn, made: Scene, channel: int, state: str, at: datetime) -> None:
    code, reply = SAID[state]
    reason = {"failed": "the channel refused a post before; test it to mend it", "in_doubt": "Slack did not answer"}
    run = make.run(conn, made.team.workspace_id, "post", made_at=at, state="done", size=1)
    batch = make.batch(conn, made.team.workspace_id, run, transport="slack", next_at=at, state="done", epoch=1)
    key = make.delivery(
        conn, made.team.workspace_id, run, batch, 1, recipient=channel, transport="slack", address="#platform",
        state=state, code=code, reply=reply, reason=reason.get(state, ""), useful_until=at + timedelta(days=1),
    )  # fmt: skip
    if state == "sent":
        conn.execute(update(Delivery).where(Delivery.run_id == key[0]).values(sent_at=at))
