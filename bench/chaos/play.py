"""Plays scenarios and shows what came of them."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.chaos.rig import Rig, Scale
from bench.chaos.stage import Scenario, Skipped, Stage
from bench.chaos.tally import Figures, tally

COLUMNS = (
    "rows", "sent_once", "lost", "false_sent", "duplicates", "resent", "in_doubt", "arrived", "resolved", "takeover_s",
    "before", "after", "seconds",
)  # fmt: skip


def play(one: Scenario, rig: Rig, pair: str, scale: Scale, out: Path | None = None) -> Figures:
    """Play one scenario on one pair, on an instance of its own; what fails is a broken bar, and says why."""
    began = time.monotonic()
    try:
        durable = one.scene(rig) if one.scene else None
        with rig.house(pair, one.script, durable=durable, **{**scale.settings(), **one.settings}) as house:
            stage = Stage(rig, house, scale)
            found = _played(one, stage)
            if found.broken:
                print(house.logs(), file=sys.stderr)
    except Skipped as why:
        found = Figures(one.name, pair, skipped=str(why))
    found = replace(found, seconds=round(time.monotonic() - began, 1))
    say(found.line, out)
    return found


def _played(one: Scenario, stage: Stage) -> Figures:
    try:
        one.play(stage)
    except Skipped:
        raise
    except Exception as error:  # whatever it was, the scenario is broken and the next one is played
        stage.broken.append(str(error).partition("\n")[0] or type(error).__name__)
        traceback.print_exc()
    return tally(stage, one.name)


def say(line: str, out: Path | None) -> None:
    """Print a line, and add it to the file."""
    print(line, flush=True)
    if out:
        with out.open("a") as file:
            file.write(line + "\n")


def show(found: Sequence[Figures], out: Path | None = None) -> int:
    """The table, the sums, and the exit code."""
    print(f"{'':12}{'':10}" + "".join(f"{name:>11}" for name in COLUMNS))
    for one in found:
        cells = "".join(f"{'' if (value := getattr(one, name)) is None else value:>11}" for name in COLUMNS)
        print(f"{one.scenario:12}{one.pair:10}{cells}  {one.skipped or '; '.join(one.broken)}")
    summed = ("rows", "lost", "false_sent", "duplicates", "resent", "in_doubt", "arrived", "resolved")
    sums = {name: sum(getattr(one, name) for one in found) for name in summed}
    takeovers = [one.takeover_s for one in found if one.takeover_s is not None]
    broken = {f"{one.scenario} {one.pair}": list(one.broken) for one in found if one.broken}
    skipped = {f"{one.scenario} {one.pair}": one.skipped for one in found if one.skipped}
    total = {
        **sums, "takeover_s": max(takeovers, default=None), "scenarios": len(found), "broken": broken,
        "skipped": skipped, "load": os.getloadavg()[0],
    }  # fmt: skip
    say(json.dumps(total), out)
    return 1 if broken else 0
