"""How soon a template or a query that is wrong, or meant to do harm, is refused when somebody saves it.

    python -m bench.hostile [--repeat 5]

Reads every one of tests/corpus/templates/hostile.py and tests/corpus/queries/hostile.py; the best of a few tries
counts, since machines are noisy. Ends with status 1 where one is taken, is refused elsewhere than at its place, or
needs more than 50 ms. Prints a table and, as its last line, JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from engine.campaigns.audience.checking import check
from engine.campaigns.audience.reading import read
from engine.campaigns.content.language.faults import Refused, at
from engine.campaigns.content.language.known import Known
from engine.campaigns.content.sheet import Theme, Written, sheet
from engine.errors import Fault
from tests.corpus.queries import hostile as queries
from tests.corpus.templates.hostile import HOSTILE

BAR_MS = 50.0
KNOWN = Known.of({"city": "text", "age": "number", "vip": "bool", "joined": "date", "languages": "list"})
Try = Callable[[], bool]  # whether it is refused at its place


def template(marked: str) -> Try:
    """The save of a text with a mark before what is wrong with it."""
    expected, source = at(marked, marked.index("¶"), ""), marked.replace("¶", "")

    def refused() -> bool:
        try:
            sheet(Written("Hello", source), Theme(), KNOWN)
        except Refused as error:
            return (error.faults[0].line, error.faults[0].column) == (expected.line, expected.column)
        return False

    return refused


def query(marked: str) -> Try:
    """The save of a query with brackets around what is wrong with it."""
    before, _, rest = marked.partition("‹")
    wrong, _, after = rest.partition("›")

    def refused() -> bool:
        try:
            check(read(before + wrong + after), queries.KNOWN)
        except Fault as fault:
            return (fault.start, fault.end) == (len(before), len(before + wrong))
        return False

    return refused


def measured(tries: Mapping[str, Try], repeat: int) -> tuple[dict[str, float], list[str]]:
    """The least milliseconds of each, and those that were taken or refused elsewhere."""
    spent: dict[str, float] = {}
    wrong: list[str] = []
    for name, refused in tries.items():
        for turn in range(repeat):
            began = time.perf_counter()
            right = refused()
            took = (time.perf_counter() - began) * 1000
            spent[name] = min(spent.get(name, took), took)
            if not (right or turn):
                wrong.append(name)
    return spent, wrong


def main() -> int:
    """Measure, print, and return 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    groups = {
        "templates": {name: template(marked) for name, marked in HOSTILE.items()},
        "queries": {f"{n}: {marked[:30]!r}": query(marked) for n, marked in enumerate(queries.CORPUS)},
    }
    line: dict[str, Any] = {"bar_ms": BAR_MS}
    missed: list[str] = []
    print(f"{'':12}{'cases':>7}{'median ms':>11}{'slowest ms':>12}  which")
    for group, tries in groups.items():
        spent, wrong = measured(tries, repeat)
        slowest = max(spent, key=lambda name: spent[name])
        median = statistics.median(spent.values())
        print(f"{group:12}{len(spent):>7}{median:>11.2f}{spent[slowest]:>12.2f}  {slowest}")
        line[group] = {"cases": len(spent), "median_ms": round(median, 3), "slowest_ms": round(spent[slowest], 2)}
        missed += wrong + [name for name, took in spent.items() if took > BAR_MS]
    line["missed"] = missed
    print(json.dumps(line))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
