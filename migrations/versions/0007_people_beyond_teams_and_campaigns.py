"""people beyond teams: attributes, tags, consent, segments, imports; and campaigns with their versions, links and hits

Nothing of before changes but for columns that may be NULL or have a default, so that a release before works beside
this schema.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"


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


def small(name: str, default: str | None = None, nullable: bool = False) -> sa.Column[int]:
    """A small number."""
    return sa.Column(name, sa.SmallInteger(), server_default=default, nullable=nullable)


def yes(name: str, default: str | None, nullable: bool = False) -> sa.Column[bool]:
    """True or false."""
    return sa.Column(name, sa.Boolean(), server_default=sa.text(default) if default else None, nullable=nullable)


def clock(name: str) -> sa.Column[object]:
    """A local time of day, or NULL."""
    return sa.Column(name, sa.Time(), nullable=True)


def under(table: str, *columns: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What rows have that belong to another row: its workspace, and a key of these columns."""
    return (
        sa.Column("workspace_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}")),
    )


def states(table: str, *names: str) -> sa.CheckConstraint:
    """The states of a table."""
    return one_of(table, "state", *names)


CHANNELS = ("mail", "sms", "chat")
GIVEN = ("given", "withdrawn")


def upgrade() -> None:
    _workspaces()
    _people()
    _consent()
    _imports()
    _erasure()
    _campaigns()
    _hits()
    _talk()


def _workspaces() -> None:
    for column in (
        ref("approve_over", nullable=True), small("cap_days", "7"), small("cap_count", nullable=True),
        yes("track_links", "true"), yes("track_opens", "false"), yes("track_checkins", "false"),
    ):  # fmt: skip
        op.add_column("workspace", column)
    op.add_column("account", word("hears", "at_once"))
    op.create_check_constraint(op.f("ck_account_hears"), "account", "hears IN ('at_once', 'digest', 'off')")


