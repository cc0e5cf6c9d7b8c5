"""Taking an import back, a slice at a time: rows of `import_change` go as they are done, so a slice is done once."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import text

from engine.db import Conn
from engine.models import Base
from engine.people.imports.queries.jobs import Job
from engine.people.imports.queries.merging import PLANS
from engine.people.imports.queries.writing import LEFT, evidence

CHANGED = "Not taken back: somebody changed this person since."
USED = "Not taken back: this person is somebody's member, was written to or wrote, or has an account or other data."
# What an import itself leaves with a person, and takes away again.
OWN = ("import_change", "consent", "consent_event", "contact_address", "suppression")
_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS import_back (
        contact_id bigint, line bigint, did text, before jsonb, after bigint, kept text
    ) ON COMMIT DELETE ROWS
"""


@lru_cache(maxsize=1)
def _elsewhere() -> str:
    """Whether anything else in the database is about contact `c`: every table that points at one is asked."""
    asked = []
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            if key.referred_table.name == "contact" and table.name not in OWN:
                asked.append(f'SELECT FROM "{table.name}" x WHERE x.{key.column_keys[-1]} = c.id')
    asked += [
        "SELECT FROM inbound x WHERE x.contact_id = c.id",
        "SELECT FROM import_change x WHERE x.contact_id = c.id AND x.import_id <> :id",
        "SELECT FROM consent_event x WHERE x.contact_id = c.id AND NOT starts_with(x.evidence, :evidence)",
        "SELECT FROM contact_address x WHERE x.contact_id = c.id AND x.platform <> 'sms'",
        "SELECT FROM suppression x WHERE x.contact_id = c.id AND x.at >= :since",  # of before: the import knew it again
        """SELECT FROM run r JOIN delivery x ON x.run_id = r.id AND x.recipient = c.id
        WHERE r.workspace_id = :ws AND r.kind IN ('campaign', 'talk') AND r.made_at >= :since""",
    ]
    return " OR ".join(f"EXISTS ({one})" for one in asked)


def take(conn: Conn, job: Job, most: int) -> int:
    """Move at most so many changes into the stage, with the people held; how many there were."""
    conn.execute(text(PLANS))
    conn.execute(text(_STAGE))
    conn.execute(text("DELETE FROM import_back"))  # a second slice in one transaction
    query = text("""
        WITH gone AS (
            DELETE FROM import_change h WHERE h.ctid = ANY (ARRAY(
                SELECT ctid FROM import_change WHERE import_id = :id ORDER BY contact_id LIMIT :most
            )) RETURNING h.contact_id, h.line, h.did, h.before, h.after
        ) INSERT INTO import_back SELECT * FROM gone
    """)
    found = conn.execute(query, {"id": job.id, "most": most}).rowcount
    conn.execute(text(
        "SELECT c.id FROM import_back b JOIN contact c ON c.id = b.contact_id ORDER BY c.id FOR UPDATE OF c"
    ))  # fmt: skip
    return found


def judge(conn: Conn, job: Job) -> None:
    """See who stays as they are: changed since, or, of those the import made, in use."""
    facts = {"id": job.id, "ws": job.workspace_id, "since": job.made_at, "evidence": evidence(job)}
    conn.execute(text(f"""
        UPDATE import_back b SET kept = :changed FROM contact c
        WHERE c.id = b.contact_id AND b.did <> 'same' AND {LEFT.format("c")} <> b.after
    """), {"changed": CHANGED})  # noqa: S608  # fmt: skip
    conn.execute(text("""
        UPDATE import_back b SET kept = :changed FROM consent s
        WHERE s.contact_id = b.contact_id AND s.channel = 'mail' AND s.topic_id = 0 AND b.did <> 'same'
            AND NOT starts_with(s.evidence, :evidence)
            AND (b.did = 'made' OR cast(b.before->>'says' AS boolean))
    """), {"changed": CHANGED, **facts})  # fmt: skip
    conn.execute(text(f"""
        UPDATE import_back b SET kept = :used FROM contact c
        WHERE c.id = b.contact_id AND b.did = 'made' AND b.kept IS NULL AND ({_elsewhere()})
    """), {"used": USED, **facts})  # noqa: S608  # fmt: skip


