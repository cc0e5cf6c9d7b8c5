"""STORY import: a file of people becomes contacts, some thousand lines at a time.

upload → columns said → (dry run) → run → done, and back again: undo. Each slice is a transaction of its own that keeps
how far it came, so what is killed goes on where it was; the row is locked meanwhile, so two workers never do one slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from engine import move
from engine.db import Conn
from engine.people import suppression
from engine.people.imports import columns, file, options
from engine.people.imports.judging import Fault, Judge, Person, Refused
from engine.people.imports.queries import jobs, merging, pieces, undoing, writing
from engine.people.imports.queries.jobs import Job, Progress
from engine.people.imports.queries.merging import Merged
from engine.people.imports.reading import Slice

SLICE = 5000  # lines of a transaction; a cancel waits for one
RAW = 2000  # characters of a line that are kept with its fault


class Raced(Exception):  # no error: another made one of these people meanwhile, and the slice is done anew
    """A person of this slice came in by another way while it was merged."""


def go_on(conn: Conn, import_id: int, now: datetime, secret: str) -> bool:
    """Do the next slice of an import: judge (a dry run), merge, or take back. Whether there is more to do.

    False too where another worker has it. Raises Raced; then nothing was done, and it can be done again at once.
    """
    job = jobs.take(conn, import_id)
    if job is None:
        return False
    if job.state == "undoing":
        return take_back(conn, job, now)
    try:
        part, last = file.next_slice(conn, job, SLICE)
    except file.Unreadable as error:
        if job.state == "checking":
            jobs.rewind(conn, job.id, job.header["at"], job.header["line"])  # nobody was made
        fail(conn, job.id, str(error), now)
        return False
    dry = job.state == "checking"
    people, faults = judged(job, part)
    merging.stage(conn, job, people)
    found = merged(conn, job, dry, now)
    faults += of_database(conn, job, part, people, found)
    jobs.put_faults(conn, job, faults)
    lines = len(part.records)
    more = Progress(lines, found.made, found.changed, found.same, len(faults))
    counts = {name: job.counts.get(name, 0) + n for name, n in _said(conn, job, people, found, secret, dry).items()}
    jobs.advance(conn, job.id, job.read_to + part.size, part.line, more, counts)
    if last:
        end(conn, job, dry, now)
    return not last


def judged(job: Job, part: Slice) -> tuple[list[Person], list[Fault]]:
    """Who stands in these lines, each address and number once, and which lines cannot be taken."""
    judge = Judge(job.header["names"], columns.of_json(job.mapping), options.of_json(job.options), job.made_at)
    people: dict[str, Person] = {}
    faults: list[Fault] = []
    where = {record.line: record for record in part.records}
    for record in part.records:
        try:
            person = judge.person(record)
        except Refused as refused:
            faults.append(refused.fault(record.line, part.raw(record)[:RAW]))
            continue
        before = people.pop(person.key, None)
        if before:
            faults.append(Fault(before.line, "", again(record.line), part.raw(where[before.line])[:RAW]))
        people[person.key] = person
    return _one_each(people, faults, part), faults


def _one_each(people: dict[str, Person], faults: list[Fault], part: Slice) -> list[Person]:
    """These people without those who have a phone number of one before them."""
    if not any(person.phone for person in people.values()):
        return list(people.values())
    numbers: dict[str, int] = {}
    found, raws = [], {record.line: record for record in part.records}
    for person in people.values():
        if person.phone and numbers.setdefault(person.phone, person.line) != person.line:
            words = f"The phone number is that of line {numbers[person.phone]} too: one of them is wrong."
            faults.append(Fault(person.line, "", words, part.raw(raws[person.line])[:RAW]))
        else:
            found.append(person)
    return found


def again(line: int) -> str:
    """What is said of a line whose address comes again."""
    return f"The same address comes again in line {line:,}: that line counts."


def merged(conn: Conn, job: Job, dry: bool, now: datetime) -> Merged:
    """Judge the stage by who is here; unless it is a dry run, write. Raises Raced."""
    chosen, mapped = options.of_json(job.options), {column.to for column in columns.of_json(job.mapping)}
    consents = chosen.consent or "consent" in mapped
    merging.find(conn, lock=not dry)
    merging.find_again(conn, dry)
    if "phone" in mapped:
        merging.find_phones(conn, chosen.existing)
    if consents:
        merging.find_consents(conn, chosen.existing, chosen.regive)
    merging.settle(conn, chosen.existing, dry)
    if dry:
        merging.remember(conn, job)
        return merging.merged(conn)
    if not writing.write(conn, job, chosen.existing, now):
        raise Raced
    if "phone" in mapped:
        writing.write_phones(conn, job, now)
    if consents:
        writing.write_consents(conn, job)
    return merging.merged(conn)


def of_database(conn: Conn, job: Job, part: Slice, people: Sequence[Person], found: Merged) -> list[Fault]:
    """Faults that only the database sees: people turned away, numbers of others, addresses of slices before."""
    where = {record.line: record for record in part.records} if found.wrong else {}
    faults = [Fault(line, "", words, part.raw(where[line])[:RAW]) for line, words in found.wrong]
    raws = file.lines_at(conn, job, [at for _, at, _ in found.again]) if found.again else []
    return faults + [Fault(line, "", again(by), raw[:RAW])
                     for (line, _, by), raw in zip(found.again, raws, strict=True)]  # fmt: skip


def _said(
    conn: Conn, job: Job, people: Sequence[Person], found: Merged, secret: str, dry: bool
) -> dict[str, int]:  # fmt: skip
    """What else a person is to know: withdrawn consents that stay, addresses that get no mail.

    Who is here from now on is known as the one who gets none: the hash alone says nobody.
    """
    counts = {"kept_withdrawn": found.kept_withdrawn}
    if jobs.any_suppressed(conn, job.workspace_id):
        gone = suppression.suppressed(conn, job.workspace_id, secret, [person.email for person in people])
        counts["suppressed"] = len(gone)
        if gone and not dry:
            suppression.recognise(conn, job.workspace_id, secret, merging.ids(conn, gone))
    return counts


def end(conn: Conn, job: Job, dry: bool, now: datetime) -> None:
    """The last line is done. A file that has become people is not kept."""
    if dry:
        jobs.drop_seen(conn, job.id)
        move.one(conn, "import", job.id, "checked", now)
        return
    pieces.drop(conn, job.id)
    move.one(conn, "import", job.id, "finish", now, values={"ended_at": now})


def fail(conn: Conn, import_id: int, reason: str, now: datetime) -> None:
    """It cannot go on, and a person reads why; what it did can be taken back."""
    reason = reason.replace("\0", "")[:500]
    move.by_ids(conn, "import", "fail", [import_id], now, note=reason, values={"reason": reason, "ended_at": now})


class Back(NamedTuple):
    """What a slice of an undo did."""

    removed: int
    restored: int
    kept: int


def take_back(conn: Conn, job: Job, now: datetime) -> bool:
    """Take the next changes back; whether there are more. Who was changed or used since stays, and is listed."""
    if not undoing.take(conn, job, SLICE):
        move.one(conn, "import", job.id, "undone", now, values={"ended_at": now})
        pieces.drop(conn, job.id)
        return False
    undoing.judge(conn, job)
    back = Back(undoing.take_away(conn), undoing.give_back(conn, job), undoing.say_kept(conn, job))
    undoing.add_counts(conn, job, back._asdict())
    return True
