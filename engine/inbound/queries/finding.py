"""The entries of a team, narrowed: pages of them, how many there are, what to narrow by, and what one was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn
from engine.inbound.search import Query, read
from engine.models.checkins import IN_TEAM, SEARCHED

CHOICES = 50
RECENT = 2_000  # entries whose tags are offered


@dataclass(frozen=True, slots=True)
class Which:
    """A filter; what is empty does not narrow. `removed`: those that were removed, and no others."""

    words: Query = field(default_factory=lambda: read(""))
    person: int | None = None
    tag: str = ""
    question: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None
    removed: bool = False


NOTHING_NARROWED = Which()

_QUESTION = """
    CASE WHEN cardinality(r.questions) = 1 THEN r.questions[1] ELSE r.questions[e.question + 1] END
"""
_COLUMNS = """
    e.id, e.no, e.membership_id, e.kind, e.text, e.tags, e.at, e.edited_at, e.removed_at, r.local_date,
    e.question, r.questions
"""
_WHO = """
    m.contact_id, coalesce(nullif(c.name, ''), c.email) AS name, coalesce(c.zone, t.zone) AS zone
"""
_ORDER = "coalesce(e.question, 32767), e.no"
# One name for the place of an entry in the list: by day, the last first, then by person and question.
_AFTER = f"""
    AND EXISTS (
        SELECT FROM entry k JOIN round kr ON kr.workspace_id = k.workspace_id AND kr.id = k.round_id
        WHERE k.workspace_id = :ws AND k.team_id = :team AND k.no = :after AND (r.local_date < kr.local_date
            OR r.local_date = kr.local_date AND (e.membership_id, {_ORDER})
                > (k.membership_id, coalesce(k.question, 32767), k.no)))
"""


def _narrowed(which: Which) -> tuple[str, dict[str, Any]]:
    """The conditions of a filter, only those that narrow: PostgreSQL plans for what is asked."""
    asked: dict[str, dict[str, Any]] = {
        "e.removed_at IS NOT NULL" if which.removed else "e.removed_at IS NULL": {},
        "e.membership_id = :person": {"person": which.person},
        "e.tags @> ARRAY[cast(:tag AS text)]": {"tag": which.tag},
        f"{_QUESTION} = :question": {"question": which.question},
        "e.kind = :kind": {"kind": which.kind},
        "r.local_date >= :first": {"first": which.first},
        "r.local_date <= :last": {"last": which.last},
        f"{SEARCHED.format('e.')} @@ (to_tsquery('simple', :words) && cast(:mine AS tsquery))": {
            "words": which.words.tsquery
        },
    }
    kept = {said: values for said, values in asked.items() if all(values.values())}
    values = {name: value for of in kept.values() for name, value in of.items()}
    for number, piece in enumerate(which.words.pieces):
        kept[f"strpos(lower(e.text), lower(:piece{number})) {'=' if piece.left_out else '>'} 0"] = {}
        values[f"piece{number}"] = piece.text
    if which.words.finds_nothing:
        kept["false"] = {}
    return " AND ".join(kept), values


def _values(workspace_id: int, team_id: int) -> dict[str, Any]:
    return {"ws": workspace_id, "team": team_id, "mine": f"'{IN_TEAM}{team_id}'"}


def found(
    conn: Conn, workspace_id: int, team_id: int, which: Which, limit: int, after: int | None = None
) -> list[Row[Any]]:
    """Entries of a filter: by day, the last first, then by person, question and number. `after`: a number (`no`).

    The names come after the limit: 5,000 entries sort in a fifth of the time without them.
    """
    said, values = _narrowed(which)
    statement = f"""
        SELECT e.*, {_WHO} FROM (
            SELECT {_COLUMNS} FROM entry e
            JOIN round r ON r.workspace_id = e.workspace_id AND r.id = e.round_id
            WHERE e.workspace_id = :ws AND e.team_id = :team AND {said} {_AFTER if after is not None else ""}
            ORDER BY r.local_date DESC, e.membership_id, {_ORDER} LIMIT :limit
        ) e
        JOIN membership m ON m.id = e.membership_id
        JOIN contact c ON c.id = m.contact_id
        JOIN team t ON t.id = :team
        ORDER BY e.local_date DESC, e.membership_id, {_ORDER}
    """  # noqa: S608  # fixed pieces only
    more = {**values, **_values(workspace_id, team_id), "limit": limit, "after": after}
    return list(conn.execute(text(statement), more))


def counted(conn: Conn, workspace_id: int, team_id: int, which: Which) -> Row[Any]:
    """How many `entries` of how many `people` a filter finds, and their first and last day."""
    said, values = _narrowed(which)
    statement = f"""
        SELECT count(*) AS entries, count(DISTINCT e.membership_id) AS people,
            min(r.local_date) AS first_day, max(r.local_date) AS last_day
        FROM entry e JOIN round r ON r.workspace_id = e.workspace_id AND r.id = e.round_id
        WHERE e.workspace_id = :ws AND e.team_id = :team AND {said}
    """  # noqa: S608  # fixed pieces only
    return conn.execute(text(statement), {**values, **_values(workspace_id, team_id)}).one()


_ONE = text(f"""
    SELECT {_COLUMNS}, e.team_id, {_WHO}
    FROM entry e
    JOIN round r ON r.workspace_id = e.workspace_id AND r.id = e.round_id
    JOIN membership m ON m.id = e.membership_id
    JOIN contact c ON c.id = m.contact_id
    JOIN team t ON t.id = e.team_id
    WHERE e.workspace_id = :ws AND e.team_id = :team AND e.id = :id
