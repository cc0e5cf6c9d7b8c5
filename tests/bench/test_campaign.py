"""The bars of campaigns are measured by one command, which also runs small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.campaign import BARS, Bar

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_small_run_measures_every_bar_and_ends_in_one_line_of_json() -> None:
    words = [sys.executable, "-m", "bench.campaign", "--contacts", "200", "--rows", "40", "--people", "50",
             "--repeat", "1", "--pages", "2"]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="sixpm-test-") as folder:
        Path(folder).chmod(0o711)  # the database's account enters it
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
            env={**os.environ, "TMPDIR": folder},
        )  # fmt: skip
        left = list(Path(folder).iterdir())

    assert done.returncode == 0, done.stderr
    assert left == []
    found = json.loads(done.stdout.splitlines()[-1])
    assert all(found[bar.name] > 0 for bar in BARS)
    assert (found["contacts"], found["rows"], found["people"]) == (200, 40, 50)


def test_a_bar_is_met_up_to_or_from_its_value_on() -> None:
    fast, many = Bar("seconds", 1.0, most=True), Bar("rows", 100, most=False)

    assert [fast.met(one) for one in (0.5, 1.0, 1.1)] == [True, True, False]
    assert [many.met(one) for one in (99, 100, 101)] == [False, True, True]
