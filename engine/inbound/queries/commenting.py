"""What a comment is about, who may write it, whom it concerns; and the rows it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn


class Writer(NamedTuple):
    """A member of a team, in it or no longer, as the one who wrote a mail."""

    workspace_id: int
    team_id: int
    membership_id: int
    contact_id: int
    email_key: str
    left_at: datetime | None
    archived_at: datetime | None


_WRITER = """
    SELECT m.workspace_id, m.team_id, m.id, c.id, c.email_key, m.left_at, t.archived_at
    FROM membership m JOIN contact c ON c.id = m.contact_id JOIN team t ON t.id = m.team_id
"""
_BY_ID = text(f"{_WRITER} WHERE m.workspace_id = :ws AND m.id = :id")
_BY_ADDRESS = text(f"{_WRITER} WHERE m.team_id = :team AND c.email_key = :address")


def member(conn: Conn, workspace_id: int, membership_id: int) -> Writer | None:
    """The member that a mail was for."""
    found = conn.execute(_BY_ID, {"ws": workspace_id, "id": membership_id}).one_or_none()
    return Writer(*found) if found else None


def member_by_address(conn: Conn, team_id: int, address: str) -> Writer | None:
    """The member of a team whose address this is."""
    found = conn.execute(_BY_ADDRESS, {"team": team_id, "address": address.casefold()}).one_or_none()
    return Writer(*found) if found else None


_OF_TEAM = text(f"{_WRITER} WHERE m.workspace_id = :ws AND m.team_id = :team AND c.id = :contact")


def of_team(conn: Conn, workspace_id: int, team_id: int, contact_id: int | None) -> Writer | None:
    """Somebody as a member of this team."""
    values = {"ws": workspace_id, "team": team_id, "contact": contact_id}
    found = conn.execute(_OF_TEAM, values).one_or_none()
    return Writer(*found) if found else None


def hold(conn: Conn, writer: Writer) -> None:
    """Lock a writer to the end of the transaction, so that two clicks are one after the other."""
    conn.execute(text("SELECT FROM membership WHERE id = :id FOR NO KEY UPDATE"), {"id": writer.membership_id})


_JUST_SAID = text("""
    SELECT EXISTS (SELECT FROM comment WHERE membership_id = :writer AND entry_id IS NOT DISTINCT FROM :entry
        AND local_date = :day AND text = :text AND at > :since AND removed_at IS NULL)
""")


def just_said(conn: Conn, writer: Writer, comment: New, since: datetime) -> bool:
    """Whether the writer has said this about the same thing since then."""
    values = {
        "writer": writer.membership_id, "entry": comment.entry_id, "day": comment.day, "text": comment.text,
        "since": since,
    }  # fmt: skip
    return bool(conn.execute(_JUST_SAID, values).scalar_one())


def has_day(conn: Conn, workspace_id: int, team_id: int, day: date) -> bool:
    """Whether a team was asked on a day."""
    asked = text("SELECT EXISTS (SELECT FROM round WHERE workspace_id = :ws AND team_id = :team AND local_date = :day)")
    return bool(conn.execute(asked, {"ws": workspace_id, "team": team_id, "day": day}).scalar_one())


_ENTRIES = text("""
    SELECT e.id, e.workspace_id, e.team_id, e.removed_at, r.local_date FROM entry e JOIN round r ON r.id = e.round_id
    WHERE e.id = ANY(cast(:ids AS bigint[]))
""")


def entries(conn: Conn, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Entries by id: workspace, team, date, and when one was removed."""
    return {row.id: row for row in conn.execute(_ENTRIES, {"ids": db.numbers(ids)})}


_DIGEST = text("""
    SELECT g.team_id, g.membership_id, g.since_no, g.until_no, coalesce((
        SELECT max(r.local_date) FROM entry e JOIN round r ON r.id = e.round_id
        WHERE e.team_id = g.team_id AND e.no > g.since_no AND e.no <= g.until_no
    ), g.local_date) AS day
    FROM digest g WHERE g.workspace_id = :ws AND g.id = :id
""")


def digest(conn: Conn, workspace_id: int, digest_id: int) -> Row[Any] | None:
    """A digest's range, and the newest day that it tells of."""
    return conn.execute(_DIGEST, {"ws": workspace_id, "id": digest_id}).one_or_none()


_IN_DIGEST = text("""
    SELECT e.id, e.text, r.local_date, coalesce(nullif(c.name, ''), c.email) AS name
    FROM entry e JOIN round r ON r.id = e.round_id
    JOIN membership m ON m.id = e.membership_id JOIN contact c ON c.id = m.contact_id
    WHERE e.workspace_id = :ws AND e.team_id = :team AND e.no > :since AND e.no <= :until AND e.removed_at IS NULL
    ORDER BY e.no
""")


