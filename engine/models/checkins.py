"""Schedules, rounds, each member's part in them, answers, entries and digests."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Made, OptRef, Ref, Small, Tenant, one_of, state_column, state_of, tenant_key, to
from engine.states import PARTICIPATION, ROUND

# What full-text search finds an entry by: its words, without guessing their language, and its team, so that a common
# word costs no more than the team has entries. Before that, words are parted where the parser would not: punctuation
# beyond ASCII would stay in a word, what stands in <> would be no words, a path one word, PR-7 minus seven. {0} is an
# alias.
IN_TEAM = " "  # before the team's number: no word begins so, and no beginning of one
APART = (
    "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2039\u203a\u2026\u2013\u2014\u00b7\u2022\u00a0"
    "\u3000\u3001\u3002\u300c\u300d\uff08\uff09\uff0c\uff1a\uff1b\uff01\uff1f<>/-"
)
SEARCHED = (
    f"(to_tsvector('simple', translate({{0}}text, '{APART}', '{' ' * len(APART)}'))"
    f" || array_to_tsvector(ARRAY['{IN_TEAM}' || cast({{0}}team_id AS text)]))"
)
WORDS = text(SEARCHED.format(""))
OF_DAY = text("entry_id IS NULL")  # comments


class Schedule(Tenant, Base):
    """When and what a team is asked. Hours are local to each member; minutes count from the prompt."""

    __tablename__ = "schedule"

    team_id: Mapped[Ref]
    questions: Mapped[list[str]]
    weekdays: Mapped[Small] = mapped_column(server_default="31")  # bit 0 = Monday; 31 = Monday to Friday
    prompt_at: Mapped[time] = mapped_column(server_default="18:00")
    digest_at: Mapped[time] = mapped_column(server_default="09:00")
    nudge_after: Mapped[int | None] = mapped_column(SmallInteger)  # minutes; NULL = no nudge
    answer_window: Mapped[int] = mapped_column(SmallInteger, server_default="900")  # minutes
    active: Mapped[bool] = mapped_column(server_default=text("true"))  # false while the team is paused
    paused_at: Mapped[datetime | None]
    paused_by: Mapped[str | None]  # an actor
    pause_until: Mapped[date | None]  # date in the team's zone on which it is asked again; NULL = until undone
    receipt: Mapped[str] = mapped_column(server_default="digest")  # how members hear what was recorded
    made_at: Mapped[Made]

    __table_args__ = (
        tenant_key(), to("team"), UniqueConstraint("team_id"), one_of("receipt", ("mail", "digest", "none")),
    )  # fmt: skip


class Round(Tenant, Base):
    """One team's one local date, with the questions as they were asked."""

    __tablename__ = "round"

    schedule_id: Mapped[Ref]
    team_id: Mapped[Ref]
    local_date: Mapped[date]
    questions: Mapped[list[str]]
    state: Mapped[str] = state_column(ROUND)
    opened_at: Mapped[datetime]
    post_run_id: Mapped[OptRef]  # the run that told channels of it when it closed; about = the round

    __table_args__ = (
        tenant_key(), to("schedule"), to("team"), state_of(ROUND), UniqueConstraint("schedule_id", "local_date"),
        Index("ix_round_open", "id", postgresql_where=text("state = 'open'")),
        Index("ix_round_team_id", "team_id", "local_date"),
    )  # fmt: skip


class Participation(Tenant, Base):
    """One member's part in a round: the slot. Its unique key is why two schedulers cannot ask twice."""

    __tablename__ = "participation"

    round_id: Mapped[Ref]
    schedule_id: Mapped[Ref]
    team_id: Mapped[Ref]
    membership_id: Mapped[Ref]
    local_date: Mapped[date]
    state: Mapped[str] = state_column(PARTICIPATION)
    reason: Mapped[str] = mapped_column(server_default="")  # why excused: away, paused, skipped, day off, team paused
    due_at: Mapped[datetime]
    nudge_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    prompt_run_id: Mapped[OptRef]
    prompt_seq: Mapped[int | None]
    nudge_run_id: Mapped[OptRef]
    nudge_seq: Mapped[int | None]
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_key(), to("round"), to("schedule"), to("team"), to("membership"), state_of(PARTICIPATION),
        UniqueConstraint("schedule_id", "membership_id", "local_date"),
        Index("ix_participation_round_id", "round_id"),
        Index("ix_participation_membership_id", "membership_id", "local_date"),
        Index("ix_participation_unsettled", "closes_at",
              postgresql_where=text("state IN ('due', 'asked', 'reminded')")),
    )  # fmt: skip


class Answer(Tenant, Base):
    """What somebody wrote, once: by mail or on the web. `cut` is what the parser left out, kept beside it."""

    __tablename__ = "answer"

    participation_id: Mapped[Ref]
    membership_id: Mapped[Ref]
    inbound_id: Mapped[OptRef]
    source: Mapped[str]
    text: Mapped[str]
    cut: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]
    post_run_id: Mapped[OptRef]  # the run that told channels of it; about = the answer

    __table_args__ = (
        tenant_key(), to("participation"), to("membership"), one_of("source", ("mail", "web")),
        UniqueConstraint("inbound_id"), Index("ix_answer_participation_id", "participation_id"),
    )  # fmt: skip


