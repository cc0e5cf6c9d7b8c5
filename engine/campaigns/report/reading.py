"""A campaign's report: what became of its sends, in numbers each of which is the length of a list (lists.NAMES)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.campaigns import campaigns
from engine.campaigns.campaigns import Campaign
from engine.campaigns.report import counting, summing
from engine.campaigns.report.counting import Cell, Counted
from engine.campaigns.report.figures import Answer, Link, Reason, Receiver, Send, Span, Taken
from engine.campaigns.report.lists import STATES, Scope
from engine.campaigns.report.queries import lists as statements
from engine.campaigns.report.queries import telling
from engine.config import Settings
from engine.db import Conn
from engine.outbound.report import waits
from engine.outbound.report.waits import Wait
from engine.people import rights
from engine.people.principal import Principal

ANSWERS = 8  # that the report shows; the others are conversations
REASONS = 30


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
    counts = counting.counts(conn, {run.id: run.size for run in runs}, now)
    cells = [cell for found in counts.values() for cell in found.cells]
    opened, clicked, links, hours = summing.hits(telling.hits(conn, scope))
    answers = telling.answers(conn, scope, ANSWERS)
    numbers = summing.numbers(cells) | _people(conn, scope, counts.values(), cells)
    reasons = summing.reasons(cells)
    return Report(
        of, tuple(Send(r.id, r.part, r.state, r.reason, r.size, r.made_at) for r in runs), numbers, opened, clicked,
        summing.spans(cells, hours), summing.receivers(cells), links, reasons[:REASONS], len(reasons[REASONS:]),
        tuple(Answer(a.conversation_id, a.no, a.contact_id, a.name, a.body, a.status, a.at) for a in answers),
        answers[0].messages if answers else 0, _waits(conn, settings, scope, counts.values(), now),
        sum(found.lately for found in counts.values()),
        max((found.ago for found in counts.values() if found.ago is not None), default=None),
        runs[0].links, runs[0].opens,
    )  # fmt: skip


def _people(conn: Conn, of: Scope, counts: Iterable[Counted], cells: Sequence[Cell]) -> dict[str, int]:
    """How many people answered, left, or got it and are silent: accepted people are those who answered and these."""
    asked = [statements.replied(of), statements.reached_and_replied(of), statements.unsubscribed(of)]
    replied, reached, left = telling.numbers(conn, asked)
    accepted = sum(cell.rows for cell in cells if cell.state in STATES["accepted"])
    silent = max(0, accepted - sum(found.again for found in counts) - reached)
    return {"replied": replied, "silent": silent, "unsubscribed": left}


def _waits(conn: Conn, settings: Settings, of: Scope, counts: Iterable[Counted], now: datetime) -> tuple[Wait, ...]:
    """Why mails wait, most first. Batches that wait for the same are asked about once."""
    rows = {batch: n for found in counts for batch, n in found.waits.items()}
    if not rows:
        return ()
    groups = telling.waiting(conn, of.runs, now)
    few = {one: sum(rows.get(batch, 0) for batch in ids) for one, ids in groups}
    return waits.of_rows(conn, settings, of.workspace_id, {one: n for one, n in few.items() if n}, now)


__all__ = ["Report", "report"]
