"""How long the report of a campaign takes, with a million recipients and two million hits.

    python -m bench.campaign_report [--contacts 1000000] [--count 60] [--statements FILE]

Starts a private PostgreSQL, launches a campaign to everybody by the product's own freeze, and lets SQL play what came
of it: most accepted over a day, some bounced, deferred, left out, opened, followed and answered. Then an admin who is
signed in loads the report, the part of it that is polled, and lists of its people, through the product's own
application. Prints a table and, as its last line, JSON. `measure` is for other benchmarks that have such a database.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, text
from werkzeug.test import Client

from bench.freeze import NOW, seed, server
from bench.measured import application
from engine.campaigns import campaigns, freeze
from engine.campaigns.queries import rows
from engine.campaigns.report import counting
from engine.campaigns.tracking.queries import counting as hit_counts
from engine.people import accounts
from engine.people.principal import SYSTEM
from tests.factories.campaigns import written

BAR_MS, STATEMENTS = 500.0, 12
EMAIL, PASSWORD = "admin@bench.example", "a password of the bench"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
LISTS = ("all", "clicked", "opened_machine", "silent", "unsubscribed", "bounced", "replied")
_OUTCOMES = (
    """UPDATE delivery SET state = CASE
            WHEN seq % 50 = 3 THEN 'bounced' WHEN seq % 200 = 7 THEN 'deferred' WHEN seq % 1000 = 9 THEN 'complained'
            WHEN seq % 500 = 11 THEN 'failed' WHEN seq % 2000 = 13 THEN 'in_doubt' WHEN seq % 100 = 17 THEN 'queued'
            ELSE 'sent' END,
        code = CASE WHEN seq % 50 = 3 THEN (ARRAY['550', '554', '552'])[1 + seq % 3] WHEN seq % 200 = 7 THEN '451'
            WHEN seq % 500 = 11 OR seq % 2000 = 13 OR seq % 100 = 17 THEN '' ELSE '250' END,
        reason = CASE WHEN seq % 500 = 11 THEN 'too large' ELSE reason END, reply = 'said by the receiver',
        queue_id = 'queued as ' || seq,
        sent_at = CASE WHEN seq % 50 = 3 OR seq % 200 = 7 OR seq % 500 = 11 OR seq % 2000 = 13 OR seq % 100 = 17
            THEN NULL ELSE cast(:now AS timestamptz) + make_interval(secs => seq % 86400) END
        WHERE run_id = :run AND state = 'queued'""",
    """UPDATE batch b SET state = 'done' WHERE run_id = :run AND state = 'open' AND id NOT IN (
        SELECT d.batch_id FROM delivery d WHERE d.run_id = :run AND d.state IN ('queued', 'deferred'))""",
    """INSERT INTO link (workspace_id, campaign_id, url)
        SELECT :w, :campaign, 'https://shop.example/page/' || n FROM generate_series(1, 12) n""",
    # Two hits a recipient: a scanner's within seconds of everybody, and a person's of some.
    """INSERT INTO hit (workspace_id, run_id, seq, contact_id, link_id, at, method, net, agent, taken_for, evidence)
        SELECT d.workspace_id, d.run_id, d.seq, d.recipient,
            CASE k.n WHEN 0 THEN NULL ELSE l.low + d.seq * k.n % 12 END,
            d.sent_at + CASE WHEN k.n = 0 THEN interval '3 s' ELSE make_interval(mins => (d.seq % 4000)::int) END,
            'GET', '192.0.2.0/24', 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0',
            CASE WHEN k.n = 0 THEN 'machine' WHEN d.seq % 3 = 0 THEN 'human' WHEN d.seq % 7 = 0 THEN 'likely'
                ELSE 'machine' END, '{"why": ["soon"]}'
        FROM delivery d CROSS JOIN (SELECT min(id) AS low FROM link WHERE campaign_id = :campaign) l
            CROSS JOIN generate_series(0, 1) k(n)
        WHERE d.run_id = :run AND d.sent_at IS NOT NULL""",
    """UPDATE consent c SET state = 'withdrawn', source = 'person', at = d.sent_at + interval '1 hour',
            evidence = 'unsubscribe link of mail ' || d.run_id || '.' || d.seq
        FROM delivery d WHERE d.run_id = :run AND d.seq % 300 = 5 AND c.contact_id = d.recipient
            AND c.channel = 'mail' AND d.sent_at IS NOT NULL""",
    """INSERT INTO conversation (workspace_id, channel_key, platform, type, campaign_id, contact_id, moved_at)
        SELECT :w, 'mail.direct.' || d.recipient, 'mail', 'direct', :campaign, d.recipient, d.sent_at
        FROM delivery d WHERE d.run_id = :run AND d.seq % 200 = 21 AND d.sent_at IS NOT NULL""",
    """INSERT INTO message (conversation_id, no, workspace_id, author_id, author_kind, campaign_id, kind, body,
            platform, at)
        SELECT id, 1, :w, contact_id, 'contact', :campaign, 'mail', 'Yes, I am coming, and so is my dog.', 'mail',
            moved_at + interval '2 hours'
        FROM conversation WHERE workspace_id = :w AND campaign_id = :campaign""",
)


def play(engine: Engine, workspace_id: int) -> int:
    """The id of a campaign to everybody of which a day has gone by."""
    who = SYSTEM(workspace_id)
    with engine.begin() as conn:
        made = campaigns.make(conn, who, "Spring", needs_consent=False)
        written(conn, who, made, "Spring", "It is spring.", NOW)
        of = campaigns.get(conn, who, made)
        frozen = freeze.freeze(conn, of, rows.known_contacts(workspace_id), NOW)
        assert frozen is not None, "nobody is there"
        values = {"run": frozen.run_id, "campaign": made, "w": workspace_id, "now": NOW}
        conn.execute(
            text("UPDATE campaign SET state = 'running', run_id = :run, launched_at = :now WHERE id = :campaign"),
            values,
        )
    for statement in _OUTCOMES:
        with engine.begin() as conn:
            conn.execute(text(statement), values)
    with engine.begin() as conn:
        hit_counts.anew(conn, [frozen.run_id])
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
    return made


def recount(engine: Engine, campaign_id: int) -> float:
    """The seconds that counting a campaign's runs takes the scheduler."""
    began = time.perf_counter()
    with engine.begin() as conn:
        runs = list(conn.execute(text("SELECT id FROM run WHERE campaign_id = :c"), {"c": campaign_id}).scalars())
        counting.keep(conn, runs, NOW + timedelta(days=1))
    return time.perf_counter() - began


