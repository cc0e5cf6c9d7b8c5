"""what the engine knows about its relays, their receivers and itself

A workspace may have several relays, hence the wider key; what a release before wrote is its only one, for all mail.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

ZERO = sa.text("0")
EMPTY = sa.text("''")


def text_(name: str) -> sa.Column[str]:
    """A text column, empty unless said."""
    return sa.Column(name, sa.Text(), server_default=EMPTY, nullable=False)


def count(name: str, default: str = "0") -> sa.Column[int]:
    """A counter."""
    return sa.Column(name, sa.BigInteger(), server_default=sa.text(default), nullable=False)


def instant(name: str, nullable: bool = True) -> sa.Column[object]:
    """A point in time."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def now(name: str) -> sa.Column[object]:
    """A point in time, that of the row's making unless said."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    _relays()
    _pace()
    _events()
    _watching()


def _relays() -> None:
    for column in (
        text_("name"),
        sa.Column("preset", sa.Text(), server_default="smarthost", nullable=False),
        sa.Column("uses", sa.Text(), server_default="all", nullable=False),
        sa.Column("rank", sa.SmallInteger(), server_default=ZERO, nullable=False),
        sa.Column("hook_secret", sa.LargeBinary()),
        count("per_connection", "100"),
        sa.Column("per_second", sa.BigInteger()),
        sa.Column("per_day", sa.BigInteger()),
        sa.Column("warmup_from", sa.Date()),
        count("warmup_first", "200"),
        count("warmup_growth", "50"),
        sa.Column("visible", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("chunking", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        text_("idempotency_header"),
        sa.Column("keyed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        text_("stream"),
    ):
        op.add_column("relay", column)
    op.drop_constraint(op.f("uq_relay_workspace_id"), "relay", type_="unique")
    op.create_unique_constraint(op.f("uq_relay_workspace_id_uses_rank"), "relay", ["workspace_id", "uses", "rank"])
    presets = "preset IN ('smarthost', 'ses', 'sendgrid', 'mailgun', 'postmark')"
    op.create_check_constraint(op.f("ck_relay_preset"), "relay", presets)
    op.create_check_constraint(op.f("ck_relay_uses"), "relay", "uses IN ('all', 'transactional', 'bulk')")
    op.add_column("delivery", sa.Column("relay_id", sa.BigInteger()))
    op.add_column("batch", sa.Column("relay_id", sa.BigInteger()))
    op.drop_constraint(op.f("fk_delivery_workspace_id_run_id"), "delivery")  # engine.models.ledger.Delivery says why


def _pace() -> None:
    op.create_table(
        "pace",
        sa.Column("lane", sa.Text(), nullable=False),
        text_("provider"),
        instant("second_at"),
        sa.Column("day", sa.Date()),
        count("day_used"),
        sa.Column("day_cap", sa.BigInteger()),
        sa.Column("allowed", sa.Float()),
        sa.Column("breaker", sa.Text(), server_default="closed", nullable=False),
        count("failures"),
        instant("next_at"),
        text_("reason"),
        now("at"),
        sa.CheckConstraint("breaker IN ('closed', 'open', 'trying')", name=op.f("ck_pace_breaker")),
        sa.PrimaryKeyConstraint("lane", "provider", name=op.f("pk_pace")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "keyed",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("relay", sa.Text(), nullable=False),
        now("at"),
        sa.CheckConstraint("id = 1", name=op.f("ck_keyed_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keyed")),
    )
    op.create_table(
        "seat",
        sa.Column("lane", sa.Text(), nullable=False),
        text_("provider"),
        sa.Column("owner", sa.Text(), nullable=False),
        count("wanted"),
        count("seats"),
        count("urgency", "9"),
        instant("until", nullable=False),
        sa.PrimaryKeyConstraint("lane", "provider", "owner", name=op.f("pk_seat")),
    )


def _events() -> None:
    op.create_table(
        "provider_event",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger()),
        instant("at", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        text_("remote_id"),
        text_("address"),
        text_("code"),
        text_("words"),
        sa.Column("run_id", sa.BigInteger()),
        sa.Column("seq", sa.BigInteger()),
        sa.Column("dead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("raw", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        now("taken_at"),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_provider_event")),
    )
    where = sa.text("NOT settled")
    op.create_index("ix_provider_event_unsettled", "provider_event", ["taken_at"], postgresql_where=where)
    op.create_index("ix_provider_event_source", "provider_event", ["source", "taken_at"])
    op.create_index("ix_provider_event_run_id", "provider_event", ["run_id", "seq"])


def _watching() -> None:
    op.create_table(
        "tally",
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        text_("lane"),
        text_("provider"),
        text_("from_domain"),
        *map(count, ("tried", "accepted", "delivered", "deferred", "bounced", "complained", "failed", "doubted")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"], ["run.workspace_id", "run.id"], name=op.f("fk_tally_workspace_id_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "day", "transport", "lane", "provider", "from_domain", name=op.f("pk_tally")),
    )
    op.create_index("ix_tally_workspace_id_day", "tally", ["workspace_id", "day"])
    op.create_table(
        "tallied",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        instant("at", nullable=False),
        count("total"),
        instant("moved_at", nullable=False),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"], ["run.workspace_id", "run.id"], name=op.f("fk_tallied_workspace_id_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_tallied")),
    )
    op.create_index("ix_tallied_unsettled", "tallied", ["run_id"], postgresql_where=sa.text("NOT settled"))
    op.create_index(
        "ix_delivery_event_written_at", "delivery_event", ["written_at"], postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )  # fmt: skip
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger()),
        sa.Column("kind", sa.Text(), nullable=False),
        text_("about"),
        sa.Column("words", sa.Text(), nullable=False),
        instant("opened_at", nullable=False),
        *map(instant, ("told_at", "posted_at", "gone_at", "over_at", "told_over_at", "posted_over_at")),
        sa.CheckConstraint(
            "kind IN ('lag', 'stuck', 'held', 'doubts', 'health', 'watchdog', 'dnsbl')", name=op.f("ck_incident_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    where = sa.text("over_at IS NULL")
    op.create_index("uq_incident_open", "incident", ["kind", "about"], unique=True, postgresql_where=where)
    op.create_index("ix_incident_opened_at", "incident", ["opened_at"])
    op.create_table(
        "canary",
        sa.Column("queue", sa.Text(), nullable=False),
        *map(instant, ("asked_since", "asked_at", "taken_at")),
        text_("owner"),
        count("canaries"),
        instant("ended_at"),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_canary")),
    )
