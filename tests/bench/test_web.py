"""The bench of the pages: nothing escapes it, a small one runs, and no page asks the database more than it may."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Map, Rule

from bench import paths
from bench.crowd import size, words
from bench.crowd.size import Size
from bench.paths import STATEMENTS
from engine.config import Settings
from web.app import create_app

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = ["--teams", "4", "--people", "60", "--entries", "2000", "--deliveries", "5000", "--requests", "2"]


@pytest.fixture
def roomy_folder() -> Iterator[Path]:
    """A folder that the database's account may enter, pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="sixpm-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def run(folder: Path, *words: str) -> tuple[dict[str, Any], str]:
    """The last line of a small bench, and all it printed."""
    command = [sys.executable, "-m", "bench.web", *words]
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=280)
    assert done.stdout, done.stderr
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return line, done.stdout + done.stderr


def test_every_page_of_the_application_is_measured() -> None:
    app = create_app(Settings(secret_key="a secret of the tests, long enough"))

    assert paths.missing(app.url_map) == set(), "give each a line in bench/paths.py"


def test_a_new_route_without_a_line_is_named() -> None:
    routes = Map([Rule("/new/<int:team_id>", endpoint="team.brand_new", methods=["GET"])])

    assert paths.missing(routes) == {"team.brand_new"}


@pytest.mark.story
def test_a_small_bench_measures_every_page_and_none_asks_too_much(roomy_folder: Path) -> None:
    line, said = run(roomy_folder, *SMALL)

    assert line["rows"]["delivery"] >= 5000 <= line["rows"]["entry"] + 3000
    assert line["pages"] >= len(paths.PAGES)
    assert line["wrong"] == {}, said
    assert line["statements"] <= STATEMENTS, f"{line['most_statements']}\n{said}"
    assert not list(roomy_folder.iterdir())


@pytest.mark.story
def test_a_kept_year_is_measured_again_and_not_seeded_over(roomy_folder: Path) -> None:
    kept = roomy_folder / "year"

    made, _ = run(roomy_folder, *SMALL[:-2], "--keep", str(kept), "--requests", "0")
    again, said = run(roomy_folder, "--reuse", str(kept), "--requests", "1", "--only", "health.livez")

    assert again["rows"] == {**made, "act": again["rows"]["act"]}
    assert [again["worst_page"], again["statements"], again["over"]] == ["health.livez", 0, []]
    assert "seeding" not in said


def test_teams_have_the_people_that_there_are_and_most_are_small() -> None:
    planned = [team for team in size.teams(Size()) if team.workspace_id == 1]
    heads = [team.last - team.first + 1 for team in planned]

    assert (len(heads), sum(heads)) == (100, 5000)
    assert min(heads) >= 10
    assert max(heads) <= 200
    assert sorted(heads)[50] < 40


def test_words_are_as_rare_and_as_common_as_words_are() -> None:
    said = words.phrases()

    share = sum(words.COMMON in phrase.split() for phrase in said) / len(said)
    assert 0.05 < share < 0.6
    assert not [phrase for phrase in said if words.RARE in phrase or words.NOWHERE in phrase]
