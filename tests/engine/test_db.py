"""The way to PostgreSQL: which revision it wants, told without Alembic."""

from __future__ import annotations

import subprocess
import sys

from alembic.script import ScriptDirectory

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
