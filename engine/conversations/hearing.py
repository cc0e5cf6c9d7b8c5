"""Who is told of a new message, and how: the assignee, else the team's managers, else the admins.

Each chooses for themselves (account.hears): a mail at once, one a day of what waits for an answer, or nothing.
Answering such a mail answers the person (engine.inbound.relayed). Notes are told to nobody.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.conversations.parts import Thread
from engine.conversations.queries import hearers
from engine.db import Conn
from engine.errors import Invalid
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient, plan
from engine.people.principal import Principal

AT_ONCE, DAILY = "talk_notice", "talk_digest"
WAYS = ("at_once", "digest", "off")
HOUR = time(8)  # of the account's own day
USEFUL = timedelta(days=2)


def tell(conn: Conn, thread: Thread, now: datetime) -> FollowUp:
    """Plan the mails about a message that somebody has just written to us."""
    found = hearers.at_once(conn, thread.workspace_id, thread.id)
    recipients = [Recipient(one.contact_id, thread.id, one.email, now + USEFUL) for one in found]
    planned = plan(conn, thread.workspace_id, AT_ONCE, recipients, now)
    return FollowUp(batches=planned.batch_ids) if planned else FollowUp()


def digests_due(conn: Conn, now: datetime) -> FollowUp:
    """Plan the daily mails of those whose hour has come. Twice, or by two at once, plans nothing twice.

    An account is marked with its day first: whoever else marks it waits, and then finds it done. Where nothing waits
    there is no mail.
    """
    due = {one.account_id: day for one in hearers.daily(conn) if (day := _day_due(one.zone, one.heard_on, now))}
    marked = hearers.mark(conn, due) if due else []
    followup = FollowUp()
    for workspace_id, found in groupby(hearers.with_work(conn, marked), key=attrgetter("workspace_id")):
        recipients = [Recipient(one.contact_id, one.account_id, one.email, now + timedelta(hours=12)) for one in found]
        planned = plan(conn, workspace_id, DAILY, recipients, now)
        followup += FollowUp(batches=planned.batch_ids) if planned else FollowUp()
    return followup


def choose(conn: Conn, who: Principal, way: str, now: datetime) -> str:
    """Let an account hear so; how it did before. The first daily mail comes the next day. Raises Invalid."""
    if way not in WAYS or who.account_id is None:
        raise Invalid("Choose one of the three.", field="hears")
    return hearers.choose(conn, who.workspace_id, who.account_id, way, now.date())


def _day_due(zone: str | None, heard_on: date | None, now: datetime) -> date | None:
    """The local day whose mail is due, or None."""
    try:
        local = now.astimezone(ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = now.astimezone(ZoneInfo("UTC"))
    fresh = heard_on is None or heard_on < local.date()
    return local.date() if fresh and local.time() >= HOUR else None
