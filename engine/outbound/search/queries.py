"""Statements of the search: whom the words mean, which runs are looked through, and the rows themselves.

The ledger has no index on state, address or words, and gets none: planning and sending pay for every index a row is in.
So rows are found by their person, through the unique key (recipient, run_id), or in the newest runs that can hold such
a row, a bounded number of rows at a time. With 1,000,000 deliveries of 5,000 people a page takes 1 to 90 ms (2 cores,
PostgreSQL 18).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, text

from engine import db
from engine.db import Conn
from engine.outbound.kinds import TO_CONTACTS
from engine.outbound.report.queries import STATE

if TYPE_CHECKING:
    from engine.outbound.search import Search

LAST = 2**31 - 1  # past the last seq of a run
RUN = 8  # what looking up a run costs, in rows

# What the counted numbers of a run (engine.outbound.health.tally) say of the states its rows can have.
_COUNTED = {
    "bounced": "bounced", "complained": "complained", "failed": "failed",
    "in_doubt": "doubted",
}  # fmt: skip
_OPEN = ("queued", "deferred", "sending")

_PEOPLE = text("""
    WITH exact AS (
        SELECT id FROM contact WHERE workspace_id = :w AND email_key = lower(:who)
    ), people AS (
        SELECT id FROM exact
        UNION ALL (SELECT c.id FROM contact c WHERE c.workspace_id = :w AND NOT EXISTS (SELECT FROM exact)
            AND (c.email_key ILIKE :like OR c.name ILIKE :like) LIMIT :most)
    )
    SELECT 'member' AS noun, m.id FROM membership m WHERE m.workspace_id = :w
        AND m.contact_id IN (SELECT id FROM people) AND (cast(:team AS bigint) IS NULL OR m.team_id = :team)
    UNION ALL SELECT 'contact', id FROM people WHERE cast(:team AS bigint) IS NULL
    UNION ALL (SELECT 'channel', h.id FROM channel h WHERE h.workspace_id = :w AND h.name ILIKE :like
        AND NOT EXISTS (SELECT FROM exact) AND (cast(:team AS bigint) IS NULL OR h.team_id = :team) LIMIT :most)
""")
_PERSON = text("""
    SELECT 'member' AS noun, id FROM membership WHERE workspace_id = :w AND contact_id = :person
        AND (cast(:team AS bigint) IS NULL OR team_id = :team)
    UNION ALL SELECT 'contact', :person WHERE cast(:team AS bigint) IS NULL
""")
_TEAM = text("""
    SELECT 'member' AS noun, id FROM membership WHERE workspace_id = :w AND team_id = :team
    UNION ALL SELECT 'channel', id FROM channel WHERE workspace_id = :w AND team_id = :team
""")


def recipients(conn: Conn, workspace_id: int, search: Search, most: int) -> Sequence[Row[Any]]:
    """(noun, id) of whom the search means: memberships, contacts (notices go to them) and channels."""
    of = {"w": workspace_id, "team": search.team_id}
    if search.person is not None:
        return conn.execute(_PERSON, {**of, "person": search.person}).all()
    if search.who:
        return conn.execute(_PEOPLE, {**of, "who": search.who, "like": contains(search.who), "most": most}).all()
    return conn.execute(_TEAM, of).all()


def contains(words: str) -> str:
    """A LIKE pattern for text with these words in it."""
    literal = words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{literal}%"


# A recipient's number is a membership's, a contact's or a channel's, by what the run is.
_NOUN = f"CASE WHEN d.transport <> 'smtp' THEN 'channel' WHEN r.kind IN {TO_CONTACTS} THEN 'contact' ELSE 'member' END"
_FACTS = (
    "d.run_id, d.seq, r.kind, r.made_at, d.workspace_id, d.recipient, d.about, d.address, d.transport,"
    f" {STATE} AS state, d.attempt, d.code, d.reply, d.reason, d.sent_at"
)
# The page of rows is cut first and only its rows are joined with names, so that the joins cost a page, not a table.
_NAMED = """
    LEFT JOIN membership m ON p.noun = 'member' AND m.id = p.recipient AND m.workspace_id = p.workspace_id
    LEFT JOIN contact c ON c.workspace_id = p.workspace_id
        AND c.id = CASE WHEN p.noun = 'contact' THEN p.recipient ELSE m.contact_id END
    LEFT JOIN channel ch ON p.noun = 'channel' AND ch.id = p.recipient AND ch.workspace_id = p.workspace_id
    LEFT JOIN team t ON t.workspace_id = p.workspace_id AND t.id = coalesce(m.team_id, ch.team_id)
