"""what a reply may be besides an answer: an order, a comment, a message; and where mailboxes and rereadings stand

Nothing of before changes but for columns that may be NULL or have a default, so that a release before works beside
this schema. Teams and workspaces of before get the address that new ones get.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def text_(name: str) -> sa.Column[str]:
    """A text column, empty unless said."""
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def word(name: str, default: str | None = None, nullable: bool = False) -> sa.Column[str]:
    """A text column that is always said, unless it may be NULL."""
    return sa.Column(name, sa.Text(), server_default=default, nullable=nullable)


def instant(name: str, nullable: bool = False) -> sa.Column[object]:
    """A point in time."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def made(name: str) -> sa.Column[object]:
    """When PostgreSQL wrote the row."""
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def ref(name: str, nullable: bool = False) -> sa.Column[int]:
    """The id of another row."""
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def count(name: str) -> sa.Column[int]:
    """A number that begins at 0."""
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def json(name: str, empty: bool = False) -> sa.Column[object]:
    """A JSON object."""
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'::jsonb") if empty else None, nullable=False)


def to(table: str, other: str) -> sa.ForeignKeyConstraint:
    """A reference that carries the workspace along."""
    column = f"{other}_id"
    name = op.f(f"fk_{table}_workspace_id_{column}")
    return sa.ForeignKeyConstraint(["workspace_id", column], [f"{other}.workspace_id", f"{other}.id"], name=name)


def one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    """A column of one of these words."""
    return sa.CheckConstraint(f"{column} IN ({', '.join(map(repr, values))})", name=op.f(f"ck_{table}_{column}"))


