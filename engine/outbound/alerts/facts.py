"""What is wrong at this moment, asked of the rows: lag, stuck runs, held runs, doubts, health, deaf queues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import db
from engine.config import Settings
from engine.db import Conn
from engine.outbound.alerts import queries
from engine.outbound.health import queries as health
from engine.outbound.health.rates import DAYS, Crossing, Limits, crossings
from engine.outbound.pace import routing
from engine.outbound.queries import canaries, tallying

REFUSED = timedelta(days=1)  # a provider that still has mail for us has called again by then


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is wrong. `about` names it within its kind; `workspace_id` is None where it is everybody's."""

    kind: str
    about: str
    words: str
    workspace_id: int | None = None


def lag(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """What fell due and nobody took: slots without a plan, mails unread, batches in a lane where nobody works."""
    limit = settings.lag_seconds
    late = {f"{name}s that fell due": age for name, age in health.due_lag(conn, now).items()}
    late["mails that came in"] = health.inbound(conn, now)[1]
    found = [
        Fact("lag", what, f"{what} wait since {span(age)}".capitalize() + ".")
        for what, age in late.items()
        if age > limit
    ]
    for row in queries.overdue(conn, now, now - timedelta(seconds=limit), routing.gates(conn, now, settings)):
        found.append(
            Fact("lag", f"batches:{row.kind}",
                 f"{row.n} batches of {row.kind}s are due since {span(row.age)}, and no worker takes them.")
        )  # fmt: skip
    return found


def stuck(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Open runs whose numbers have not changed though rows of them are due."""
    before = now - timedelta(seconds=settings.stuck_seconds)
    rows = queries.stuck(conn, now, before, routing.gates(conn, now, settings))
    return [
        Fact("stuck", f"w{r.workspace_id}:{r.transport}",
             f"{_runs(r.runs, r.first)} by {r.transport}: nothing has moved for {span(r.age)}."
             f"{' The last trouble: ' + r.reason if r.reason else ''}", r.workspace_id)
        for r in rows
    ]  # fmt: skip


def held(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Runs that the system holds, with its reason."""
    return [
        Fact("held", f"w{r.workspace_id}", f"{_runs(r.runs, r.first)} held: {r.reason or 'no reason was written'}.",
             r.workspace_id)
        for r in queries.held(conn)
    ]  # fmt: skip


def doubts(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Deliveries that stay in doubt in runs whose policy is to hold."""
    return [
        Fact("doubts", f"w{r.workspace_id}",
             f"{r.n} {'delivery is' if r.n == 1 else 'deliveries are'} in doubt, the oldest since {span(r.age)}:"
             " the content may have left, and no answer is known.", r.workspace_id)
        for r in queries.old_doubts(conn, settings.doubt_alert_seconds)
    ]  # fmt: skip


def unhealthy(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Rates over their limits, in the last days."""
    limits, since = Limits.of(settings), now.date() - timedelta(days=DAYS - 1)
    return [_crossing(c, limits) for c in crossings(tallying.sums(conn, since), limits)]


def deaf(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Queues that were asked for a sign of life, by a broker that took the question, and did not answer.

    A worker all of whose children are busy says so by its heartbeat, for a canary cannot get through to it.
    """
    limit, silent, beats = settings.watchdog_seconds, canaries.silences(conn), db.heartbeats(conn)
    return [
        unconsumed(queue, age)
        for queue, age in silent.items()
        if 0 < limit <= min(age, beats.get(f"queue:{queue}", age))
    ]


def unfetched(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Mailboxes that cannot be used, or that nobody has looked into for too long."""
    found = []
    for row in health.boxes(conn):
        if row.failure:
            found.append(Fact("imap", row.name, f"Nothing is fetched from {row.name}. {row.failure}"))
        elif row.age is not None and row.age > settings.lag_seconds:
            found.append(Fact("imap", row.name, f"Not all in {row.name} was fetched for {span(row.age)}."))
    return found


def unproven(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Webhooks for mail that were called within a day though no key is set that could prove the calls."""
    return [
        Fact("webhook", row.hook,
             f"{row.calls} {'call' if row.calls == 1 else 'calls'} with mail to /hooks/inbound/{row.hook} refused,"
             f" the last {span(row.age)} ago: SIXPM_{row.setting.upper()} {row.why or 'is not set.'}")
        for row in health.refused_hooks(conn)
        if row.age < REFUSED.total_seconds() and (row.why or not getattr(settings, row.setting, None))
    ]  # fmt: skip


def leaving(conn: Conn, now: datetime, settings: Settings) -> list[Fact]:
    """Unsubscriptions that machines made in a burst, and that wait for an admin's word."""
    return [
        Fact("leaving", f"w{r.workspace_id}",
             f"{r.n} unsubscriptions are held, the first since {span(r.age)}. Machines made them at once behind"
             f" {r.system}.", r.workspace_id)
        for r in queries.held_leaving(conn, now)
    ]  # fmt: skip


def unconsumed(queue: str, age: float, more: str = "") -> Fact:
    """A queue that does not answer."""
    return Fact("watchdog", queue, f"The queue {queue} is not consumed: no worker answered for {span(age)}.{more}")


Look = Callable[[Conn, datetime, Settings], list[Fact]]
LOOKS: dict[str, Look] = {
    "lag": lag, "stuck": stuck, "held": held, "doubts": doubts, "health": unhealthy, "watchdog": deaf,
    "imap": unfetched, "webhook": unproven, "leaving": leaving,
}  # fmt: skip

_HAPPENED = {
    "bounced": "bounced", "complained": "were called spam by their readers", "deferred": "were put off by the receiver",
}  # fmt: skip


def _crossing(c: Crossing, limits: Limits) -> Fact:
    rate = c.sums.rate(c.measure) or 0.0
    whose = f"w{c.workspace_id}:" if c.workspace_id is not None else ""
    at = f" at {c.what}" if c.measure == "deferred" else f" from {c.what}" if c.what else " of all workspaces"
    words = (
        f"{rate:.2g} % of the mails{at} {_HAPPENED[c.measure]} in the last {DAYS} days, over the limit of"
        f" {limits.percent[c.measure]:g} % ({c.sums.tried} mails, by {lane_words(c.lane)})."
    )
    return Fact("health", f"{whose}{c.measure}:{c.lane}:{c.what}", words, c.workspace_id)


def lane_words(lane: str) -> str:
    """A lane as people read it."""
    return "the instance's relay" if lane == "instance" else lane.replace(":", " ")


def _runs(count: Any, first: Any) -> str:
    return f"Run {first}" if count == 1 else f"{count} runs (the first is {first})"


def span(seconds: float) -> str:
    """Seconds as people read them: "40 s", "12 min", "3 h", "2 days"."""
    for size, name in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (size < 86400 and seconds >= size):
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"
