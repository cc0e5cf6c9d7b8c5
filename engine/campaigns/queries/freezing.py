"""The statements of a freeze: whom a query means becomes rows of one run, who is left out with the reason.

All of it is three passes over two temporary tables, which go with the transaction. 1,000,000 contacts take some 6 s
on 2 cores (bench/freeze.py); 9 s with a WITH instead of `chosen`, which PostgreSQL estimates as 100 rows and joins
by nested loops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, column, func, insert, literal, select, table, text

from engine import db
from engine import models as m
from engine.db import Conn
from engine.outbound.providers import DOMAINS, OTHER

_CHOSEN = table("chosen", column("contact_id"), column("address"), column("domain"), column("zone"))


def choose(conn: Conn, workspace_id: int, contacts: Select[Any], default_zone: str) -> int:
    """Put everybody a query means into `chosen`; how many those are. `contacts` selects ids of contacts."""
    conn.execute(text("SET LOCAL work_mem = '128MB'"))
    conn.execute(
        text("CREATE TEMPORARY TABLE chosen (contact_id bigint, address text, domain text, zone text, grp int2,"
             " provider text, canary bool DEFAULT false, reason text) ON COMMIT DROP")
    )  # fmt: skip
    c, meant = m.Contact, contacts.subquery("meant")
    people = select(
        c.id, c.email, func.lower(func.split_part(c.email, "@", -1)), func.coalesce(c.zone, literal(default_zone))
    ).join(meant, meant.c[0] == c.id).where(c.workspace_id == workspace_id)  # fmt: skip
    conn.execute(insert(_CHOSEN).from_select([*_CHOSEN.c], people))
    conn.execute(text("ANALYZE chosen"))
    return int(conn.execute(text("SELECT count(*) FROM chosen")).scalar_one())


def forget_choice(conn: Conn) -> None:
    """Drop `chosen`, where a transaction freezes more than once."""
    conn.execute(text("DROP TABLE IF EXISTS chosen, frozen"))


def zones(conn: Conn) -> list[str]:
    """The zones of those who are chosen."""
    return list(conn.execute(text("SELECT DISTINCT zone FROM chosen ORDER BY 1")).scalars())


def addresses(conn: Conn, piece: int) -> Iterator[Sequence[tuple[int, str]]]:
    """(contact_id, address) of those who are chosen, so many at a time."""
    found = conn.execution_options(stream_results=True, max_row_buffer=piece).execute(
        text("SELECT contact_id, address FROM chosen WHERE address <> ''")
    )
    for rows in found.partitions(piece):
        yield [(int(row[0]), str(row[1])) for row in rows]
    conn.execution_options(stream_results=False)


_JUDGED = """
    CREATE TEMPORARY TABLE frozen (contact_id bigint, address text, grp int2, provider text, canary bool,
        reason text) ON COMMIT DROP
"""
# Whoever withdrew is out, from the channel or from the topic. `wants`: somebody must have said yes, to either.
_JUDGE = """
    INSERT INTO frozen
    SELECT c.contact_id, c.address, coalesce(z.grp, 0), CASE WHEN :split THEN coalesce(p.provider, :other) ELSE '' END,
        false,
        CASE
            WHEN c.address NOT LIKE '%_@_%' THEN :no_address
            WHEN s.reason IS NOT NULL THEN 'suppressed: ' || s.reason
            WHEN a.state = 'withdrawn' OR t.state = 'withdrawn' THEN :no_consent
            WHEN :wants AND a.state IS NULL AND t.state IS NULL THEN :no_consent
            WHEN f.contact_id IS NOT NULL THEN :capped
            ELSE ''
        END
    FROM chosen c
    LEFT JOIN unnest(cast(:zones AS text[]), cast(:grps AS int2[])) AS z(zone, grp) ON z.zone = c.zone
    LEFT JOIN unnest(cast(:domains AS text[]), cast(:providers AS text[])) AS p(domain, provider)
        ON :split AND p.domain = c.domain
    LEFT JOIN unnest(cast(:out AS bigint[]), cast(:reasons AS text[])) AS s(contact_id, reason)
        ON s.contact_id = c.contact_id
    LEFT JOIN consent a ON a.contact_id = c.contact_id AND a.channel = 'mail' AND a.topic_id = 0
        AND a.workspace_id = :w
    LEFT JOIN consent t ON :topic <> 0 AND t.contact_id = c.contact_id AND t.channel = 'mail' AND t.topic_id = :topic
        AND t.workspace_id = :w
    LEFT JOIN unnest(cast(:capped_ids AS bigint[])) AS f(contact_id) ON f.contact_id = c.contact_id
