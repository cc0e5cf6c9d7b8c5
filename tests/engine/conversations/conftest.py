"""Tests of this room share a database: nearly all of them roll back what they wrote."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection


@pytest.fixture
def conn(shared_conn: Connection) -> Connection:
    """A Connection inside a transaction that is rolled back; a test that commits takes engine_db instead."""
    return shared_conn
