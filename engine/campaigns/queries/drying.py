"""Statements of dry runs: the row of the last one of a campaign, and whose mail could not be filled in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn

_QUERY = "hashtextextended(c.query, 0)"


class Job(NamedTuple):
    """A dry run that goes on. `current`: the campaign still says the same to the same."""

    campaign_id: int
    workspace_id: int
    no: int
    version_no: int
    query: str
    name: str
    total: int | None
    failed: int
    after: int
    current: bool


def begin(conn: Conn, campaign_id: int, actor: str, now: datetime) -> None:
    """Begin anew for the campaign as it is; what an earlier one found is forgotten."""
    values = {"c": campaign_id, "by": actor, "now": now}
    conn.execute(
        text(f"""
            INSERT INTO dry_run (campaign_id, workspace_id, version_no, query_hash, began_by, began_at)
            SELECT c.id, c.workspace_id, c.version_no, {_QUERY}, :by, :now FROM campaign c WHERE c.id = :c
            ON CONFLICT (campaign_id) DO UPDATE SET
                no = dry_run.no + 1, version_no = excluded.version_no, query_hash = excluded.query_hash,
                began_by = excluded.began_by, began_at = excluded.began_at, ended_at = NULL, wrong = '', total = NULL,
                done = 0, failed = 0, largest = 0, after = 0
        """),  # noqa: S608  # a constant
        values,
    )
    # Behind the row: what a turn has found that was under way until now is there by then.
    conn.execute(text("DELETE FROM dry_fault WHERE campaign_id = :c"), values)


def open_one(conn: Conn, campaign_id: int) -> Job | None:
    """The dry run of a campaign, where it is not over."""
    statement = text(f"""
        SELECT d.campaign_id, d.workspace_id, d.no, d.version_no, c.query, c.name, d.total, d.failed, d.after,
            d.version_no = c.version_no AND d.query_hash = {_QUERY} AS current
        FROM dry_run d JOIN campaign c ON c.id = d.campaign_id WHERE d.campaign_id = :c AND d.ended_at IS NULL
    """)  # noqa: S608  # a constant
    found = conn.execute(statement, {"c": campaign_id}).one_or_none()
    return Job(*found) if found else None


class Turn(NamedTuple):
    """What one turn found."""

    total: int
    done: int
    failed: int
    largest: int
    after: int


def advance(conn: Conn, job: Job, turn: Turn, ended_at: datetime | None) -> bool:
    """So far it is now; False where another was faster, or it was begun anew meanwhile."""
    statement = text("""
        UPDATE dry_run SET total = :total, done = done + :done, failed = failed + :failed,
            largest = greatest(largest, :largest), after = :after, ended_at = :ended
        WHERE campaign_id = :c AND no = :no AND after = :before AND ended_at IS NULL
    """)
    values = {**turn._asdict(), "c": job.campaign_id, "no": job.no, "before": job.after, "ended": ended_at}
    return conn.execute(statement, values).rowcount == 1


def put_faults(conn: Conn, job: Job, contacts: Sequence[int], reasons: Sequence[str]) -> None:
    """Keep whose mail could not be filled."""
    statement = text("""
        INSERT INTO dry_fault (campaign_id, workspace_id, contact_id, reason)
        SELECT :c, :w, f.id, f.reason FROM unnest(cast(:ids AS bigint[]), cast(:reasons AS text[])) AS f(id, reason)
    """)
    values = {"ids": db.numbers(contacts), "reasons": db.texts(reasons)}
    conn.execute(statement, {"c": job.campaign_id, "w": job.workspace_id, **values})


def end(conn: Conn, campaign_id: int, wrong: str, now: datetime) -> None:
    """It cannot go on, and why."""
    statement = text("UPDATE dry_run SET ended_at = :now, wrong = :wrong WHERE campaign_id = :c AND ended_at IS NULL")
    conn.execute(statement, {"c": campaign_id, "wrong": wrong, "now": now})


def unfinished(conn: Conn) -> list[int]:
    """Campaigns whose dry run is not over."""
    return list(conn.scalars(text("SELECT campaign_id FROM dry_run WHERE ended_at IS NULL ORDER BY 1")))


def last(conn: Conn, workspace_id: int, campaign_id: int) -> Row[Any] | None:
    """The last dry run of a campaign, and whether the campaign is still as it was then."""
    statement = text(f"""
        SELECT d.*, d.version_no = c.version_no AND d.query_hash = {_QUERY} AS current
        FROM dry_run d JOIN campaign c ON c.id = d.campaign_id
        WHERE d.campaign_id = :c AND d.workspace_id = :w
    """)  # noqa: S608  # a constant
    return conn.execute(statement, {"c": campaign_id, "w": workspace_id}).one_or_none()


def reasons(conn: Conn, campaign_id: int, limit: int) -> Sequence[Row[Any]]:
    """What stands in the way of how many, most first."""
    statement = text("SELECT reason, count(*) AS n FROM dry_fault WHERE campaign_id = :c GROUP BY 1 ORDER BY 2 DESC, 1"
                     " LIMIT :limit")  # fmt: skip
    return conn.execute(statement, {"c": campaign_id, "limit": limit}).all()


def faults(conn: Conn, workspace_id: int, campaign_id: int, after: int, limit: int) -> Sequence[Row[Any]]:
    """Whose mail could not be filled, by contact, behind `after`."""
    statement = text("""
        SELECT f.contact_id, c.email, c.name, f.reason FROM dry_fault f JOIN contact c ON c.id = f.contact_id
        WHERE f.campaign_id = :c AND f.workspace_id = :w AND f.contact_id > :after ORDER BY f.contact_id LIMIT :limit
    """)
    return conn.execute(statement, {"c": campaign_id, "w": workspace_id, "after": after, "limit": limit}).all()
