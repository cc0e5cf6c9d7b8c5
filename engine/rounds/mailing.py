"""From people and channels to deliveries: one run per workspace, however many teams of it fall due together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from engine.db import Conn
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient, plan


@dataclass(frozen=True, slots=True)
class Mailed:
    """What was planned: the i-th mail, about `about[i]`, is delivery (`run_id[i]`, `seq[i]`)."""

    follow_up: FollowUp = field(default_factory=FollowUp)
    about: list[int] = field(default_factory=list)
    run_id: list[int] = field(default_factory=list)
    seq: list[int] = field(default_factory=list)

    def keys(self) -> dict[int, tuple[int, int]]:
        """(run_id, seq) by what the mail is about."""
        return {about: (run, seq) for about, run, seq in zip(self.about, self.run_id, self.seq, strict=True)}


def plan_runs(conn: Conn, kind: str, recipients: Iterable[tuple[int, Recipient]], now: datetime) -> Mailed:
    """Plan one run of `kind` for each workspace among (workspace_id, recipient).

    A run has a recipient once: for one that is given twice (a channel, when two rounds close together) there are more.
    """
    groups: dict[tuple[int, int], list[Recipient]] = {}
    times: Counter[int] = Counter()
    for workspace_id, recipient in recipients:
        groups.setdefault((workspace_id, times[recipient.recipient]), []).append(recipient)
        times[recipient.recipient] += 1
    mailed, batches = Mailed(), list[int]()
    for (workspace_id, _), group in sorted(groups.items()):
        planned = plan(conn, workspace_id, kind, group, now)
        if planned is None:
            continue
        batches += planned.batch_ids
        mailed.about.extend(recipient.about for recipient in group)
        mailed.run_id.extend([planned.run_id] * planned.size)
        mailed.seq.extend(range(1, planned.size + 1))
    return Mailed(FollowUp(batches=tuple(batches)), mailed.about, mailed.run_id, mailed.seq)
