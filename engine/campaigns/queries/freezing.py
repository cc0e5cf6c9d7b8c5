"""The statements of a freeze: whom a query means becomes rows of one run, who is left out with the reason.

One pass puts everybody into a temporary table, one says what decides over them, one makes the rows from it in order
(bench/freeze.py, docs/adr/0033).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, column, func, insert, literal, select, table, text

from engine import db
from engine import models as m
from engine.campaigns.queries.rows import People
from engine.db import Conn
from engine.outbound.partitions import Room
from engine.outbound.providers import DOMAINS, OTHER, PROVIDERS

# Joins of whole workspaces are hashed, and a million rows sorted, in memory; compiling costs more than it saves. No
# nested loops: what is chosen here has no statistics, and one that took it for few did not end in minutes. Of FEW they
# are all there is to do: without them a letter to one person reads everybody.
FEW = 100
_SET = """
    SET LOCAL work_mem = '256MB'; SET LOCAL jit = off; SET LOCAL enable_nestloop = off;
    DROP TABLE IF EXISTS chosen, frozen; -- of an earlier freeze in the same transaction
    CREATE TEMPORARY TABLE chosen (contact_id bigint, address text, zone text) ON COMMIT DROP;
    CREATE TEMPORARY TABLE frozen (contact_id bigint, address text, sort int, reason text) ON COMMIT DROP
"""
_CHOSEN = table("chosen", column("contact_id"), column("address"), column("zone"))


def choose(conn: Conn, workspace_id: int, contacts: People) -> int:
    """Put everybody a query means into `chosen`; how many those are. Settings hold until the transaction ends."""
    conn.execute(text(_SET))
    c = m.Contact
    (found,) = contacts.selected_columns
    if found.compare(c.__table__.c.id):  # the query reads contacts itself: no need to look them up again
        who = contacts.add_columns(c.email, c.zone)
    else:
        who = select(c.id, c.email, c.zone).where(c.id.in_(contacts))
    put = insert(_CHOSEN).from_select([*_CHOSEN.c], who.where(c.workspace_id == workspace_id))
    chosen = conn.execute(put.execution_options(preserve_rowcount=True)).rowcount
    if chosen <= FEW:
        conn.execute(text("SET LOCAL enable_nestloop = on; ANALYZE chosen"))
    return chosen


def zones(conn: Conn, default: str) -> list[str]:
    """The zones of those who are chosen."""
    statement = text("SELECT DISTINCT coalesce(zone, :default) FROM chosen ORDER BY 1")
    return list(conn.execute(statement, {"default": default}).scalars())


# Whoever withdrew is out, from the channel or from the topic. `wants`: somebody must have said yes, to either.
_JUDGE = text("""
    INSERT INTO frozen SELECT c.contact_id, c.address, coalesce(z.grp, 0) * :width + coalesce(p.no, :other),
        CASE
            WHEN c.address NOT LIKE '%_@_%' THEN :no_address
            WHEN a.state = 'withdrawn' OR t.state = 'withdrawn' THEN :no_consent
            WHEN :wants AND a.state IS NULL AND t.state IS NULL THEN :no_consent
            WHEN f.contact_id IS NOT NULL THEN :capped
            ELSE ''
        END
    FROM chosen c
    LEFT JOIN unnest(cast(:zones AS text[]), cast(:grps AS int[])) AS z(zone, grp) ON z.zone = coalesce(c.zone, :zone)
    LEFT JOIN unnest(cast(:domains AS text[]), cast(:nos AS int[])) AS p(domain, no)
        ON p.domain = lower(split_part(c.address, '@', -1))
    LEFT JOIN consent a ON a.contact_id = c.contact_id AND a.channel = 'mail' AND a.topic_id = 0
        AND a.workspace_id = :w
    LEFT JOIN consent t ON :topic <> 0 AND t.contact_id = c.contact_id AND t.channel = 'mail' AND t.topic_id = :topic
        AND t.workspace_id = :w
    LEFT JOIN unnest(cast(:capped_ids AS bigint[])) AS f(contact_id) ON f.contact_id = c.contact_id
