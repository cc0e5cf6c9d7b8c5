"""How many recipients a second a dry run tries: rows read, values frozen, subject, HTML and text of each filled.

    python -m bench.dry_run [--people 100000] [--database URL]

The letter is one of 9 KB with a loop, a condition, addresses with values and fall-backs; one person in a hundred would
fail. People are made in the named database, which stays as it was, or on a server of its own. Prints a table and,
as its last line, JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import text

from bench.machine import machine
from bench.mail import SIGN
from engine import db
from engine.campaigns.content import making
from engine.campaigns.content.dry import Tried, dry_run
from engine.campaigns.content.language.known import Known
from engine.campaigns.content.making import Made
from engine.campaigns.content.queries.recipients import everybody
from engine.campaigns.content.sheet import Theme, Written
from engine.campaigns.content.version import Version
from engine.db import Conn
from engine.outbound.drafts import LetterDraft, Row
from engine.outbound.render import Press
from tests import factories as make

BODY = """
# Hello {{ first_name or "there" }}

Our spring meeting in **{{ attributes.city }}** is near. {% if attributes.seats > 1 %}We keep {{ attributes.seats }}
seats for you.{% else %}We keep a seat for you.{% endif %}

{% for tag in tags %}
- {{ tag|capitalize }}: [see what is on](https://meeting.example/{{ attributes.city }}/topics?about={{ tag }})
{% endfor %}

{% if attributes.joined %}

You are with us since {{ attributes.joined|date }}.

{% endif %}

""" + "\n\n".join(f"Paragraph {n}: who comes, what they bring, and where to sit while others speak." for n in range(30))
KNOWN = Known.of({"city": "text", "seats": "number", "joined": "date"})
VERSION = Version(
    0, 0, 1, {"": Written("{{ first_name or 'Friend' }}, see you in {{ attributes.city }}", BODY, "It is near")},
    known=KNOWN,
)  # fmt: skip


def people(conn: Conn, count: int) -> int:
    """A workspace with so many people; one in a hundred has no city."""
    workspace = make.workspace(conn).id
    conn.execute(
        text("""
            INSERT INTO contact (workspace_id, email, email_key, name, tags, attributes)
            SELECT :w, 'p' || n || '@example.org', 'p' || n || '@example.org', 'Person' || n || ' Name',
                   CASE n % 3 WHEN 0 THEN '{}' WHEN 1 THEN '{food}' ELSE '{food,music}' END::text[],
                   jsonb_strip_nulls(jsonb_build_object(
                       'city', CASE WHEN n % 100 > 0 THEN 'City ' || n % 40 END, 'seats', n % 4,
                       'joined', CASE WHEN n % 2 = 0 THEN '2024-05-0' || 1 + n % 9 END))
            FROM generate_series(1, :n) n
        """),
        {"w": workspace, "n": count},
    )
    conn.execute(text("ANALYZE contact"))
    return workspace


def tried(conn: Conn, made: Made) -> tuple[Tried, float, float]:
    """The end of a dry run; how long it took; and its longest wait between two signs of progress."""
    start = last = time.perf_counter()
    longest = 0.0
    state = Tried(0)
    for state in dry_run(conn, made, everybody(made.version.workspace_id), "Spring"):  # noqa: B007
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return state, last - start, longest


def letters(made: Made, count: int) -> float:
    """Microseconds to make a letter's mail, headers and encoding included, without the database."""
    now = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
    person = {"name": "Ann Bell", "first_name": "Ann", "tags": ["food"], "attributes": {"city": "Rome", "seats": 2}}
    press, files = Press(), ()
    start = time.perf_counter()
    for n in range(1, count + 1):
        letter = made.letter(person)
        draft = LetterDraft(
            letter.subject, letter.pieces, letter.text, "Ann Bell", n, files, "https://acme.example/u/abc", "campaign-1"
        )
        press.mail(draft, Row(1, n, n, 1, "smtp", "ann@example.org", 0, now), 1, 1, SIGN, now)
    return (time.perf_counter() - start) / count * 1e6


@contextmanager
def database(url: str) -> Iterator[str]:
    """The named database, or one of our own that goes afterwards."""
    if url:
        yield url
        return
    with machine() as ours:
        made = ours.postgres()
        db.upgrade(made)
        yield made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    with database(given.database) as url, db.create_engine(url).connect() as conn:
        version = replace(VERSION, workspace_id=people(conn, given.people))
        begun = time.perf_counter()
        made = making.compiled(version, Theme("Acme"))
        compile_ms = (time.perf_counter() - begun) * 1000
        busy = time.process_time()
        state, seconds, longest = tried(conn, made)
        busy = time.process_time() - busy
        figures = {
            "people": state.done,
            "failed": state.failed,
            "bytes": state.largest,
            "compile_ms": round(compile_ms, 1),
            "dry_run_per_s": round(state.done / seconds),
            "cpu_us": round(busy / state.done * 1e6, 1),  # of one core and this process, whatever else the machine does
            "seconds": round(seconds, 2),
            "longest_wait_ms": round(longest * 1000),
            "mail_us": round(letters(made, 3000), 1),
            "cores": os.cpu_count(),
        }
    for name, value in figures.items():
        print(f"{name:18}{value:>12}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