"""


def _where(search: Search) -> str:
    """What a row itself must be."""
    of = ["(d.run_id < :high OR d.seq > :after)"]
    if search.state in _OPEN:
        stored = "('queued', 'deferred')" if search.state == "sending" else f"('{search.state}')"
        of.append(f"d.state IN {stored} AND {STATE} = '{search.state}'")
    elif search.state:
        of.append(f"d.state = '{search.state}'")
    if search.words:
        of.append("(d.reason ILIKE :words OR d.reply ILIKE :words OR d.code ILIKE :words OR d.queue_id ILIKE :words)")
    return " AND ".join(of)


def _which_runs(search: Search) -> str:
    """What its run must be."""
    of = ["r.workspace_id = :w", "r.id <= :high"]
    for asked, condition in (
        (search.kind, "r.kind = :kind"), (search.since, "r.made_at >= :since"), (search.until, "r.made_at < :until"),
    ):  # fmt: skip
        if asked:
            of.append(condition)
    return " AND ".join(of)


def _values(workspace_id: int, search: Search, limit: int) -> dict[str, Any]:
    high, after = search.before or (2**62, 0)
    if after >= LAST:
        high, after = high - 1, 0
    return {
        "w": workspace_id, "high": high, "run": search.run_id, "after": after, "kind": search.kind,
        "since": search.since, "until": search.until, "words": contains(search.words), "limit": limit,
    }  # fmt: skip


def of_recipients(
    conn: Conn, workspace_id: int, search: Search, whom: Sequence[Row[Any]], each: int, limit: int
) -> Sequence[Row[Any]]:
    """The newest rows of these recipients, of each the last `each`; `low`, `low_at`: the run down to which all were
    looked at, NULL when there is nothing older. One row of NULLs where nothing fits."""
    top = _TOP if search.until else ":high"
    only = "d.run_id = :run" if search.run_id is not None else f"d.run_id <= {top}"
    statement = text(f"""
        WITH looked AS MATERIALIZED (
            SELECT p.noun, x.* FROM unnest(cast(:nouns AS text[]), cast(:ids AS bigint[])) AS p(noun, id)
            CROSS JOIN LATERAL (
                SELECT d.* FROM delivery d WHERE d.recipient = p.id AND d.workspace_id = :w AND {only}
                    AND (d.transport <> 'smtp') = (p.noun = 'channel')
                ORDER BY d.run_id DESC LIMIT :each
            ) x
        ), bound AS (
            SELECT max(low) AS low FROM (
                SELECT min(run_id) AS low FROM looked GROUP BY noun, recipient HAVING count(*) >= :each) s
        )
        SELECT p.*, b.low, b.made_at AS low_at, {_SHOWN}
        FROM (SELECT low, made_at FROM bound LEFT JOIN run ON run.id = bound.low) b
        LEFT JOIN (
            SELECT d.noun, {_FACTS} FROM looked d JOIN run r ON r.id = d.run_id JOIN batch b ON b.id = d.batch_id
            WHERE {_where(search)} AND {_which_runs(search)} AND d.noun = {_NOUN}
                AND d.run_id >= coalesce((SELECT low FROM bound), 0)
            ORDER BY d.run_id DESC, d.seq LIMIT :limit
        ) p ON true {_NAMED}
        ORDER BY p.run_id DESC, p.seq
    """)  # noqa: S608  # fixed pieces only; a state is one of the table's
    values = _values(workspace_id, search, limit)
    return conn.execute(statement, {**values, **_arrays(whom), "each": each}).all()


_SHOWN = "coalesce(nullif(c.name, ''), ch.name, '') AS name, t.name AS team_name, c.id AS contact_id"


def _arrays(whom: Sequence[Row[Any]]) -> Mapping[str, Any]:
    return {"nouns": db.texts([one.noun for one in whom]), "ids": db.numbers([one.id for one in whom])}


WALKED = 10_000  # runs that are odd, of which a page looks at the numbers


def runs(conn: Conn, workspace_id: int, search: Search, rows: int) -> Row[Any]:
    """The newest runs that can hold such rows, about `rows` rows together: ids, the oldest one, how many rows the
    newest has, and whether there are more. `floor`: no run older than it was looked at, NULL where all were."""
    only = " AND r.id = :run" if search.run_id is not None else ""
    walk = _NO_WALK if search.state not in _ODD else _WALK.format(top=_TOP if search.until else ":high")
    statement = text(f"""
        WITH {walk},
        bound AS (SELECT CASE WHEN count(*) >= :walked THEN min(run_id) END AS floor FROM walk)
        SELECT s.*, b.floor, (SELECT made_at FROM run WHERE id = b.floor) AS floor_at FROM bound b CROSS JOIN (
            SELECT array_agg(id ORDER BY id DESC) AS ids, min(id) AS low, min(made_at) AS low_at,
                (array_agg(size ORDER BY id DESC))[1] AS size, NOT coalesce(bool_or(older IS NULL), true) AS more
            FROM (
                SELECT n.*, sum(size + {RUN}) OVER (ORDER BY id DESC) - size - {RUN} AS newer,
                    lead(id) OVER (ORDER BY id DESC) AS older
                FROM (
                    SELECT r.id, r.made_at, r.size FROM run r WHERE {_which_runs(search)}{only}{_can_hold(search.state)}
                    ORDER BY r.id DESC LIMIT :limit
                ) n
            ) m WHERE newer < :rows
        ) s
    """)  # noqa: S608  # fixed pieces only
    values = {**_values(workspace_id, search, rows // RUN + 2), "rows": rows, "walked": WALKED}
    return conn.execute(statement, values).one()


_ODD = ("in_doubt", "bounced", "failed", "suppressed", "expired", "cancelled", "complained")
_TOP = "least(:high, (SELECT max(r.id) FROM run r WHERE r.workspace_id = :w AND r.made_at < :until))"
_WALK = """walk AS MATERIALIZED (
    SELECT run_id, settled FROM tallied WHERE workspace_id = :w AND odd AND run_id <= {top}
    ORDER BY run_id DESC LIMIT :walked)"""
_NO_WALK = "walk AS (SELECT 0::bigint AS run_id, true AS settled WHERE false)"


def _can_hold(state: str) -> str:
    """Which runs can have rows in a state: nearly all rows are sent, and most runs have no others.

    A run that is not counted yet can have any. What was written about one that is over is counted within seconds.
    """
    if state in _OPEN:
        return " AND r.state NOT IN ('done', 'cancelled')"
    if state not in _ODD:
        return ""
    # Look-ups as count(*): as EXISTS they become joins with all of `tally` and `tallied`, 40 ms instead of 4.
    of_run = "SELECT count(*) FROM tally y WHERE y.run_id = g.run_id"
    counted = f" WHERE NOT g.settled OR ({of_run} AND y.{_COUNTED[state]} > 0) > 0" if state in _COUNTED else ""
    # The floor is asked for inside: as a condition on r it makes the planner read all runs.
    return f""" AND r.id IN (
        SELECT g.run_id FROM walk g{counted}
        UNION ALL SELECT u.id FROM run u WHERE u.workspace_id = :w AND u.id <= :high
            AND u.id > (SELECT coalesce(max(run_id), 0) - 1000 FROM tallied)
            AND u.id >= (SELECT coalesce(floor, 0) FROM bound)
            AND (SELECT count(*) FROM tallied v WHERE v.run_id = u.id) = 0
        UNION ALL SELECT e.run_id FROM delivery_event e WHERE e.written_at > clock_timestamp() - interval '2 minutes'
            AND e.run_id >= (SELECT coalesce(floor, 0) FROM bound)
    )"""  # noqa: S608  # fixed pieces only


def in_runs(
    conn: Conn, workspace_id: int, search: Search, chosen: Sequence[int], until_seq: int | None,
    whom: Sequence[Row[Any]] | None, limit: int,
) -> Sequence[Row[Any]]:  # fmt: skip
    """The newest rows of these runs. `until_seq` bounds a run that is larger than what is looked through at once.

    `whom` None does not narrow; else it is their rows, and those whose address has the words.
    """
    more = " AND d.seq <= :until_seq" if until_seq is not None else ""
    if whom is not None:
        own = " OR ".join(f"({_NOUN} = '{noun}' AND d.recipient = ANY(:{noun}s))" for noun in NOUNS)
        address = " OR d.address ILIKE :who" if search.who and search.person is None else ""
        more += f" AND ({own}{address})"
    statement = text(f"""
        SELECT p.*, {_SHOWN} FROM (
            SELECT {_NOUN} AS noun, {_FACTS} FROM unnest(cast(:runs AS bigint[])) AS chosen(id)
            JOIN run r ON r.id = chosen.id JOIN delivery d ON d.run_id = r.id JOIN batch b ON b.id = d.batch_id
            WHERE d.run_id BETWEEN :low AND :top AND d.workspace_id = :w
                AND {_where(search)}{more}
            ORDER BY d.run_id DESC, d.seq LIMIT :limit
        ) p {_NAMED} ORDER BY p.run_id DESC, p.seq
    """)  # noqa: S608  # fixed pieces only; a state is one of the table's
    values = _values(workspace_id, search, limit)
    for noun in NOUNS:
        values[f"{noun}s"] = [one.id for one in whom or () if one.noun == noun]
    values |= {"runs": db.numbers(chosen), "low": min(chosen), "top": max(chosen), "until_seq": until_seq}
    return conn.execute(statement, {**values, "who": contains(search.who)}).all()


NOUNS = ("member", "contact", "channel")

_COUNTS = text(f"""
    SELECT d.state, count(*) AS n FROM unnest(cast(:nouns AS text[]), cast(:ids AS bigint[])) AS p(noun, id)
    CROSS JOIN LATERAL (
        SELECT d.run_id, d.state, d.batch_id FROM delivery d WHERE d.recipient = p.id AND d.workspace_id = :w
            AND d.transport = 'smtp'
        ORDER BY d.run_id DESC LIMIT :each
    ) d JOIN run r ON r.id = d.run_id
    WHERE (r.kind IN {TO_CONTACTS}) = (p.noun = 'contact') GROUP BY 1
""")  # noqa: S608  # fixed pieces only


def counts(conn: Conn, workspace_id: int, whom: Sequence[Row[Any]], each: int) -> Mapping[str, int]:
    """How many mails a person has got, by state."""
    found = conn.execute(_COUNTS, {"w": workspace_id, **_arrays(whom), "each": each})
    return {row.state: int(row.n) for row in found}


_TEAMS = text("SELECT id, name FROM team WHERE workspace_id = :w AND archived_at IS NULL ORDER BY lower(name), id")


def teams(conn: Conn, workspace_id: int) -> Sequence[Row[Any]]:
    """The teams to choose from."""
    return conn.execute(_TEAMS, {"w": workspace_id}).all()