"""


class Rules(NamedTuple):
    """What decides over a recipient beside their own row: see `judge`."""

    topic_id: int
    wants: bool  # somebody must have said yes
    split: bool  # receivers are told apart
    suppressed: Mapping[int, str]  # the reason by contact
    capped: Sequence[int]
    grps: Mapping[str, int]  # by zone


def judge(conn: Conn, workspace_id: int, rules: Rules, words: Mapping[str, str]) -> None:
    """Put those who are chosen into `frozen`: their group of zones, their provider, and why one is left out."""
    conn.execute(text(_JUDGED))
    values = {
        "w": workspace_id, "topic": rules.topic_id, "wants": rules.wants, "split": rules.split, "other": OTHER,
        "zones": db.texts(rules.grps), "grps": db.numbers(rules.grps.values()),
        "domains": db.texts(DOMAINS), "providers": db.texts(DOMAINS.values()),
        "out": db.numbers(rules.suppressed), "reasons": db.texts(rules.suppressed.values()),
        "capped_ids": db.numbers(rules.capped), **words,
    }  # fmt: skip
    conn.execute(text(_JUDGE), values)
    conn.execute(text("ANALYZE frozen"))


def pick_canary(conn: Conn, size: int, salt: int) -> None:
    """Let so many of those who may have it soonest go first: whom, the salted hash of their number decides."""
    conn.execute(
        text(
            "UPDATE frozen SET canary = true FROM (SELECT contact_id FROM frozen WHERE reason = ''"
            " ORDER BY grp, hashint8extended(contact_id, :salt) LIMIT :size) p WHERE p.contact_id = frozen.contact_id"
        ),
        {"size": size, "salt": salt},
    )


class Sort(NamedTuple):
    """How many of a kind are in `frozen`; the rows of a run lie in this order."""

    canary: bool
    grp: int
    provider: str
    rows: int


def sorts(conn: Conn) -> list[Sort]:
    """What is to be cut into batches, in the order of the rows."""
    statement = text("""
        SELECT canary, grp, provider, count(*) FROM frozen WHERE reason = ''
        GROUP BY 1, 2, 3 ORDER BY NOT canary, grp, provider COLLATE "C"
    """)
    return [Sort(*row) for row in conn.execute(statement)]


def left_out(conn: Conn) -> dict[str, int]:
    """How many are left out, by reason."""
    found = conn.execute(text("SELECT reason, count(*) FROM frozen WHERE reason <> '' GROUP BY 1 ORDER BY 2 DESC, 1"))
    return {str(reason): int(n) for reason, n in found}


class Cut(NamedTuple):
    """A batch to be: the seqs from `first` on."""

    first: int
    provider: str
    next_at: datetime
    window_at: datetime
    until: datetime  # its rows are useful


def insert_batches(conn: Conn, run_id: int, transport: str, cuts: Sequence[Cut]) -> list[int]:
    """The ids of new batches of a run, in this order."""
    statement = text("""
        INSERT INTO batch (workspace_id, run_id, transport, provider, urgency, next_at, window_at)
        SELECT r.workspace_id, r.id, :transport, g.provider, r.urgency, g.next_at, g.window_at
        FROM run r, unnest(cast(:providers AS text[]), cast(:nexts AS timestamptz[]), cast(:windows AS timestamptz[]))
            WITH ORDINALITY AS g(provider, next_at, window_at, n)
        WHERE r.id = :run ORDER BY g.n RETURNING id
    """)
    values = {
        "run": run_id, "transport": transport, "providers": db.texts([cut.provider for cut in cuts]),
        "nexts": db.times([cut.next_at for cut in cuts]), "windows": db.times([cut.window_at for cut in cuts]),
    }  # fmt: skip
    return sorted(int(i) for i in conn.execute(statement, values).scalars())


# The n-th batch begins at the n-th of `firsts`. The run's own row says whose its rows are, as in queries.planning.
_INSERT = text("""
    INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, useful_until)
    SELECT r.id, f.seq, r.workspace_id, f.contact_id, :about,
        (cast(:ids AS bigint[]))[width_bucket(f.seq, cast(:firsts AS bigint[]))], :transport, f.address,
        (cast(:untils AS timestamptz[]))[width_bucket(f.seq, cast(:firsts AS bigint[]))]
    FROM run r, (
        SELECT contact_id, address, row_number() OVER (ORDER BY NOT canary, grp, provider COLLATE "C", contact_id) AS seq
        FROM frozen WHERE reason = ''
    ) f
    WHERE r.id = :run + 0 AND r.workspace_id = :w
