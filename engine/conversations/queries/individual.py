"""What campaigns mailed, as messages: each statement takes all rows of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text

from engine import db
from engine.db import Conn


class Mailed(NamedTuple):
    """A mail of a campaign that has left, and the message it is already, if it is one."""

    workspace_id: int
    campaign_id: int
    team_id: int | None
    run_id: int
    seq: int
    contact_id: int
    at: datetime
    message_no: int | None
    version_no: int


class Standing(NamedTuple):
    """How far a conversation is."""

    id: int
    last_no: int


_MAILED = """
    SELECT d.workspace_id, r.campaign_id, k.team_id, d.run_id, d.seq, d.recipient, coalesce(d.sent_at, r.made_at),
           (SELECT min(g.no) FROM message g
            WHERE g.run_id = d.run_id AND g.seq = d.seq AND g.author_kind = 'engine'), d.about
    FROM delivery d
    JOIN run r ON r.id = d.run_id AND r.kind = 'campaign'
    JOIN campaign k ON k.workspace_id = r.workspace_id AND k.id = r.campaign_id
"""


def due(conn: Conn, limit: int) -> list[int]:
    """Batches of individual campaigns that are done and are not in their conversations yet.

    Runs of one campaign are few, and so are its batches (one to 500 recipients): no index but those of both is needed.
    """
    statement = text("""
        SELECT b.id FROM campaign k
        JOIN run r ON r.campaign_id = k.id AND r.kind = 'campaign' AND r.part <> 'test'
        JOIN batch b ON b.run_id = r.id AND b.state = 'done' AND b.told_at IS NULL
        WHERE k.shape = 'individual' AND k.launched_at IS NOT NULL
        ORDER BY b.id LIMIT :limit
    """)
    return list(conn.scalars(statement, {"limit": limit}))


def take(conn: Conn, batch_id: int, now: datetime) -> bool:
    """Mark a batch that is done as told of; False where it is already. Whoever else tries waits for this one."""
    statement = text("UPDATE batch SET told_at = :now WHERE id = :id AND state = 'done' AND told_at IS NULL")
    return conn.execute(statement, {"id": batch_id, "now": now}).rowcount == 1


def mailed(conn: Conn, batch_id: int) -> list[Mailed]:
    """The rows of a batch whose mails have left. Who was erased since has no conversation any more, and gets none."""
    statement = text(f"""{_MAILED} JOIN contact c ON c.id = d.recipient AND c.workspace_id = d.workspace_id
        WHERE d.batch_id = :id AND d.sent_at IS NOT NULL AND c.erased_at IS NULL ORDER BY d.seq""")
    return [Mailed(*row) for row in conn.execute(statement, {"id": batch_id})]


def one(conn: Conn, run_id: int, seq: int) -> Mailed | None:
    """One mail of a campaign. Whoever answers it has it, whatever its state says."""
    row = conn.execute(text(f"{_MAILED} WHERE d.run_id = :run AND d.seq = :seq"), {"run": run_id, "seq": seq}).first()
    return Mailed(*row) if row else None


def campaign_of(conn: Conn, run_id: int) -> int | None:
    """The campaign that a run is of."""
    found: int | None = conn.execute(text("SELECT campaign_id FROM run WHERE id = :run"), {"run": run_id}).scalar()
    return found


def saved(conn: Conn, workspace_id: int, run_id: int) -> tuple[str, str] | None:
    """Subject and body of the version that a run sends."""
    statement = text("""
        SELECT v.subject, v.body FROM run r
        JOIN campaign k ON k.workspace_id = r.workspace_id AND k.id = r.campaign_id
        JOIN campaign_version v ON v.campaign_id = k.id AND v.no = k.version_no
        WHERE r.workspace_id = :w AND r.id = :run
    """)
    row = conn.execute(statement, {"w": workspace_id, "run": run_id}).first()
    return (row[0], row[1]) if row else None


_MAKE = text("""
WITH made AS (
    INSERT INTO conversation (workspace_id, channel_key, platform, type, team_id, campaign_id, contact_id, status)
    SELECT :w, key, 'mail', 'direct', :team, :campaign, contact, 'waiting'
    FROM unnest(cast(:keys AS text[]), cast(:contacts AS bigint[])) AS g(key, contact) ORDER BY key
    ON CONFLICT (workspace_id, channel_key) DO NOTHING RETURNING id, contact_id
), joined AS (
    INSERT INTO member (conversation_id, workspace_id, account_or_contact)
    SELECT id, :w, 'contact:' || contact_id FROM made
)
SELECT id FROM made ORDER BY id
""")


def make(
    conn: Conn, workspace_id: int, team_id: int | None, campaign_id: int, people: Sequence[tuple[str, int]]
) -> list[int]:
    """The ids of the conversations that are new, of these (key, contact); they wait for the person.

    A racer waits until the first one has committed; its conversations are there for the next statement.
    """
    values = {"w": workspace_id, "team": team_id, "campaign": campaign_id}
    columns = {"keys": [key for key, _ in people], "contacts": [contact for _, contact in people]}
    return list(conn.scalars(_MAKE, {**values, **columns}))


def lock(conn: Conn, workspace_id: int, keys: Sequence[str]) -> dict[str, Standing]:
    """How far the conversations with these keys are, locked in the order of ids until the transaction ends."""
    statement = text("""
        SELECT channel_key, id, last_no FROM conversation
        WHERE workspace_id = :w AND channel_key = ANY(cast(:keys AS text[])) ORDER BY id FOR NO KEY UPDATE
    """)
    return {row[0]: Standing(row[1], row[2]) for row in conn.execute(statement, {"w": workspace_id, "keys": keys})}


_INSERT = text("""
WITH given AS (
    SELECT * FROM unnest(cast(:convs AS bigint[]), cast(:nos AS bigint[]), cast(:works AS bigint[]),
                         cast(:campaigns AS bigint[]), cast(:runs AS bigint[]), cast(:seqs AS bigint[]),
                         cast(:subjects AS text[]), cast(:bodies AS text[]), cast(:ats AS timestamptz[]))
        AS t(conv, no, w, campaign, run, seq, subject, body, at)
), made AS (
    INSERT INTO message (conversation_id, no, workspace_id, author_kind, subject, kind, body, platform, external_id,
                         at, campaign_id, run_id, seq)
    SELECT conv, no, w, 'engine', subject, 'mail', body, 'mail', conv || '/' || run || '.' || seq, at, campaign, run,
           seq
    FROM given ON CONFLICT (platform, external_id) DO NOTHING RETURNING conversation_id, no, at
), counted AS (
    UPDATE conversation c SET last_no = made.no, rev = c.rev + 1, moved_at = greatest(c.moved_at, made.at)
    FROM made WHERE c.id = made.conversation_id
)
SELECT conversation_id, no FROM made ORDER BY conversation_id
""")


def insert(conn: Conn, said: Sequence[tuple[Standing, Mailed, tuple[str, str]]]) -> list[tuple[int, int]]:
    """(conversation, number) of the messages that are new. The conversations are locked."""
    if not said:
        return []
    columns = {
        "convs": [to.id for to, _, _ in said], "nos": [to.last_no + 1 for to, _, _ in said],
        "works": [row.workspace_id for _, row, _ in said], "campaigns": [row.campaign_id for _, row, _ in said],
        "runs": [row.run_id for _, row, _ in said], "seqs": [row.seq for _, row, _ in said],
        "subjects": [words[0][:500] for _, _, words in said], "bodies": [words[1] for _, _, words in said],
        "ats": db.times([row.at for _, row, _ in said]),
    }  # fmt: skip
    return [(row[0], row[1]) for row in conn.execute(_INSERT, columns)]
