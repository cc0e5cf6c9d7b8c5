"""What a person does with an import: say what the columns are, try, start, stop, take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import rights
from engine.people.imports import columns, file
from engine.people.imports.columns import Column
from engine.people.imports.judging import Judge, Person, Refused
from engine.people.imports.options import Options
from engine.people.imports.options import checked as checked_options
from engine.people.imports.queries import jobs, pieces
from engine.people.imports.queries.jobs import Job
from engine.people.imports.reading import Record
from engine.people.principal import Principal

SETTLED = ("uploaded", "checked")


def get(conn: Conn, who: Principal, import_id: int, *, lock: bool = False) -> Job:
    """One import. Raises NotAllowed, NotFound."""
    rights.require(who, "import_contacts")
    found = jobs.one(conn, who.workspace_id, import_id, lock=lock)
    if found is None:
        raise NotFound("There is no such import here.")
    return found


def listed(conn: Conn, who: Principal, before: int | None, limit: int) -> list[Job]:
    """The imports of the workspace, latest first. Raises NotAllowed."""
    rights.require(who, "import_contacts")
    return jobs.listed(conn, who.workspace_id, before, limit)


def read_as(conn: Conn, who: Principal, import_id: int, encoding: str, separator: str) -> None:
    """Read the file with another encoding or separator than was guessed. Raises Invalid."""
    job = _settled(conn, who, import_id)
    if encoding not in file.ENCODINGS or separator not in file.SEPARATORS:
        raise Invalid("Choose how the file is to be read.", "encoding")
    if encoding == "utf-8" and job.header["encoding"] == "cp1252":
        raise Invalid("This file is not UTF-8: it has bytes that UTF-8 does not know.", "encoding")
    file.look(conn, job.id, encoding, separator, job.size)
    jobs.set_mapping(conn, job.id, {}, job.options)


def say(
    conn: Conn, who: Principal, import_id: int, given: Sequence[Column], options: Options, now: datetime
) -> None:  # fmt: skip
    """Keep what the columns are and what holds for all. Raises NotFound, Invalid with the field, IllegalMove."""
    job = _settled(conn, who, import_id)
    known = jobs.attributes(conn, who.workspace_id)
    found = columns.checked(given, known)
    options = checked_options(options, found, now.date())
    jobs.set_mapping(conn, job.id, {"columns": [one.as_json() for one in found]}, options.as_json())


def _settled(conn: Conn, who: Principal, import_id: int) -> Job:
    job = get(conn, who, import_id, lock=True)
    if job.state not in SETTLED:
        raise Invalid("This import has begun. Bring the file once more to import it in another way.")
    return job


def check(conn: Conn, who: Principal, import_id: int, now: datetime) -> None:
    """Begin a dry run: a task goes on with it. Raises IllegalMove, Invalid."""
    _begin(conn, who, import_id, "check", now)


def start(conn: Conn, who: Principal, import_id: int, now: datetime) -> None:
    """Begin to import: a task goes on with it; attributes that are new are made first. Raises IllegalMove, Invalid."""
    job = _begin(conn, who, import_id, "start", now)
    new = [(one.name, one.label, columns.stored_kind(one.kind)) for one in columns.of_json(job.mapping)
           if one.to == "attribute"]  # fmt: skip
    jobs.put_attributes(conn, who.workspace_id, new)


def _begin(conn: Conn, who: Principal, import_id: int, trigger: str, now: datetime) -> Job:
    job = get(conn, who, import_id, lock=True)
    if not job.mapping:
        raise Invalid("Say first what the columns are.")
    move.one(conn, "import", job.id, trigger, now, actor=who.actor)
    jobs.rewind(conn, job.id, job.header["at"], job.header["line"])
    return job


def cancel(conn: Conn, who: Principal, import_id: int, now: datetime) -> None:
    """Stop it: the slice that is under way is the last. Raises IllegalMove.

    The numbers of a dry run are what would have been: of one that is stopped nothing is said to have been done.
    """
    job = get(conn, who, import_id, lock=True)
    move.one(conn, "import", job.id, "cancel", now, actor=who.actor, values={"ended_at": now})
    pieces.drop(conn, job.id)
    if job.state in ("checking", "checked"):
        jobs.rewind(conn, job.id, job.header["at"], job.header["line"])


def undo(conn: Conn, who: Principal, import_id: int, now: datetime) -> None:
    """Begin to take back what it did: a task goes on with it. Raises IllegalMove."""
    job = get(conn, who, import_id)
    move.one(conn, "import", job.id, "undo", now, actor=who.actor)


def preview(job: Job, mapped: Sequence[Column], options: Options) -> list[Person | str]:
    """What the first rows become: a person, or what is wrong. Addresses that are here are not looked for."""
    judge = Judge(job.header["names"], mapped, options, job.made_at)
    found: list[Person | str] = []
    for place, cells in enumerate(job.header["rows"]):
        try:
            found.append(judge.person(Record(job.header["line"] + place, 0, cells, place, place + 1)))
        except Refused as refused:
            found.append(" ".join(words for _, words in refused.faults))
    return found


def preview_or_none(job: Job, mapped: Sequence[Column], options: Options) -> list[Person | str] | None:
    """The preview; None while no column is the address, or a choice is none."""
    try:
        return preview(job, columns.checked(mapped, {}), options)
    except Invalid:
        return None
