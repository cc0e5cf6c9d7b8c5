"""What all tables share: the declarative base, the tenant columns, and composite foreign keys.

Every table carries workspace_id, and every reference between tenant tables is (workspace_id, x_id), so that a row
of one workspace can never point into another.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from engine.states.table import StateTable

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Ref = Annotated[int, mapped_column(BigInteger)]
OptRef = Annotated[int | None, mapped_column(BigInteger)]
Small = Annotated[int, mapped_column(SmallInteger)]
Made = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]


class Base(DeclarativeBase):
    """All tables of an instance."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        datetime: DateTime(timezone=True),
        str: Text(),
        bytes: LargeBinary(),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(Text()),
        int: BigInteger(),
    }


class Tenant:
    """Columns of every table that belongs to a workspace: `id`, unique also with `workspace_id`."""

    id: Mapped[Key]

    @declared_attr
    def workspace_id(cls) -> Mapped[int]:
        """The workspace the row belongs to."""
        return mapped_column(BigInteger, ForeignKey("workspace.id"))


def tenant_key() -> UniqueConstraint:
    """The unique pair that composite foreign keys point at."""
    return UniqueConstraint("workspace_id", "id")


def to(table: str, column: str | None = None) -> ForeignKeyConstraint:
    """A composite foreign key (workspace_id, <column>) to `table`; the column is <table>_id unless named."""
    return ForeignKeyConstraint(["workspace_id", column or f"{table}_id"], [f"{table}.workspace_id", f"{table}.id"])


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """A check that `column` holds one of `values`."""
    listed = ", ".join(f"'{v}'" for v in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def state_of(table: StateTable) -> CheckConstraint:
    """A check that `state` is one of the table's states."""
    return one_of("state", table.names)


def state_column(table: StateTable) -> Mapped[str]:
    """The state column of `table`, with its initial state as the default."""
    return mapped_column(Text, server_default=table.initial)


__all__ = ["ARRAY", "JSONB", "Base", "Key", "Made", "OptRef", "Ref", "Small", "Tenant", "date", "datetime", "one_of",
           "state_column", "state_of", "tenant_key", "time", "to"]  # fmt: skip
