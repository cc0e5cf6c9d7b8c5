"""The way to PostgreSQL: which revision it wants, told without Alembic."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

from alembic.script import ScriptDirectory
from sqlalchemy import text

from engine import db


def test_the_newest_revision_by_its_files_name_is_alembics_head(conn: db.Conn) -> None:
    has, wants = db.heads(conn)

    assert wants == ScriptDirectory.from_config(db._alembic("")).get_current_head()
    assert has == wants


def test_a_database_without_a_schema_has_no_revision(empty_db_url: str) -> None:
    engine = db.create_engine(empty_db_url, size=1)

    with engine.connect() as conn:
        has, wants = db.heads(conn)
    engine.dispose()

    assert has is None
    assert wants is not None


def test_an_upgrade_of_a_database_at_its_head_needs_no_alembic(db_url: str) -> None:
    code = "import sys; from engine import db; db.upgrade(sys.argv[1]); sys.exit('alembic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code, db_url], check=False, timeout=60).returncode == 0


def test_stories_keep_no_plans_from_when_tables_were_small(db_url: str) -> None:
    """A plan kept from an all but empty partition of deliveries reads it through at every tick when it is full."""
    engine = db.create_engine(db_url, size=1, prepares=False)

    with engine.connect() as conn:
        for _ in range(10):
            conn.execute(text("SELECT count(*) FROM delivery WHERE run_id = 1"))
        kept = conn.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    engine.dispose()

    assert kept == []


def test_array_literals_come_back_as_they_went_in(conn: db.Conn) -> None:
    words = ["", "a b", 'quo"te', "back\\slash", "NULL", "{x,y}", "Zoë 🌻", "two\nlines", " edges "]
    whole = [0, -1, 2**60, None]
    instants = [datetime(2026, 3, 4, 18, 0, 0, 5, tzinfo=UTC), datetime(1999, 12, 31, tzinfo=UTC)] * 2
    raw = [b"", b"\0\xff\\", bytes(range(256))]

    row = conn.execute(
        text(
            "SELECT cast(:t AS text[]) AS words, cast(:n AS bigint[]) AS whole, cast(:i AS timestamptz[]) AS instants,"
            " cast(:b AS bytea[]) AS raw, cast(:none AS text[]) AS none, cast(:zero AS bigint[]) AS zero"
        ),
        {"t": db.texts(words), "n": db.numbers(whole), "i": db.times(instants), "b": db.hexes(raw),
         "none": db.texts([]), "zero": db.numbers([])},
    ).one()  # fmt: skip

    assert row.words == words
    assert row.whole == whole
    assert row.instants == instants
    assert [bytes(b) for b in row.raw] == raw
    assert row.none == []
    assert row.zero == []
