"""Alembic's entry: connects to the URL engine.db passes, and takes one advisory lock around all revisions."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, pool, text

from engine.models import Base

LOCK = 0x6006


def include(obj: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave the partitions out of comparisons: the scheduler makes them."""
    return not (kind == "table" and name is not None and name.startswith(("delivery_p", "delivery_event_p")))


def run() -> None:
    """Upgrade inside one transaction, one process at a time."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.begin() as conn:
        conn.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": LOCK})
        context.configure(connection=conn, target_metadata=Base.metadata, include_object=include)
        context.run_migrations()
    engine.dispose()


run()
