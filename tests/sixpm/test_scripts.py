"""The scripts in bin/: what they say on machines that lack something."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# What the scripts use beside Python; the tests' PATH holds nothing else.
TOOLS = ("sh", "dirname", "cksum", "cat", "uname", "rm", "printf", "chmod", "env", "mkdir", "mv", "sed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the scripts, with a blank in its name, and a `bin-path` beside it to put programs into."""
    root = tmp_path / "a clone"
    (root / "requirements").mkdir(parents=True)
    (root / "bin").mkdir()
    for script in (ROOT / "bin").iterdir():
        (root / "bin" / script.name).write_bytes(script.read_bytes())
        (root / "bin" / script.name).chmod(0o755)
    for name in ("run.txt", "dev.txt"):
        (root / "requirements" / name).write_text("")
    tools = tmp_path / "path"
    tools.mkdir()
    for tool in TOOLS:
        found = next((p for p in (Path("/usr/bin") / tool, Path("/bin") / tool) if p.exists()), None)
        if found:
            (tools / tool).symlink_to(found)
    return root


def program(clone: Path, name: str, script: str) -> None:
    path = clone.parent / "path" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(clone: Path, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(clone.parent / "path"), "HOME": str(clone.parent), **environment}
    return subprocess.run(
        [clone / "bin" / script, *arguments], env=env, capture_output=True, text=True, check=False, timeout=120
    )


def test_every_script_parses_and_is_executable() -> None:
    scripts = [*(ROOT / "bin").iterdir(), ROOT / ".ci" / "run"]

    for script in scripts:
        assert os.access(script, os.X_OK), script
        assert subprocess.run(["sh", "-n", script], check=False).returncode == 0, script


def test_a_missing_python_is_named_with_the_command_to_run(clone: Path) -> None:
    done = run(clone, "setup")

    assert done.returncode == 1
    assert "Python 3.11 or newer is missing" in done.stderr
    assert "Install it:" in done.stderr


def test_an_old_python_is_named_with_its_version(clone: Path) -> None:
    program(clone, "python3", '[ "$1" = --version ] && { echo "Python 3.9.2"; exit 0; }; exit 1')

    done = run(clone, "setup")

    assert done.returncode == 1
    assert "Python 3.9.2" in done.stderr


def test_a_python_without_venv_is_explained(clone: Path) -> None:
    inner = f'case "$*" in *venv*) echo "ensurepip is not available" >&2; exit 1;; esac; exec "{sys.executable}" "$@"'
    program(clone, "python3", inner)

    done = run(clone, "setup")

    assert done.returncode == 1
    assert f"python3.{sys.version_info.minor}-venv" in done.stderr
    assert "apt-get install" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_folder_that_is_no_environment_is_not_removed(clone: Path) -> None:
    program(clone, "python3", f'exec "{sys.executable}" "$@"')
    (clone / ".venv").mkdir()
    (clone / ".venv" / "mine").write_text("kept")

    done = run(clone, "setup")

    assert done.returncode == 1
    assert (clone / ".venv" / "mine").read_text() == "kept"


def test_setup_makes_an_environment_once_and_again_when_requirements_change(clone: Path) -> None:
    program(clone, "python3", f'exec "{sys.executable}" "$@"')
    (clone / "sixpm").mkdir()
    (clone / "sixpm" / "__main__.py").write_text("import sys; print('ran', *sys.argv[1:])")

    first = run(clone, "setup")
    second = run(clone, "setup")
    (clone / "requirements" / "run.txt").write_text("# changed\n")
    third = run(clone, "setup")
    ran = run(clone, "sixpm", "a b")

    assert [first.returncode, second.returncode, third.returncode] == [0, 0, 0], first.stderr
    assert "Setting up" in first.stderr
    assert second.stderr == ""
    assert "Setting up" in third.stderr
    assert ran.stdout == "ran a b\n", ran.stderr


def test_a_moved_folder_still_works(clone: Path, tmp_path: Path) -> None:
    program(clone, "python3", f'exec "{sys.executable}" "$@"')
    (clone / "sixpm").mkdir()
    (clone / "sixpm" / "__main__.py").write_text("print(__file__)")
    assert run(clone, "setup").returncode == 0

    moved = clone.rename(tmp_path / "moved")

    assert run(moved, "sixpm").stdout == f"{moved / 'sixpm' / '__main__.py'}\n"


def test_uv_is_used_when_it_is_there(clone: Path) -> None:
    program(clone, "uv", f'echo "uv $*" >>"{clone}/calls"; exit 1')

    done = run(clone, "setup")

    assert done.returncode == 1
    assert "venv" in (clone / "calls").read_text()


def test_where_there_is_no_apt_the_packages_are_refused_with_a_code_of_its_own(clone: Path) -> None:
    done = run(clone, "debs", "rabbitmq", "rabbitmq-server")

    assert done.returncode == 3
    assert "apt-get is missing" in done.stderr


def test_unpacked_packages_are_found_again_without_apt(clone: Path) -> None:
    folder = clone / ".cache" / "debs" / "x"
    folder.mkdir(parents=True)
    (folder / ".complete").write_text("one two\n")

    done = run(clone, "debs", "x", "one", "two")

    assert done.stdout == f"{folder}\n"


def test_make_shows_its_targets_by_default() -> None:
    made = (ROOT / "Makefile").read_text()

    assert ".DEFAULT_GOAL := help" in made
    for target in ("run", "demo", "test", "check", "fmt", "bench", "migrate", "clean"):
        assert f"\n{target}:  ## " in made
        assert (ROOT / "bin" / target).exists()
