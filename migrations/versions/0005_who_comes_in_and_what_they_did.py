"""who comes in and what they did: sessions, tickets, invitations, acts

Nothing of before changes but for one column that may be NULL, so that a release before works beside this schema.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


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
