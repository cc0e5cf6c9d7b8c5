"""Replies by SMTP to what they become: a seeded evening, its answers posted, and books that must balance."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from bench import bill
from bench.machine import Machine, wait_for
from bench.postman import Letter, Round, post
from engine import tokens
from engine.outbound import partitions
from engine.tokens import Keys, Purpose
from sixpm.embedded import ports
from sixpm.embedded.services import worker_argv
from sixpm.replies import CLIENTS, reply_to

TEAMS = 40
PATIENCE = 600.0
DOMAIN = "reply.bench.example"
WORDS = "Moved import {n} to the new queue, and wrote down how.\n\nBlocked: waiting for the review of change {n}."


@dataclass(frozen=True, slots=True)
class Evening:
    """A run of prompts that were sent: row `seq` asked the member of that number, who answers once."""

    run_id: int
    keys: Keys


_SEED = """
    WITH ws AS (INSERT INTO workspace (name) VALUES ('Bench') RETURNING id),
    teams AS (INSERT INTO team (workspace_id, name) SELECT ws.id, 'Team ' || n FROM ws, generate_series(1, :teams) n
              RETURNING id, workspace_id),
    plans AS (INSERT INTO schedule (workspace_id, team_id, questions)
              SELECT workspace_id, id, '{What did you get done today?}' FROM teams RETURNING id, workspace_id, team_id),
    places AS (INSERT INTO channel (workspace_id, team_id, kind, name, config)
               SELECT workspace_id, id, 'console', 'general', '{}' FROM teams RETURNING 1),
    rounds AS (INSERT INTO round (workspace_id, schedule_id, team_id, local_date, questions, opened_at)
               SELECT workspace_id, id, team_id, cast(:day AS date), '{What did you get done today?}', :now FROM plans
               RETURNING id, workspace_id, team_id, schedule_id),
    numbered AS (SELECT r.*, row_number() OVER (ORDER BY r.id) - 1 AS n FROM rounds r),
    people AS (INSERT INTO contact (workspace_id, email, email_key, name)
               SELECT ws.id, 'p' || n || '@example.org', 'p' || n || '@example.org', 'Person ' || n
               FROM ws, generate_series(1, :members) n RETURNING id, workspace_id, email),
    ranked AS (SELECT p.*, cast(substr(split_part(email, '@', 1), 2) AS bigint) AS n FROM people p),
    members AS (INSERT INTO membership (workspace_id, team_id, contact_id)
                SELECT p.workspace_id, r.team_id, p.id FROM ranked p JOIN numbered r ON r.n = p.n % :teams
                RETURNING id, workspace_id, team_id, contact_id),
    parts AS (INSERT INTO participation (workspace_id, round_id, schedule_id, team_id, membership_id, local_date, state,
                                         due_at, closes_at)
              SELECT w.workspace_id, r.id, r.schedule_id, w.team_id, w.id, cast(:day AS date), 'asked', :now, :closes
              FROM members w JOIN rounds r ON r.team_id = w.team_id RETURNING id, workspace_id, membership_id),
    made AS (INSERT INTO run (workspace_id, kind, urgency, doubt_policy, size, made_at, state)
             SELECT id, 'prompt', 1, 'resend', :members, :now, 'done' FROM ws RETURNING id, workspace_id),
    batches AS (INSERT INTO batch (workspace_id, run_id, transport, urgency, next_at, state)
                SELECT workspace_id, id, 'smtp', 1, :now, 'done' FROM made RETURNING id),
    sent AS (INSERT INTO delivery (run_id, seq, workspace_id, recipient, about, batch_id, transport, address, state,
                                   sent_at, useful_until)
             SELECT made.id, p.n, made.workspace_id, w.id, a.id, b.id, 'smtp', p.email, 'sent', :now, :closes
             FROM made, batches b, ranked p JOIN members w ON w.contact_id = p.id
             JOIN parts a ON a.membership_id = w.id RETURNING run_id)
    SELECT max(run_id) FROM sent
