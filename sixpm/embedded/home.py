"""The state folder of an instance: who may use it, its secrets, and run.env, which tells other commands what runs.

HOME/supervisor.lock   held by the running `sixpm run`; its pid is inside
HOME/run.env           what was started (URLs, ports, secrets) as SIXPM_ settings, mode 0600
HOME/secret.key        signs tokens, mode 0600; made once, a copy belongs into the backup
HOME/inbound.secret    bearer secret of POST /hooks/inbound/raw, mode 0600
HOME/postgres, HOME/mailbox, HOME/log
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.errors import ConfigError
from sixpm.embedded import processes


def make(home: Path) -> Path:
    """Make the folder, private where it can be. Raises ConfigError when it cannot be used."""
    try:
        # As root the database runs as another user, who must pass through; every secret inside has its own mode.
        home.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        for name in ("log", "mailbox"):
            (home / name).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(f"The state folder cannot be used: {error}. Set SIXPM_HOME to another one.") from error
    if not os.access(home, os.W_OK):
        raise ConfigError(f"{home} is not writable by this user. Run as its owner, or set SIXPM_HOME.")
    return home


@contextlib.contextmanager
def alone(home: Path, patience: float = 15.0) -> Iterator[int]:
    """Be the only supervisor of `home`; yields the lock's file descriptor. Raises ConfigError when there is another.

    A killed supervisor leaves a guard that stops what it started and holds the lock meanwhile: that one is waited
    for, `patience` seconds.
    """
    descriptor = os.open(home / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience
    try:
        while not _try_lock(descriptor):
            holder = supervisor(home)
            if holder is not None or time.monotonic() > deadline:
                raise ConfigError(
                    f"sixpm already runs in {home} (process {holder or 'unknown'}). "
                    "Stop it with Ctrl-C there or with `sixpm stop`, or set SIXPM_HOME to use another folder."
                )
            time.sleep(0.1)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield descriptor
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def supervisor(home: Path) -> int | None:
    """The pid of the running supervisor of `home`, or None."""
    try:
        pid = int((home / "supervisor.lock").read_text() or 0)
    except (OSError, ValueError):
        return None
    process = processes.seen(pid)
    return pid if process and "sixpm" in process.command else None


def secret(home: Path, name: str) -> str:
    """The secret in HOME/`name`, made at first use: 32 random bytes as text."""
    path = home / name
    with contextlib.suppress(FileExistsError):
        # Written under another name first: a file that exists is whole.
        draft = home / f"{name}.{os.getpid()}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(32) + "\n")
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
    return path.read_text().strip()


def write_run_env(home: Path, values: Mapping[str, str | int | bool]) -> Path:
    """Write HOME/run.env, mode 0600, whole or not at all. `values`: setting names without the prefix."""
    path, draft = home / "run.env", home / f"run.env.{os.getpid()}"
    lines = [f"SIXPM_{name.upper()}={_quoted(str(value))}\n" for name, value in sorted(values.items())]
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.writelines(["# Written by `sixpm run`; the environment wins over it.\n", *lines])
    draft.replace(path)
    return path


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
