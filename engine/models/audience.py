"""What a workspace knows of its people beyond an address: attributes, consent, segments, and where lists came from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Made, Ref, Tenant, one_of, state_column, state_of, tenant_key, to
from engine.states import IMPORT

CHANNELS = ("mail", "sms", "chat")


class Attribute(Tenant, Base):
    """A fact that contacts may have: its name is the key in contact.attributes, its kind what a value may be.

    `number` is kept as a JSON number, `date` as ISO 8601 text (YYYY-MM-DD), `list` as an array of texts.
    """

    __tablename__ = "attribute"

    name: Mapped[str]  # a-z, 0-9 and _, as queries write it
    label: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    made_at: Mapped[Made]

    __table_args__ = (
        UniqueConstraint("workspace_id", "name"), one_of("kind", ("text", "number", "bool", "date", "list")),
    )  # fmt: skip


class Topic(Tenant, Base):
    """What one may want or not want to hear of: the preference centre lists them, a campaign has one or none."""

    __tablename__ = "topic"

    name: Mapped[str]
    words: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Made]
    archived_at: Mapped[datetime | None]

    __table_args__ = (tenant_key(), UniqueConstraint("workspace_id", "name"))


class Consent(Base):
    """What a person said last about a channel, or (topic_id not 0) about a topic there. The history is ConsentEvent.

    `source`: import, form, person (their preference page), admin, api. `evidence`: the file, the page, who said it.
    """

    __tablename__ = "consent"

    contact_id: Mapped[Ref]
    channel: Mapped[str]
    topic_id: Mapped[Ref] = mapped_column(server_default="0")  # 0: the channel as a whole
    workspace_id: Mapped[Ref]
    state: Mapped[str]
    source: Mapped[str]
    evidence: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]

    __table_args__ = (
        PrimaryKeyConstraint("contact_id", "channel", "topic_id"), to("contact"),
        one_of("channel", CHANNELS), one_of("state", ("given", "withdrawn")),
        Index("ix_consent_workspace_id", "workspace_id", "channel", "topic_id", "state", "contact_id"),
        # Who left by a mail: its number is the end of the evidence (tracking.leaving, report.queries.lists).
        Index("ix_consent_evidence", "workspace_id", "evidence", postgresql_ops={"evidence": "text_pattern_ops"},
              postgresql_where=text("state = 'withdrawn' AND source = 'person'")),
        {"postgresql_with": {"fillfactor": "80"}},
    )  # fmt: skip


class ConsentEvent(Tenant, Base):
    """One change of a consent, kept as its proof."""

    __tablename__ = "consent_event"

    contact_id: Mapped[Ref]
    channel: Mapped[str]
    topic_id: Mapped[Ref] = mapped_column(server_default="0")
    state: Mapped[str]
    source: Mapped[str]
    evidence: Mapped[str] = mapped_column(server_default="")
    actor: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]

    __table_args__ = (
        to("contact"), Index("ix_consent_event_contact_id", "contact_id", "id"),
        one_of("channel", CHANNELS), one_of("state", ("given", "withdrawn")),
    )  # fmt: skip


class Segment(Tenant, Base):
    """A query that somebody saved under a name."""

    __tablename__ = "segment"

    name: Mapped[str]
    query: Mapped[str]
    made_by: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Made]
    changed_at: Mapped[Made]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_key(),
        Index("uq_segment_name", "workspace_id", "name", unique=True, postgresql_where=text("archived_at IS NULL")),
    )  # fmt: skip


class Import(Tenant, Base):
    """A file of people on its way in. `mapping`: field or attribute by column; `options`: tags, consent, what to do
    with people who are there; `header`: the columns' names and some rows, for the preview."""

    __tablename__ = "import"

    name: Mapped[str]
    state: Mapped[str] = state_column(IMPORT)
    reason: Mapped[str] = mapped_column(server_default="")
    header: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    mapping: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    options: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    size: Mapped[int] = mapped_column(server_default="0")  # bytes
    read_to: Mapped[int] = mapped_column(server_default="0")  # bytes that are done, whole lines
    line: Mapped[int] = mapped_column(server_default="0")  # of the file, at which read_to stands; the first is 1
    lines: Mapped[int] = mapped_column(server_default="0")  # that said something: made + changed + same + faults
    made: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")
    same: Mapped[int] = mapped_column(server_default="0")
    faults: Mapped[int] = mapped_column(server_default="0")
    counts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))  # suppressed; of the undo
    made_by: Mapped[str] = mapped_column(server_default="")
    made_at: Mapped[Made]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_key(), state_of(IMPORT),
        Index("ix_import_open", "id", postgresql_where=text("state IN ('checking', 'running', 'undoing')")),
    )  # fmt: skip


class ImportPiece(Base):
    """Part of an uploaded file, so that neither the web nor the worker holds it whole."""

    __tablename__ = "import_piece"

    import_id: Mapped[Ref]
    no: Mapped[int]
    workspace_id: Mapped[Ref]
    data: Mapped[bytes]

    __table_args__ = (PrimaryKeyConstraint("import_id", "no"), to("import"))


class ImportFault(Base):
    """A line that was not taken, with the reason; `raw` is the line as it stood."""

    __tablename__ = "import_fault"

    import_id: Mapped[Ref]
    line: Mapped[int]
    workspace_id: Mapped[Ref]
    column: Mapped[str] = mapped_column(server_default="")
    words: Mapped[str]
    raw: Mapped[str]

    __table_args__ = (PrimaryKeyConstraint("import_id", "line"), to("import"))


class ImportChange(Base):
    """What an import did to a contact: `before` is what it was, NULL where the import changed nothing or made it.

    Undo reads this: `after` is a hash of what the import left, by which it sees whether somebody changed it since.
    `line` and `at` (a byte of the file) say where it was; an address that comes again finds its earlier line here.
    """

    __tablename__ = "import_change"

    import_id: Mapped[Ref]
    contact_id: Mapped[Ref]
    workspace_id: Mapped[Ref]
    line: Mapped[int]
    at: Mapped[int]
    did: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[int]

    __table_args__ = (
        PrimaryKeyConstraint("import_id", "contact_id"), to("import"), to("contact"),
        one_of("did", ("made", "changed", "same")),
        Index("ix_import_change_contact_id", "contact_id"),
    )  # fmt: skip


class ImportSeen(Base):
    """The addresses (as hashes) that a dry run has come by, so that one that comes again is seen; gone at its end."""

    __tablename__ = "import_seen"

    import_id: Mapped[Ref]
    key: Mapped[bytes]
    workspace_id: Mapped[Ref]
    line: Mapped[int]
    at: Mapped[int]
    did: Mapped[str]

    __table_args__ = (PrimaryKeyConstraint("import_id", "key"), to("import"))


class Erasure(Tenant, Base):
    """A person who is being forgotten. The contact is empty at once; `place` and `after` say how far the rest is.

    `address` and `name` are what is looked for: they are emptied with the last place, when `done_at` is set.
    """

    __tablename__ = "erasure"

    contact_id: Mapped[Ref]
    address: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = mapped_column(server_default="")
    place: Mapped[str] = mapped_column(server_default="")
    after: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")  # rows
    asked_by: Mapped[str] = mapped_column(server_default="")
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        to("contact"), UniqueConstraint("contact_id"),
        Index("ix_erasure_open", "id", postgresql_where=text("done_at IS NULL")),
    )  # fmt: skip


__all__ = ["CHANNELS", "Attribute", "Consent", "ConsentEvent", "Erasure", "Import", "ImportChange", "ImportFault",
           "ImportPiece", "ImportSeen", "Segment", "Topic"]  # fmt: skip