def take_away(conn: Conn) -> int:
    """Remove those whom the import made; how many."""
    for table in ("consent_event", "consent", "contact_address"):
        conn.execute(text(f"""
            DELETE FROM {table} x USING import_back b
            WHERE x.contact_id = b.contact_id AND b.did = 'made' AND b.kept IS NULL
        """))  # noqa: S608  # fmt: skip
    conn.execute(text("""
        UPDATE suppression x SET contact_id = NULL FROM import_back b
        WHERE x.contact_id = b.contact_id AND b.did = 'made' AND b.kept IS NULL
    """))  # fmt: skip
    return conn.execute(text("""
        DELETE FROM contact c USING import_back b WHERE c.id = b.contact_id AND b.did = 'made' AND b.kept IS NULL
    """)).rowcount  # fmt: skip


def give_back(conn: Conn, job: Job) -> int:
    """Let those whom the import changed be what they were; how many."""
    done = conn.execute(text("""
        UPDATE contact c SET name = b.before->>'name', zone = b.before->>'zone', locale = b.before->>'locale',
            standing = b.before->>'standing', attributes = b.before->'attributes',
            tags = ARRAY(SELECT jsonb_array_elements_text(b.before->'tags'))
        FROM import_back b WHERE c.id = b.contact_id AND b.did = 'changed' AND b.kept IS NULL
    """)).rowcount  # fmt: skip
    conn.execute(text("""
        DELETE FROM contact_address a USING import_back b
        WHERE a.contact_id = b.contact_id AND a.platform = 'sms' AND a.address = b.before->>'phone'
            AND b.did = 'changed' AND b.kept IS NULL
    """))  # fmt: skip
    _consents_back(conn, job)
    return done


def _consents_back(conn: Conn, job: Job) -> None:
    """The consent of before, or none; what the import had said is no proof of anything any more."""
    which = "b.did = 'changed' AND b.kept IS NULL AND cast(b.before->>'says' AS boolean)"
    conn.execute(text(f"""
        DELETE FROM consent_event e USING import_back b
        WHERE e.contact_id = b.contact_id AND starts_with(e.evidence, :evidence) AND {which}
    """), {"evidence": evidence(job)})  # noqa: S608  # fmt: skip
    conn.execute(text(f"""
        DELETE FROM consent s USING import_back b WHERE s.contact_id = b.contact_id AND s.channel = 'mail'
            AND s.topic_id = 0 AND jsonb_typeof(b.before->'consent') = 'null' AND {which}
    """))  # noqa: S608  # fmt: skip
    conn.execute(text(f"""
        UPDATE consent s SET state = b.before#>>'{{consent,state}}', source = b.before#>>'{{consent,source}}',
            evidence = b.before#>>'{{consent,evidence}}', at = cast(b.before#>>'{{consent,at}}' AS timestamptz)
        FROM import_back b WHERE s.contact_id = b.contact_id AND s.channel = 'mail' AND s.topic_id = 0
            AND jsonb_typeof(b.before->'consent') = 'object' AND {which}
    """))  # noqa: S608  # fmt: skip


def say_kept(conn: Conn, job: Job) -> int:
    """List those who stay as they are, with why, among the faults; how many."""
    query = text("""
        INSERT INTO import_fault (import_id, line, workspace_id, words, raw)
        SELECT :id, b.line, :ws, b.kept, c.email FROM import_back b JOIN contact c ON c.id = b.contact_id
        WHERE b.kept IS NOT NULL ON CONFLICT (import_id, line) DO NOTHING
    """)
    return conn.execute(query, {"id": job.id, "ws": job.workspace_id}).rowcount


def add_counts(conn: Conn, job: Job, counts: dict[str, int]) -> None:
    """Add to what has been taken back so far."""
    for name, more in counts.items():
        query = text(
            "UPDATE import SET counts = jsonb_set(counts, ARRAY[:name],"
            " to_jsonb(coalesce(cast(counts->>:name AS bigint), 0) + :more)) WHERE id = :id"
        )
        conn.execute(query, {"name": name, "more": more, "id": job.id})
