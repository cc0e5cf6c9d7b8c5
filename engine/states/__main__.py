"""Writes docs/states.md from the tables, or with --check fails when the file is old."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.states import TABLES
from engine.states.table import StateTable

PAGE = Path(__file__).resolve().parents[2] / "docs" / "states.md"


def _drawing(table: StateTable) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {table.initial}"]
    lines += [f"    {s} --> {m.dest}: {m.trigger.rstrip('_')}" for m in table for s in m.sources]
    lines += [f"    {s.name} --> [*]" for s in table.states if s.final]
    return "\n".join([*lines, "```"])


def _section(table: StateTable) -> str:
    rows = [f"| `{s.name}` | {s.meaning} | {s.next} | {s.otherwise} |" for s in table.states]
    moves = [f"| `{m.trigger}` | {', '.join(f'`{s}`' for s in m.sources)} | `{m.dest}` | {m.meaning} |" for m in table]
    head = "| state | what it means | who moves it on | what happens if nobody does |\n| --- | --- | --- | --- |"
    foot = "| move | from | to | why |\n| --- | --- | --- | --- |"
    return "\n".join([f"## {table.noun}", "", _drawing(table), "", head, *rows, "", foot, *moves, ""])


def page() -> str:
    """The whole text of docs/states.md."""
    intro = (
        "# States\n\nMade by `python -m engine.states` from the tables in engine/states; do not edit."
        " Every write of a state column goes through engine/move.py, whose source states come from these tables.\n"
    )
    return "\n".join([intro, *(_section(t) for t in TABLES.values())])


def main() -> int:
    """Write the page, or compare it."""
    if "--check" in sys.argv:
        fresh = PAGE.exists() and PAGE.read_text() == page()
        if not fresh:
            sys.stderr.write("docs/states.md is old: run `python -m engine.states`.\n")
        return 0 if fresh else 1
    PAGE.write_text(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
