"""What lies beside a backup as FILE.json: when, of which release, how large, which keys it needs, what is not in it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Manifest:
    """`keys` are fingerprints of SIXPM_SECRET_KEY, which itself is not here. `server` is PostgreSQL's version."""

    made_at: str
    release: str
    migration: str
    server: int
    database: str
    size: int
    sha256: str
    keys: list[str]
    outside: list[str]


def beside(file: Path) -> Path:
    """Where the manifest of a backup lies."""
    return file.with_name(f"{file.name}.json")


def write(file: Path, manifest: Manifest) -> None:
    """Write it beside the backup."""
    beside(file).write_text(json.dumps(asdict(manifest), indent=2) + "\n")
    beside(file).chmod(0o600)


def read(file: Path) -> Manifest | None:
    """The manifest of a backup, or None where none lies beside it. Raises ConfigError for one that is none."""
    try:
        found = json.loads(beside(file).read_text())
        return Manifest(**found)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"{beside(file)} is no manifest of a backup: {error}. Move it away to go on without."
        ) from error


def digest(file: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with open(file, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check(file: Path, manifest: Manifest) -> None:
    """Raise ConfigError when the file is not the one that the manifest was written for."""
    if file.stat().st_size != manifest.size or digest(file) != manifest.sha256:
        raise ConfigError(f"{file} is not what was written on {manifest.made_at}: it was cut or changed. Use another.")
