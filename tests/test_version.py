"""One number for the release, wherever it is written."""

from __future__ import annotations

import tomllib
from pathlib import Path

from engine import VERSION, db
from engine.db import Conn


def test_the_package_and_the_code_name_the_same_release() -> None:
    project = tomllib.loads((Path(__file__).resolve().parents[1] / "pyproject.toml").read_text())

    assert project["project"]["version"] == VERSION


def test_a_heartbeat_tells_its_release(conn: Conn) -> None:
    db.beat(conn, "scheduler", "here:1")

    assert db.releases(conn) == {VERSION}
