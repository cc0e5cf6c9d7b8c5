"""The product's wheel, built by its own backend and installed without its dependencies: what an image holds."""

from __future__ import annotations

import compileall
import configparser
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build(folder: Path) -> Path:
    """Build the wheel into `folder`. Needs no network: the backend is a dependency of the tests."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = folder.glob("*.whl")
    return found


def install(wheel: Path, folder: Path) -> Path:
    """Unpack a wheel of pure Python into `folder`, with its commands in `folder`/bin; `folder` goes on PYTHONPATH."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    compileall.compile_dir(folder, quiet=1)  # as the image does; its processes may not write
    (points,) = folder.glob("*.dist-info/entry_points.txt")
    entries = configparser.ConfigParser()
    entries.read(points)
    (folder / "bin").mkdir()
    for name, target in entries["console_scripts"].items():
        module, _, function = target.partition(":")
        code = f"import sys; sys.argv[0] = {name!r}; from {module} import {function}; sys.exit({function}())"
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -c {shlex.quote(code)} "$@"\n')
        script.chmod(0o755)
    return folder