def in_digest(conn: Conn, workspace_id: int, team_id: int, since_no: int, until_no: int) -> Sequence[Row[Any]]:
    """The entries that a digest tells of, with their authors' names."""
    return conn.execute(_IN_DIGEST, {"ws": workspace_id, "team": team_id, "since": since_no, "until": until_no}).all()


_MAILED = text("""
    SELECT c.id, c.entry_id, c.local_date, c.text, c.membership_id, e.text AS entry
    FROM comment o JOIN comment c ON c.run_id = o.run_id JOIN entry e ON e.id = c.entry_id
    WHERE o.workspace_id = :ws AND o.id = :id AND e.removed_at IS NULL
        AND (c.id = o.id OR e.membership_id = :recipient)
    ORDER BY c.id
""")


def mailed(conn: Conn, workspace_id: int, comment_id: int, recipient: int) -> Sequence[Row[Any]]:
    """The comments that one mail told a membership of; the one it is about among them, unless its entry is gone."""
    return conn.execute(_MAILED, {"ws": workspace_id, "id": comment_id, "recipient": recipient}).all()


class New(NamedTuple):
    """A comment to be. `entry_id` None: on the day."""

    entry_id: int | None
    day: date
    text: str
    cut: str = ""


_INSERT = text("""
    INSERT INTO comment (workspace_id, team_id, entry_id, local_date, membership_id, inbound_id, text, cut, at)
    SELECT :ws, :team, n.entry_id, n.day, :writer, :inbound, n.words, n.cut, :at
    FROM unnest(cast(:entries AS bigint[]), cast(:days AS date[]), cast(:texts AS text[]), cast(:cuts AS text[]))
        WITH ORDINALITY AS n(entry_id, day, words, cut, ord)
    ORDER BY n.ord
    RETURNING id, entry_id
""")


def insert_on_entries(
    conn: Conn, writer: Writer, inbound_id: int | None, comments: Sequence[New], at: datetime
) -> dict[int, int]:
    """Write comments on entries, by mail or (None) on a page; their ids by entry."""
    values = {
        "ws": writer.workspace_id, "team": writer.team_id, "writer": writer.membership_id, "inbound": inbound_id,
        "entries": [one.entry_id for one in comments], "days": [one.day for one in comments],
        "texts": [one.text for one in comments], "cuts": [one.cut for one in comments], "at": at,
    }  # fmt: skip
    return {row.entry_id: row.id for row in conn.execute(_INSERT, values)}


_ON_DAY = text("""
    WITH head AS (UPDATE team SET entry_no = entry_no + 1 WHERE id = :team AND workspace_id = :ws RETURNING entry_no)
    INSERT INTO comment (workspace_id, team_id, no, local_date, membership_id, inbound_id, text, cut, at)
    SELECT :ws, :team, head.entry_no, :day, :writer, :inbound, :text, :cut, :at FROM head
    RETURNING id
""")


def insert_on_day(conn: Conn, writer: Writer, inbound_id: int | None, comment: New, at: datetime) -> int:
    """Number and write a comment on the day; its id. Comes last in a transaction, for it locks the team."""
    values = {
        "ws": writer.workspace_id, "team": writer.team_id, "writer": writer.membership_id, "inbound": inbound_id,
        "day": comment.day, "text": comment.text, "cut": comment.cut, "at": at,
    }  # fmt: skip
    return int(conn.execute(_ON_DAY, values).scalar_one())


_CONCERNED = text("""
    SELECT m.id AS membership_id, c.email, min(o.id) AS comment_id
    FROM comment o
    JOIN entry e ON e.id = o.entry_id
    JOIN membership m ON m.id = e.membership_id OR m.id = ANY(cast(:others AS bigint[]))
    JOIN contact c ON c.id = m.contact_id
    WHERE o.workspace_id = :ws AND o.id = ANY(cast(:ids AS bigint[])) AND m.team_id = o.team_id
        AND m.contact_id <> :writer AND m.left_at IS NULL AND (m.paused_at IS NULL OR m.pause_until <= :today)
    GROUP BY m.id, c.email ORDER BY m.id
""")


def concerned(
    conn: Conn, writer: Writer, comment_ids: Sequence[int], others: Sequence[int], today: date
) -> Sequence[Row[Any]]:
    """Whom these comments are mailed to: the entries' authors and `others`, who are there and not paused, but not the
    writer; with the first comment that each is told of."""
    values = {
        "ws": writer.workspace_id, "ids": db.numbers(comment_ids), "others": db.numbers(others),
        "writer": writer.contact_id, "today": today,
    }  # fmt: skip
    return conn.execute(_CONCERNED, values).all()


def note_run(conn: Conn, comment_ids: Sequence[int], run_id: int) -> None:
    """Note at comments which run mails them."""
    statement = text("UPDATE comment SET run_id = :run WHERE id = ANY(cast(:ids AS bigint[]))")
    conn.execute(statement, {"run": run_id, "ids": db.numbers(comment_ids)})
