"""the unique key of a run's recipients begins with the recipient

Beginning with run_id it was a second index for the flush's look-up by (run_id, seq), and PostgreSQL took it whenever
its statistics were those of an empty partition: each outcome then read its whole run (16 ms a flush instead of 0.4).
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_unique_constraint(op.f("uq_delivery_recipient_run_id"), "delivery", ["recipient", "run_id"])
    op.drop_constraint(op.f("uq_delivery_run_id_recipient"), "delivery", type_="unique")