def _people() -> None:
    op.add_column("contact", json("attributes", empty=True))
    op.add_column("contact", sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("contact", yes("tracked", "true"))
    op.add_column("contact", instant("erased_at", nullable=True))
    live = sa.text("standing = 'known' AND erased_at IS NULL")
    op.create_index("ix_contact_live", "contact", ["workspace_id", "id"], postgresql_where=live)
    refused = sa.text("standing = 'refused'")
    op.create_index("ix_contact_refused", "contact", ["workspace_id", "id"], postgresql_where=refused)
    parts = ("name", "split_part(email_key, '@', 1)")
    name, local = (f"to_tsvector('simple', translate({part}, '@.-_+/', '      '))" for part in parts)
    domain = "to_tsvector('simple', split_part(email_key, '@', 2))"
    found_by = sa.text(f"((({name} || {local}) || {domain}) || array_to_tsvector(ARRAY[email_key]))")
    op.create_index("ix_contact_search", "contact", [found_by], postgresql_using="gin")
    op.create_index("ix_contact_tags", "contact", ["tags"], postgresql_using="gin")
    op.create_index(
        "ix_contact_attributes", "contact", ["attributes"], postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
    )  # fmt: skip
    op.create_table(
        "attribute", *tenant("attribute"), word("name"), text_("label"), word("kind"), made("made_at"),
        unique("attribute", "workspace_id", "name"),
        one_of("attribute", "kind", "text", "number", "bool", "date", "list"),
    )  # fmt: skip
    op.create_table(
        "topic", *tenant("topic"), word("name"), text_("words"), made("made_at"), instant("archived_at", nullable=True),
        unique("topic", "workspace_id", "id"), unique("topic", "workspace_id", "name"),
    )  # fmt: skip
    op.create_table(
        "segment", *tenant("segment"), word("name"), word("query"), text_("made_by"), made("made_at"),
        made("changed_at"), instant("archived_at", nullable=True), unique("segment", "workspace_id", "id"),
    )  # fmt: skip
    op.create_index(
        "uq_segment_name", "segment", ["workspace_id", "name"], unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )  # fmt: skip


def _consent() -> None:
    op.create_table(
        "consent", *under("consent", "contact_id", "channel", "topic_id"), ref("contact_id"), word("channel"),
        count("topic_id"), word("state"), word("source"), text_("evidence"), instant("at"), to("consent", "contact"),
        one_of("consent", "channel", *CHANNELS), one_of("consent", "state", *GIVEN), postgresql_with={"fillfactor": 80},
    )  # fmt: skip
    op.create_index(
        "ix_consent_workspace_id", "consent", ["workspace_id", "channel", "topic_id", "state", "contact_id"]
    )
    op.create_index(
        "ix_consent_evidence", "consent", ["workspace_id", "evidence"],
        postgresql_ops={"evidence": "text_pattern_ops"},
        postgresql_where=sa.text("state = 'withdrawn' AND source = 'person'"),
    )  # fmt: skip
    op.create_table(
        "consent_event", *tenant("consent_event"), ref("contact_id"), word("channel"), count("topic_id"),
        word("state"), word("source"), text_("evidence"), text_("actor"), instant("at"), to("consent_event", "contact"),
        one_of("consent_event", "channel", *CHANNELS), one_of("consent_event", "state", *GIVEN),
    )  # fmt: skip
    op.create_index("ix_consent_event_contact_id", "consent_event", ["contact_id", "id"])
    op.create_table(
        "leaving", *tenant("leaving"), ref("contact_id"), word("channel"), count("topic_id"), ref("run_id"),
        ref("seq"), word("system"), instant("at"), instant("settled_at", nullable=True), text_("settled"),
        to("leaving", "contact"), one_of("leaving", "settled", "", "left", "stays"),
    )  # fmt: skip
    op.create_index(
        "ix_leaving_open", "leaving", ["workspace_id", "id"], postgresql_where=sa.text("settled_at IS NULL")
    )


def _imports() -> None:
    op.create_table(
        "import", *tenant("import"), word("name"), word("state", "uploaded"), text_("reason"),
        json("header", empty=True), json("mapping", empty=True), json("options", empty=True), count("size"),
        count("read_to"), count("line"), count("lines"), count("made"), count("changed"), count("same"),
        count("faults"), json("counts", empty=True), text_("made_by"), made("made_at"),
        instant("ended_at", nullable=True), unique("import", "workspace_id", "id"),
        states("import", "uploaded", "checking", "checked", "running", "done", "undoing", "undone", "cancelled", "failed"),
    )  # fmt: skip
    busy = sa.text("state IN ('checking', 'running', 'undoing')")
    op.create_index("ix_import_open", "import", ["id"], postgresql_where=busy)
    op.create_table(
        "import_piece", *under("import_piece", "import_id", "no"), ref("import_id"), ref("no"),
        sa.Column("data", sa.LargeBinary(), nullable=False), to("import_piece", "import"),
    )  # fmt: skip
    op.execute("ALTER TABLE import_piece ALTER COLUMN data SET STORAGE EXTERNAL")  # parts of a piece are read alone
    op.create_table(
        "import_fault", *under("import_fault", "import_id", "line"), ref("import_id"), ref("line"), text_("column"),
        word("words"), word("raw"), to("import_fault", "import"),
    )  # fmt: skip
    op.create_table(
        "import_change", *under("import_change", "import_id", "contact_id"), ref("import_id"), ref("contact_id"),
        ref("line"), ref("at"), word("did"), sa.Column("before", postgresql.JSONB(), nullable=True), ref("after"),
        to("import_change", "import"), to("import_change", "contact"),
        one_of("import_change", "did", "made", "changed", "same"),
    )  # fmt: skip
    op.create_index("ix_import_change_contact_id", "import_change", ["contact_id"])
    op.create_table(
        "import_seen", *under("import_seen", "import_id", "key"), ref("import_id"),
        sa.Column("key", sa.LargeBinary(), nullable=False), ref("line"), ref("at"), word("did"),
        to("import_seen", "import"),
    )  # fmt: skip


def _erasure() -> None:
    op.add_column("suppression", ref("contact_id", nullable=True))
    op.create_foreign_key(
        op.f("fk_suppression_workspace_id_contact_id"), "suppression", "contact", ["workspace_id", "contact_id"],
        ["workspace_id", "id"],
    )  # fmt: skip
    op.create_index(
        "ix_suppression_contact_id", "suppression", ["contact_id"],
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "erasure", *tenant("erasure"), ref("contact_id"), text_("address"), text_("name"), text_("place"),
        count("after"), count("changed"), text_("asked_by"), instant("asked_at"), instant("done_at", nullable=True),
        to("erasure", "contact"), unique("erasure", "contact_id"),
    )  # fmt: skip
    op.create_index("ix_erasure_open", "erasure", ["id"], postgresql_where=sa.text("done_at IS NULL"))
    op.create_index(
        "ix_act_object_id", "act", ["workspace_id", "object_id", "id"],
        postgresql_where=sa.text("object_id IS NOT NULL"),
    )  # fmt: skip


def _campaigns() -> None:
    op.create_table(
        "campaign", *tenant("campaign"), word("name"), word("shape", "one_way"), word("transport", "smtp"),
        ref("channel_id", nullable=True), ref("team_id", nullable=True), word("state", "draft"), text_("reason"),
        text_("query"), ref("segment_id", nullable=True), ref("topic_id", nullable=True), yes("needs_consent", "true"),
        count("version_no"), word("send_when", "now"), instant("send_at", nullable=True),
        sa.Column("local_day", sa.Date(), nullable=True), clock("local_time"), small("weekdays", "127"),
        clock("quiet_from"), clock("quiet_until"), ref("per_hour", nullable=True), count("canary"),
        sa.Column("canary_minutes", sa.BigInteger(), server_default="30", nullable=False),
        small("cap_days", nullable=True), small("cap_count", nullable=True), yes("track_links", None, nullable=True),
        yes("track_opens", None, nullable=True), instant("deadline_at", nullable=True),
        instant("reminder_at", nullable=True), instant("reminded_at", nullable=True), ref("run_id", nullable=True),
        text_("made_by"), made("made_at"),
        text_("launched_by"), instant("launched_at", nullable=True), instant("ended_at", nullable=True),
        to("campaign", "team"), to("campaign", "channel"), to("campaign", "segment"), to("campaign", "topic"),
        to("campaign", "run"), unique("campaign", "workspace_id", "id"),
        states("campaign", "draft", "review", "approved", "scheduled", "running", "paused", "holding", "finishing",
               "finished", "cancelled"),
        one_of("campaign", "shape", "one_way", "individual", "group"),
        one_of("campaign", "send_when", "now", "at", "local"),
    )  # fmt: skip
    busy = sa.text("state IN ('scheduled', 'running', 'paused', 'holding', 'finishing')")
    op.create_index("ix_campaign_active", "campaign", ["id"], postgresql_where=busy)
    op.create_index("ix_campaign_workspace_id", "campaign", ["workspace_id", "id"])
    op.create_table(
        "campaign_version", *under("campaign_version", "campaign_id", "no"), ref("campaign_id"), ref("no"),
        word("subject"), text_("preheader"), word("format", "markdown"), word("body"), json("variants", empty=True),
        json("files", empty=True), text_("made_by"), made("made_at"), to("campaign_version", "campaign"),
        one_of("campaign_version", "format", "markdown", "html", "mjml"),
    )  # fmt: skip
    op.create_table(
        "campaign_file", *tenant("campaign_file"), ref("campaign_id"), word("name"), word("type"), text_("cid"),
        sa.Column("data", sa.LargeBinary(), nullable=False), made("made_at"), to("campaign_file", "campaign"),
        unique("campaign_file", "workspace_id", "id"),
    )  # fmt: skip
    op.create_index("ix_campaign_file_campaign_id", "campaign_file", ["campaign_id"])
    op.create_table(
        "approval", *tenant("approval"), ref("campaign_id"), ref("version_no"), word("query"), ref("recipients"),
        ref("account_id"), instant("at"), to("approval", "campaign"), to("approval", "account"),
        unique("approval", "campaign_id", "version_no", "query", "account_id"),
    )  # fmt: skip
    op.create_table(
        "dry_run", *under("dry_run", "campaign_id"), ref("campaign_id"), sa.Column("no", sa.BigInteger(), server_default="1", nullable=False), ref("version_no"),
        ref("query_hash"), ref("total", nullable=True), count("done"), count("failed"), count("largest"),
        count("after"), text_("began_by"), instant("began_at"), instant("ended_at", nullable=True), text_("wrong"),
        to("dry_run", "campaign"),
    )  # fmt: skip
    op.create_index("ix_dry_run_open", "dry_run", ["campaign_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "dry_fault", *under("dry_fault", "campaign_id", "contact_id"), ref("campaign_id"), ref("contact_id"),
        word("reason"), to("dry_fault", "campaign"), to("dry_fault", "contact"),
    )  # fmt: skip
    op.add_column("run", ref("campaign_id", nullable=True))
    op.add_column("run", text_("part"))
    op.add_column("batch", instant("window_at", nullable=True))
    op.create_index(
        "ix_run_campaign_id", "run", ["campaign_id", "id"], postgresql_where=sa.text("campaign_id IS NOT NULL")
    )


def _hits() -> None:
    op.create_table(
        "link", *tenant("link"), ref("campaign_id", nullable=True), word("url"), made("made_at"),
        to("link", "campaign"), unique("link", "workspace_id", "campaign_id", "url", nulls=True),
    )  # fmt: skip
    op.create_table(
        "hit", *tenant("hit"), ref("run_id"), ref("seq"), ref("contact_id", nullable=True),
        ref("link_id", nullable=True), instant("at"), word("method"), text_("net"), text_("agent"), word("taken_for"), json("evidence", empty=True),
        one_of("hit", "taken_for", "human", "likely", "machine"),
    )  # fmt: skip
    kinds = ("lag", "stuck", "held", "doubts", "health", "watchdog", "dnsbl", "imap", "webhook", "leaving")
    op.drop_constraint(op.f("ck_incident_kind"), "incident")
    op.create_check_constraint(op.f("ck_incident_kind"), "incident", f"kind IN ({', '.join(map(repr, kinds))})")
    op.create_index("ix_hit_run_id", "hit", ["run_id", "seq"])
    op.create_index("ix_hit_at", "hit", ["at"], postgresql_using="brin")
    op.create_table(
        "hit_count", *tenant("hit_count"), ref("run_id"), word("what"), count("link_id"), instant("hour"),
        word("taken_for"), ref("n"), yes("folded", "false"), one_of("hit_count", "what", "open", "click", "link"),
        one_of("hit_count", "taken_for", "human", "likely", "machine"),
    )  # fmt: skip
    op.create_index("ix_hit_count_run_id", "hit_count", ["run_id"])
    op.create_index("ix_hit_count_loose", "hit_count", ["run_id"], postgresql_where=sa.text("NOT folded"))
    op.create_table(
        "run_count", *under("run_count", "run_id"), ref("run_id"), instant("at"), count("lately"), count("again"),
        json("counts"), json("waits"), to("run_count", "run"),
    )  # fmt: skip


def _talk() -> None:
    for column in (
        ref("contact_id", nullable=True), instant("closed_at", nullable=True), text_("closed_by"),
        instant("moved_at", nullable=True),
    ):  # fmt: skip
        op.add_column("conversation", column)
    for other in ("campaign", "contact"):
        op.create_foreign_key(
            op.f(f"fk_conversation_workspace_id_{other}_id"), "conversation", other, ["workspace_id", f"{other}_id"],
            ["workspace_id", "id"],
        )  # fmt: skip
    op.create_index("ix_conversation_contact_id", "conversation", ["contact_id"])
    op.create_index(
        "ix_conversation_campaign_id", "conversation", ["campaign_id"],
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_conversation_listed", "conversation", ["workspace_id", "status", "moved_at"])
    op.execute("""
        UPDATE conversation c SET moved_at = (SELECT max(at) FROM message m WHERE m.conversation_id = c.id)
    """)
    op.execute("""
        UPDATE conversation c SET contact_id = cast(substring(m.account_or_contact FROM 9) AS bigint)
        FROM member m WHERE m.conversation_id = c.id AND m.account_or_contact LIKE 'contact:%' AND c.type = 'direct'
    """)
    for name in ("campaign_id", "run_id", "seq"):
        op.add_column("message", ref(name, nullable=True))
    op.create_index("ix_message_run_id", "message", ["run_id", "seq"], postgresql_where=sa.text("run_id IS NOT NULL"))
    op.create_index(
        "ix_message_campaign_id", "message", ["campaign_id", "author_id", "conversation_id"],
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )  # fmt: skip
    op.add_column("batch", instant("told_at", nullable=True))
    op.add_column("account", sa.Column("heard_on", sa.Date(), nullable=True))
    op.create_table(
        "conv_door", *tenant("conv_door"), ref("conversation_id"), ref("contact_id"), instant("until"),
        made("made_at"), instant("revoked_at", nullable=True), to("conv_door", "conversation"),
        to("conv_door", "contact"),
    )  # fmt: skip
    op.create_index("ix_conv_door_conversation_id", "conv_door", ["conversation_id"])
