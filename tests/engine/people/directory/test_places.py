"""No column of words is forgotten: each is a place that an erasure empties, or is declared free of persons."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ARRAY, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB

from engine.models import Base
from engine.people.directory.queries.places import FREE, PLACES

APART = {("inbound", "raw"), ("erasure", "address"), ("erasure", "name")}  # engine.people.directory.queries.erasing


def worded() -> Iterator[tuple[str, str]]:
    """(table, column) of everything that can hold words."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, (Text, JSONB, LargeBinary, ARRAY)):
                yield table.name, column.name


def free() -> set[tuple[str, str]]:
    return {(table, name) for tables in FREE.values() for table, names in tables.items() for name in names.split()}


def emptied() -> set[tuple[str, str]]:
    """Columns that an erasure empties, strikes the address out of, or whose rows go."""
    found = set()
    for table, place in PLACES.items():
        columns = Base.metadata.tables[table].columns.keys() if place.goes else (*place.left, *place.mention)
        found |= {(table, column) for column in columns}
    return found


def test_every_column_of_words_is_a_place_or_declared_free_of_persons() -> None:
    assert set(worded()) - emptied() - free() == set()


def test_nothing_is_named_that_is_not_there() -> None:
    there = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns}

    assert (emptied() | free()) - there == set()


def test_what_is_declared_free_is_not_emptied_as_a_persons_own() -> None:
    own = {(table, column) for table, place in PLACES.items() for column in (*place.left, *place.mention)}

    assert own & free() == set()


def test_a_place_says_whose_its_rows_are_before_it_empties_them() -> None:
    assert [table for table, place in PLACES.items() if (place.left or place.goes) and not place.own] == []
