"""heartbeats tell their release, so that a rolling restart can be watched

Processes of the release before go on writing heartbeats without it, hence the default.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("heartbeat", sa.Column("version", sa.Text(), server_default="", nullable=False))
