"""The figures of a scenario: the sink's log joined with the rows, and which bars are broken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.chaos.stage import Stage
from tests.stories.counting import Count


@dataclass(frozen=True)
class Figures:
    """One scenario on one pair. `in_doubt` were ever in doubt: of these `arrived` are in the sink, and `resolved` ended
    in another state. `before` and `after` are mails a second until the fault, and once what was away is back."""

    scenario: str
    pair: str
    rows: int = 0
    sent_once: int = 0
    lost: int = 0
    false_sent: int = 0
    duplicates: int = 0
    resent: int = 0
    in_doubt: int = 0
    arrived: int = 0
    resolved: int = 0
    takeover_s: float | None = None
    before: float | None = None
    after: float | None = None
    seconds: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)
    broken: Sequence[str] = ()
    skipped: str = ""

    @property
    def line(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))


def tally(stage: Stage, name: str) -> Figures:
    """Count what a scenario left behind, and hold it against the bars."""
    house, runs = stage.house, stage.runs
    house.assert_balanced()
    count = house.count(*runs)
    sink = house.sunk.look().of([run.run_id for run in runs])
    doubtful = count.states["in_doubt"]
    before, after = _rates(stage)
    return Figures(
        scenario=name,
        pair=house.pair,
        rows=count.size,
        sent_once=sum(times == 1 for times in sink.values()),
        lost=len(count.lost) + max(0, count.size - sum(count.states.values())),
        false_sent=len(count.false_sent),
        duplicates=sum(count.copies.values()),
        resent=sum(count.resent.values()),
        in_doubt=count.doubts,
        arrived=len(count.arrived),
        resolved=count.doubts - doubtful,
        takeover_s=max(stage.takeovers, default=None),
        before=before,
        after=after,
        notes={**stage.notes, "states": dict(count.states)},
        broken=[*_bars(stage, count), *stage.broken],
    )


def _bars(stage: Stage, count: Count) -> list[str]:
    claims = {
        f"lost {count.lost[:5]}": not count.lost,
        f"the rows do not add up to {count.size}: {dict(count.states)}": sum(count.states.values()) == count.size,
        f"false sent {count.false_sent[:5]}": not count.false_sent,
        f"copies that no row announces {count.copies}": not count.copies,
        f"rows that say they did not leave, and did {count.untold[:5]}": not count.untold,
        f"mails that are nobody's {count.strangers[:5]}": not count.strangers,
        f"doubts without an event {count.unlisted[:5]}": not count.unlisted,
        f"leases never given back: {count.leased}": not count.leased,
        f"in doubt {count.doubts}, more than {stage.doubts}": count.doubts <= stage.doubts,
        f"states {dict(count.states)}": set(count.states) <= stage.ends,
        f"take-over {stage.takeovers}, bar {stage.scale.takeover}": all(
            seconds <= stage.scale.takeover for seconds in stage.takeovers
        ),
    }
    return [claim for claim, true in claims.items() if not true]


def _rates(stage: Stage) -> tuple[float | None, float | None]:
    runs = {run.run_id for run in stage.runs}
    times = [t for t, row in stage.house.sunk.times if row[0] in runs]
    if stage.hit_at is None:
        return None, _rate(times)
    before = [t for t in times if t < stage.hit_at]
    after = [t for t in times if t > (stage.healed_at or stage.hit_at)]
    return _rate(before), _rate(after)


def _rate(times: Sequence[float]) -> float | None:
    span = times[-1] - times[0] if len(times) > 10 else 0.0
    return round((len(times) - 1) / span, 1) if span > 0.2 else None
