"""The statements that list contacts, newest first.

Each filter gives the planner one index to begin with. Words are the exception: an index of words has no order, so at
most MOST of whom it finds are looked at, and a page says when there were more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from engine.db import Conn
from engine.models.people import FOUND_BY

MOST = 2_000  # contacts that a search looks at, since an index of words has no order
EVERYBODY = 10**9
NEWEST = 5_000  # contacts among whom a page is looked for first
FEW = 30_000  # contacts with a tag, up to whom the index of tags is begun with; of more the newest are soon found
_LINE = "c.id, c.email, c.name, c.zone, c.standing, c.tags, c.made_at"


@dataclass(frozen=True, slots=True)
class Which:
    """A filter; what is empty does not narrow. `words` is made by listing.words_of; `before` is the last id seen.

    `said`: given or withdrawn, of `channel` and `topic_id` (0: the channel as a whole). `suppressed`: on that channel.
    """

    words: str = ""
    tag: str = ""
    team_id: int | None = None
    standing: str = ""
    channel: str = "mail"
    topic_id: int = 0
    said: str = ""
    suppressed: str = ""
    before: int | None = None


# Whom the filter begins with. Materialised, or a frequent tag would be looked for row by row from the newest on.
_BEGINNINGS = {
    "words": f"""SELECT c.id FROM contact c WHERE c.workspace_id = :w
        AND {FOUND_BY.format("c.")} @@ cast(:words AS tsquery) LIMIT :most""",  # noqa: S608  # constants
    "team": "SELECT m.contact_id AS id FROM membership m WHERE m.workspace_id = :w AND m.team_id = :team"
    " AND m.left_at IS NULL",
    "few_have": "SELECT c.id FROM contact c WHERE c.workspace_id = :w AND c.tags @> ARRAY[cast(:tag AS text)]",
    "suppressed": "SELECT s.contact_id AS id FROM suppression s WHERE s.workspace_id = :w AND s.channel = :suppressed"
    " AND s.contact_id IS NOT NULL",
}
_ALSO = {
    "tag": "c.tags @> ARRAY[cast(:tag AS text)]",
    "standing": "c.standing = :standing",
    "consent": "EXISTS (SELECT FROM consent s WHERE s.workspace_id = :w AND s.channel = :channel"
    " AND s.topic_id = :topic AND s.state = :said AND s.contact_id = c.id)",
    "before": "c.id < :before",
}


def values_of(workspace_id: int, which: Which) -> dict[str, Any]:
    """What a filter's statements take."""
    return {
        "w": workspace_id, "words": which.words, "tag": which.tag, "team": which.team_id, "standing": which.standing,
        "channel": which.channel, "topic": which.topic_id, "said": which.said, "before": which.before,
        "suppressed": which.suppressed,
    }  # fmt: skip


def _statement(values: Mapping[str, Any], columns: str) -> str:
    begins = [sql for name, sql in _BEGINNINGS.items() if values.get(name)]
    also = [sql for name, sql in _ALSO.items() if values["said" if name == "consent" else name] not in (None, "")]
    if values["standing"]:  # said in words, so that the index of the few who are not known can be used
        also = [sql.replace(":standing", f"'{values['standing']}'") for sql in also]
    heads = [f"few{n} AS MATERIALIZED ({sql})" for n, sql in enumerate(begins)]
    where = " AND ".join(["c.workspace_id = :w", "c.erased_at IS NULL", *also])
    if not heads:
        return f"SELECT {columns}, 0 AS looked FROM contact c WHERE {where} ORDER BY c.id DESC LIMIT :limit"  # noqa: S608
    ids = " INTERSECT ".join(f"SELECT id FROM few{n}" for n in range(len(begins)))  # noqa: S608  # numbers
    looked = "(SELECT count(*) FROM few0)" if values["words"] else "0"
    # OFFSET 0 keeps it a look-up for each: joined, the planner walked the whole index of contacts (1,200 ms, now 30).
    return f"""WITH {", ".join(heads)} SELECT c.*, {looked} AS looked FROM ({ids} ORDER BY id DESC) f
        CROSS JOIN LATERAL (SELECT {columns} FROM contact c WHERE c.id = f.id AND {where} OFFSET 0) c
        ORDER BY f.id DESC LIMIT :limit"""  # noqa: S608