def tenant(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What every table of a workspace has."""
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def unique(table: str, *columns: str, nulls: bool = False) -> sa.UniqueConstraint:
    """No two rows with the same of these; with `nulls`, NULL is the same as NULL."""
    name = op.f(f"uq_{table}_{'_'.join(columns)}")
    return sa.UniqueConstraint(*columns, name=name, postgresql_nulls_not_distinct=nulls or None)


def upgrade() -> None:
    _people()
    _mail()
    _rereading()
    _comments()
    _messages()


def _people() -> None:
    op.add_column("contact", word("standing", "known"))
    op.create_check_constraint(op.f("ck_contact_standing"), "contact", "standing IN ('known', 'held', 'refused')")
    op.create_index("ix_contact_held", "contact", ["workspace_id", "id"], postgresql_where=sa.text("standing = 'held'"))
    op.create_table(
        "contact_address", *tenant("contact_address"), ref("contact_id"), word("platform"), word("address"),
        made("made_at"), to("contact_address", "contact"),
        unique("contact_address", "workspace_id", "platform", "address"),
    )  # fmt: skip
    op.create_index("ix_contact_address_contact_id", "contact_address", ["contact_id"])
    op.create_table(
        "plain_address", *tenant("plain_address"), ref("team_id", nullable=True), word("local"),
        to("plain_address", "team"), unique("plain_address", "local"),
        unique("plain_address", "workspace_id", "team_id", nulls=True),
    )  # fmt: skip
    op.execute("""
        INSERT INTO plain_address (workspace_id, team_id, local)
        SELECT n.workspace_id, n.team_id, coalesce(nullif(btrim(left(n.slug, 40), '-'), ''), n.otherwise) || n.number
        FROM (SELECT workspace_id, id AS team_id, regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g') AS slug,
                     'team' AS otherwise, '-' || id AS number FROM team
              UNION ALL
              SELECT id, NULL, regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), 'workspace', '-w' || id
              FROM workspace) n
    """)
    receipts = "receipt IN ('mail', 'digest', 'none')"
    op.add_column("schedule", word("receipt", "digest"))
    op.create_check_constraint(op.f("ck_schedule_receipt"), "schedule", receipts)
    op.add_column("membership", word("receipt", nullable=True))
    op.create_check_constraint(op.f("ck_membership_receipt"), "membership", receipts)


def _mail() -> None:
    op.add_column("inbound", word("platform", "mail"))
    op.add_column("inbound", sa.Column("version", sa.SmallInteger(), nullable=True))
    op.add_column("inbound", ref("contact_id", nullable=True))
    op.create_index(
        "ix_inbound_contact_id", "inbound", ["contact_id", "id"], postgresql_where=sa.text("contact_id IS NOT NULL")
    )
    op.create_table(
        "mail_command", *tenant("mail_command"), ref("inbound_id"), ref("membership_id"), word("command"),
        json("did", empty=True), instant("at"), instant("undone_at", nullable=True),
        ref("answered_run_id", nullable=True), to("mail_command", "membership"), unique("mail_command", "inbound_id"),
        one_of("mail_command", "command", "stop", "pause", "skip", "undo", "edit", "help"),
    )  # fmt: skip
    op.create_index("ix_mail_command_membership_id", "mail_command", ["membership_id", "id"])
    op.create_table(
        "robot", *tenant("robot"), word("email_key"), text_("made_by"), instant("made_at"),
        unique("robot", "workspace_id", "email_key"),
    )  # fmt: skip
    kinds = ("lag", "stuck", "held", "doubts", "health", "watchdog", "dnsbl", "imap", "webhook")
    op.drop_constraint(op.f("ck_incident_kind"), "incident")
    op.create_check_constraint(op.f("ck_incident_kind"), "incident", f"kind IN ({', '.join(map(repr, kinds))})")
    number = sa.Column("life", sa.BigInteger(), server_default="1", nullable=False)
    op.create_table(
        "imap_box", word("name"), count("uidvalidity"), number, count("last_uid"), instant("since", nullable=True),
        count("since_uid"), instant("connected_at", nullable=True), instant("last_ok_at", nullable=True),
        count("fetched"), count("waiting"), instant("waiting_since", nullable=True), text_("failure"),
        instant("failed_at", nullable=True), sa.PrimaryKeyConstraint("name", name=op.f("pk_imap_box")),
    )  # fmt: skip
    op.create_table(
        "refused_hook", word("hook"), word("setting"), text_("why"), count("calls"), instant("first_at"),
        instant("last_at"), sa.PrimaryKeyConstraint("hook", name=op.f("pk_refused_hook")),
    )  # fmt: skip


def _rereading() -> None:
    op.create_table(
        "rereading", *tenant("rereading"), sa.Column("version", sa.SmallInteger(), nullable=False),
        ref("from_id"), ref("until_id"), count("done_id"), count("mails"), count("failed"),
        text_("made_by"), instant("made_at"), instant("read_at", nullable=True), instant("approved_at", nullable=True),
        text_("approved_by"), instant("ended_at", nullable=True), unique("rereading", "workspace_id", "id"),
    )  # fmt: skip
    op.create_table(
        "rereading_difference", *tenant("rereading_difference"), ref("rereading_id"), ref("inbound_id"),
        ref("answer_id", nullable=True), json("before"), json("after"), text_("kept"),
        sa.Column("chosen", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        instant("applied_at", nullable=True), to("rereading_difference", "rereading"),
        unique("rereading_difference", "rereading_id", "inbound_id"),
    )  # fmt: skip


def _comments() -> None:
    op.create_table(
        "comment", *tenant("comment"), ref("team_id"), ref("no", nullable=True), ref("entry_id", nullable=True),
        sa.Column("local_date", sa.Date(), nullable=False), ref("membership_id"), ref("inbound_id", nullable=True),
        word("text"), text_("cut"), instant("at"), instant("removed_at", nullable=True),
        word("removed_by", nullable=True), ref("run_id", nullable=True),
        to("comment", "team"), to("comment", "entry"), to("comment", "membership"),
        unique("comment", "workspace_id", "id"), unique("comment", "team_id", "no"),
        sa.CheckConstraint("(no IS NULL) <> (entry_id IS NULL)", name=op.f("ck_comment_no")),
    )  # fmt: skip
    op.create_index(
        "ix_comment_entry_id", "comment", ["entry_id", "id"], postgresql_where=sa.text("entry_id IS NOT NULL")
    )
    op.create_index(
        "ix_comment_team_id", "comment", ["team_id", "local_date"], postgresql_where=sa.text("entry_id IS NULL")
    )
    op.create_index("ix_comment_membership_id", "comment", ["membership_id", "id"])
    op.create_index(
        "ix_comment_inbound_id", "comment", ["inbound_id"], postgresql_where=sa.text("inbound_id IS NOT NULL")
    )


def _messages() -> None:
    op.add_column("message", word("author_kind", "account"))
    op.create_check_constraint(
        op.f("ck_message_author_kind"), "message", "author_kind IN ('account', 'contact', 'engine')"
    )
    op.add_column("message", ref("inbound_id", nullable=True))
    op.add_column("message", text_("subject"))
    op.add_column("message", text_("proof"))
    op.add_column("message", made("at"))
    op.create_index(
        "ix_message_inbound_id", "message", ["inbound_id"], postgresql_where=sa.text("inbound_id IS NOT NULL")
    )
    op.create_index("ix_member_account_or_contact", "member", ["account_or_contact"])