class Entry(Tenant, Base):
    """One thing a member did. `no` is dense per team and grows in commit order."""

    __tablename__ = "entry"

    team_id: Mapped[Ref]
    no: Mapped[int]
    round_id: Mapped[Ref]
    participation_id: Mapped[Ref]
    membership_id: Mapped[Ref]
    answer_id: Mapped[Ref]
    kind: Mapped[str] = mapped_column(server_default="note")
    question: Mapped[int | None] = mapped_column(SmallInteger)  # index into the round's questions
    text: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        tenant_key(), to("team"), to("round"), to("participation"), to("membership"), to("answer"),
        one_of("kind", ("note", "done", "doing", "blocked")), UniqueConstraint("team_id", "no"),
        Index("ix_entry_round_id", "round_id"), Index("ix_entry_answer_id", "answer_id"),
        Index("ix_entry_membership_id", "membership_id", "no"),
        Index("ix_entry_search", WORDS, postgresql_using="gin"),
    )  # fmt: skip


class EntryChange(Tenant, Base):
    """An entry as it was before somebody changed it, and what they did."""

    __tablename__ = "entry_change"

    entry_id: Mapped[Ref]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(server_default="")
    what: Mapped[str]
    text: Mapped[str]
    kind: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")

    __table_args__ = (
        to("entry"), one_of("what", ("edited", "removed", "restored")),
        Index("ix_entry_change_entry_id", "entry_id", "id"),
    )  # fmt: skip


class Comment(Tenant, Base):
    """What a member wrote about somebody's entry or, with entry_id NULL, about a team's day.

    One mail may comment on several entries, and on the day. `run_id` mails it to those it concerns, NULL where nobody
    is to be told (their own entry, the day). A comment on the day takes a number of the team's, as entries do, so that
    it is in the digests whose range has that number.
    """

    __tablename__ = "comment"

    team_id: Mapped[Ref]
    no: Mapped[OptRef]  # of a comment on the day
    entry_id: Mapped[OptRef]
    local_date: Mapped[date]  # of the entry's round, or the newest that the answered digest told of
    membership_id: Mapped[Ref]
    inbound_id: Mapped[OptRef]
    text: Mapped[str]
    cut: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]  # an actor
    run_id: Mapped[OptRef]

    __table_args__ = (
        tenant_key(), to("team"), to("entry"), to("membership"), UniqueConstraint("team_id", "no"),
        CheckConstraint("(no IS NULL) <> (entry_id IS NULL)", name="no"),
        Index("ix_comment_inbound_id", "inbound_id"),
        Index("ix_comment_entry_id", "entry_id", "id"),
        Index("ix_comment_team_id", "team_id", "local_date", postgresql_where=OF_DAY),
        Index("ix_comment_membership_id", "membership_id", "id"),
    )  # fmt: skip


class Digest(Tenant, Base):
    """One person's digest of one team on their local date: the team's entries from since_no (excluded) to until_no.

    A digest whose delivery was never accepted does not count as a watermark, so the next one says it all again.
    `run_id` is NULL when there was nothing to say.
    """

    __tablename__ = "digest"

    team_id: Mapped[Ref]
    membership_id: Mapped[Ref]
    local_date: Mapped[date]
    since_no: Mapped[int]
    until_no: Mapped[int]
    since_at: Mapped[datetime | None]  # when the last accepted digest was made
    made_at: Mapped[datetime]
    run_id: Mapped[OptRef]
    seq: Mapped[int | None]

    __table_args__ = (tenant_key(), to("team"), to("membership"), UniqueConstraint("membership_id", "local_date"))


class ChannelDigest(Tenant, Base):
    """A team's digest in one of its channels, on a date of the team: entries from since_no (excluded) to until_no.

    `run_id` is NULL when there was nothing to say.
    """

    __tablename__ = "channel_digest"

    channel_id: Mapped[Ref]
    local_date: Mapped[date]
    since_no: Mapped[int]
    until_no: Mapped[int]
    since_at: Mapped[datetime | None]  # when the last accepted one was made
    made_at: Mapped[datetime]
    run_id: Mapped[OptRef]
    seq: Mapped[int | None]

    __table_args__ = (to("channel"), UniqueConstraint("channel_id", "local_date"))


class Correction(Tenant, Base):
    """A post that says what is no longer so: the delivery (run_id, seq) in a channel, to be mended there."""

    __tablename__ = "correction"

    channel_id: Mapped[Ref]
    run_id: Mapped[Ref]
    seq: Mapped[int]
    made_at: Mapped[datetime]

    __table_args__ = (to("channel"), Index("ix_correction_run_id", "run_id", "seq"))
