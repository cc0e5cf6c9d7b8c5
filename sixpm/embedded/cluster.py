"""The folder of a private PostgreSQL: what lies in it, who may touch it, and how the cluster in it is made."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from engine.errors import ConfigError
from sixpm.embedded.binaries import Account

USER = "sixpm"
# sun_path holds 107 bytes and a NUL on Linux, 103 on macOS; the socket is "/.s.PGSQL.12345" and its lock file longer.
_SOCKET_PATH = 103 - len("/.s.PGSQL.12345.lock")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")


def make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        # The server's account must pass through our own two folders; what is secret inside has modes of its own.
        for own in (folder, folder.parent):
            if own.stat().st_uid == 0 and own.stat().st_mode & 0o011 != 0o011 and own != Path(own.anchor):
                own.chmod(own.stat().st_mode | 0o011)


@contextlib.contextmanager
def locked(folder: Path, deadline: float) -> Iterator[None]:
    """One starter or stopper at a time. The kernel drops the lock of a killed holder, so it is never stale."""
    try:
        handle = open(folder / "lock", "a")  # noqa: SIM115 - closed by the with below
    except PermissionError as error:
        raise ConfigError(f"{folder} belongs to another user. Run as that user, or set SIXPM_HOME.") from error
    with handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ConfigError(f"Another process is still starting the database in {folder}.") from None
                time.sleep(0.05)
        yield


def major(data: Path, who: Account) -> int | None:
    shown = who.run(["cat", data / "PG_VERSION"]).stdout.strip()
    return int(shown) if shown.isdigit() else None


def initdb(folder: Path, who: Account, programs_in: Path, sync: bool) -> None:
    data = folder / "data"
    if data.exists():
        raise ConfigError(f"{data} is not a finished database cluster. Move it away and start again.")
    for old in folder.glob("data-draft-*"):  # of starts that were killed; we hold the lock
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    draft = Path(tempfile.mkdtemp(prefix="data-draft-", dir=folder))
    who.own(draft)
    password = _write_password(folder)
    secret = draft.with_suffix(".password")
    secret.touch(mode=0o600)
    secret.write_text(password)
    who.own(secret)
    words = ["-D", str(draft), "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-locale"]
    made = who.run([programs_in / "initdb", *words, *([] if sync else ["-N"])])
    secret.unlink()
    if made.returncode != 0:
        raise ConfigError(f"initdb failed in {draft}:\n{made.stderr.strip() or made.stdout.strip()}")
    # Only a finished cluster gets the name, so that a start killed in the middle leaves nothing half-made behind.
    draft.rename(data)


def _write_password(folder: Path) -> str:
    password, path = secrets.token_urlsafe(24), folder / "password"
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(password + "\n")
    return password


def password(folder: Path) -> str:
    try:
        return (folder / "password").read_text().strip()
    except OSError as error:
        raise ConfigError(f"The database password cannot be read: {error}") from error


def port(folder: Path) -> int:
    try:
        return int((folder / "port").read_text())
    except (OSError, ValueError):
        return 0


def pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def short_folder(data: Path) -> Path | None:
    """The folder for the unix socket when the path of `data` is too long for one or has odd letters, else None."""
    if len(os.fsencode(data)) <= _SOCKET_PATH and _PLAIN.issuperset(str(data)):
        return None
    # /tmp and not TMPDIR, which may be deep itself. The name is known to everybody, hence the look at the owner.
    return Path("/tmp") / f"sixpm-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"  # noqa: S108


def socket_folder(data: Path, who: Account) -> Path:
    """Where the unix socket lies: in `data`, or in a short private folder, made here."""
    short = short_folder(data)
    if short is None:
        return data
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.lstat().st_uid not in (os.geteuid(), who.uid):
        raise ConfigError(f"{short} belongs to somebody else. Remove it, or set SIXPM_HOME to a shorter path.")
    who.own(short)
    return short


def log_end(folder: Path) -> str:
    try:
        return "\n".join((folder / "server.log").read_text(errors="replace").splitlines()[-15:])
    except OSError:
        return f"(no log in {folder / 'server.log'})"
