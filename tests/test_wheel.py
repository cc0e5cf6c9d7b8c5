"""The wheel holds all that the product needs beside its dependencies, and works where the source tree is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.fakes import wheel as wheels
from tests.fakes.wheel import ROOT

WHERE = """
import json, sys
import engine, scheduler, sixpm, web
from engine import config
shipped = {name: str(config.shipped(name)) for name in ("templates", "migrations")}
print(json.dumps({"path": sys.path, "roots": [m.__file__ for m in (engine, scheduler, sixpm, web)], **shipped}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheels.install(wheel, tmp_path_factory.mktemp("site"))


def run(installed: Path, *words: str) -> str:
    # -S, because a path file in the virtual environment leads to the source tree.
    path = os.pathsep.join([str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    done = subprocess.run(
        [sys.executable, "-S", "-P", *words], env={"PYTHONPATH": path, "PATH": os.defpath}, cwd=installed / "bin",
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def files(*folders: str) -> set[str]:
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)) for path in found if path.is_file()}


def test_every_file_of_the_product_is_inside(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())

    assert files("engine", "scheduler", "sixpm", "web") <= inside
    assert {f"engine/_shipped/{name}" for name in files("templates", "migrations")} <= inside
    assert {"web/templates/base.html", "web/static/css/base.css", "web/static/js/poll.js"} <= inside


def test_nothing_else_is_inside(wheel: Path) -> None:
    roots = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    extra = {root for root in roots if not root.endswith(".dist-info")}

    assert extra == {"engine", "scheduler", "sixpm", "web"}


def test_the_command_works_without_the_source_tree(installed: Path) -> None:
    said = run(installed, "-m", "sixpm", "--help")

    assert all(name in said for name in ("run", "migrate", "worker", "scheduler", "web", "smtpd", "health"))


def test_templates_and_migrations_are_found_inside_the_package(installed: Path) -> None:
    found = json.loads(run(installed, "-c", WHERE))

    assert str(ROOT) not in found["path"]
    assert all(Path(root).is_relative_to(installed) for root in found["roots"])
    assert (Path(found["templates"]) / "email" / "prompt" / "body.html").is_file()
    assert Path(found["templates"]).is_relative_to(installed)
    assert (Path(found["migrations"]) / "env.py").is_file()


def test_a_folder_of_another_package_is_not_taken_for_ours(installed: Path) -> None:
    for name in ("templates", "migrations"):
        (installed / name).mkdir(exist_ok=True)

    found = json.loads(run(installed, "-c", WHERE))

    assert found["templates"] == str(installed / "engine" / "_shipped" / "templates")
    assert found["migrations"] == str(installed / "engine" / "_shipped" / "migrations")
