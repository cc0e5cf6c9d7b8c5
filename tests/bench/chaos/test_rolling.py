"""Which code is the old one is git's to say: the release before the newest migration."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bench.chaos.rolling import VERSIONS, old_release
from tests.fakes.parts import require

WHO = ("-c", "user.name=Ada", "-c", "user.email=ada@example.test", "-c", "commit.gpgsign=false")


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *WHO, *words], cwd=root, check=True, timeout=60, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def commit(root: Path, name: str) -> str:
    """Commit one more file; the commit's short name."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(name)
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", name)
    return git(root, "rev-parse", "--short", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a first migration."""
    require(shutil.which("git"), "there is no git")
    git(tmp_path, "init", "-q")
    commit(tmp_path, f"{VERSIONS}/0001_one.py")
    return tmp_path


def test_it_is_the_commit_before_the_newest_migration(root: Path) -> None:
    before = commit(root, "engine.py")
    commit(root, f"{VERSIONS}/0002_two.py")
    commit(root, "more.py")

    assert old_release(root, "0002") == before


def test_it_is_the_newest_tag_without_that_migration_where_there_is_one(root: Path) -> None:
    tagged = commit(root, "engine.py")
    git(root, "tag", "v1")
    commit(root, "unreleased.py")
    commit(root, f"{VERSIONS}/0002_two.py")
    git(root, "tag", "v2")

    assert old_release(root, "0002") == tagged


def test_a_migration_that_is_not_committed_yet_leaves_the_last_commit(root: Path) -> None:
    last = commit(root, "engine.py")
    (root / VERSIONS / "0002_two.py").touch()

    assert old_release(root, "0002") == last


def test_there_is_none_before_the_first_one(root: Path) -> None:
    assert old_release(root, "0001") == ""


def test_there_is_none_in_a_folder_that_is_no_repository_of_its_own(root: Path) -> None:
    unpacked = root / "tarball"
    unpacked.mkdir()

    assert old_release(unpacked, "0002") == ""