""")


def insert_rows(
    conn: Conn, workspace_id: int, run_id: int, transport: str, about: int, cuts: Sequence[Cut], ids: Sequence[int]
) -> int:
    """Make a row of everybody who is to get it, each in its batch; how many."""
    values = {
        "w": workspace_id, "run": run_id, "transport": transport, "about": about, "ids": db.numbers(ids),
        "firsts": db.numbers([cut.first for cut in cuts]), "untils": db.times([cut.until for cut in cuts]),
    }  # fmt: skip
    return int(conn.execute(_INSERT, values).rowcount)


def out_rows(workspace_id: int, run_id: int, transport: str, about: int, batch_id: int, after: int, until: datetime
             ) -> Select[Any]:  # fmt: skip
    """The rows of those who are left out, behind seq `after`, for engine.move."""
    f = table("frozen", column("contact_id"), column("address"), column("reason"))
    return select(
        literal(run_id).label("run_id"), (func.row_number().over(order_by=f.c.contact_id) + after).label("seq"),
        literal(workspace_id).label("workspace_id"), f.c.contact_id.label("recipient"), literal(about).label("about"),
        literal(batch_id).label("batch_id"), literal(transport).label("transport"), f.c.address.label("address"),
        literal(until).label("useful_until"), f.c.reason.label("reason"),
    ).where(f.c.reason != "")  # fmt: skip


def lock_cap(conn: Conn, workspace_id: int) -> None:
    """Let one freeze of a workspace that caps run after the other: the second sees what the first has planned."""
    conn.execute(text("SELECT pg_advisory_xact_lock(24587, cast(:w % 2147483647 AS int))"), {"w": workspace_id})


# A row counts for its campaign once it was accepted, or while it is still to go. The runs are few and listed first, so
# that partitions are pruned and the rows found by (recipient, run_id) or run.
_RUNS = """
    SELECT id FROM run WHERE workspace_id = :w AND kind = 'campaign' AND campaign_id <> :campaign
        AND made_at > cast(:since AS timestamptz) - interval '40 days' AND state <> 'cancelled'
"""


def capped(conn: Conn, workspace_id: int, campaign_id: int, since: datetime, most: int, *, planned: bool,
           whom: Sequence[int] | None = None) -> list[int]:  # fmt: skip
    """Contacts who had `most` other campaigns since an instant; `planned` ones count too, if said.

    `whom`: only these are asked about, else everybody who is in `chosen`.
    """
    runs = db.numbers(conn.execute(text(_RUNS), {"w": workspace_id, "campaign": campaign_id, "since": since}).scalars())
    if runs == "{}":
        return []
    few = "d.recipient = ANY(cast(:whom AS bigint[]))" if whom is not None else "true"
    queued = "OR d.state IN ('queued', 'deferred')" if planned else ""
    statement = text(f"""
        SELECT d.recipient FROM delivery d JOIN run r ON r.id = d.run_id
        WHERE d.run_id = ANY(cast(:runs AS bigint[])) AND {few} AND (d.sent_at > :since {queued})
        GROUP BY 1 HAVING count(DISTINCT r.campaign_id) >= :most
    """)  # noqa: S608  # fixed pieces only
    values = {"runs": runs, "since": since, "most": most, **({"whom": db.numbers(whom)} if whom is not None else {})}
    return [int(i) for i in conn.execute(statement, values).scalars()]
