"""What the instance's own books say of the demo: entries, runs and deliveries, and the table that shows them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from rich import box
from rich.console import Console
from rich.table import Table

from engine.db import Conn
from engine.inbound.queries import finding
from engine.inbound.queries.finding import Which
from engine.outbound import report, search
from engine.outbound.report import Numbers
from engine.outbound.search import Listed, Search
from engine.people.principal import SYSTEM

MOST = 1_000  # runs, or entries
WIDE = 118


@dataclass(frozen=True, slots=True)
class Ledger:
    """One workspace's books, read anew at every question."""

    transaction: Callable[[], AbstractContextManager[Conn]]
    workspace_id: int
    team_id: int

    def runs(self) -> tuple[Numbers, ...]:
        """All runs, oldest first."""
        with self.transaction() as conn:
            return report.numbers(conn, SYSTEM(self.workspace_id), limit=MOST)[::-1]

    def kinds(self) -> Mapping[int, str]:
        """Each run's kind."""
        return {run.run_id: run.kind for run in self.runs()}

    def deliveries(self) -> list[Listed]:
        """All deliveries, in the order of their runs."""
        found: list[Listed] = []
        with self.transaction() as conn:
            wanted: Search | None = Search()
            while wanted:
                page = search.find(conn, SYSTEM(self.workspace_id), wanted)
                found += page.rows
                wanted = replace(wanted, before=page.next) if page.next else None
        return sorted(found, key=lambda row: (row.run_id, row.seq))

    def entries(self) -> Mapping[str, tuple[str, ...]]:
        """What each person said, in their order."""
        said: dict[str, tuple[str, ...]] = {}
        with self.transaction() as conn:
            for row in finding.found(conn, self.workspace_id, self.team_id, Which(), MOST):
                said[row.name] = (*said.get(row.name, ()), row.text)
        return said

    def unfinished(self) -> list[str]:
        """Runs that are not done."""
        return [f"run {run.run_id} ({run.kind}) is {run.state}" for run in self.runs() if run.state != "done"]

    def unbalanced(self) -> list[str]:
        """Runs whose rows are not as many as the recipients that were planned."""
        return [f"run {run.run_id} has {run.size}: {dict(run.counts)}" for run in self.runs() if not run.balanced]

    def states(self) -> Mapping[tuple[str, str], int]:
        """How many deliveries there are by (kind, state)."""
        return dict(Counter((row.kind, row.state) for row in self.deliveries()))

    def sent_mails(self) -> Mapping[tuple[str, str], int]:
        """How many mails are said to be sent by (kind, address)."""
        rows = [row for row in self.deliveries() if row.kind != "post" and row.state == "sent"]
        return dict(Counter((row.kind, row.address) for row in rows))


def show(ledger: Ledger, say: Callable[[str], None]) -> None:
    """Every delivery and its state, then every run and the sum of its rows."""
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("run", "kind", "to", "address", "state", "sent (UTC)"):
        table.add_column(head, no_wrap=True, min_width=len(head))
    table.add_column("the receiver said", no_wrap=True, max_width=27)
    for row in ledger.deliveries():
        sent = f"{row.sent_at:%a %H:%M}" if row.sent_at else ""
        table.add_row(f"{row.run_id}.{row.seq}", row.kind, row.name, row.address, row.state, sent, row.words)
    console = Console(width=WIDE, highlight=False, markup=False)
    with console.capture() as shown:
        console.print(table)
    say(f"\n{shown.get().rstrip()}\n")
    for run in ledger.runs():
        sums = " + ".join(f"{count} {state}" for state, count in run.counts.items())
        say(f"  run {run.run_id:<4} {run.kind:<7} {run.state:<5} {run.size} planned = {sums}")
