"""The ledger of that year: prompts, nudges, digests, posts and notices, with what became of each.

One run for each kind, workspace and instant; a post or a notice is a run of its own, as the stories plan them.
"""

from __future__ import annotations

from sqlalchemy import text

from bench.crowd.size import SHARES, Size
from engine.db import Conn
from engine.outbound import partitions

BATCH = 500

_LETTERS = """
    CREATE TEMP TABLE letter AS
    SELECT 'prompt' AS kind, workspace_id, due_at AS at, 0::bigint AS own, membership_id AS recipient, id AS about,
        'smtp' AS transport, contact_id AS to_contact
    FROM part WHERE state NOT IN ('excused', 'due')
    UNION ALL
    SELECT 'nudge', workspace_id, due_at + interval '2 hours', 0, membership_id, id, 'smtp', contact_id
    FROM part WHERE state <> 'excused' AND local_date < :today AND pg_temp.part(id, 31) < :nudge
    UNION ALL
    SELECT 'digest', workspace_id, made_at, 0, membership_id, id, 'smtp', contact_id FROM summary
    UNION ALL
    SELECT 'post', a.workspace_id, a.at, a.id, c.id, a.id, c.kind, NULL
    FROM reply a JOIN channel c ON c.id = a.team_id * 2 WHERE pg_temp.part(a.id, 32) < :post
    UNION ALL
    SELECT 'notice', workspace_id, made_at, id, contact_id, id, 'smtp', contact_id FROM notice
"""
_NOTICES = """
    INSERT INTO notice (workspace_id, contact_id, template, made_at)
    SELECT c.workspace_id, c.id, 'invitation', :now - interval '1 day' * 364 * pg_temp.part(c.id * 16 + n, 33)
    FROM contact c, generate_series(0, 15) n WHERE n < :notice - 1 + pg_temp.part(c.id, 34) + 1
"""
_RUNS = (
    """CREATE TEMP TABLE run_plan AS
    SELECT row_number() OVER (ORDER BY at, kind, own, workspace_id) AS id, x.*
    FROM (SELECT kind, workspace_id, at, own, count(*) AS size, max(transport) AS transport
        FROM letter GROUP BY 1, 2, 3, 4) x""",
    "ANALYZE run_plan",
    """CREATE TEMP TABLE sending AS
    SELECT l.*, r.id AS run_id, row_number() OVER (PARTITION BY r.id ORDER BY l.recipient) AS seq,
        pg_temp.part(r.id * 1009 + l.recipient, 35) AS chance
    FROM letter l JOIN run_plan r USING (kind, workspace_id, at, own)""",
    "DROP TABLE letter",
    """CREATE TEMP TABLE batch_plan AS
    SELECT row_number() OVER (ORDER BY id, n) AS id, id AS run_id, n, workspace_id, transport, kind, at
    FROM run_plan, LATERAL generate_series(0, (size - 1) / :batch) n""",
    "ANALYZE sending", "ANALYZE batch_plan",
)  # fmt: skip
# Two kinds of rows have no end: in the newest prompts some wait for another attempt, and one digest is paused.
_FATE = """
    CASE WHEN newest AND chance > 0.98 THEN 'deferred' WHEN chance < 0.02 THEN 'delivered' WHEN chance < 0.028 THEN
    'bounced' WHEN chance < 0.031 THEN 'failed' WHEN chance < 0.034 THEN 'suppressed' WHEN chance < 0.037 THEN 'expired'
    WHEN chance < 0.0375 THEN 'complained' WHEN chance < 0.038 AND s.run_id > :recent THEN 'in_doubt' ELSE 'sent' END
"""
_LEDGER = (
    """INSERT INTO run (id, workspace_id, kind, urgency, doubt_policy, state, size, made_at) OVERRIDING SYSTEM VALUE
    SELECT id, workspace_id, kind, array_position('{notice,prompt,nudge,post,digest}', kind) - 1,
        CASE kind WHEN 'post' THEN 'hold' ELSE 'resend' END, CASE WHEN id > :newest THEN 'open' ELSE 'done' END, size,
        at
    FROM run_plan ORDER BY id""",
    """INSERT INTO batch (id, workspace_id, run_id, transport, urgency, state, next_at, epoch, horizon)
    OVERRIDING SYSTEM VALUE
    SELECT id, workspace_id, run_id, transport, array_position('{notice,prompt,nudge,post,digest}', kind) - 1,
        CASE WHEN run_id > :newest THEN 'open' ELSE 'done' END, at, 1, 0 FROM batch_plan ORDER BY id""",
    f"""INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, state, attempt,
        code, reply, queue_id, reason, sent_at, useful_until)
    SELECT run_id, seq, workspace_id, recipient, about, batch_id, transport, address, fate,
        CASE WHEN fate = 'deferred' OR chance > 0.98 THEN 1 ELSE 0 END,
        CASE fate WHEN 'bounced' THEN '5.1.1' WHEN 'deferred' THEN '4.7.0' WHEN 'sent' THEN '250' ELSE '' END,
        CASE fate WHEN 'bounced' THEN '550 5.1.1 <' || address || '>: Recipient address rejected: User unknown'
            WHEN 'deferred' THEN '421 4.7.0 Try again later' WHEN 'sent' THEN '250 2.0.0 Ok: queued as 4b'
            || upper(to_hex(run_id * 31 + seq)) ELSE '' END,
        CASE WHEN fate IN ('sent', 'delivered') THEN '4b' || upper(to_hex(run_id * 31 + seq)) ELSE '' END,
        CASE fate WHEN 'in_doubt' THEN 'the connection was lost after the content (at DATA)'
            WHEN 'failed' THEN 'the address cannot be written to' WHEN 'suppressed' THEN 'bounced before'
            WHEN 'expired' THEN 'no longer useful' ELSE '' END,
        CASE WHEN fate IN ('sent', 'delivered', 'complained') THEN at + interval '4 seconds' END,
        at + interval '15 hours'
    FROM (SELECT s.*, b.id AS batch_id, coalesce(c.email, ch.name) AS address, {_FATE} AS fate
        FROM (SELECT *, run_id > :newest AS newest FROM sending) s
        JOIN batch_plan b ON b.run_id = s.run_id AND b.n = (s.seq - 1) / :batch
        LEFT JOIN contact c ON c.id = s.to_contact
        LEFT JOIN channel ch ON s.kind = 'post' AND ch.id = s.recipient) f
    ORDER BY run_id, seq""",
    """INSERT INTO delivery_event (run_id, seq, workspace_id, at, attempt, trigger, to_state, code, reply, written_at)
    SELECT d.run_id, d.seq, d.workspace_id, r.made_at + interval '4 seconds', 0, e.trigger, e.to_state, d.code, d.reply,
        r.made_at + interval '4 seconds'
    FROM delivery d JOIN run r ON r.id = d.run_id
    JOIN (VALUES ('bounced', 'bounce', 'bounced'), ('failed', 'fail', 'failed'), ('deferred', 'defer', 'deferred'),
        ('suppressed', 'suppress', 'suppressed'), ('expired', 'expire', 'expired'), ('in_doubt', 'doubt', 'in_doubt'),
        ('complained', 'complain', 'complained'), ('delivered', 'deliver', 'delivered'), ('sent', 'defer', 'deferred'))
        e (state, trigger, to_state) ON e.state = d.state AND (d.state <> 'sent' OR d.attempt > 0)
    ORDER BY d.run_id, d.seq""",
    """INSERT INTO provider_event (source, event_id, workspace_id, at, kind, remote_id, address, run_id, seq, settled,
        taken_at)
    SELECT 'sendgrid:1', 'e' || d.run_id || '.' || d.seq, d.workspace_id, d.sent_at + interval '9 seconds', 'delivered',
        d.queue_id, d.address, d.run_id, d.seq, true, d.sent_at + interval '11 seconds'
    FROM delivery d WHERE d.state = 'delivered'""",
    """INSERT INTO remote_id (transport, remote_id, workspace_id, run_id, seq)
    SELECT transport, 'ts' || run_id || '.' || seq, workspace_id, run_id, seq FROM delivery
    WHERE transport <> 'smtp' AND state = 'sent'""",
)  # fmt: skip
_ASKED_BY = (
    """INSERT INTO participation (id, workspace_id, round_id, schedule_id, team_id, membership_id, local_date, state,
        reason, due_at, nudge_at, closes_at, prompt_run_id, prompt_seq, nudge_run_id, nudge_seq, answered_at)
    OVERRIDING SYSTEM VALUE
    SELECT p.id, p.workspace_id, p.round_id, p.team_id, p.team_id, p.membership_id, p.local_date, p.state,
        CASE p.state WHEN 'excused' THEN 'away' ELSE '' END, p.due_at, p.due_at + interval '2 hours',
        p.due_at + interval '15 hours', s.run_id, s.seq, n.run_id, n.seq, a.at
    FROM part p LEFT JOIN sending s ON s.kind = 'prompt' AND s.about = p.id
    LEFT JOIN sending n ON n.kind = 'nudge' AND n.about = p.id LEFT JOIN reply a ON a.part_id = p.id ORDER BY p.id""",
    """INSERT INTO digest (id, workspace_id, team_id, membership_id, local_date, since_no, until_no, since_at, made_at,
        run_id, seq) OVERRIDING SYSTEM VALUE
    SELECT d.id, d.workspace_id, d.team_id, d.membership_id, d.local_date, d.since_no, d.until_no,
        d.made_at - interval '3 days', d.made_at, s.run_id, s.seq
    FROM summary d LEFT JOIN sending s ON s.kind = 'digest' AND s.about = d.id ORDER BY d.id""",
)


def make(conn: Conn, size: Size, values: dict[str, object]) -> None:
    """Everything that was sent, and the parts and digests that name it."""
    wanted = {kind: share * (size.deliveries + size.neighbour.deliveries) for kind, share in SHARES.items()}
    counts = conn.execute(
        text("SELECT (SELECT count(*) FROM part WHERE state <> 'excused') AS nudge,"
             " (SELECT count(*) FROM reply) AS post, (SELECT count(*) FROM contact) AS notice")
    ).one()  # fmt: skip
    shares = {kind: wanted[kind] / max(1, of) for kind, of in counts._asdict().items()}
    shared = {**values, **shares, "batch": BATCH}
    conn.execute(text(_NOTICES), shared)
    conn.execute(text(_LETTERS), shared)
    for statement in _RUNS:
        conn.execute(text(statement), shared)
    last = int(conn.execute(text("SELECT max(id) FROM run_plan")).scalar_one())
    for start in range(0, last + 1, partitions.WIDTH):
        partitions.make_ahead(conn, start)
    for statement in (*_LEDGER, *_ASKED_BY):
        conn.execute(text(statement), {**shared, "newest": last - 20, "recent": last // 2})
