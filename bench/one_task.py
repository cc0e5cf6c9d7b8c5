"""The usual way, first kind: one Celery task per mail, smtplib inside it, a row that says it went.

    python -m celery -A bench.one_task worker --concurrency 2

BENCH_BROKER, BENCH_DATABASE (libpq) and BENCH_RELAY (a port) name where. The templates are compiled once per process,
styles are not inlined, nothing is retried: less than our own mails get.
"""

from __future__ import annotations

import os
import smtplib
from email.message import EmailMessage
from functools import cache
from typing import Any

import psycopg
from celery import Celery
from jinja2 import Environment, FileSystemLoader

from bench.words import TEMPLATE, WEEK, personal

QUEUE = "one_task"
app = Celery("one_task", broker=os.environ.get("BENCH_BROKER"))
app.conf.update(task_default_queue=QUEUE, task_ignore_result=True)


@cache
def database() -> psycopg.Connection[Any]:
    """This process's connection."""
    return psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True)


@cache
def templates() -> Environment:
    """The letter's templates."""
    return Environment(loader=FileSystemLoader(TEMPLATE), autoescape=True)


def letter(contact_id: int, name: str, to: str) -> EmailMessage:
    """The same letter as ours, by the standard library."""
    links = {
        "settings": f"https://bench.example/me/{contact_id}",
        "unsubscribe": f"https://bench.example/u/{contact_id}",
    }
    values = {**WEEK, **personal(contact_id, name), "links": links}
    message = EmailMessage()
    message["From"], message["To"] = "Bench <news@bench.example>", to
    message["Subject"] = templates().get_template("subject.txt").render(values).strip()
    message["List-Unsubscribe"] = f"<{links['unsubscribe']}>"
    message.set_content(templates().get_template("body.txt").render(values))
    message.add_alternative(templates().get_template("body.html").render(values), subtype="html")
    return message


@app.task(name="one_task.send")  # type: ignore[untyped-decorator]
def send(contact_id: int) -> None:
    """Read a contact, write the letter, hand it over, note it."""
    found = database().execute("SELECT name, email FROM contact WHERE id = %s", [contact_id]).fetchone()
    assert found is not None, f"there is no contact {contact_id}"
    with smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_RELAY"]), timeout=60) as relay:
        relay.send_message(letter(contact_id, found[0], found[1]))
    database().execute("UPDATE one_task_mail SET sent_at = now() WHERE contact_id = %s", [contact_id])
