"""The database server a command works on: the configured one, or the embedded one, started if it does not run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from engine import db
from engine.config import Settings
from sixpm.embedded import home, postgres
from sixpm.embedded.supervise import DATABASE


def embedded(settings: Settings) -> bool:
    """Whether the database is the state folder's own, as `sixpm run` keeps it."""
    return not any(os.environ.get(name) for name in ("SIXPM_DATABASE_URL", "SIXPM_DATABASE_URL_FILE"))


@contextlib.contextmanager
def reached(settings: Settings) -> Iterator[str]:
    """The URL of the instance's database; an embedded server that was started for this is stopped again."""
    if not embedded(settings) and settings.database_url:
        yield settings.database_url
        return
    server = postgres.start(home.make(settings.home) / "postgres")
    try:
        db.bootstrap(server.url("postgres"), DATABASE)
        yield server.url(DATABASE)
    finally:
        if not server.adopted:
            postgres.stop(server.folder)
