"""Which rows somebody means: of doubts, and of what did not go out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

CAUSES = {
    "died": "its worker died; nobody heard the answer",
    "stopped": "its worker was stopped while it waited for the answer",
    "line": "the line broke after the content had left",
    "service": "the service's answer did not say, or never came",
}


@dataclass(frozen=True, slots=True)
class Which:
    """Words and None do not narrow. `workspace_id` is None for the operator's command alone: the whole instance.

    `provider` is the receiving provider where it is known, else the address's domain; `cause` one of CAUSES.
    """

    workspace_id: int | None
    run_id: int | None = None
    kind: str = ""
    provider: str = ""
    cause: str = ""
    rows: tuple[tuple[int, int], ...] | None = None


STATES = ("failed", "bounced", "expired", "cancelled", "suppressed", "deferred")  # what may be queued again


@dataclass(frozen=True, slots=True)
class Rest:
    """Which rows of a run: by state, and by code, part of the reason or reply, picks (state, code, reason), or seq."""

    workspace_id: int
    run_id: int
    states: tuple[str, ...] = STATES
    code: str = ""
    reason: str = ""
    picks: tuple[tuple[str, str, str], ...] | None = None
    seqs: tuple[int, ...] | None = None
