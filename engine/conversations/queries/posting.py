"""Write a message, and how far somebody has read."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from engine.conversations.parts import Said, Thread
from engine.db import Conn


class Standing(NamedTuple):
    """How far a conversation is."""

    last_no: int
    status: str


def lock(conn: Conn, workspace_id: int, conversation_id: int) -> Standing:
    """How far a conversation is, locked until the transaction ends."""
    statement = text("SELECT last_no, status FROM conversation WHERE workspace_id = :w AND id = :id FOR NO KEY UPDATE")
    return Standing(*conn.execute(statement, {"w": workspace_id, "id": conversation_id}).one())


# A message that is there already leaves the conversation as it is, so that no number is left out.
_POST = text("""
WITH made AS (
    INSERT INTO message (conversation_id, no, workspace_id, author_id, author_kind, inbound_id, subject, proof, kind,
                         body, platform, external_id, at, campaign_id, run_id, seq)
    VALUES (:conversation, :no, :w, :author_id, :author_kind, :inbound, :subject, :proof, :kind, :body, :platform,
            :external, :at, :campaign, :run, :seq)
    ON CONFLICT (platform, external_id) DO NOTHING RETURNING no
), counted AS (
    UPDATE conversation c SET last_no = made.no, rev = c.rev + 1, moved_at = greatest(c.moved_at, :at),
        status = :status, closed_at = CASE WHEN :status = 'closed' THEN c.closed_at END,
        closed_by = CASE WHEN :status = 'closed' THEN c.closed_by ELSE '' END
    FROM made WHERE c.id = :conversation
), seen AS (
    UPDATE member p SET read_no = greatest(p.read_no, made.no) FROM made
    WHERE p.conversation_id = :conversation AND p.account_or_contact = :author
)
SELECT no FROM made
""")


def insert_message(conn: Conn, thread: Thread, said: Said, no: int, author: str, status: str) -> int | None:
    """The message's number, its author's reading moved with it; None where the platform's id is there already."""
    values = {
        "conversation": thread.id, "no": no, "w": thread.workspace_id, "author_id": said.author_id,
        "author_kind": said.author_kind, "inbound": said.inbound_id, "subject": said.subject, "proof": said.proof,
        "kind": said.kind, "body": said.body, "platform": said.platform, "external": said.external_id, "at": said.at,
        "author": author, "status": status, "campaign": said.campaign_id, "run": said.run_id, "seq": said.seq,
    }  # fmt: skip
    found: int | None = conn.execute(_POST, values).scalar_one_or_none()
    return found


def staff_read(conn: Conn, workspace_id: int, conversation_id: int, who: str, no: int) -> bool:
    """The same for an account. Its row is made the first time, and makes it no party of the conversation."""
    statement = text("""
        INSERT INTO member AS p (conversation_id, workspace_id, account_or_contact, role, read_no)
        SELECT c.id, :w, :who, 'staff', least(:no, c.last_no) FROM conversation c
        WHERE c.workspace_id = :w AND c.id = :conversation
        ON CONFLICT (conversation_id, account_or_contact) DO UPDATE SET read_no = excluded.read_no
        WHERE p.read_no < excluded.read_no
    """)
    values = {"w": workspace_id, "conversation": conversation_id, "who": who, "no": no}
    return conn.execute(statement, values).rowcount == 1


def lower_read(conn: Conn, workspace_id: int, conversation_id: int, who: str, no: int) -> bool:
    """Let a member have read only what is before `no`; False where they had not read more."""
    statement = text("""
        UPDATE member SET read_no = greatest(0, :no - 1)
        WHERE workspace_id = :w AND conversation_id = :conversation AND account_or_contact = :who AND read_no >= :no
    """)
    values = {"w": workspace_id, "conversation": conversation_id, "who": who, "no": no}
    return conn.execute(statement, values).rowcount == 1


def raise_read(conn: Conn, workspace_id: int, conversation_id: int, who: str, no: int) -> bool:
    """Let a member have read up to `no`, at most what is there; False where that is nothing new."""
    statement = text("""
        UPDATE member p SET read_no = least(:no, c.last_no) FROM conversation c
        WHERE c.id = p.conversation_id AND p.workspace_id = :w AND p.conversation_id = :conversation
          AND p.account_or_contact = :who AND p.read_no < least(:no, c.last_no)
    """)
    values = {"w": workspace_id, "conversation": conversation_id, "who": who, "no": no}
    return conn.execute(statement, values).rowcount == 1


def empty_note(conn: Conn, workspace_id: int, conversation_id: int, no: int, account_id: int, now: datetime) -> bool:
    """Take the words of an account's own note away; False where there is no such note with words."""
    statement = text("""
        UPDATE message SET body = '', subject = '', deleted_at = :now, rev = rev + 1
        WHERE workspace_id = :w AND conversation_id = :conversation AND no = :no AND kind = 'note'
          AND author_kind = 'account' AND author_id = :account AND deleted_at IS NULL
    """)
    values = {"w": workspace_id, "conversation": conversation_id, "no": no, "account": account_id, "now": now}
    return conn.execute(statement, values).rowcount == 1
