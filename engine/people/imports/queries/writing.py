"""From the stage into the tables: people, what they were before, their numbers, their consents with the proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text

from engine.db import Conn
from engine.people.imports.queries.jobs import Job

# What a hash is made of that says whether somebody changed a person since: see `undoing`.
LEFT = "hash_record_extended(ROW({0}.name, {0}.zone, {0}.locale, {0}.standing, {0}.attributes, {0}.tags), 0)"


def write(conn: Conn, job: Job, existing: str, now: datetime) -> bool:
    """Make and change people, and note what they were; False where another made one of them meanwhile."""
    wanted = conn.scalar(text("SELECT count(*) FROM import_stage WHERE did = 'made' AND NOT fresh AND wrong IS NULL"))
    facts = {"ws": job.workspace_id, "id": job.id, "now": now}
    made = conn.execute(text("""
        INSERT INTO contact (id, workspace_id, email, email_key, name, zone, locale, attributes, tags, made_at)
        SELECT contact_id, :ws, email, key, name, zone, locale, attributes, tags, :now FROM import_stage
        WHERE did = 'made' AND NOT fresh AND wrong IS NULL ORDER BY line
        ON CONFLICT (workspace_id, email_key) DO NOTHING
    """), facts)  # fmt: skip
    standing = "s.b_standing" if existing == "leave" else "'known'"
    conn.execute(text(f"""
        UPDATE contact c SET name = s.name, zone = s.zone, locale = s.locale, attributes = s.attributes, tags = s.tags,
            standing = {standing}
        FROM import_stage s WHERE c.id = s.contact_id AND s.wrong IS NULL
            AND (s.did = 'changed' OR s.again_did = 'changed' OR s.fresh)
    """))  # noqa: S608  # fmt: skip
    if made.rowcount == wanted:
        _note(conn, facts, standing)
    return bool(made.rowcount == wanted)


def _note(conn: Conn, facts: dict[str, Any], standing: str) -> None:
    left = LEFT.format("s").replace("s.standing", f"cast({standing} AS text)")
    conn.execute(text(f"""
        INSERT INTO import_change (import_id, contact_id, workspace_id, line, at, did, before, after)
        SELECT :id, s.contact_id, :ws, s.line, s.at, s.did, CASE WHEN s.did = 'changed' THEN jsonb_build_object(
            'name', s.b_name, 'zone', s.b_zone, 'locale', s.b_locale, 'standing', s.b_standing,
            'attributes', s.b_attributes, 'tags', to_jsonb(s.b_tags),
            'phone', CASE WHEN s.adds THEN s.phone END,
            'consent', CASE WHEN s.says THEN (SELECT jsonb_build_object('state', c.state, 'source', c.source,
                'evidence', c.evidence, 'at', c.at) FROM consent c
                WHERE c.contact_id = s.contact_id AND c.channel = 'mail' AND c.topic_id = 0) END,
            'says', s.says) END, {left}
        FROM import_stage s WHERE s.wrong IS NULL ORDER BY s.line
        ON CONFLICT (import_id, contact_id) DO UPDATE SET line = excluded.line, at = excluded.at, did = excluded.did,
            after = excluded.after, before = CASE WHEN import_change.did = 'changed' AND excluded.did = 'changed'
                THEN excluded.before || jsonb_build_object(
                    'phone', coalesce(import_change.before->'phone', excluded.before->'phone'),
                    'says', import_change.before->'says' = 'true' OR excluded.before->'says' = 'true', 'consent',
                    CASE WHEN import_change.before->'says' = 'true' THEN import_change.before->'consent'
                         ELSE excluded.before->'consent' END)
                ELSE excluded.before END
    """), facts)  # noqa: S608  # fmt: skip


def write_phones(conn: Conn, job: Job, now: datetime) -> None:
    """Add the numbers that are new."""
    query = text("""
        INSERT INTO contact_address (workspace_id, contact_id, platform, address, made_at)
        SELECT :ws, contact_id, 'sms', phone, :now FROM import_stage WHERE adds AND wrong IS NULL
        ON CONFLICT (workspace_id, platform, address) DO NOTHING
    """)
    conn.execute(query, {"ws": job.workspace_id, "now": now})


def write_consents(conn: Conn, job: Job) -> None:
    """Keep what changes of consents, with its proof: the file, the line, where it says it comes from."""
    query = text("""
        WITH said AS (
            SELECT contact_id, consent, coalesce(consent_at, cast(:now AS timestamptz)) AS at,
                :evidence || line || coalesce(': ' || nullif(consent_words, ''), '') AS evidence
            FROM import_stage WHERE says AND wrong IS NULL
        ), now AS (
            INSERT INTO consent (contact_id, channel, topic_id, workspace_id, state, source, evidence, at)
            SELECT contact_id, 'mail', 0, :ws, consent, 'import', evidence, at FROM said
            ON CONFLICT (contact_id, channel, topic_id) DO UPDATE SET state = excluded.state, source = excluded.source,
                evidence = excluded.evidence, at = excluded.at
        )
        INSERT INTO consent_event (workspace_id, contact_id, channel, topic_id, state, source, evidence, actor, at)
        SELECT :ws, contact_id, 'mail', 0, consent, 'import', evidence, :actor, at FROM said
    """)
    facts = {"ws": job.workspace_id, "now": job.made_at, "actor": job.made_by, "evidence": evidence(job)}
    conn.execute(query, facts)


def evidence(job: Job) -> str:
    """How the proofs of this import begin; the line follows."""
    return f"import {job.id}, {job.name}, line "
