"""`sixpm backup`: dump beside the running instance, read the file to its end, write down that it is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine import VERSION, db, sealing
from engine.config import Settings
from engine.errors import ConfigError
from sixpm.backup import manifest, programs, queries, server
from sixpm.backup.manifest import Manifest

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: its file and manifest."""

    file: Path
    manifest: Manifest


def backup(settings: Settings, target: Path, say: Say) -> Made:
    """Back the instance's database up to `target`, a new file or a folder. Raises ConfigError with what to do.

    Until it was read to its end the file is called FILE.part, so that what has the name is whole.
    """
    file = _file(target.resolve())
    with server.reached(settings) as url:
        engine = db.create_engine(url, size=1, app="sixpm-backup")
        try:
            with engine.begin() as conn:
                (has, wants), version, at = db.heads(conn), db.server_version(conn), datetime.now(UTC)
            if has is None:
                raise ConfigError("The database holds no instance of sixpm yet: there is nothing to back up.")
            made = _write(settings, url, file, has, version, at)
            if has == wants:  # the schema of an older release, before it is migrated, may have no table for it
                _note(engine, file, made)
        finally:
            engine.dispose()
    say(f"{file}: {made.size:,} bytes, release {made.release}, schema {made.migration}; read back to its end")
    say("Not in it: " + "; ".join(made.outside))
    return Made(file, made)


def _note(engine: db.Pool, file: Path, made: Manifest) -> None:
    with engine.begin() as conn:
        now = db.now(conn)
        queries.record(conn, str(file), made.size, VERSION, now)
        queries.act(conn, "backed_up", file.name, f"{made.size:,} bytes", now)


def _file(target: Path) -> Path:
    """The file to write. Raises ConfigError for one that is there, and for a folder that is not."""
    if target.is_dir():
        target = target / f"sixpm-{datetime.now(UTC):%Y%m%d-%H%M%S}.dump"
    if target.exists():
        raise ConfigError(f"{target} is there already, and a backup is never written over. Name another file.")
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise ConfigError(f"{target.parent} is no folder that this user may write to. Make it, or name another file.")
    return target


def _write(settings: Settings, url: str, file: Path, has: str, version: int, at: datetime) -> Manifest:
    draft = file.with_name(f"{file.name}.part")
    try:
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        programs.dump(url, draft, version // 10000)
        programs.contents(draft, version // 10000)
        _sync(draft)
        made = Manifest(
            at.isoformat(timespec="seconds"), VERSION, has, version, db.database(url), draft.stat().st_size,
            manifest.digest(draft), sealing.fingerprints(settings.secret_key or ""), _outside(settings),
        )  # fmt: skip
        manifest.write(file, made)
        draft.replace(file)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written: {error.strerror}. Free some space, or name another file."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    return made


def _sync(path: Path) -> None:
    with open(path, "rb") as handle:
        os.fsync(handle.fileno())


def _outside(settings: Settings) -> list[str]:
    """What an instance needs beside its database, to be kept elsewhere."""
    key = settings.home / "secret.key"
    found = [f"SIXPM_SECRET_KEY{f' ({key})' if key.exists() else ''}, without which no stored secret can be opened"]
    if settings.dkim_keys:
        found.append("the DKIM key files of SIXPM_DKIM_KEYS")
    if settings.smtpd_tls_key:
        found.append("certificate and key of the listener")
    if settings.catcher:
        found.append(f"caught mails in {settings.mailbox_dir}")
    return [*found, "the settings themselves"]
