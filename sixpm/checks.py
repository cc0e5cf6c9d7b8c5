"""Checks of the code base that need a database: python -m sixpm.checks migrations."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine import db
from engine.models import Base
from sixpm.embedded import postgres

_PARTITIONS = ("delivery_p", "delivery_event_p")  # made by the scheduler, not by the models


def differences(url: str) -> list[str]:
    """What differs between the models and the database of `url`, as texts; empty when they agree."""
    engine = db.create_engine(url, size=1)
    try:
        with engine.connect() as conn:
            context = MigrationContext.configure(
                conn, opts={"compare_type": True, "compare_server_default": False, "include_name": _ours}
            )
            return [repr(found) for found in compare_metadata(context, Base.metadata)]
    finally:
        engine.dispose()


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(_PARTITIONS))


def migrations() -> int:
    """Upgrade an empty database of a throw-away server and compare; 0 when the models equal the migrations."""
    with tempfile.TemporaryDirectory(prefix="sixpm-check-") as folder:
        base = Path(folder)
        base.chmod(0o711)
        server = postgres.start(base / "postgres", sync=False, settings={"fsync": "off", "shared_buffers": "16MB"})
        try:
            db.bootstrap(server.url("postgres"), "sixpm")
            db.upgrade(server.url())
            found = differences(server.url())
        finally:
            postgres.stop(server.folder)
    for line in found:
        print(f"models and migrations differ: {line}")  # noqa: T201 - the check's answer
    return 1 if found else 0


if __name__ == "__main__":
    if sys.argv[1:] != ["migrations"]:
        sys.exit("usage: python -m sixpm.checks migrations")
    sys.exit(migrations())
