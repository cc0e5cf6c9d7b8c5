"""The usual way, second kind: django-post-office with its own workers. Runs in an environment of its own.

    python -m bench.post_office DATABASE RELAY_PORT PEOPLE LOCKFILE

DATABASE is a libpq URL of an empty database. Queues a letter to so many people by send_many, sends the queue with two
processes, and prints JSON: seconds from the first of these to the end, rows sent, CPU seconds.
"""

from __future__ import annotations

import json
import resource
import secrets
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import django  # type: ignore[import-not-found,unused-ignore]
from django.conf import settings  # type: ignore[import-not-found,unused-ignore]

from bench.words import TEMPLATE, WEEK, address, personal

PROCESSES = 2
PIECE = 1000  # mails one send_many or one turn of the queue takes; the default of 100 is slower


def configure(database: str, relay: int) -> None:
    """A Django project of one app."""
    where = urlsplit(database)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": where.path[1:],
                "USER": where.username,
                "PASSWORD": where.password,
                "HOST": where.hostname,
                "PORT": where.port,
            }
        },
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
        TEMPLATES=[{"BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates", "APP_DIRS": True,
                    "OPTIONS": {"context_processors": []}},
                   {"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=relay,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        POST_OFFICE={"BATCH_SIZE": PIECE, "LOG_LEVEL": 1},
    )  # fmt: skip
    django.setup()


def template() -> Any:
    """The letter as a template of theirs."""
    from post_office.models import EmailTemplate  # type: ignore[import-not-found,unused-ignore]

    subject, plain, html = ((TEMPLATE / name).read_text() for name in ("subject.txt", "body.txt", "body.html"))
    return EmailTemplate.objects.create(name="letter", subject=subject.strip(), content=plain, html_content=html)


def mail_to(number: int, letter: Any) -> dict[str, Any]:
    """One mail's arguments."""
    base = "https://bench.example"
    links = {
        "settings": f"{base}/me/{secrets.token_urlsafe(48)}",
        "unsubscribe": f"{base}/u/{secrets.token_urlsafe(48)}",
    }
    return {
        "recipients": address(number), "sender": "Bench <news@bench.example>", "template": letter,
        "context": {**WEEK, **personal(number, f"Person {number}"), "links": links}, "render_on_delivery": True,
        "headers": {"List-Unsubscribe": f"<{links['unsubscribe']}>"},
    }  # fmt: skip


def main() -> None:
    """Queue, send, count."""
    database, relay, people, lock = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    configure(database, relay)
    from django.core.management import call_command  # type: ignore[import-not-found,unused-ignore]
    from post_office import mail  # type: ignore[import-not-found,unused-ignore]
    from post_office.models import STATUS, Email  # type: ignore[import-not-found,unused-ignore]

    call_command("migrate", verbosity=0)
    letter = template()
    began = time.perf_counter()
    for first in range(1, people + 1, PIECE):
        mail.send_many([mail_to(n, letter) for n in range(first, min(first + PIECE, people + 1))])
    queued = time.perf_counter() - began
    call_command("send_queued_mail", processes=PROCESSES, lockfile=lock)
    seconds = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in used)
    sent = Email.objects.filter(status=STATUS.sent).count()
    print(json.dumps({"seconds": seconds, "queued_s": queued, "sent": sent, "cpu_s": cpu}))


if __name__ == "__main__":
    main()
