"""All that happened to one person and what they did, newest first: mails, answers, messages, hits, consent, acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.people import rights
from engine.people.directory.queries import history
from engine.people.principal import Principal

PAGE = 50
# What one may look at alone, and the parts of the statement that it is.
SHOWN = {
    "mails": ("mail", "hit"), "answers": ("answer", "message", "order"), "consent": ("consent", "suppression"),
    "changes": ("act", "import"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. `kind` says what `title`, `detail` and the numbers `first` and `second` are."""

    kind: str
    at: datetime
    key: str
    title: str
    detail: str
    first: int | None
    second: int | None


@dataclass(frozen=True, slots=True)
class Steps:
    """A page; `more` is (at, key) from which the next one goes on."""

    steps: tuple[Step, ...]
    more: tuple[datetime, str] | None


def page(
    conn: Conn, principal: Principal, contact_id: int, shown: str = "", before: tuple[datetime, str] | None = None
) -> Steps:
    """One page of a person's time; `shown` is a name of SHOWN or empty for all. Two statements. Raises NotAllowed."""
    rights.require(principal, "see_contacts")
    of = history.ids(conn, principal.workspace_id, contact_id)
    rows = history.page(conn, of, SHOWN.get(shown, tuple(history.PARTS)), before, PAGE + 1)
    steps = tuple(Step(*tuple(row)) for row in rows[:PAGE])
    return Steps(steps, (steps[-1].at, steps[-1].key) if len(rows) > PAGE else None)


__all__ = ["PAGE", "SHOWN", "Step", "Steps", "page"]
