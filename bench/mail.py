"""What one mail costs: compiled and filled, against email.message and templates rendered for each recipient.

    python -m bench.mail [--mails 20000]

One team's prompt, and a digest of 18 KB with 20 entries; every mail of a run has its own name, address, tokens and
Message-ID. Prints a table and, as its last line, JSON. Microseconds of one core, the best of five runs.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from engine import tokens
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.headers import Place
from engine.outbound.render import Press, Sign
from engine.outbound.skeleton import compiled
from tests.engine.outbound.standard_mail import standard_mail

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
SIGN = Sign(
    "Acme", "sixpm <checkin@acme.example>", "reply.acme.example", "https://acme.example", tokens.Keys.of("k" * 40)
)
NAMES = (
    "Bikram Thapa",
    "Carla Nunes",
    "Zoë Müller",
    "Daniel Wright",
    "Farid Haddad",
    "O'Neil, Ann",
    "Hana Rai",
    "さくら",
)
REPEATS = 5
STANDARD = 50  # the old way is measured on so many


@dataclass(frozen=True)
class Work:
    """Drafts of one content, with the row of each."""

    name: str
    drafts: list[MailDraft]
    rows: list[Row]


def prompt() -> tuple[dict[str, Any], Callable[[int, str], MailDraft]]:
    """A prompt, as engine.rounds.mails makes it."""
    question = "What did you get done today?"
    context = {
        "subject": f"Platform, Wednesday 4 March: {question}",
        "team": "Platform",
        "day": "Wednesday 4 March",
        "questions": [question, "What is in your way, and who could help you with it before the end of the week?"],
    }

    def draft(n: int, name: str) -> MailDraft:
        personal = {"first_name": name.split(maxsplit=1)[0], "until": f"tomorrow, {n % 12 + 6:02}:00"}
        until = date(2026, 4, 3)
        return MailDraft("prompt", context, name, personal, n, "team-7", "Platform", (), until)

    return context, draft


def digest() -> tuple[dict[str, Any], Callable[[int, str], MailDraft]]:
    """A digest of 20 people with one entry each, in the thread of a prompt and a nudge."""
    entry = (
        "Moved the import to the new queue; the nightly run takes 40 minutes less, and a failed file no longer stops. "
    )
    said = {"day": "Wednesday 4 March", "date": "2026-03-04", "question": "", "texts": [entry]}
    people = [
        {"name": f"Person {n} Name", "note": "", "said": [{**said, "ids": [n + 1]}], "count": 1, "more": 0}
        for n in range(20)
    ]
    context = {
        "thread": "Platform, Wednesday 4 March: What did you get done today?",
        "team": "Platform",
        "team_id": 7,
        "comments_until": "2026-04-04",
        "day": "Thursday 5 March",
        "days": "Wednesday 4 March",
        "several_days": False,
        "summary": "20 of 20 wrote",
        "answered": people,
        "also": [],
        "not_answered": [],
        "away": [],
        "not_asked": [],
        "comments": [],
        "more_comments": 0,
    }

    def draft(n: int, name: str) -> MailDraft:
        own = {"recorded": "", "mend": ""}
        return MailDraft("digest", context, name, own, n, "team-7", "Platform", ((12, n), (13, n)), date(2026, 4, 4))

    return context, draft


def work(name: str, draft: Callable[[int, str], MailDraft], mails: int) -> Work:
    """The drafts and rows of `mails` recipients."""
    names = [f"{NAMES[n % len(NAMES)]} {n % 997}" for n in range(mails)]
    rows = [Row(123456, n, n, n, "smtp", f"person{n}@example.org", 0, NOW) for n in range(1, mails + 1)]
    return Work(name, [draft(row.seq, name) for row, name in zip(rows, names, strict=True)], rows)


def timed(do: Callable[[], object], count: int) -> float:
    """Microseconds for one of `count`, the best of REPEATS."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        do()
        best = min(best, time.perf_counter() - start)
    return best / count * 1e6


def measured(job: Work) -> dict[str, float]:
    """The figures of one content."""
    press, size = Press(), len(job.rows)
    first = press.mail(job.drafts[0], job.rows[0], 1, 4, SIGN, NOW)
    skeleton = press.skeleton(job.drafts[0], SIGN)
    assert not skeleton.conditional

    def whole() -> None:
        for draft, row in zip(job.drafts, job.rows, strict=True):
            press.mail(draft, row, 1, 4, SIGN, NOW)

    def standard() -> None:
        for draft, row in zip(job.drafts[:STANDARD], job.rows, strict=False):
            standard_mail(draft, row, 4, SIGN, NOW)

    def compiling() -> None:
        for _ in range(10):
            compiled(job.drafts[0], {}, SIGN)

    return {
        "bytes": len(first.content),
        "mail_us": timed(whole, size),
        "fill_us": timed(lambda: fill_all(press, job), size),
        "tokens_us": timed(lambda: sign_all(job), size),
        "compile_us": timed(compiling, 10),
        "email_message_us": timed(standard, min(STANDARD, size)),
    }


def fill_all(press: Press, job: Work) -> None:
    """Values encoded and put in their places; tokens and headers are ready."""
    skeleton = press.skeleton(job.drafts[0], SIGN)
    known = ["Ann Bell <ann@example.org>", "Wed, 04 Mar 2026 18:00:00 +0000", "<1.2.abc@x>", "", *["x" * 37] * 5]
    ready = known + [""] * (len(Place) - len(known))
    for draft in job.drafts:
        values = ready.copy()
        press.add_forms(values, skeleton, draft, SIGN)
        skeleton.fill(values)


def sign_all(job: Work) -> None:
    """The tokens and Message-IDs of every mail."""
    signer, day = tokens.signer(SIGN.keys.keys[0]), tokens.day(NOW.date())
    for draft, row in zip(job.drafts, job.rows, strict=True):
        wanted = ((3, 4), (4, 4), (2, row.run_id), (1, row.run_id))[: 3 + (draft.reply_until is not None)]
        tokens.letters(*[signer.signed(purpose, number, row.seq, day) for purpose, number in wanted])
        for _ in range(1 + len(draft.after)):
            signer.message_id(row.run_id, row.seq, SIGN.reply_domain)


def jobs(mails: int) -> Iterator[Work]:
    """The contents that are measured."""
    for name, make in (("prompt", prompt), ("digest", digest)):
        yield work(name, make()[1], mails)


def show(figures: dict[str, dict[str, float]]) -> None:
    """The table."""
    columns: Sequence[str] = ("bytes", "mail_us", "fill_us", "tokens_us", "compile_us", "email_message_us")
    print(f"{'':8}" + "".join(f"{name:>18}" for name in columns) + f"{'times':>8}")
    for name, row in figures.items():
        times = row["email_message_us"] / row["mail_us"]
        print(f"{name:8}" + "".join(f"{row[column]:18.1f}" for column in columns) + f"{times:8.0f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mails", type=int, default=20_000)
    figures = {job.name: measured(job) for job in jobs(parser.parse_args().mails)}
    show(figures)
    print(json.dumps({name: {key: round(value, 1) for key, value in row.items()} for name, row in figures.items()}))


if __name__ == "__main__":
    main()
