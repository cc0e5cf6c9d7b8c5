"""The statements of a freeze: whom a query means becomes rows of one run, who is left out with the reason.

One pass puts everybody into a temporary table with what decides over them, one makes the rows from it in order
(bench/freeze.py, docs/adr/0033).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    table,
    text,
)

from engine import db
from engine import models as m
from engine.campaigns.queries.rows import People
from engine.db import Conn
from engine.outbound.providers import DOMAINS, OTHER

_NUMBERS: Any = ARRAY(BigInteger)


def zones(conn: Conn, workspace_id: int, default: str) -> list[str]:
    """The zones of a workspace's people."""
    statement = text("SELECT DISTINCT coalesce(zone, :default) FROM contact WHERE workspace_id = :w ORDER BY 1")
    return list(conn.execute(statement, {"w": workspace_id, "default": default}).scalars())


_TABLE = """
    CREATE TEMPORARY TABLE frozen (contact_id bigint, address text, grp int2, provider text, canary bool, reason text)
    ON COMMIT DROP
"""
_CHOICE = "CREATE TEMPORARY TABLE chosen (contact_id bigint) ON COMMIT DROP"
FEW = 100
_CHOSEN = table("chosen", column("contact_id"))
# Whoever withdrew is out, from the channel or from the topic. `wants`: somebody must have said yes, to either.
_JUDGED = """
    SELECT c.id AS contact_id, c.email AS address, coalesce(z.grp, 0) AS grp,
        CASE WHEN :split THEN coalesce(p.provider, :other) ELSE '' END AS provider, false AS canary,
        CASE
            WHEN c.email NOT LIKE '%_@_%' THEN :no_address
            WHEN a.state = 'withdrawn' OR t.state = 'withdrawn' THEN :no_consent
            WHEN :wants AND a.state IS NULL AND t.state IS NULL THEN :no_consent
            WHEN f.contact_id IS NOT NULL THEN :capped
            ELSE ''
        END AS reason
    FROM chosen h JOIN contact c ON c.id = h.contact_id
    LEFT JOIN unnest(cast(:zones AS text[]), cast(:grps AS int2[])) AS z(zone, grp) ON z.zone = coalesce(c.zone, :zone)
    LEFT JOIN unnest(cast(:domains AS text[]), cast(:providers AS text[])) AS p(domain, provider)
        ON :split AND p.domain = lower(split_part(c.email, '@', -1))
    LEFT JOIN consent a ON a.contact_id = c.id AND a.channel = 'mail' AND a.topic_id = 0 AND a.workspace_id = :w
    LEFT JOIN consent t ON :topic <> 0 AND t.contact_id = c.id AND t.channel = 'mail' AND t.topic_id = :topic
        AND t.workspace_id = :w
    LEFT JOIN unnest(cast(:capped_ids AS bigint[])) AS f(contact_id) ON f.contact_id = c.id
    WHERE c.workspace_id = :w
"""


class Rules(NamedTuple):
    """What decides over a recipient beside their own row: see `judge`."""

    topic_id: int
    wants: bool  # somebody must have said yes
    split: bool  # receivers are told apart
    capped: Sequence[int]
    grps: Mapping[str, int]  # by zone
    zone: str  # of those who have none


def judge(conn: Conn, workspace_id: int, contacts: People, rules: Rules, words: Mapping[str, str]) -> int:
    """Put everybody a query means into `frozen`: their group of zones, their provider, and why one is left out.

    Returns how many those are.
    """
    conn.execute(text("SET LOCAL work_mem = '128MB'"))
    conn.execute(text("DROP TABLE IF EXISTS chosen, frozen"))  # of an earlier freeze in the same transaction
    conn.execute(text(_CHOICE))
    conn.execute(text(_TABLE))
    values = {
        "w": workspace_id, "topic": rules.topic_id, "wants": rules.wants, "split": rules.split, "other": OTHER,
        "zones": db.texts(rules.grps), "grps": db.numbers(rules.grps.values()), "zone": rules.zone,
        "domains": db.texts(DOMAINS), "providers": db.texts(DOMAINS.values()),
        "capped_ids": db.numbers(rules.capped), **words,
    }  # fmt: skip
    chosen = conn.execute(insert(_CHOSEN).from_select([*_CHOSEN.c], contacts)).rowcount
    conn.execute(text("ANALYZE chosen"))
    # Arrays are taken for few rows, and a nested loop over them and a million contacts did not end in minutes. Of few
    # contacts it is all there is to do: without it a letter to one person reads everybody.
    conn.execute(text(f"SET LOCAL enable_nestloop = {'on' if chosen <= FEW else 'off'}"))
    conn.execute(text(f"INSERT INTO frozen {_JUDGED}"), values)
    conn.execute(text("SET LOCAL enable_nestloop = on"))
    conn.execute(text("ANALYZE frozen"))
    return int(conn.execute(text("SELECT count(*) FROM frozen")).scalar_one())


def addresses(conn: Conn) -> tuple[list[int], list[str]]:
    """(contact ids, addresses) of those who are not left out, by COPY: there may be a million."""
    asked = "COPY (SELECT contact_id, address FROM frozen WHERE reason = '') TO STDOUT"
    with closing(conn.connection.cursor()) as cursor, cursor.copy(asked) as copy:
        lines = b"".join(copy).decode().split("\n")[:-1]
    pairs = [line.partition("\t") for line in lines]
    plain = [address if "\\" not in address else address.replace("\\\\", "\\") for _, _, address in pairs]
    return [int(ident) for ident, _, _ in pairs], plain


def of_contacts(run_id: int, contacts: Sequence[int]) -> ColumnElement[bool]:
    """The rows of a run for these contacts."""
    d = m.Delivery
    return and_(d.run_id == run_id, d.recipient == any_(cast(literal(db.numbers(contacts)), _NUMBERS)))


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
        SELECT contact_id, address,
            row_number() OVER (ORDER BY NOT canary, grp, provider COLLATE "C", contact_id) AS seq
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
    SELECT id FROM run WHERE workspace_id = :w AND kind = 'campaign' AND part <> 'talk' AND campaign_id <> :campaign
        AND made_at > cast(:since AS timestamptz) - interval '40 days' AND state <> 'cancelled'
"""


def capped(conn: Conn, workspace_id: int, campaign_id: int, since: datetime, most: int, *, planned: bool,
           whom: Sequence[int] | None = None) -> list[int]:  # fmt: skip
    """Contacts who had `most` other campaigns since an instant; `planned` ones count too, if said.

    `whom`: only these are asked about.
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
