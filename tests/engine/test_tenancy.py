"""The border between workspaces is in the schema: every table has workspace_id, every reference carries it along."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Table, text

from engine.db import Conn
from engine.models import Base

INSTANCE = {
    "workspace",
    "backup",
    "bucket",
    "canary",
    "imap_box",
    "clock",
    "heartbeat",
    "keyed",
    "origin",
    "pace",
    "refused_hook",
    "seat",
    "tidying",
}  # of the whole instance, or the workspace itself
# Whose raw bytes or event these are is not known yet; an incident may be the instance's.
UNKNOWN_AT_FIRST = {"inbound", "incident", "provider_event"}
TABLES = Base.metadata.sorted_tables


def of_tenants() -> list[Table]:
    return [table for table in TABLES if table.name not in INSTANCE]


def test_every_table_of_a_workspace_says_which(conn: Conn) -> None:
    assert len(of_tenants()) > 25

    for table in of_tenants():
        column = table.c.workspace_id
        assert column.nullable == (table.name in UNKNOWN_AT_FIRST), table.name


def test_every_reference_between_tables_of_workspaces_carries_the_workspace_along() -> None:
    plain = [
        f"{table.name}.{key.column_keys}"
        for table in of_tenants()
        for key in table.constraints
        if isinstance(key, ForeignKeyConstraint)
        and key.referred_table.name not in INSTANCE
        and "workspace_id" not in key.column_keys
    ]

    assert plain == []


def test_the_migrated_database_holds_the_same_references_and_tables(conn: Conn) -> None:
    statement = text("""
        SELECT c.conrelid::regclass::text AS here, c.confrelid::regclass::text AS there,
            (SELECT array_agg(a.attname::text) FROM pg_attribute a
             WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)) AS columns
        FROM pg_constraint c WHERE c.contype = 'f' AND c.conparentid = 0
    """)

    found = [row for row in conn.execute(statement) if row.there not in INSTANCE]

    assert len(found) > 20
    assert [f"{row.here} -> {row.there}" for row in found if "workspace_id" not in row.columns] == []
