"""What channels get of rounds: one post when a round has closed, and the team's digest at its hour in the team's zone.

The round's own move plans its posts, in the same transaction: who closes it first has planned them, and nobody else
closes it. A digest is one row per channel and date. It covers what was written since the last one that was accepted,
so one that failed is told again by the next (docs/adr/0009-digest-watermark.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient
from engine.rounds.due import DAY, day_end, instant_of, local_day
from engine.rounds.mailing import plan_runs
from engine.rounds.queries import posting

USEFUL = timedelta(days=1)


def plan_round_posts(conn: Conn, closed: Sequence[int], now: datetime) -> FollowUp:
    """Plan the posts of rounds that have just closed; the batches to send. A round in which nobody was asked has none.

    Call it in the transaction that closes them.
    """
    found = posting.round_channels(conn, closed) if closed else []
    to = [(c.workspace_id, Recipient(c.channel_id, c.round_id, c.name, now + USEFUL, c.kind)) for c in found]
    planned = plan_runs(conn, "round_post", to, now)
    posting.write_round_posts(conn, {about: run for about, (run, _) in planned.keys().items()})
    return planned.follow_up


def channel_digests_due(conn: Conn, now: datetime) -> FollowUp:
    """Make the digest of every channel whose team's digest hour has come by `now`; the batches to send.

    Twice, or by two at once, makes one. A day that nobody made it on is left out; the next one covers it.
    """
    due = [(row, day) for row in posting.digest_channels(conn, now.date() - DAY) if (day := _due(row, now)) is not None]
    if not due:
        return FollowUp()
    posting.lock_teams(conn, [row.team_id for row, _ in due])
    made = posting.insert_digests(conn, [row.channel_id for row, _ in due], [day for _, day in due], now)
    news = [digest for digest in made if digest.until_no > digest.since_no]
    planned = plan_runs(conn, "digest_post", [(d.workspace_id, _recipient(d)) for d in news], now)
    posting.write_digest_posts(conn, planned.about, planned.run_id, planned.seq)
    return planned.follow_up


def begin(conn: Conn, workspace_id: int, channel_id: int, now: datetime) -> None:
    """Have a channel's digests begin here: with the next digest hour, and with what is written from now on."""
    row = posting.digest_channel(conn, workspace_id, channel_id, now.date())
    if row is not None:
        today = local_day(row.zone, now)
        over = instant_of(row.zone, today, row.digest_at) <= now
        posting.insert_mark(conn, channel_id, today if over else today - DAY, now)


def _due(row: Any, now: datetime) -> date | None:
    """The team's date whose digest a channel is to get now, or None."""
    today = local_day(row.zone, now)
    if row.last_date is not None and row.last_date >= today:
        return None
    if not row.weekdays >> today.weekday() & 1 or today in row.days_off:
        return None
    return today if instant_of(row.zone, today, row.digest_at) <= now else None


def _recipient(digest: Any) -> Recipient:
    return Recipient(digest.channel_id, digest.id, digest.name, day_end(digest.zone, digest.local_date), digest.kind)


__all__ = ["begin", "channel_digests_due", "plan_round_posts"]