def _newest(values: Mapping[str, Any], columns: str) -> str:
    """A page among the newest alone. Most filters fill it there, whatever statistics say of where their people are."""
    also = [sql for name, sql in _ALSO.items() if values["said" if name == "consent" else name] not in (None, "")]
    before = " AND c.id < :before" if values["before"] is not None else ""
    return f"""SELECT {columns}, 0 AS looked FROM (SELECT * FROM contact c WHERE c.workspace_id = :w
        AND c.erased_at IS NULL{before} ORDER BY c.id DESC LIMIT {NEWEST}) c WHERE {" AND ".join(also)}
        ORDER BY c.id DESC LIMIT :limit"""  # noqa: S608  # fixed pieces only


def _begun(conn: Conn, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with `few_have` where few have the tag. Statistics know how many, not that they are the oldest."""
    if values["tag"]:
        statement = text(f"SELECT count(*) FROM ({_BEGINNINGS['few_have']} LIMIT :most) found")  # noqa: S608
        found = conn.execute(statement, {"w": values["w"], "tag": values["tag"], "most": FEW + 1}).scalar_one()
        values["few_have"] = found <= FEW
    return values


def listed(conn: Conn, workspace_id: int, which: Which, limit: int) -> Sequence[Row[Any]]:
    """The columns of a line for those of a filter, newest first."""
    values = values_of(workspace_id, which)
    if (which.tag or which.said) and not (which.words or which.team_id or which.suppressed):
        newest = conn.execute(text(_newest(values, _LINE)), {**values, "limit": limit}).all()
        if len(newest) == limit:
            return newest
    values = _begun(conn, values)
    statement = text(_statement(values, _LINE))
    return conn.execute(statement, {**values, "limit": limit, "most": MOST + 1}).all()


def too_many(conn: Conn, workspace_id: int, words: str) -> bool:
    """Whether more people have these words than a search looks at."""
    statement = text(f"SELECT count(*) FROM ({_BEGINNINGS['words']}) found")  # noqa: S608
    return int(conn.execute(statement, {"w": workspace_id, "words": words, "most": MOST + 1}).scalar_one()) > MOST


def whole(conn: Conn, workspace_id: int, which: Which, limit: int) -> Sequence[Row[Any]]:
    """All that a sheet says of those of a filter, newest first."""
    values = _begun(conn, values_of(workspace_id, which))
    consent = """(SELECT string_agg(s.channel || coalesce(' ' || t.name, '') || ': ' || s.state, '; '
        ORDER BY s.channel, t.name) FROM consent s LEFT JOIN topic t ON t.id = s.topic_id AND t.workspace_id = :w
        WHERE s.contact_id = c.id AND s.workspace_id = :w) AS consent"""
    elsewhere = """(SELECT string_agg(a.platform || ': ' || a.address, '; ' ORDER BY a.platform)
        FROM contact_address a WHERE a.contact_id = c.id AND a.workspace_id = :w) AS elsewhere"""
    statement = text(_statement(values, f"{_LINE}, c.locale, c.attributes, {elsewhere}, {consent}"))
    return conn.execute(statement, {**values, "limit": limit, "most": EVERYBODY}).all()


def teams_of(conn: Conn, workspace_id: int, contact_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """(contact_id, team_id, name, role, membership_id) of the teams that these people are in."""
    statement = text("""
        SELECT m.contact_id, t.id AS team_id, t.name, m.role, m.id AS membership_id FROM membership m
        JOIN team t ON t.workspace_id = m.workspace_id AND t.id = m.team_id
        WHERE m.workspace_id = :w AND m.contact_id = ANY(cast(:ids AS bigint[])) AND m.left_at IS NULL
            AND t.archived_at IS NULL ORDER BY lower(t.name), t.id
    """)
    return conn.execute(statement, {"w": workspace_id, "ids": list(contact_ids)}).all()


def tags(conn: Conn, workspace_id: int, most: int) -> list[str]:
    """The tags that are most used, by the statistics of the newest contacts, in the order of the alphabet."""
    statement = text("""
        SELECT tag FROM (
            SELECT unnest(tags) AS tag, count(*) AS n FROM (
                SELECT tags FROM contact WHERE workspace_id = :w AND erased_at IS NULL ORDER BY id DESC LIMIT 2000) c
            GROUP BY 1 ORDER BY n DESC, 1 LIMIT :most) used
        ORDER BY tag
    """)
    return list(conn.execute(statement, {"w": workspace_id, "most": most}).scalars())
