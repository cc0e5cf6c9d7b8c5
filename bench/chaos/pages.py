"""The tables of docs/chaos.md, from the lines of JSON that were kept: python -m bench.chaos --table FILE..."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from bench.chaos.stage import in_order

WIDTH = 120
HEAD = "| name | pair | mails | lost | false sent | copies | in doubt | of these there | take-over | a second |"


def tables(paths: Iterable[Path]) -> str:
    """Markdown: what there is; a row for each scenario and pair, the last where there are several; then the soak."""
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    found = {(line["scenario"], line["pair"]): line for line in lines if "scenario" in line}
    order = [one.name for one in in_order()]
    rows = sorted((line for line in found.values() if line["scenario"] in order), key=lambda x: _place(order, x))
    soaks = [line for line in found.values() if line["scenario"] == "soak"]
    return "\n".join([*_names(), "", *_faults(rows), *(words for one in soaks for words in _soak(one))])


def _place(order: Sequence[str], line: dict[str, Any]) -> tuple[int, str]:
    return order.index(line["scenario"]), line["pair"]


def _names() -> list[str]:
    return ["| name | fault |", "| --- | --- |", *(f"| {one.name} | {one.title} |" for one in in_order())]


def _faults(rows: Sequence[dict[str, Any]]) -> list[str]:
    made = [HEAD, "|" + " --- |" * 10]
    for row in rows:
        takeover = "" if row["takeover_s"] is None else f"{row['takeover_s']:.1f} s"
        broken = "; ".join(row["broken"]) or row["skipped"]
        counts = [row[name] for name in ("rows", "lost", "false_sent", "duplicates", "in_doubt", "arrived")]
        cells = [row["scenario"], row["pair"], *counts, takeover, broken or _rates(row)]
        made.append("| " + " | ".join(map(str, cells)) + " |")
    return made


def _rates(row: dict[str, Any]) -> str:
    if row["before"] is None or row["after"] is None:
        return ""
    return f"{row['before']:.0f}, then {row['after']:.0f}"


def _soak(soak: dict[str, Any]) -> list[str]:
    notes = soak["notes"]
    made = ["", "| minute | mails | a second | p50 | p95 | memory | in doubt so far | faults |"]
    made.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for line in notes["lines"]:
        seconds = [f"{line[name]} s" for name in ("p50_s", "p95_s")]
        cells = [
            line["minute"],
            line["mails"],
            line["rate"],
            *seconds,
            f"{line['memory_mb']} MB",
            line["in_doubt"],
            len(line["ills"]),
        ]
        made.append("| " + " | ".join(map(str, cells)) + " |")
    times = Counter(ill for line in notes["lines"] for ill in line["ills"])
    made += ["", *wrap(", ".join(f"{ill} {n}×" for ill, n in times.most_common()) + ".", WIDTH)]
    sums = ", ".join(
        f"{name} {soak[name]}" for name in ("rows", "lost", "false_sent", "duplicates", "in_doubt", "arrived")
    )
    return [*made, "", f"{sums}; memory grew by {notes['growth']:.1%}."]
