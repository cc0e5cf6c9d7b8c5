"""The import contracts of pyproject.toml hold, and each of them is broken by an import it is there to forbid."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINT = "from importlinter.cli import lint_imports_command as run; run()"
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

# The start of a contract's name, and an import that it forbids.
FORBIDDEN = {
    "The command starts": ("web/confirm.py", "scheduler.tick"),
    "Inside the engine": ("engine/people/access.py", "engine.outbound.plan"),
    "Inside receiving": ("engine/inbound/own.py", "engine.inbound.route"),
    "Parsing is pure": ("engine/inbound/parse/words.py", "engine.errors"),
    "Retrieving and parsing": ("engine/inbound/retrieve/line.py", "engine.inbound.parse.words"),
    "State tables": ("engine/states/table.py", "engine.errors"),
    "SQL is in": ("web/confirm.py", "sqlalchemy"),
    "Celery and kombu": ("scheduler/tick.py", "celery"),
    "Flask is in web": ("engine/clock.py", "flask"),
    "One adapter": ("engine/move.py", "transitions"),
    "No cycles": ("engine/transports/base.py", "engine.transports.registry"),
}


def verdicts(tree: Path) -> dict[str, str]:
    """KEPT or BROKEN by contract, for the packages in `tree`."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", LINT, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"},
    )  # fmt: skip
    found = dict(re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and their contracts, elsewhere."""
    for name in ("engine", "scheduler", "sixpm", "web"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_all_contracts_are_kept() -> None:
    assert verdicts(ROOT) == {contract["name"]: "KEPT" for contract in CONTRACTS}


def test_every_contract_is_broken_by_what_it_forbids(copy: Path) -> None:
    for path, module in FORBIDDEN.values():
        with open(copy / path, "a") as source:
            source.write(f"\nimport {module}\n")

    found = verdicts(copy)

    assert len(found) == len(FORBIDDEN)
    assert [name for name, verdict in found.items() if verdict == "KEPT"] == []
    assert all(any(name.startswith(start) for name in found) for start in FORBIDDEN)


def test_a_new_room_of_the_engine_needs_its_place_in_the_layers(copy: Path) -> None:
    (copy / "engine" / "novelty.py").write_text('"""A room nobody listed."""\n')

    (verdict,) = [said for name, said in verdicts(copy).items() if name.startswith("Inside the engine")]

    assert verdict == "BROKEN"
