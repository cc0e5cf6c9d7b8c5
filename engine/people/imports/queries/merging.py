"""One slice of people into the workspace: copied into a stage of the transaction, judged there, merged once.

The stage drives every statement, some thousand rows against indexes of a million: plans that read those tables whole
are out of the question, whatever the statistics of tables that grow by the second say. So workspace and import are
columns of the stage: where they were given as values, a plan began with "the few people of this workspace" and looked
through the stage for each of them, and a slice of 5,000 took 50 s after 25,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from engine.db import Conn
from engine.people.imports.queries.jobs import Job

if TYPE_CHECKING:
    from engine.people.imports.judging import Person

PLANS = "; ".join(f"SET LOCAL enable_{name} = off" for name in ("hashjoin", "mergejoin", "seqscan"))
# b_*: what the person was before this import; without it (`fresh`, or new) what nobody has said anything of.
_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS import_stage (
        ws bigint, import bigint, line bigint, at bigint, key text, email text, name text, zone text, locale text,
        attributes jsonb, tags text[], phone text, consent text, consent_at timestamptz, consent_words text,
        contact_id bigint, fresh boolean NOT NULL DEFAULT false, b_name text NOT NULL DEFAULT '', b_zone text,
        b_locale text NOT NULL DEFAULT 'en', b_standing text NOT NULL DEFAULT 'known',
        b_attributes jsonb NOT NULL DEFAULT '{}', b_tags text[] NOT NULL DEFAULT '{}', has_consent text,
        says boolean NOT NULL DEFAULT false, adds boolean NOT NULL DEFAULT false, did text, wrong text,
        again bigint, again_at bigint, again_did text
    ) ON COMMIT DELETE ROWS
"""
_COPY = (
    "COPY import_stage (ws, import, line, at, key, email, name, zone, locale, attributes, tags, phone, consent,"
    " consent_at, consent_words) FROM STDIN"
)
REFUSED = "This person wrote to you once and was turned away. Let them in first."
THEIRS = "This phone number is another person's here."


class Merged(NamedTuple):
    """What became of a slice. `wrong`: line and words; `again`: earlier line, its byte, and the line that counts."""

    made: int
    changed: int
    same: int
    kept_withdrawn: int
    wrong: Sequence[tuple[int, str]]
    again: Sequence[tuple[int, int, int]]


def stage(conn: Conn, job: Job, people: Iterable[Person]) -> None:
    """Copy the slice into the stage."""
    conn.execute(text(PLANS))
    conn.execute(text(_STAGE))
    conn.execute(text("DELETE FROM import_stage"))  # a second slice in one transaction
    with closing(conn.connection.cursor()) as cursor, cursor.copy(_COPY) as copy:
        for person in people:
            copy.write_row((job.workspace_id, job.id, *person))


def find(conn: Conn, lock: bool) -> None:
    """Find those who are here, held until the transaction ends (`lock`, in the order in which all hold them)."""
    if lock:
        conn.execute(text("""
            SELECT c.id FROM import_stage s JOIN contact c ON c.workspace_id = s.ws AND c.email_key = s.key
            ORDER BY c.id FOR NO KEY UPDATE OF c
        """))  # fmt: skip
    query = text("""
        UPDATE import_stage s SET contact_id = c.id, b_name = c.name, b_zone = c.zone, b_locale = c.locale,
            b_standing = c.standing, b_attributes = c.attributes, b_tags = c.tags,
            wrong = CASE WHEN c.standing = 'refused' THEN :refused END
        FROM contact c WHERE c.workspace_id = s.ws AND c.email_key = s.key
    """)
    conn.execute(query, {"refused": REFUSED})


def find_again(conn: Conn, dry: bool) -> None:
    """Find addresses that this file had before: the earlier line counts no more, so what was before it counts."""
    query = """
        UPDATE import_stage s SET again = h.line, again_at = h.at, again_did = h.did
        FROM import_seen h WHERE h.import_id = s.import AND h.key = sha256(convert_to(s.key, 'UTF8'))
    """ if dry else """
        UPDATE import_stage s SET again = h.line, again_at = h.at, again_did = h.did, fresh = h.did = 'made',
            b_name = CASE h.did WHEN 'made' THEN '' WHEN 'changed' THEN h.before->>'name' ELSE s.b_name END,
            b_zone = CASE h.did WHEN 'made' THEN NULL WHEN 'changed' THEN h.before->>'zone' ELSE s.b_zone END,
            b_locale = CASE h.did WHEN 'made' THEN 'en' WHEN 'changed' THEN h.before->>'locale' ELSE s.b_locale END,
            b_standing = CASE h.did WHEN 'changed' THEN h.before->>'standing' ELSE s.b_standing END,
            b_attributes = CASE h.did WHEN 'made' THEN '{}' WHEN 'changed' THEN h.before->'attributes'
                           ELSE s.b_attributes END,
            b_tags = CASE h.did WHEN 'made' THEN '{}'
                WHEN 'changed' THEN ARRAY(SELECT jsonb_array_elements_text(h.before->'tags')) ELSE s.b_tags END
        FROM import_change h WHERE h.import_id = s.import AND h.contact_id = s.contact_id
    """  # fmt: skip
    conn.execute(text(query))


def find_phones(conn: Conn, existing: str) -> None:
    """Refuse numbers that are another's, and see which are new to their person."""
    query = text("""
        UPDATE import_stage s SET wrong = :theirs FROM contact_address a
        WHERE a.workspace_id = s.ws AND a.platform = 'sms' AND a.address = s.phone
            AND a.contact_id IS DISTINCT FROM s.contact_id AND s.wrong IS NULL
    """)
    conn.execute(query, {"theirs": THEIRS})
    query = text("""
        UPDATE import_stage s SET adds = s.contact_id IS NULL OR s.fresh OR :mode <> 'leave' AND NOT EXISTS (
            SELECT FROM contact_address a WHERE a.workspace_id = s.ws AND a.contact_id = s.contact_id
                AND a.platform = 'sms' AND (:mode = 'fill' OR a.address = s.phone))
        WHERE s.phone IS NOT NULL AND s.wrong IS NULL
    """)
    conn.execute(query, {"mode": existing})


