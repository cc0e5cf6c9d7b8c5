"""Statements about the rest of a campaign: those it means who have not got it, and could get it now.

A person may have a row in several runs. Any that reached them, may have, or is still to leave, and they are no rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Subquery,
    Text,
    all_,
    cast,
    exists,
    func,
    literal,
    not_,
    select,
    text,
    union,
)

from engine import db
from engine import models as m
from engine.campaigns.queries.rows import People
from engine.db import Conn

Rest = Subquery  # of those without it
_MAY = "('sent', 'delivered', 'complained', 'in_doubt')"
_OPEN = "('queued', 'deferred')"


def _numbers(values: Collection[int]) -> ColumnElement[Any]:
    return cast(literal(db.numbers(values)), ARRAY(BigInteger))


def reached(conn: Conn, run_ids: Sequence[int], this_run: int, ids: Sequence[int]) -> set[int]:
    """Which of these contacts other runs have reached or may have, or a later one than this is about to reach."""
    statement = text(f"""
        SELECT DISTINCT recipient FROM delivery
        WHERE run_id = ANY(cast(:runs AS bigint[])) AND recipient = ANY(cast(:ids AS bigint[]))
            AND (state IN {_MAY} OR state IN {_OPEN} AND run_id > :this)
    """)  # noqa: S608  # fixed pieces only
    values = {"runs": db.numbers(run_ids), "ids": db.numbers(ids), "this": this_run}
    return {int(i) for i in conn.execute(statement, values).scalars()}


# Who has no row that reached them is looked for among the rows that did not: those are few, and judged as the freeze
# judges them (queries.freezing). `stays`: why somebody is left out still. Suppressions are asked for apart, by hash.
_REST = f"""
    SELECT l.recipient AS contact_id, coalesce(c.email, '') AS address, l.state, l.reason,
        CASE
            WHEN c.id IS NULL OR c.standing <> 'known' OR c.erased_at IS NOT NULL THEN :gone
            WHEN c.email NOT LIKE '%_@_%' THEN :no_address
            WHEN a.state = 'withdrawn' OR t.state = 'withdrawn' THEN :no_consent
            WHEN :wants AND a.state IS NULL AND t.state IS NULL THEN :no_consent
            ELSE ''
        END AS stays
    FROM (
        SELECT DISTINCT ON (d.recipient) d.recipient, d.state, d.reason FROM delivery d
        WHERE d.run_id = ANY(cast(:runs AS bigint[])) AND d.state NOT IN {_MAY} AND d.state NOT IN {_OPEN}
            AND NOT EXISTS (SELECT FROM delivery o WHERE :several AND o.run_id = ANY(cast(:runs AS bigint[]))
                AND o.recipient = d.recipient AND (o.state IN {_MAY} OR o.state IN {_OPEN}))
        ORDER BY d.recipient, d.run_id DESC
    ) l
    LEFT JOIN contact c ON c.id = l.recipient AND c.workspace_id = :w
    LEFT JOIN consent a ON a.contact_id = c.id AND a.channel = 'mail' AND a.topic_id = 0 AND a.workspace_id = :w
    LEFT JOIN consent t ON :topic <> 0 AND t.contact_id = c.id AND t.channel = 'mail' AND t.topic_id = :topic
        AND t.workspace_id = :w
"""  # noqa: S608  # fixed pieces only


def rest(of: Any, run_ids: Sequence[int], words: Mapping[str, str]) -> Subquery:
    """Everybody with a row in these runs whom none of them reached, may have reached, or is about to reach: contact_id,
    address, how the last row ended (state, reason), and `stays`."""
    values = {"w": of.workspace_id, "runs": db.numbers(run_ids), "several": len(run_ids) > 1,
              "topic": of.topic_id or 0, "wants": of.needs_consent}  # fmt: skip
    made = text(_REST).bindparams(**values, **words).columns(
        contact_id=BigInteger, address=Text, state=Text, reason=Text, stays=Text
    )  # fmt: skip
    return made.subquery("rest")


def grouped(conn: Conn, of: Subquery) -> Sequence[Any]:
    """(state, reason, stays, n) of a rest, the most first."""
    c, n = of.c, func.count().label("n")
    query: Any = select(c.state, c.reason, c.stays, n).group_by(c.state, c.reason, c.stays).order_by(n.desc(), c.state)
    return conn.execute(query).all()


def asked_again(conn: Conn, of: Subquery) -> Sequence[Any]:
    """(contact_id, address, state, reason) of those of a rest whose address, or who themselves, may still be barred."""
    c = of.c
    query: Any = select(c.contact_id, c.address, c.state, c.reason)
    return conn.execute(query.where(c.stays == "", c.state.in_(("suppressed", "bounced")))).all()


def without(of: Subquery, barred: Collection[int]) -> People:
    """Those of a rest who could get it now."""
    c = of.c
    return select(c.contact_id).where(c.stays == "", c.contact_id != all_(_numbers(barred)))


def newcomers(contacts: People, run_ids: Sequence[int]) -> People:
    """Those of a select of ids who have no row in these runs."""
    d = m.Delivery
    ids = contacts.subquery()
    return select(ids.c[0]).where(not_(exists().where(d.recipient == ids.c[0], d.run_id.in_(run_ids))))


def either(first: People, second: People) -> People:
    """Whom one of two selects means, each once."""
    both = union(first, second).subquery()
    return select(both.c[0])


def doubts(conn: Conn, run_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(run_id, seq) of the rows in doubt of people whom no other row of these runs reached or is about to reach."""
    statement = text(f"""
        SELECT d.run_id, d.seq FROM delivery d
        WHERE d.run_id = ANY(cast(:runs AS bigint[])) AND d.state = 'in_doubt' AND NOT EXISTS (
            SELECT FROM delivery o WHERE o.run_id = ANY(cast(:runs AS bigint[])) AND o.recipient = d.recipient
            AND o.run_id <> d.run_id AND (o.state IN {_MAY} OR o.state IN {_OPEN}))
        ORDER BY 1, 2
    """)  # noqa: S608  # fixed pieces only
    return [(int(a), int(b)) for a, b in conn.execute(statement, {"runs": db.numbers(run_ids)})]


def size(conn: Conn, run_ids: Sequence[int]) -> int:
    """How many people have a row in some runs."""
    statement = text("SELECT count(DISTINCT recipient) FROM delivery WHERE run_id = ANY(cast(:runs AS bigint[]))")
    return int(conn.execute(statement, {"runs": db.numbers(run_ids)}).scalar_one())
