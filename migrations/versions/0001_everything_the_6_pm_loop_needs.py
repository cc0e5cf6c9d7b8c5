"""everything the 6 pm loop needs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

WIDTH = 50_000  # runs in a partition; engine.outbound.partitions makes more ahead


def upgrade() -> None:
    op.execute("CREATE SEQUENCE delivery_event_no")
    op.create_table(
        "bucket",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_bucket")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("shift", sa.Interval(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_table(
        "delivery_event",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "no", sa.BigInteger(), server_default=sa.text("nextval('delivery_event_no'::regclass)"), nullable=False
        ),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "written_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("run_id", "seq", "no", name=op.f("pk_delivery_event")),
        postgresql_partition_by="RANGE (run_id)",
    )
    op.create_index(
        "ix_delivery_event_doubt",
        "delivery_event",
        ["written_at"],
        unique=False,
        postgresql_where=sa.text("trigger = 'doubt'"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("role", "process", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "transport_state",
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("backoff_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "transport", name=op.f("pk_transport_state")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mail_from", sa.Text(), nullable=True),
        sa.Column("reply_domain", sa.Text(), nullable=True),
        sa.Column("base_url", sa.Text(), nullable=True),
        sa.Column("demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "action",
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_action_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "actor_id", "action_id", name=op.f("pk_action")),
    )
    op.create_table(
        "contact",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), server_default="en", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_contact_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("workspace_id", "email_key", name=op.f("uq_contact_workspace_id_email_key")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_contact_workspace_id_id")),
    )
    op.create_table(
        "event",
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("aud", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=True),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("full", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "patch", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_event_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name=op.f("pk_event")),
    )
    op.create_table(
        "history",
        sa.Column("noun", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_history_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_object", "history", ["noun", "object_id", "id"], unique=False)
    op.create_table(
        "inbound",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("envelope_from", sa.Text(), nullable=False),
        sa.Column("envelope_to", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("kills", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("from_address", sa.Text(), server_default="", nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=True),
        sa.Column("parsed", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'routed', 'noted', 'held', 'parked', 'repeated')", name=op.f("ck_inbound_state")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_inbound_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_inbound_dedupe_key")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_inbound_source_external_id")),
    )
    op.create_index(
        "ix_inbound_waiting", "inbound", ["id"], unique=False, postgresql_where=sa.text("state = 'received'")
    )
    op.create_index("ix_inbound_workspace_id", "inbound", ["workspace_id", "id"], unique=False)
    op.create_table(
        "relay",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("tls", sa.Text(), server_default="starttls", nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("connections", sa.SmallInteger(), server_default="4", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("tls IN ('none', 'starttls', 'tls')", name=op.f("ck_relay_tls")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_relay_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_relay_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", name=op.f("uq_relay_workspace_id")),
    )
    op.create_table(
        "run",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), server_default="5", nullable=False),
        sa.Column("doubt_policy", sa.Text(), server_default="hold", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("doubt_policy IN ('hold', 'resend')", name=op.f("ck_run_doubt_policy")),
        sa.CheckConstraint("state IN ('open', 'paused', 'held', 'done', 'cancelled')", name=op.f("ck_run_state")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_run_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_run_workspace_id_id")),
    )
    op.create_index(
        "ix_run_unfinished", "run", ["id"], unique=False, postgresql_where=sa.text("state NOT IN ('done', 'cancelled')")
    )
    op.create_table(
        "suppression",
        sa.Column("channel", sa.Text(), server_default="mail", nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_suppression_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint(
            "workspace_id", "channel", "address_hash", name=op.f("uq_suppression_workspace_id_channel_address_hash")
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_suppression_workspace_id_id")),
    )
    op.create_table(
        "team",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("entry_no", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_team_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_team_workspace_id_id")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_team_workspace_id_name")),
    )
    op.create_table(
        "ws_head",
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("min_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_ws_head_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_ws_head")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "account",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="user", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'user')", name=op.f("ck_account_role")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_account_workspace_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_account_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("workspace_id", "contact_id", name=op.f("uq_account_workspace_id_contact_id")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_account_workspace_id_id")),
    )
    op.create_table(
        "away",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_away_workspace_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_away_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_away")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_away_workspace_id_id")),
    )
    op.create_index("ix_away_contact_id", "away", ["contact_id", "last_day"], unique=False)
    op.create_table(
        "batch",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("horizon", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stop", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("takeovers", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'done', 'poisoned')", name=op.f("ck_batch_state")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"], ["run.workspace_id", "run.id"], name=op.f("fk_batch_workspace_id_run_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_batch_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_batch_workspace_id_id")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_batch_open", "batch", ["urgency", "next_at", "id"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_batch_run_id", "batch", ["run_id"], unique=False)
    op.create_table(
        "channel",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "config", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("failure", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'failing', 'off')", name=op.f("ck_channel_state")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"], ["team.workspace_id", "team.id"], name=op.f("fk_channel_workspace_id_team_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_channel_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_channel_workspace_id_id")),
    )
    op.create_index("ix_channel_team_id", "channel", ["team_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.Column("queue_id", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("useful_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'deferred', 'in_doubt', 'sent', 'delivered', 'bounced', 'failed', 'suppressed', 'expired', 'cancelled', 'complained')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"], ["run.workspace_id", "run.id"], name=op.f("fk_delivery_workspace_id_run_id")
        ),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_delivery")),
        sa.UniqueConstraint("run_id", "recipient", name=op.f("uq_delivery_run_id_recipient")),
        postgresql_partition_by="RANGE (run_id)",
    )
    op.create_index("ix_delivery_batch_id", "delivery", ["batch_id", "seq"], unique=False)
    op.create_table(
        "membership",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="member", nullable=False),
        sa.Column("prompt_at", sa.Time(), nullable=True),
        sa.Column("digest_at", sa.Time(), nullable=True),
        sa.Column("weekdays", sa.SmallInteger(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_by", sa.Text(), nullable=True),
        sa.Column("pause_until", sa.Date(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_prompt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_prompt_day", sa.Date(), nullable=True),
        sa.Column("next_digest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_digest_day", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('manager', 'member', 'observer')", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_membership_workspace_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"],
            ["team.workspace_id", "team.id"],
            name=op.f("fk_membership_workspace_id_team_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_membership_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("team_id", "contact_id", name=op.f("uq_membership_team_id_contact_id")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_membership_workspace_id_id")),
    )
    op.create_index("ix_membership_contact_id", "membership", ["contact_id"], unique=False)
    op.create_index(
        "ix_membership_next_digest_at",
        "membership",
        ["next_digest_at"],
        unique=False,
        postgresql_where=sa.text("next_digest_at IS NOT NULL"),
    )
    op.create_index(
        "ix_membership_next_prompt_at",
        "membership",
        ["next_prompt_at"],
        unique=False,
        postgresql_where=sa.text("next_prompt_at IS NOT NULL"),
    )
    op.create_table(
        "notice",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column(
            "context", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_notice_workspace_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_notice_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_notice_workspace_id_id")),
    )
    op.create_table(
        "remote_id",
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"], ["run.workspace_id", "run.id"], name=op.f("fk_remote_id_workspace_id_run_id")
        ),
        sa.PrimaryKeyConstraint("transport", "remote_id", name=op.f("pk_remote_id")),
    )
    op.create_index("ix_remote_id_run_id", "remote_id", ["run_id", "seq"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("questions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("weekdays", sa.SmallInteger(), server_default="31", nullable=False),
        sa.Column("prompt_at", sa.Time(), server_default="18:00", nullable=False),
        sa.Column("digest_at", sa.Time(), server_default="09:00", nullable=False),
        sa.Column("nudge_after", sa.SmallInteger(), nullable=True),
        sa.Column("answer_window", sa.SmallInteger(), server_default="900", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"], ["team.workspace_id", "team.id"], name=op.f("fk_schedule_workspace_id_team_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_schedule_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("team_id", name=op.f("uq_schedule_team_id")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_schedule_workspace_id_id")),
    )
    op.create_table(
        "conversation",
        sa.Column("channel_key", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "attrs", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("last_no", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rev", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mod_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("assignee_id", sa.BigInteger(), nullable=True),
        sa.Column("team_id", sa.BigInteger(), nullable=True),
        sa.Column("key_ver", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'waiting', 'closed')", name=op.f("ck_conversation_status")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "assignee_id"],
            ["account.workspace_id", "account.id"],
            name=op.f("fk_conversation_workspace_id_assignee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"],
            ["team.workspace_id", "team.id"],
            name=op.f("fk_conversation_workspace_id_team_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_conversation_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("workspace_id", "channel_key", name=op.f("uq_conversation_workspace_id_channel_key")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_conversation_workspace_id_id")),
    )
    op.create_table(
        "digest",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("since_no", sa.BigInteger(), nullable=False),
        sa.Column("until_no", sa.BigInteger(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "membership_id"],
            ["membership.workspace_id", "membership.id"],
            name=op.f("fk_digest_workspace_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"], ["team.workspace_id", "team.id"], name=op.f("fk_digest_workspace_id_team_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_digest_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest")),
        sa.UniqueConstraint("membership_id", "local_date", name=op.f("uq_digest_membership_id_local_date")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_digest_workspace_id_id")),
    )
    op.create_table(
        "round",
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("questions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_round_state")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "schedule_id"],
            ["schedule.workspace_id", "schedule.id"],
            name=op.f("fk_round_workspace_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"], ["team.workspace_id", "team.id"], name=op.f("fk_round_workspace_id_team_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_round_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("schedule_id", "local_date", name=op.f("uq_round_schedule_id_local_date")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_round_workspace_id_id")),
    )
    op.create_index("ix_round_open", "round", ["id"], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_round_team_id", "round", ["team_id", "local_date"], unique=False)
    op.create_table(
        "conv_key",
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("key_ver", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_conv_key_workspace_id_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "key_ver", name=op.f("pk_conv_key")),
    )
    op.create_table(
        "member",
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("account_or_contact", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), server_default="party", nullable=False),
        sa.Column("read_no", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("joined_no", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("muted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("notify", sa.Text(), server_default="all", nullable=False),
        sa.Column("mod_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_member_workspace_id_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "account_or_contact", name=op.f("pk_member")),
    )
    op.create_table(
        "message",
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("rev", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mod_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('mail', 'sms', 'chat', 'note', 'event')", name=op.f("ck_message_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_message_workspace_id_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("conversation_id", "no", name=op.f("pk_message")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_message_platform_external_id")),
    )
    op.create_table(
        "participation",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nudge_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prompt_run_id", sa.BigInteger(), nullable=True),
        sa.Column("prompt_seq", sa.BigInteger(), nullable=True),
        sa.Column("nudge_run_id", sa.BigInteger(), nullable=True),
        sa.Column("nudge_seq", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'asked', 'reminded', 'answered', 'missed', 'excused')",
            name=op.f("ck_participation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "membership_id"],
            ["membership.workspace_id", "membership.id"],
            name=op.f("fk_participation_workspace_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "round_id"],
            ["round.workspace_id", "round.id"],
            name=op.f("fk_participation_workspace_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "schedule_id"],
            ["schedule.workspace_id", "schedule.id"],
            name=op.f("fk_participation_workspace_id_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"],
            ["team.workspace_id", "team.id"],
            name=op.f("fk_participation_workspace_id_team_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_participation_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint(
            "schedule_id",
            "membership_id",
            "local_date",
            name=op.f("uq_participation_schedule_id_membership_id_local_date"),
        ),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_participation_workspace_id_id")),
    )
    op.create_index("ix_participation_membership_id", "participation", ["membership_id", "local_date"], unique=False)
    op.create_index("ix_participation_round_id", "participation", ["round_id"], unique=False)
    op.create_index(
        "ix_participation_unsettled",
        "participation",
        ["closes_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('due', 'asked', 'reminded')"),
    )
    op.create_table(
        "answer",
        sa.Column("participation_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("inbound_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cut", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source IN ('mail', 'web')", name=op.f("ck_answer_source")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "membership_id"],
            ["membership.workspace_id", "membership.id"],
            name=op.f("fk_answer_workspace_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "participation_id"],
            ["participation.workspace_id", "participation.id"],
            name=op.f("fk_answer_workspace_id_participation_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_answer_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("inbound_id", name=op.f("uq_answer_inbound_id")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_answer_workspace_id_id")),
    )
    op.create_index("ix_answer_participation_id", "answer", ["participation_id"], unique=False)
    op.create_table(
        "entry",
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("participation_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="note", nullable=False),
        sa.Column("question", sa.SmallInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('note', 'done', 'doing', 'blocked')", name=op.f("ck_entry_kind")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "answer_id"],
            ["answer.workspace_id", "answer.id"],
            name=op.f("fk_entry_workspace_id_answer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "membership_id"],
            ["membership.workspace_id", "membership.id"],
            name=op.f("fk_entry_workspace_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "participation_id"],
            ["participation.workspace_id", "participation.id"],
            name=op.f("fk_entry_workspace_id_participation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "round_id"],
            ["round.workspace_id", "round.id"],
            name=op.f("fk_entry_workspace_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "team_id"], ["team.workspace_id", "team.id"], name=op.f("fk_entry_workspace_id_team_id")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_entry_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("team_id", "no", name=op.f("uq_entry_team_id_no")),
        sa.UniqueConstraint("workspace_id", "id", name=op.f("uq_entry_workspace_id_id")),
    )
    op.create_index("ix_entry_answer_id", "entry", ["answer_id"], unique=False)
    op.create_index("ix_entry_round_id", "entry", ["round_id"], unique=False)
    for first in range(0, 4 * WIDTH, WIDTH):
        for table in ("delivery", "delivery_event"):
            op.execute(
                f"CREATE TABLE {table}_p{first} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({first + WIDTH})"
                " WITH (fillfactor = 50)"
            )
