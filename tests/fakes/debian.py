"""Debian packages unpacked into a cache folder by bin/debs, for servers that a test needs and nobody installed."""

from __future__ import annotations

import os
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from tests.fakes.parts import require

ROOT = Path(__file__).resolve().parent.parent.parent


@lru_cache
def unpacked(name: str, *packages: str) -> Path:
    """The folder with `packages` and what they need. Skips the test where there is no apt; fails when apt fails."""
    done = subprocess.run(
        [ROOT / "bin" / "debs", name, *packages], capture_output=True, text=True, check=False, cwd=ROOT
    )
    require(done.returncode != 3, f"{name} needs Debian packages: {done.stderr.strip()}")
    if done.returncode != 0:
        pytest.fail(f"bin/debs {name} failed: {done.stderr.strip()}", pytrace=False)
    return Path(done.stdout.strip())


def library_path(folder: Path) -> str:
    """LD_LIBRARY_PATH for programs of an unpacked folder. libpulse, which Chromium wants, has a folder of its own."""
    places = [path for lib in ("lib", "usr/lib") for path in (folder / lib).glob("*-linux-gnu*")]
    found = [str(path) for place in places for path in (place, place / "pulseaudio") if path.is_dir()]
    inherited = os.environ.get("LD_LIBRARY_PATH")
    return ":".join([*found, *([inherited] if inherited else [])])