""")
_PROVIDERS = ("", *sorted(PROVIDERS))  # a row's place among them is a part of its sort; none where none are told apart
_WIDTH = 100  # more than there are
_CANARY = -(2**31)  # what makes any sort one of those that go first


class Rules(NamedTuple):
    """What decides over a recipient beside their own row: see `judge`."""

    topic_id: int
    wants: bool  # somebody must have said yes
    split: bool  # receivers are told apart
    capped: Sequence[int]
    grps: Mapping[str, int]  # by zone
    zone: str  # of those who have none


def judge(conn: Conn, workspace_id: int, rules: Rules, words: Mapping[str, str]) -> None:
    """Put everybody who is chosen into `frozen`: with their group of zones and provider, and why one is left out."""
    domains = DOMAINS if rules.split else {}
    values = {
        "w": workspace_id, "topic": rules.topic_id, "wants": rules.wants, "width": _WIDTH,
        "other": _PROVIDERS.index(OTHER if rules.split else ""), "zone": rules.zone,
        "zones": db.texts(rules.grps), "grps": db.numbers(rules.grps.values()), "domains": db.texts(domains),
        "nos": db.numbers(map(_PROVIDERS.index, domains.values())), "capped_ids": db.numbers(rules.capped), **words,
    }  # fmt: skip
    conn.execute(_JUDGE, values)


def addresses(conn: Conn) -> tuple[list[int], list[str]]:
    """(contact ids, addresses) of all who are chosen, a few long texts: a million rows to read one by one take 3 s."""
    found = conn.execute(text("""
        SELECT string_agg(cast(contact_id AS text), ','), string_agg(translate(address, E'\\n', ''), E'\\n')
        FROM chosen GROUP BY contact_id / 100000
    """)).all()  # fmt: skip
    ids = [int(contact) for contacts, _ in found for contact in contacts.split(",")]
    return ids, [address for _, several in found for address in several.split("\n")]


def leave_out(conn: Conn, reasons: Mapping[int, str]) -> None:
    """Leave these contacts out too, unless they are already."""
    conn.execute(
        text("UPDATE frozen SET reason = o.reason FROM unnest(cast(:ids AS bigint[]), cast(:reasons AS text[]))"
             " AS o(contact_id, reason) WHERE frozen.contact_id = o.contact_id AND frozen.reason = ''"),
        {"ids": db.numbers(reasons), "reasons": db.texts(reasons.values())},
    )  # fmt: skip


def pick_canary(conn: Conn, size: int, salt: int) -> None:
    """Let so many of those who may have it soonest go first: whom, the salted hash of their number decides."""
    conn.execute(
        text(
            "UPDATE frozen SET sort = sort + :canary FROM (SELECT contact_id FROM frozen WHERE reason = ''"
            " ORDER BY sort / :width, hashint8extended(contact_id, :salt) LIMIT :size) p"
            " WHERE p.contact_id = frozen.contact_id"
        ),
        {"size": size, "salt": salt, "canary": _CANARY, "width": _WIDTH},
    )


class Sort(NamedTuple):
    """How many of a kind are in `frozen`; the rows of a run lie in this order."""

    canary: bool
    grp: int
    provider: str
    rows: int


def sorts(conn: Conn) -> list[Sort]:
    """What is to be cut into batches, in the order of the rows."""
    found = conn.execute(text("SELECT sort, count(*) FROM frozen WHERE reason = '' GROUP BY 1 ORDER BY 1"))
    return [Sort(sort < 0, *_told(sort), rows) for sort, rows in found]


def _told(sort: int) -> tuple[int, str]:
    grp, no = divmod(sort - _CANARY if sort < 0 else sort, _WIDTH)
    return grp, _PROVIDERS[no]


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
_INSERT = """
    INSERT INTO {table} (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, useful_until)
    SELECT r.id, f.seq, r.workspace_id, f.contact_id, :about, (cast(:ids AS bigint[]))[f.place], :transport, f.address,
        (cast(:untils AS timestamptz[]))[f.place]
    FROM run r, (
        SELECT contact_id, address, row_number() OVER sorted AS seq,
            width_bucket(row_number() OVER sorted, cast(:firsts AS bigint[])) AS place
        FROM frozen WHERE reason = '' WINDOW sorted AS (ORDER BY sort, contact_id)
    ) f
    WHERE r.id = :run + 0 AND r.workspace_id = :w
"""


def insert_rows(
    conn: Conn, workspace_id: int, room: Room, transport: str, about: int, cuts: Sequence[Cut], ids: Sequence[int]
) -> int:
    """Make a row of everybody who is to get it, each in its batch; how many."""
    values = {
        "w": workspace_id, "run": room.run_id, "transport": transport, "about": about, "ids": db.numbers(ids),
        "firsts": db.numbers([cut.first for cut in cuts]), "untils": db.times([cut.until for cut in cuts]),
    }  # fmt: skip
    return int(conn.execute(text(_INSERT.format(table=room.table)), values).rowcount)


def refresh_statistics(conn: Conn, run_id: int) -> None:
    """Let PostgreSQL look at the partition of a run that has become many rows, before anybody asks for them.

    Until it has, it takes a new run for one row, and reads all of it for each batch: claims, the end of a batch, a
    cancel. Autovacuum comes a minute later, and looks closer: few pages say enough until then.
    """
    found = conn.execute(
        text("SELECT cast(cast(tableoid AS regclass) AS text) FROM delivery WHERE run_id = :r LIMIT 1"), {"r": run_id}
    )
    conn.execute(text("SET LOCAL default_statistics_target = 20"))
    conn.execute(text(f"ANALYZE {found.scalar_one()} (run_id, batch_id, state)"))


def out_rows(workspace_id: int, run_id: int, transport: str, about: int, batch_id: int, after: int, until: datetime
             ) -> Select[Any]:  # fmt: skip
    """The rows of those who are left out, behind seq `after`, for engine.move."""
    f = table("frozen", column("contact_id"), column("address"), column("reason"))
    return select(
        literal(run_id, BigInteger).label("run_id"),
        (func.row_number().over(order_by=f.c.contact_id) + after).label("seq"),
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
