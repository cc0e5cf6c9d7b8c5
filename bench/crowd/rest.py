"""What else a year leaves behind: mails that came in, answers, acts, histories, tallies, processes, suppressions."""

from __future__ import annotations

from sqlalchemy import text

from engine import sealing
from engine.db import Conn

RELAYS = 3
_RAW = (
    "Return-Path: <{from}>\r\nFrom: {from}\r\nTo: r+abc@reply.bench.example\r\nSubject: Re: What did you get done"
    " today?\r\nMessage-ID: <{id}@mail.example>\r\nDate: Mon, 3 Nov 2025 18:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nFixed the import, reviewed two changes.\r\n\r\n"
    "On Mon, Nov 3, 2025 at 5:30 PM the team wrote:\r\n> What did you get done today?\r\n"
)
_INBOUND = """
    INSERT INTO inbound (id, workspace_id, source, external_id, envelope_from, envelope_to, received_at, raw, state,
        reason, kind, subject, from_address, dedupe_key, parsed) OVERRIDING SYSTEM VALUE
    SELECT id, workspace_id, 'smtpd', 'x' || id, email, '{r+abc@reply.bench.example}', at,
        convert_to(replace(replace(:raw, '{from}', email), '{id}', id::text), 'UTF8'), state, reason, kind,
        'Re: What did you get done today?', email, 'k' || id,
        jsonb_build_object('visible', 'Fixed the import, reviewed two changes.', 'subject', 'Re: What did you get done')
    FROM (%s) i ORDER BY id
"""
_ROUTED = """
    SELECT a.id, a.workspace_id, c.email, a.at, 'routed' AS state, '' AS reason, 'reply' AS kind
    FROM reply a JOIN membership m ON m.id = a.membership_id JOIN contact c ON c.id = m.contact_id
    WHERE a.source = 'mail'
"""
_WAITING = """
    SELECT :after + n AS id, c.workspace_id, c.email, :now - n * interval '20 minutes' AS at,
        CASE WHEN n % 10 = 0 THEN 'parked' WHEN n % 3 = 0 THEN 'held' ELSE 'noted' END AS state,
        (ARRAY['The sender is not the member that was asked.', 'The reply token has expired.',
        'It is an automatic reply.'])[1 + n % 3] AS reason, CASE WHEN n % 3 = 1 THEN 'robot' ELSE 'reply' END AS kind
    FROM generate_series(1, :waiting) n JOIN contact c ON c.id = 1 + n % :people
"""
_REST = (
    """INSERT INTO campaign (id, workspace_id, name, version_no) OVERRIDING SYSTEM VALUE
    VALUES (1, 1, 'Spring meeting', 3)""",
    """INSERT INTO campaign_version (workspace_id, campaign_id, no, subject, body)
    SELECT 1, 1, n, 'See you in spring', repeat('Hi {{ first_name or "there" }}, come and see. ', 100)
    FROM generate_series(1, 3) n""",
    """INSERT INTO answer (id, workspace_id, participation_id, membership_id, inbound_id, source, text, at)
    OVERRIDING SYSTEM VALUE
    SELECT a.id, a.workspace_id, a.part_id, a.membership_id, CASE WHEN a.source = 'mail' THEN a.id END, a.source,
        p.words, a.at FROM reply a JOIN phrase p ON p.n = a.id & 16383 ORDER BY a.id""",
    """INSERT INTO act (workspace_id, at, actor, who, act, noun, object_id, about)
    SELECT c.workspace_id, :now - (:acts - n) * interval '15 minutes', 'account:' || 1 + n % :people, c.name,
        (ARRAY['signed_in', 'changed_hours', 'paused', 'resumed', 'changed_schedule', 'invited', 'settled_doubts'])
        [1 + n % 7], (ARRAY['account', 'membership', 'membership', 'membership', 'team', 'contact', 'run'])[1 + n % 7],
        1 + n % 100, CASE WHEN n % 7 IN (1, 2, 3, 5) THEN c.name ELSE '' END
    FROM generate_series(1, :acts) n JOIN contact c ON c.id = 1 + n * 13 % :people ORDER BY n""",
    """INSERT INTO history (workspace_id, noun, object_id, at, trigger, to_state, note)
    SELECT workspace_id, 'inbound', id, received_at, CASE state WHEN 'noted' THEN 'note' WHEN 'held' THEN 'hold'
        WHEN 'parked' THEN 'park' ELSE 'route' END, state, reason FROM inbound""",
    """INSERT INTO segment (workspace_id, name, query)
    SELECT w.id, 'Segment ' || n, 'in any team and not email ends with "@example.net"'
    FROM workspace w, generate_series(1, 50) n""",
    """INSERT INTO import (workspace_id, name, state, header, lines, made, faults, ended_at)
    SELECT id, 'people.csv', 'done', jsonb_build_object('names', jsonb_build_array('email'), 'encoding', 'utf-8',
        'separator', ','), 100, 50, 50, :now FROM workspace""",
    """INSERT INTO import_fault (import_id, workspace_id, line, words, raw)
    SELECT i.id, i.workspace_id, 1 + n, 'This is not a mail address.', 'x' FROM import i, generate_series(1, 50) n""",
    """INSERT INTO dry_run (campaign_id, workspace_id, version_no, query_hash, total, done, failed, largest, began_at,
        ended_at)
    SELECT id, workspace_id, version_no, hashtextextended(query, 0), :people, :people, 100, 9000, :now, :now
    FROM campaign""",
    """INSERT INTO dry_fault (campaign_id, workspace_id, contact_id, reason)
    SELECT c.id, c.workspace_id, p.id, 'first_name is missing' FROM campaign c, LATERAL (
        SELECT id FROM contact WHERE workspace_id = c.workspace_id ORDER BY id LIMIT 100) p""",
    """INSERT INTO relay (workspace_id, name, preset, uses, rank, host, port, visible)
    SELECT w.id, x.* FROM workspace w, (VALUES ('Main', 'sendgrid', 'all', 0, 'smtp.sendgrid.net', 587, false),
        ('Bulk', 'smarthost', 'bulk', 0, 'mail.acme.example', 587, true),
        ('Spare', 'postmark', 'all', 1, 'smtp.postmarkapp.com', 587, false)) x""",
    """INSERT INTO tally (workspace_id, run_id, day, transport, lane, provider, from_domain, tried, accepted, delivered,
        deferred, bounced, complained, failed, doubted)
    SELECT d.workspace_id, d.run_id, (r.made_at AT TIME ZONE 'UTC')::date, d.transport, 'instance',
        CASE WHEN d.transport <> 'smtp' THEN '' WHEN d.address LIKE '%@gmail.com' THEN 'gmail'
        WHEN d.address LIKE '%@outlook.com' THEN 'outlook' WHEN d.address LIKE '%@yahoo.com' THEN 'yahoo'
        ELSE 'other' END, 'bench.example', count(*), count(*) FILTER (WHERE d.state IN ('sent', 'delivered')),
        count(*) FILTER (WHERE d.state = 'delivered'), count(*) FILTER (WHERE d.attempt > 0),
        count(*) FILTER (WHERE d.state = 'bounced'), count(*) FILTER (WHERE d.state = 'complained'),
        count(*) FILTER (WHERE d.state = 'failed'), count(*) FILTER (WHERE d.state = 'in_doubt')
    FROM delivery d JOIN run r ON r.id = d.run_id WHERE r.made_at > :now - interval '90 days' GROUP BY 1, 2, 3, 4, 6""",
    """INSERT INTO tallied (run_id, workspace_id, at, total, moved_at, settled, odd)
    SELECT id, workspace_id, made_at + interval '1 hour', size, made_at, state = 'done', state <> 'done' OR EXISTS (
        SELECT FROM delivery d WHERE d.run_id = run.id AND d.state NOT IN ('sent', 'delivered')) FROM run""",
    """INSERT INTO incident (workspace_id, kind, about, words, opened_at, told_at, over_at)
    SELECT 1 + n % 2, 'health', 'n' || n, '10 % of the mails bounced in the last 3 days.', :now - n * interval '1 day',
        :now - n * interval '1 day', CASE WHEN n > 2 THEN :now - n * interval '1 day' + interval '2 hours' END
    FROM generate_series(1, 300) n""",
    """INSERT INTO channel_digest (workspace_id, channel_id, local_date, since_no, until_no, made_at)
    SELECT c.workspace_id, c.id, :today - n, 0, 1, :now - n * interval '1 day'
    FROM channel c, generate_series(1, 90) n""",
    """INSERT INTO correction (workspace_id, channel_id, run_id, seq, made_at)
    SELECT workspace_id, recipient, run_id, seq, sent_at FROM delivery WHERE transport <> 'smtp' AND run_id % 50 = 0
        AND sent_at IS NOT NULL""",
    """INSERT INTO heartbeat (role, process, version)
    SELECT role, 'bench:1:' || n, '' FROM unnest(ARRAY['scheduler', 'queue:send', 'queue:bulk', 'queue:inbound',
        'queue:upkeep', 'smtpd']) role, generate_series(1, 2) n""",
    """INSERT INTO pace (lane, provider, allowed)
    SELECT 'instance', provider, 4 FROM unnest(ARRAY['', 'gmail', 'outlook', 'yahoo', 'other']) provider""",
    """INSERT INTO conversation (workspace_id, channel_key, platform, type, team_id, contact_id, last_no, mod_seq,
        status, moved_at)
    SELECT workspace_id, 'mail.direct.' || id, 'mail', 'direct', team_id, contact_id, 3, id,
        (ARRAY['open', 'waiting', 'closed'])[id % 3 + 1], :now - id % 90 * interval '1 hour' FROM membership""",
    """INSERT INTO member (conversation_id, workspace_id, account_or_contact)
    SELECT v.id, v.workspace_id, 'contact:' || m.contact_id
    FROM conversation v JOIN membership m ON v.channel_key = 'mail.direct.' || m.id""",
    """INSERT INTO message (conversation_id, no, workspace_id, author_id, author_kind, subject, proof, kind, body,
        platform, external_id, at)
    SELECT v.id, n, v.workspace_id, m.contact_id, 'contact', 'A question', 'from', 'mail', 'Who knows the new plan?',
        'mail', v.id || '/' || n, :now - n * interval '1 day'
    FROM conversation v JOIN membership m ON v.channel_key = 'mail.direct.' || m.id, generate_series(1, 3) n""",
    """INSERT INTO bucket (key, tokens, at) SELECT 'replies:' || n, 5, :now FROM generate_series(1, :people) n""",
)
_IDENTITIES = """
    SELECT c.table_name, pg_get_serial_sequence(c.table_name, c.column_name) AS sequence
    FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.is_identity = 'YES'
"""


