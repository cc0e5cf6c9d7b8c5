"""heartbeats tell their release, and the database knows which cluster wrote it

Processes of the release before go on writing heartbeats without a version, hence the default.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("heartbeat", sa.Column("version", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "origin",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cluster", sa.BigInteger(), nullable=False),
        sa.Column("timeline", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_origin_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_origin")),
    )
    op.execute(
        "INSERT INTO origin SELECT 1, system_identifier, timeline_id FROM pg_control_system(), pg_control_checkpoint()"
    )
