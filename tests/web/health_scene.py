"""Two weeks of mail in the tally, and incidents: what the health page's tests and screenshots look at."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from engine import db
from engine.db import Conn
from engine.models import Incident, Tally
from engine.outbound.health.standing import COUNTER
from tests import factories as make

RECEIVERS = {"gmail": (40, 0, 0), "outlook": (25, 9, 1), "other": (60, 1, 6), "yahoo": (12, 0, 0)}


def two_weeks(conn: Conn, workspace_id: int, now: datetime) -> None:
    """Mails to four receivers on each of fourteen days; two incidents, one over; counted a moment ago."""
    run = make.run(conn, workspace_id, state="done", made_at=now)
    for back in range(14):
        day = (now - timedelta(days=back)).date()
        for provider, (accepted, deferred, bounced) in RECEIVERS.items():
            more = (13 - back) * 2 if provider == "gmail" else 0
            whole = {"accepted": accepted + more, "deferred": deferred, "bounced": bounced}
            named = {"transport": "smtp", "lane": "instance", "provider": provider, "from_domain": "acme.example"}
            tried = sum(whole.values())
            conn.execute(
                insert(Tally).values(workspace_id=workspace_id, run_id=run, day=day, tried=tried, **named, **whole)
            )
    values = {"workspace_id": workspace_id, "opened_at": now - timedelta(hours=3), "told_at": now}
    words = "10 % of the mails from acme.example bounced in the last 3 days, over the limit of 5 % (201 mails)."
    conn.execute(insert(Incident).values(kind="health", about="a", words=words, **values))
    over = {**values, "workspace_id": None, "over_at": now - timedelta(hours=1)}
    words = "The queue send is not consumed: no worker answered for 65 s."
    conn.execute(insert(Incident).values(kind="watchdog", about="send", words=words, **over))
    db.beat(conn, COUNTER, "test")