""")  # noqa: S608  # fixed pieces only


def one(conn: Conn, workspace_id: int, team_id: int, entry_id: int) -> Row[Any] | None:
    """An entry of the team, removed or not."""
    return conn.execute(_ONE, {"ws": workspace_id, "team": team_id, "id": entry_id}).one_or_none()


def changes(conn: Conn, workspace_id: int, entry_id: int) -> Sequence[Row[Any]]:
    """What was done to an entry and what it said before, the first change first."""
    return conn.execute(
        text(
            "SELECT at, actor, what, text, kind, tags FROM entry_change"
            " WHERE workspace_id = :ws AND entry_id = :id ORDER BY id"
        ),
        {"ws": workspace_id, "id": entry_id},
    ).all()


_PEOPLE = text("""
    SELECT m.id, m.contact_id, coalesce(nullif(c.name, ''), c.email) AS name, m.left_at IS NOT NULL AS has_left
    FROM membership m JOIN contact c ON c.id = m.contact_id
    WHERE m.workspace_id = :ws AND m.team_id = :team AND EXISTS (SELECT FROM entry e WHERE e.membership_id = m.id)
    ORDER BY lower(coalesce(nullif(c.name, ''), c.email)), m.id
""")


def people(conn: Conn, workspace_id: int, team_id: int) -> Sequence[Row[Any]]:
    """Who has written in the team, by name; who left stays in the list."""
    return conn.execute(_PEOPLE, {"ws": workspace_id, "team": team_id}).all()


_CHOICES = text(f"""
    SELECT
        ARRAY(
            SELECT tag FROM (
                SELECT e.tags FROM entry e
                WHERE e.workspace_id = :ws AND e.team_id = :team AND e.removed_at IS NULL
                ORDER BY e.no DESC LIMIT {RECENT}
            ) e, unnest(e.tags) AS tag
            GROUP BY tag ORDER BY count(*) DESC, tag LIMIT {CHOICES}
        ) AS tags,
        ARRAY(
            SELECT asked FROM round r, unnest(r.questions) AS asked
            WHERE r.workspace_id = :ws AND r.team_id = :team
            GROUP BY asked ORDER BY max(r.local_date) DESC, asked LIMIT {CHOICES}
        ) AS questions
""")  # noqa: S608  # fixed pieces only


def choices(conn: Conn, workspace_id: int, team_id: int) -> Row[Any]:
    """What to narrow by: `tags` of the newest entries, the most used first, and all `questions`, the latest first."""
    return conn.execute(_CHOICES, {"ws": workspace_id, "team": team_id}).one()