"""


def seed(engine: Engine, members: int, secret: str) -> Evening:
    """A workspace of TEAMS teams with a channel each, whose members were asked an hour ago."""
    now = datetime.now(UTC)
    values = {"teams": TEAMS, "members": members, "day": now.date(), "now": now, "closes": now + timedelta(hours=9)}
    with engine.begin() as conn:
        partitions.make_ahead(conn, 1)
        run_id = int(conn.execute(text(_SEED), values).scalar_one())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
    return Evening(run_id, Keys.of(secret))


def letters(of: Evening, first: int, last: int) -> list[Letter]:
    """The answers of the members `first` to `last`, as the mail programs of sixpm.replies write them, by turns."""
    today = datetime.now(UTC)
    until = today.date() + timedelta(days=7)
    return [_letter(of, n, CLIENTS[n % (len(CLIENTS) - 1)], until, today) for n in range(first, last + 1)]


def _letter(of: Evening, n: int, client: str, until: date, at: datetime) -> Letter:
    to = f"r+{tokens.sign(of.keys, Purpose.REPLY, of.run_id, n, until)}@{DOMAIN}"
    ours = tokens.message_id(of.keys, of.run_id, n, "bench.example")
    prompt = (
        f"From: Team <checkin@bench.example>\r\nTo: p{n}@example.org\r\nReply-To: {to}\r\nMessage-ID: {ours}\r\n"
        f"Subject: What did you get done today?\r\nDate: Wed, 04 Mar 2026 18:00:00 +0000\r\n\r\n"
        "Hello,\r\n\r\nWhat did you get done today?\r\n\r\nJust reply to this mail.\r\n"
    )
    raw = reply_to(prompt.encode(), client, WORDS.format(n=n), f"Person {n} <p{n}@example.org>", at=at)
    whole = raw if raw.endswith(b"\r\n") else raw + b"\r\n"
    return Letter(n, to, b"\r\n".join(b"." + line if line[:1] == b"." else line for line in whole.split(b"\r\n")))


@dataclass
class House:
    """The processes that receive: a listener and a worker, each started again after it was killed."""

    machine: Machine
    engine: Engine
    port: int
    children: int
    listener: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    lives: int = 0

    def up(self) -> None:
        """Start what does not run."""
        if self.listener is None or self.listener.poll() is not None:
            self.listener = self.machine.start("listener", [sys.executable, "-m", "sixpm", "smtpd"])
            wait_for(lambda: ports.answers(self.port), self.listener, self.machine.log("listener"))
        if self.worker is None or self.worker.poll() is not None:
            self.lives += 1
            log = self.machine.log("inbound")
            before = _ready(log)
            argv = worker_argv("inbound,upkeep", self.children, f"bench-{self.lives}")
            self.worker = self.machine.start("inbound", argv)
            wait_for(lambda: _ready(log) > before, self.worker, log)

    def settled(self) -> tuple[int, int]:
        """(mails that wait, mails that are settled)."""
        with self.engine.connect() as conn:
            query = "SELECT count(*) FILTER (WHERE state = 'received'), count(*) FROM inbound"
            waiting, every = conn.execute(text(query)).one()
        return int(waiting), int(every) - int(waiting)


def _ready(log: Any) -> int:
    return log.read_text(errors="replace").count("worker ready") if log.exists() else 0


def drain(house: House, wanted: int, each: Callable[[], object] = lambda: None) -> float:
    """Wait until `wanted` mails are settled and none waits; how long that took. `each` is called twice a second."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        waiting, settled = house.settled()
        if settled >= wanted and not waiting:
            break
        each()
        time.sleep(0.25)
    return time.monotonic() - began


@dataclass(frozen=True, slots=True)
class Way:
    """SMTP to committed entries: mails a second from the first connection to the last entry."""

    mails: int
    accepted_per_s: float
    end_to_end_per_s: float
    slowest_reply_s: float
    cpu_us_per_mail: dict[str, float]
    faults: Sequence[str]


def way(house: House, of: Evening, first: int, last: int, sessions: int) -> Way:
    """Post the answers `first` to `last` and wait for the last entry."""
    mails, before = letters(of, first, last), house.settled()[1]
    used = bill.bill(house.machine.groups)
    began = time.monotonic()
    posted = post(house.port, mails, sessions)
    drain(house, before + len(mails))
    seconds = time.monotonic() - began
    cost = bill.bill(house.machine.groups).since(used).each(len(mails))
    faults = books(house.engine, of, first, last, posted)
    return Way(
        len(mails), round(posted.rate, 1), round(len(mails) / seconds, 1), round(posted.slowest, 2), cost, faults
    )


def books(engine: Engine, of: Evening, first: int, last: int, posted: Round) -> list[str]:
    """What does not balance: every mail with a 250 is one answer with its two entries and its post, none is two."""
    with engine.connect() as conn:
        rows = conn.execute(_BOOKS, {"run": of.run_id, "first": first, "last": last}).all()
    answered = {int(row.seq): row for row in rows}
    faults = [f"refused: {why}" for why in dict.fromkeys(posted.refused)]
    lost = [n for n in posted.taken if n not in answered]
    if lost:
        faults.append(f"{len(lost)} mails have a 250 and no answer: {lost[:5]}")
    for n, row in answered.items():
        if (row.answers, row.entries, row.posts) != (1, 2, 1):
            faults.append(f"mail {n}: {row.answers} answers, {row.entries} entries, {row.posts} posts")
    return faults[:20]


_BOOKS = text("""
    SELECT d.seq, count(DISTINCT a.id) AS answers, count(DISTINCT e.id) AS entries,
           count(DISTINCT a.post_run_id) AS posts
    FROM delivery d JOIN answer a ON a.participation_id = d.about JOIN entry e ON e.answer_id = a.id
    WHERE d.run_id = :run AND d.seq BETWEEN :first AND :last GROUP BY d.seq
""")


def as_dict(found: Any) -> dict[str, Any]:
    """A result for JSON."""
    return asdict(found)
