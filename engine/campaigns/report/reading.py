"""A campaign's report: what became of its sends, in numbers each of which is the length of a list (lists.NAMES)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.campaigns import campaigns
from engine.campaigns.campaigns import Campaign
from engine.campaigns.report import counting, summing
from engine.campaigns.report.counting import Counted
from engine.campaigns.report.figures import Answer, Link, Reason, Receiver, Send, Span, Taken
from engine.campaigns.report.lists import Scope
from engine.campaigns.report.queries import acts, telling
from engine.campaigns.report.queries import lists as statements
from engine.config import Settings
from engine.db import Conn
from engine.outbound.report import waits
from engine.outbound.report.waits import Wait
from engine.people import rights
from engine.people.principal import Principal

ANSWERS = 8  # that the report shows; the others are conversations
REASONS = 30
FEW = 100  # batches that are asked about one by one


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a campaign. `numbers` are by the names of lists; `ago`: seconds since the oldest was counted."""

    of: Campaign
    sends: tuple[Send, ...]
    numbers: Mapping[str, int]
    opened: Taken
    clicked: Taken
    spans: tuple[Span, ...]
    receivers: tuple[Receiver, ...]
    links: tuple[Link, ...]
    reasons: tuple[Reason, ...]
    more_reasons: int
    answers: tuple[Answer, ...]
    messages: int
    waits: tuple[Wait, ...]
    lately: int
    ago: float | None
    tracks_links: bool
    tracks_opens: bool

    @property
    def settled(self) -> int:
        """Mails with an outcome."""
        return self.numbers["all"] - self.numbers["waiting"]

    @property
    def moving(self) -> bool:
        """Whether its numbers are about to change by themselves."""
        return self.of.state in ("running", "holding", "paused", "finishing")

    @property
    def hits(self) -> bool:
        """Whether anybody or anything has asked for what is tracked."""
        return bool(self.opened.all)


def report(conn: Conn, principal: Principal, campaign_id: int, settings: Settings, now: datetime) -> Report | None:
    """The report of a campaign; None for one that was never launched. Raises NotAllowed, NotFound."""
    rights.require(principal, "see_campaigns")
    of = campaigns.get(conn, principal, campaign_id)
    runs = telling.runs(conn, of.workspace_id, of.id)
    if not runs:
        return None
    scope = Scope(of.workspace_id, of.id, of.topic_id or 0, tuple(run.id for run in runs), of.launched_at)
    counts = counting.counts(conn, runs, now)
    cells = [cell for found in counts.values() for cell in found.cells]
    opened, clicked, links, hours = summing.hits(telling.hits(conn, scope))
    asked = [statements.replied(scope), statements.reached_and_replied(scope), acts.unsubscribed(scope)]
    answers, (messages, replied, reached, left) = telling.answers(conn, scope, asked, ANSWERS)
    numbers = summing.numbers(cells)
    # People whom it reached are those of them who answered, and the silent ones; who got two sends is one of them.
    people = numbers["accepted"] - sum(found.again for found in counts.values())
    numbers |= {"people": people, "replied": replied, "silent": max(0, people - reached), "unsubscribed": left}
    reasons = summing.reasons(cells)
    sends = tuple(Send(r.id, r.part, r.state, r.reason, r.size, r.made_at) for r in runs)
    said = tuple(Answer(**{**one, "at": datetime.fromisoformat(one["at"])}) for one in answers)
    ago = max((found.ago for found in counts.values() if found.ago is not None), default=None)
    return Report(
        of, sends, numbers, opened, clicked, summing.spans(cells, hours), summing.receivers(cells), links,
        reasons[:REASONS], len(reasons[REASONS:]), said, messages, _waits(conn, settings, scope, counts.values(), now),
        sum(found.lately for found in counts.values()), ago, runs[0].links, runs[0].opens,
    )  # fmt: skip


def _waits(conn: Conn, settings: Settings, of: Scope, counts: Iterable[Counted], now: datetime) -> tuple[Wait, ...]:
    """Why mails wait, most first. Batches that wait for the same are asked about once."""
    rows = {batch: n for found in counts for batch, n in found.waits.items()}
    if not rows:
        return ()
    if len(rows) > FEW:
        groups = telling.waiting(conn, of.runs, now)
        few = {one: sum(rows.get(batch, 0) for batch in ids) for one, ids in groups}
        rows = {one: n for one, n in few.items() if n}
    return waits.of_rows(conn, settings, of.workspace_id, rows, now)


__all__ = ["Report", "report"]
