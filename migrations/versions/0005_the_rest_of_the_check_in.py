"""the rest of the check-in: who comes in and what they did, days off, histories of entries, what a channel gets

Nothing of before changes but for columns that may be NULL or have a default, so that a release before works beside
this schema.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# What the parser of full-text search would not part words at, or would read as tags, paths and minus signs.
APART = (
    "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2039\u203a\u2026\u2013\u2014\u00b7\u2022\u00a0"
    "\u3000\u3001\u3002\u300c\u300d\uff08\uff09\uff0c\uff1a\uff1b\uff01\uff1f<>/-"
)


def text_(name: str) -> sa.Column[str]:
    """A text column, empty unless said."""
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def word(name: str) -> sa.Column[str]:
    """A text column that is always said."""
    return sa.Column(name, sa.Text(), nullable=False)


def instant(name: str, nullable: bool = False) -> sa.Column[object]:
    """A point in time."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def ref(name: str, nullable: bool = False) -> sa.Column[int]:
    """The id of another row."""
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def to(table: str, other: str) -> sa.ForeignKeyConstraint:
    """A reference that carries the workspace along."""
    column = f"{other}_id"
    name = op.f(f"fk_{table}_workspace_id_{column}")
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{other}.workspace_id", f"{other}.id"], name=name)