def find_consents(conn: Conn, existing: str, regive: bool) -> None:
    """See whose consent the file changes: never from withdrawn to given, unless a person said so (`regive`).

    A word that the file dates before the one that holds changes nothing.
    """
    conn.execute(text("""
        UPDATE import_stage s SET has_consent = c.state FROM consent c
        WHERE c.contact_id = s.contact_id AND c.channel = 'mail' AND c.topic_id = 0
    """))  # fmt: skip
    query = text("""
        UPDATE import_stage s SET says = consent IS DISTINCT FROM has_consent
            AND (contact_id IS NULL OR fresh OR :mode <> 'leave')
            AND (consent = 'withdrawn' OR has_consent IS DISTINCT FROM 'withdrawn' OR :regive)
            AND (consent = 'given' AND :regive OR NOT EXISTS (SELECT FROM consent c WHERE c.contact_id = s.contact_id
                AND c.channel = 'mail' AND c.topic_id = 0 AND c.at > s.consent_at))
        WHERE consent IS NOT NULL
    """)
    conn.execute(query, {"mode": existing, "regive": regive})


def settle(conn: Conn, existing: str, dry: bool) -> None:
    """Work out what each person will be, and whether that makes or changes them; new ones get their number."""
    if existing == "leave":
        fields = "name = b_name, zone = b_zone, locale = b_locale, attributes = b_attributes, tags = b_tags"
    else:
        first = "coalesce(nullif(name, ''), b_name)", "coalesce(zone, b_zone)", "b_attributes || attributes"
        other = "coalesce(nullif(b_name, ''), name)", "coalesce(b_zone, zone)", "attributes || b_attributes"
        name, zone, attributes = first if existing == "update" else other
        locale = "coalesce(locale, b_locale)" if existing == "update" else "b_locale"
        fields = f"""name = {name}, zone = {zone}, locale = {locale}, attributes = {attributes},
            tags = CASE WHEN tags <@ b_tags THEN b_tags
                ELSE b_tags || ARRAY(SELECT t FROM unnest(tags) t WHERE t <> ALL (b_tags)) END"""  # noqa: S608
    query = f"UPDATE import_stage SET {fields} WHERE contact_id IS NOT NULL AND NOT fresh AND wrong IS NULL"  # noqa: S608
    conn.execute(text(query))
    standing = "b_standing" if existing == "leave" else "'known'"
    conn.execute(text(f"""
        UPDATE import_stage SET did = CASE WHEN (name, zone, locale, attributes, tags, {standing}) IS DISTINCT FROM
            (b_name, b_zone, b_locale, b_attributes, b_tags, b_standing) OR says OR adds THEN 'changed' ELSE 'same' END
        WHERE contact_id IS NOT NULL AND NOT fresh AND wrong IS NULL
    """))  # noqa: S608  # fmt: skip
    number = "contact_id" if dry else "coalesce(contact_id, nextval(pg_get_serial_sequence('contact', 'id')))"
    conn.execute(text(f"""
        UPDATE import_stage SET did = 'made', locale = coalesce(locale, 'en'), contact_id = {number}
        WHERE (contact_id IS NULL OR fresh) AND wrong IS NULL
    """))  # noqa: S608  # fmt: skip


def ids(conn: Conn, emails: Iterable[str]) -> dict[str, int]:
    """The people of the slice, written by now, with these addresses as the file has them."""
    query = text("SELECT email, contact_id FROM import_stage WHERE email = ANY(:emails) AND wrong IS NULL")
    return {row.email: row.contact_id for row in conn.execute(query, {"emails": list(emails)})}


def remember(conn: Conn, job: Job) -> None:
    """Keep the addresses of a dry run's slice, to see those that come again."""
    query = text("""
        INSERT INTO import_seen (import_id, key, workspace_id, line, at, did)
        SELECT :id, sha256(convert_to(key, 'UTF8')), :ws, line, at, did FROM import_stage WHERE wrong IS NULL
        ON CONFLICT (import_id, key) DO UPDATE SET line = excluded.line, at = excluded.at, did = excluded.did
    """)
    conn.execute(query, {"id": job.id, "ws": job.workspace_id})


def merged(conn: Conn) -> Merged:
    """What became of the slice."""
    counts = conn.execute(text("""
        SELECT count(*) FILTER (WHERE did = 'made') - count(*) FILTER (WHERE again_did = 'made'),
            count(*) FILTER (WHERE did = 'changed') - count(*) FILTER (WHERE again_did = 'changed'),
            count(*) FILTER (WHERE did = 'same') - count(*) FILTER (WHERE again_did = 'same'),
            count(*) FILTER (WHERE consent = 'given' AND has_consent = 'withdrawn' AND NOT says)
        FROM import_stage WHERE wrong IS NULL
    """)).one()  # fmt: skip
    wrong = conn.execute(text("SELECT line, wrong FROM import_stage WHERE wrong IS NOT NULL ORDER BY line"))
    again = conn.execute(
        text("SELECT again, again_at, line FROM import_stage WHERE again IS NOT NULL AND wrong IS NULL ORDER BY line")
    )
    made, changed, same, kept = counts
    found = [(row.line, row.wrong) for row in wrong]
    return Merged(made, changed, same, kept, found, [(row.again, row.again_at, row.line) for row in again])