def measure(engine: Engine, workspace_id: int, campaign_id: int, count: int = 60) -> dict[str, Any]:
    """What the report, its polled part and its lists take an admin: milliseconds (p50, p95) and statements by page."""
    seconds = recount(engine, campaign_id)
    browser = _signed_in(engine, workspace_id)
    with engine.connect() as conn:
        link = conn.execute(text("SELECT min(id) FROM link WHERE campaign_id = :c"), {"c": campaign_id}).scalar_one()
    home = f"/campaigns/{campaign_id}/report"
    hour = quote((NOW + timedelta(hours=3)).isoformat())
    lists = [*LISTS, f"link?key={link}", "provider?key=gmail%7Cbounced", "reason?key=bounced%7C550%7C",
             f"hour?key={hour}", f"opened_hour?key={hour}"]  # fmt: skip
    pages = {"report": home, "numbers": f"{home}/numbers", **{f"list {one}": f"{home}/list/{one}" for one in lists}}
    found = {name: _took(browser, path, count if name in ("report", "numbers") else 5) for name, path in pages.items()}
    return {
        "report_p95_ms": found["report"]["p95"], "report_p50_ms": found["report"]["p50"],
        "report_statements": found["report"]["statements"], "recount_s": round(seconds, 2), "pages": found,
    }  # fmt: skip


def _signed_in(engine: Engine, workspace_id: int) -> Client:
    """The browser of an admin of the workspace, who is made."""
    with engine.begin() as conn:
        contact = conn.execute(
            text("INSERT INTO contact (workspace_id, email, email_key, name) VALUES (:w, :e, :e, 'Ada') RETURNING id"),
            {"w": workspace_id, "e": EMAIL},
        ).scalar_one()
        accounts.make(conn, workspace_id, contact, "admin", PASSWORD)
    os.environ |= {"SIXPM_BASE_URL": "http://localhost", "SIXPM_COOKIE_SECURE": "false"}
    browser = Client(application())
    fields = {"csrf_token": _TOKEN.findall(browser.get("/signin").text)[0], "email": EMAIL, "password": PASSWORD}
    answer = browser.post("/signin", data=fields)
    assert answer.status_code == 302, f"signing in was answered {answer.status_code}"
    return browser


def _took(browser: Client, path: str, count: int) -> dict[str, Any]:
    answers = [browser.get(path) for _ in range(count + 2)][2:]
    assert answers[0].status_code == 200, f"{path} was answered {answers[0].status_code}"
    ms = sorted(round(float(one.headers["x-bench-whole"]), 1) for one in answers)
    last = answers[-1].headers
    return {
        "p50": ms[len(ms) // 2], "p95": ms[min(len(ms) - 1, int(len(ms) * 0.95))],
        "statements": int(last["x-bench-statements"]), "sql": round(float(last["x-bench-sql"]), 1),
        "said": json.loads(last["x-bench-said"]),
    }  # fmt: skip


def main() -> None:
    """Seed, play, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("contacts", 1_000_000), ("count", 60)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--statements", type=Path, help="a file for what each page asked, and what that took")
    asked = parser.parse_args()
    with server() as engine:
        w = seed(engine, asked.contacts, 40, 0)
        found = measure(engine, w, play(engine, w), asked.count)
    said = {name: page.pop("said") for name, page in found["pages"].items()}
    if asked.statements:
        asked.statements.write_text(json.dumps(said, indent=1))
    print(f"{'page':<34} {'p50 ms':>8} {'p95 ms':>8} {'sql ms':>8} {'statements':>11}")
    for name, page in found["pages"].items():
        print(f"{name:<34} {page['p50']:>8} {page['p95']:>8} {page['sql']:>8} {page['statements']:>11}")
    print(json.dumps({"contacts": asked.contacts, **{k: v for k, v in found.items() if k != "pages"}}))


if __name__ == "__main__":
    main()
