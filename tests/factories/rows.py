"""One insert that gives back the new row's id."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import insert

from engine.db import Conn

NUMBERS = count(1)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday; the default instant of every row a factory makes


def row(conn: Conn, model: Any, **values: Any) -> int:
    """Insert one row of `model` and return its id."""
    made: int = conn.execute(insert(model).values(**values).returning(model.id)).scalar_one()
    return made