def make(conn: Conn, people: int, answers: int, secret: str, values: dict[str, object]) -> None:
    """All of it; `answers` made it to the ledger before."""
    waiting = max(20, answers // 20)
    shared = {**values, "raw": _RAW, "people": people, "acts": people * 6, "after": answers, "waiting": waiting}
    for which in (_ROUTED, _WAITING):
        conn.execute(text(_INBOUND % which), shared)
    for statement in _REST:
        conn.execute(text(statement), shared)
    _suppress(conn, secret)
    for table, sequence in conn.execute(text(_IDENTITIES)).all():
        conn.execute(text(f"SELECT setval('{sequence}', greatest(1, (SELECT max(id) FROM {table})))"))


def _suppress(conn: Conn, secret: str) -> None:
    """Addresses that came back get nothing more; their hashes are made as the product makes them."""
    rows = conn.execute(text("SELECT workspace_id, email FROM contact WHERE id % 50 = 7")).all()
    conn.execute(
        text("INSERT INTO suppression (workspace_id, address_hash, reason, evidence) SELECT w, h, 'bounce', '550 5.1.1'"
             " FROM unnest(cast(:w AS bigint[]), cast(:h AS bytea[])) x (w, h)"),
        {"w": [row.workspace_id for row in rows], "h": [sealing.address_hash(secret, row.email) for row in rows]},
    )  # fmt: skip
