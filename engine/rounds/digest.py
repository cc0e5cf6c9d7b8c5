"""STORY digest: a member's digest hour comes; they get everything that was written since their last accepted digest.

A watermark, not a round: late answers, zones 26 hours apart, weekends and a digest that expired need no rule of their
own. One digest per membership and local date, by constraint; none is mailed when there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient
from engine.rounds.due import DAY, Hours, day_end, next_slots
from engine.rounds.mailing import plan_runs
from engine.rounds.mails import digest_mails
from engine.rounds.queries import digesting, opening
from engine.rounds.queries.digesting import DueDigest


def digests_due(conn: Conn, now: datetime) -> FollowUp:
    """Make the digest of every member whose hour has come by `now`, in all workspaces; the batches to send."""
    due = digesting.due_digests(conn, now)
    if not due:
        return FollowUp()
    wanted = [slot for slot in due if slot.wanted and not slot.skipped]
    made = digesting.insert_digests(conn, wanted, now)
    news = [slot for slot in wanted if slot.membership_id in made and slot.until_no > slot.since_no]
    mailed = plan_runs(conn, "digest", [(s.workspace_id, _recipient(s, made[s.membership_id])) for s in news], now)
    if mailed.about:
        digesting.write_deliveries(conn, mailed.about, mailed.run_id, mailed.seq)
    _advance(conn, due)
    return mailed.follow_up


def _recipient(slot: DueDigest, digest_id: int) -> Recipient:
    return Recipient(slot.membership_id, digest_id, slot.address, day_end(slot.zone, slot.local_date))


def _advance(conn: Conn, due: Sequence[DueDigest]) -> None:
    wanted = [slot for slot in due if slot.wanted]
    never = [slot.membership_id for slot in due if not slot.wanted]
    hours = [Hours(d.zone, d.at, d.weekdays, d.away, d.due_at, d.local_date + DAY) for d in wanted]
    members = [slot.membership_id for slot in wanted]
    opening.advance_digests(conn, members + never, [*next_slots(hours), *(None for _ in never)])


__all__ = ["digest_mails", "digests_due"]