def tenant(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What every table of a workspace has."""
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    _who_comes_in()
    _teams()
    _entries()
    _channels()
    _operation()


def _who_comes_in() -> None:
    op.add_column("account", instant("ended_at", nullable=True))
    op.create_table(
        "session", *tenant("session"), ref("account_id"), ref("epoch"), word("how"), text_("agent"), text_("address"),
        instant("made_at"), instant("seen_at"), instant("ended_at", nullable=True), to("session", "account"),
        sa.CheckConstraint("how IN ('password', 'link', 'reset', 'invitation', 'setup')", name=op.f("ck_session_how")),
    )  # fmt: skip
    op.create_index("ix_session_account_id", "session", ["account_id", "id"])
    op.create_table(
        "ticket", *tenant("ticket"), ref("account_id"), word("purpose"), instant("made_at"), instant("useful_until"),
        instant("used_at", nullable=True), to("ticket", "account"),
        sa.CheckConstraint("purpose IN ('signin', 'reset')", name=op.f("ck_ticket_purpose")),
    )  # fmt: skip
    op.create_index("ix_ticket_account_id", "ticket", ["account_id", "id"])
    op.create_table(
        "invitation", *tenant("invitation"), ref("contact_id"),
        sa.Column("role", sa.Text(), server_default="user", nullable=False), ref("team_id", nullable=True),
        word("invited_by"), instant("made_at"), instant("sent_at"), instant("useful_until"),
        instant("accepted_at", nullable=True), instant("revoked_at", nullable=True), to("invitation", "contact"),
        to("invitation", "team"), sa.CheckConstraint("role IN ('admin', 'user')", name=op.f("ck_invitation_role")),
    )  # fmt: skip
    where = sa.text("accepted_at IS NULL AND revoked_at IS NULL")
    op.create_index("uq_invitation_open", "invitation", ["contact_id"], unique=True, postgresql_where=where)
    op.create_index("ix_invitation_workspace_id", "invitation", ["workspace_id", "id"])
    op.create_table(
        "act", *tenant("act"), instant("at"), text_("actor"), text_("who"), word("act"), text_("noun"),
        ref("object_id", nullable=True), text_("about"), text_("detail"),
    )  # fmt: skip
    op.create_index("ix_act_workspace_id", "act", ["workspace_id", "id"])


def _teams() -> None:
    op.add_column("schedule", instant("paused_at", nullable=True))
    op.add_column("schedule", sa.Column("paused_by", sa.Text(), nullable=True))
    op.add_column("schedule", sa.Column("pause_until", sa.Date(), nullable=True))
    op.create_table(
        "day_off", *tenant("day_off"), ref("team_id"), sa.Column("day", sa.Date(), nullable=False), text_("reason"),
        text_("made_by"), instant("made_at"), to("day_off", "team"),
        sa.UniqueConstraint("team_id", "day", name=op.f("uq_day_off_team_id_day")),
    )  # fmt: skip


def _entries() -> None:
    op.add_column("entry", instant("edited_at", nullable=True))
    words = f"to_tsvector('simple', translate(text, '{APART}', '{' ' * len(APART)}'))"
    mine = "array_to_tsvector(ARRAY[' ' || cast(team_id AS text)])"
    op.create_index("ix_entry_search", "entry", [sa.text(f"({words} || {mine})")], postgresql_using="gin")
    op.create_index("ix_entry_membership_id", "entry", ["membership_id", "no"])
    op.create_table(
        "entry_change", *tenant("entry_change"), ref("entry_id"), instant("at"), text_("actor"), word("what"),
        word("text"), word("kind"), sa.Column("tags", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        to("entry_change", "entry"),
        sa.CheckConstraint("what IN ('edited', 'removed', 'restored')", name=op.f("ck_entry_change_what")),
    )  # fmt: skip
    op.create_index("ix_entry_change_entry_id", "entry_change", ["entry_id", "id"])


def _channels() -> None:
    gets: sa.Column[list[str]] = sa.Column("gets", sa.ARRAY(sa.Text()), server_default="{entries}", nullable=False)
    op.add_column("channel", gets)
    op.add_column("answer", ref("post_run_id", nullable=True))
    op.add_column("round", ref("post_run_id", nullable=True))
    op.create_table(
        "channel_digest", *tenant("channel_digest"), ref("channel_id"),
        sa.Column("local_date", sa.Date(), nullable=False), ref("since_no"), ref("until_no"),
        instant("since_at", nullable=True), instant("made_at"),
        ref("run_id", nullable=True), ref("seq", nullable=True), to("channel_digest", "channel"),
        sa.UniqueConstraint("channel_id", "local_date", name=op.f("uq_channel_digest_channel_id_local_date")),
    )  # fmt: skip
    op.create_table(
        "correction", *tenant("correction"), ref("channel_id"), ref("run_id"), ref("seq"), instant("made_at"),
        to("correction", "channel"),
    )  # fmt: skip
    op.create_index("ix_correction_run_id", "correction", ["run_id", "seq"])


def _operation() -> None:
    op.add_column("inbound", ref("assigned_part_id", nullable=True))
    op.add_column("inbound", text_("assigned_by"))
    where = sa.text("state IN ('received', 'held', 'parked', 'noted')")
    op.create_index("ix_inbound_unsettled", "inbound", ["workspace_id", "state", "id"], postgresql_where=where)
    kept = {"ix_inbound_raw": "octet_length(raw) > 0", "ix_inbound_parsed": "parsed IS NOT NULL"}
    for name, of in kept.items():
        op.create_index(name, "inbound", ["received_at"], postgresql_where=sa.text(of))
    op.add_column("tallied", sa.Column("odd", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.execute("""
        UPDATE tallied g SET odd = false FROM run r, (
            SELECT run_id, sum(accepted) AS accepted, sum(deferred + bounced + complained + failed + doubted) AS wrong
            FROM tally GROUP BY 1) s
        WHERE r.id = g.run_id AND s.run_id = g.run_id AND g.settled AND s.accepted >= r.size AND s.wrong = 0
    """)
    op.create_index("ix_tallied_odd", "tallied", ["workspace_id", "run_id"], postgresql_where=sa.text("odd"))
    op.create_table(
        "dkim_key", *tenant("dkim_key"), word("domain"), word("selector"), word("algorithm"), word("public"),
        sa.Column("secret", sa.LargeBinary(), nullable=False), instant("made_at"), instant("seen_at", nullable=True),
        instant("signs_from", nullable=True), instant("retired_at", nullable=True),
        sa.CheckConstraint("algorithm IN ('rsa', 'ed25519')", name=op.f("ck_dkim_key_algorithm")),
        sa.UniqueConstraint("workspace_id", "domain", "selector", name=op.f("uq_dkim_key_workspace_id_domain_selector")),
    )  # fmt: skip
    op.create_table(
        "retention", sa.Column("workspace_id", sa.BigInteger(), nullable=False), word("what"),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_retention_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "what", name=op.f("pk_retention")),
        sa.CheckConstraint("days > 0", name=op.f("ck_retention_days")),
    )  # fmt: skip
    op.create_table(
        "tidying", word("what"), instant("ran_at"), instant("took_at", nullable=True),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("more", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("what", name=op.f("pk_tidying")),
    )  # fmt: skip
    op.create_table(
        "backup", sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False), word("file"),
        sa.Column("size", sa.BigInteger(), nullable=False), text_("release"), instant("made_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
    )  # fmt: skip
