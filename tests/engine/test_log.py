"""Logging never ends what logs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from engine import log
log.setup("test")
for number in range(100):
    log.get("somebody").warning("the disk is full", number=number, why="x" * 500)
open("ended", "w").close()
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_log_that_cannot_be_written_ends_nobody(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]

    with open("/dev/full", "w") as full:
        subprocess.run(
            [sys.executable, "-c", PROGRAM], stderr=full, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)},
            check=False, timeout=30,
        )  # fmt: skip

    assert (tmp_path / "ended").exists()
