"""Send the rest: rows of a run that did not go out are queued again, as a new attempt of the same row.

A row that was accepted, or may have been, is never among them. Callers check who asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine import move, sealing
from engine.config import required, settings
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.outbound.followup import FollowUp
from engine.outbound.kinds import KINDS
from engine.outbound.queries import planning
from engine.outbound.settle import again
from engine.outbound.settle.again import Laid
from engine.outbound.settle.queries import laying, resting
from engine.outbound.settle.which import STATES, Rest

LIMIT = 50_000  # rows one act takes, in a second or two; who has more repeats it
REASONS = 100
NO_STATE = "Choose at least one state or reason; a row that was sent is never sent again."


@dataclass(frozen=True, slots=True)
class Reason:
    """`n` rows of a run that are in one state for one reason. `example`: what a receiver said to one of them."""

    state: str
    code: str
    reason: str
    n: int
    example: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What queueing again would take. Those `suppressed` still are, and stay; `more` says that LIMIT cuts it off."""

    states: Mapping[str, int]
    suppressed: int
    more: bool

    @property
    def rows(self) -> int:
        """How many rows would move."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Requeued:
    """What was queued again."""

    rows: int
    preview: Preview
    followup: FollowUp


def reasons(conn: Conn, workspace_id: int, run_id: int) -> tuple[Reason, ...]:
    """What may be queued again of a run, by state and reason, most frequent first."""
    rows = resting.reasons(conn, workspace_id, run_id, STATES, REASONS)
    return tuple(Reason(row.state, row.code, row.reason, row.n, row.example) for row in rows)


def given_up(conn: Conn, workspace_id: int, run_id: int) -> int:
    """How many rows were given up after a doubt: they may have arrived, and are not offered here."""
    return resting.given_up(conn, workspace_id, run_id)


def workspace_of(conn: Conn, run_id: int) -> int:
    """Whose run it is, for the operator's command. Raises NotFound."""
    found = resting.run_workspace(conn, run_id)
    if found is None:
        raise NotFound(f"There is no run {run_id}.")
    return found


def useful_until(conn: Conn, rest: Rest, now: datetime) -> datetime:
    """Until when a row queued again is useful unless somebody says otherwise: by the run's kind. Raises NotFound."""
    kind = resting.run_kind(conn, rest.workspace_id, rest.run_id)
    if kind is None:
        raise NotFound("There is no such run here. Old runs are removed after a while.")
    return now + KINDS[kind].again


def preview(conn: Conn, rest: Rest) -> Preview:
    """What `requeue` would take now; nothing is changed."""
    found, dropped, more = _chosen(conn, rest, lock=False)
    return Preview(Counter(row.state for row in found), dropped, more)


def requeue(conn: Conn, rest: Rest, now: datetime, actor: str, until: datetime, why: str = "") -> Requeued:
    """Queue the rows again: attempt + 1, useful until `until`, a new batch, the run opened if it was over.

    A deferred row keeps its attempt and only stops waiting. A cancelled run is opened for these rows alone; its others
    stay cancelled. Raises Invalid(states) for states that may not, Invalid(until) for one that is over, NotFound.
    """
    _check(rest, now, until)
    useful_until(conn, rest, now)  # there is such a run
    idle = resting.lock_idle_batches(conn, rest.run_id) if "deferred" in rest.states else []
    again.lock_run(conn, rest.run_id)
    found, dropped, more = _chosen(conn, rest, lock=True)
    reason = f"queued again: {why}" if why else "queued again by a person"
    seqs = [row.seq for row in found if row.state != "deferred"]
    waiting = [row.seq for row in found if row.state == "deferred"]
    anew: dict[str, Any] = {**again.CLEAN, "useful_until": until}
    laid = [
        _lay(conn, rest, "requeue", seqs, now, actor, reason, {**anew, "attempt": laying.next_attempt()}),
        _lay(conn, rest, "hurry", waiting, now, actor, reason, {"useful_until": laying.later_of(until)}),
    ]
    rows, batches = sum(part.rows for part in laid), tuple(i for part in laid for i in part.batch_ids)
    if rows:
        move.many(conn, "batch", "finish", resting.emptied(rest.run_id, idle), now)
        again.reopen(conn, rest.run_id, now, actor=actor, note=reason)
    told = Preview(Counter(row.state for row in found), dropped, more)
    return Requeued(rows, told, FollowUp(batches=batches))


def _check(rest: Rest, now: datetime, until: datetime) -> None:
    if not rest.states or set(rest.states) - set(STATES) or rest.picks == ():
        raise Invalid(NO_STATE, "states")
    if until <= now:
        raise Invalid("Choose a time that is still to come; after it a row expires instead of being sent.", "until")


def _lay(
    conn: Conn, rest: Rest, trigger: str, seqs: Sequence[int], now: datetime, actor: str, reason: str,
    values: Mapping[str, Any],
) -> Laid:  # fmt: skip
    if not seqs:
        return Laid(0, ())
    return again.lay(conn, rest.run_id, seqs, trigger, now, actor=actor, reason=reason, values=values)


def _chosen(conn: Conn, rest: Rest, *, lock: bool) -> tuple[Sequence[Any], int, bool]:
    """The rows, how many were left out since their address still gets nothing, and whether LIMIT cut them off."""
    rows = resting.chosen(conn, rest, LIMIT + 1, lock=lock)
    more, rows = len(rows) > LIMIT, rows[:LIMIT]
    mails = [row for row in rows if row.state == "suppressed" and row.transport == "smtp"]
    if not mails:
        return rows, 0, more
    secret = required(settings().secret_key, "secret_key")
    hashes = {row.seq: sealing.address_hash(secret, row.address) for row in mails}
    still = planning.suppressed(conn, rest.workspace_id, list(hashes.values()))
    kept = [row for row in rows if hashes.get(row.seq) not in still]
    return kept, len(rows) - len(kept), more


def only(rest: Rest, picks: Sequence[tuple[str, str, str]]) -> Rest:
    """The same, narrowed to these picks (state, code, reason)."""
    return replace(rest, picks=tuple(picks), states=tuple(sorted({state for state, _, _ in picks} & set(STATES))))


__all__ = [
    "LIMIT", "STATES", "Preview", "Reason", "Requeued", "Rest", "given_up", "only", "preview", "reasons", "requeue",
    "useful_until", "workspace_of",
]  # fmt: skip
