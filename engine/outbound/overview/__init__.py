"""One look at the whole instance for its operators: what runs, what waits, what is full, and what to do about it.

Numbers of mail are those of the asker's workspace; processes, queues and the database are everybody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from engine import VERSION, db
from engine.config import Settings
from engine.db import Conn
from engine.outbound.alerts import incidents, words
from engine.outbound.health import ALIVE
from engine.outbound.health import queries as health
from engine.outbound.overview import queries
from engine.people import rights
from engine.people.principal import Principal

RECENT = 600.0  # seconds after which a process that went silent is no longer listed
QUEUES = ("send", "bulk", "inbound", "upkeep")
NEEDED = ("scheduler", "smtpd", *(f"queue:{queue}" for queue in QUEUES))
BACKUP_AGE = timedelta(days=2)
TABLES = 8
NAMES = {
    "scheduler": "scheduler", "smtpd": "listener for mail that comes in", "imap": "process that fetches from mailboxes",
}  # fmt: skip
START = {
    "scheduler": "Start one: `sixpm scheduler`. Nothing falls due without it.",
    "smtpd": "Start one: `sixpm smtpd`. Answers by mail do not come in without it.",
    "imap": "Start one: `sixpm imap`. For a mailbox that is no longer wanted: `sixpm imap --forget NAME`.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that wants a person, and what to do."""

    what: str
    todo: str


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its host and number, what it does, of which release it is, and whether it still shows life."""

    name: str
    roles: tuple[str, ...]
    release: str
    age: float
    silent: bool
    other: bool  # of another release than the page's own process


@dataclass(frozen=True, slots=True)
class Queue:
    """`age`: seconds since its last sign of life, None where nobody ever asked; `depth` None where nobody can say."""

    name: str
    age: float | None
    depth: int | None
    deaf: str


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox that mail is fetched from. `age`: since all of it was fetched, None where that never was."""

    name: str
    age: float | None
    waiting: int
    fetched: int
    failure: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its partitions and indexes; `rows` is PostgreSQL's estimate."""

    name: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page shows. Lags and ages are seconds."""

    at: datetime
    problems: tuple[Problem, ...]
    processes: tuple[Process, ...]
    queues: tuple[Queue, ...]
    sweeper: str
    swept_ago: float | None
    ticked_ago: float | None
    due_lag: Mapping[str, float]
    due_slots: int
    waits: Mapping[str, float]
    inbound_lag: float
    unread: int
    doubts: int
    held_runs: int
    held_mails: int  # but for those of newcomers
    newcomer_mails: int
    boxes: tuple[Box, ...]
    breakers: tuple[Any, ...]
    incidents: tuple[Any, ...]
    size: int
    server: str
    migration: str
    wanted: str
    tables: tuple[Table, ...]
    partitions_ahead: int  # ranges of runs behind the newest one's
    shift: timedelta
    backup: Mapping[str, Any] | None
    backup_age: timedelta | None
    tidyings: tuple[Mapping[str, Any], ...]
    tidied_at: datetime | None
    release: str


def _waits(conn: Conn, now: datetime) -> dict[str, float]:
    """Seconds since the oldest batch fell due that nobody has taken, by kind of run."""
    return {row.kind: max(0.0, row.age) for row in health.open_batches(conn, now) if row.kind and row.age is not None}


def look(
    conn: Conn, who: Principal, now: datetime, settings: Settings, depths: Mapping[str, int] | None = None
) -> Overview:
    """The instance at this instant. `depths`: of queues, where the broker was asked. Raises NotAllowed."""
    rights.require(who, "see_system")
    facts = queries.facts(conn, who.workspace_id, now)
    if depths is None and facts.queues_here:
        depths = queries.depths(conn)
    rows = queries.processes(conn, RECENT)
    processes = tuple(_process(row) for row in rows if row.roles != ["leader"])
    open_ = tuple(one for one in incidents.shown(conn, who.workspace_id) if one.over_at is None)
    queues = _queues(conn, depths or {})
    backup = facts.backup
    made = datetime.fromisoformat(backup["made_at"]) if backup else None
    sweeper = min((row for row in rows if "leader" in row.roles), key=lambda row: float(row.age), default=None)
    found = Overview(
        at=now, problems=(), processes=processes, queues=queues,
        sweeper=sweeper.process if sweeper else "", swept_ago=sweeper.age if sweeper else None,
        ticked_ago=min((p.age for p in processes if "scheduler" in p.roles), default=None),
        due_lag={"prompt": max(0.0, facts.prompt_lag or 0.0), "digest": max(0.0, facts.digest_lag or 0.0)},
        due_slots=facts.due_slots, waits=_waits(conn, now), inbound_lag=max(0.0, facts.inbound_lag or 0.0),
        unread=facts.unread, doubts=facts.own_doubts, held_runs=facts.own_held_runs,
        held_mails=facts.own_held_mails, newcomer_mails=facts.own_newcomer_mails,
        boxes=tuple(Box(b.name, b.age, b.waiting, b.fetched, b.failure) for b in health.boxes(conn)),
        breakers=tuple(queries.breakers(conn, who.workspace_id, now)), incidents=open_, size=facts.size,
        server=f"{facts.server // 10000}.{facts.server % 10000}", migration=facts.migration or "",
        wanted=db.wanted() or "",
        tables=tuple(Table(t.name, int(t.size), t.rows) for t in queries.tables(conn, TABLES)),
        partitions_ahead=facts.partitions_ahead, shift=facts.shift, backup=backup,
        backup_age=now - made if made else None,
        tidyings=tuple(facts.tidyings),
        tidied_at=max((datetime.fromisoformat(one["ran_at"]) for one in facts.tidyings), default=None),
        release=VERSION,
    )  # fmt: skip
    return _with(found, settings)


def _process(row: Any) -> Process:
    roles = tuple(role for role in row.roles if role not in ("leader", "counter")) or ("scheduler",)
    return Process(row.process, roles, row.version, row.age, row.age >= ALIVE, row.version != VERSION)


def _queues(conn: Conn, depths: Mapping[str, int]) -> tuple[Queue, ...]:
    seen, deaf = {row.queue: row for row in queries.queues(conn)}, health.deaf_queues(conn)
    return tuple(
        Queue(name, seen[name].age if name in seen else None, depths.get(name), deaf.get(name, "")) for name in QUEUES
    )


def _with(found: Overview, settings: Settings) -> Overview:
    return replace(found, problems=tuple(_problems(found, settings)))


def _problems(found: Overview, settings: Settings) -> Iterator[Problem]:
    """What wants a person, the worst first."""
    yield from _of_processes(found.processes, (*NEEDED, "imap") if found.boxes else NEEDED)
    for queue in found.queues:
        if queue.deaf:
            yield Problem(f"Queue {queue.name} is not consumed. {queue.deaf}", words.ADVICE["watchdog"])
    for box in found.boxes:
        if box.failure:
            yield Problem(f"Nothing is fetched from {box.name}. {box.failure}", words.ADVICE["imap"])
    if found.migration != found.wanted:
        said = f"The database has schema {found.migration}, this release wants {found.wanted}."
        yield Problem(said, "Run `sixpm migrate`.")
    late = [name for name, lag in found.due_lag.items() if lag > settings.lag_seconds]
    if late or found.inbound_lag > settings.lag_seconds:
        what = " and ".join(
            [f"{name}s" for name in late] + (["mail"] if found.inbound_lag > settings.lag_seconds else [])
        )
        yield Problem(f"Due {what} waited for over {settings.lag_seconds / 60:.0f} minutes.", words.ADVICE["lag"])
    if not found.partitions_ahead:
        yield Problem(
            "The next range of runs has no partition yet.", "The scheduler makes them: see whether one is up."
        )
    yield from _of_backup(found)
    if found.shift:
        yield Problem(
            f"Business time is shifted by {found.shift}: this is a demo or a test.",
            "In an instance for people, set it back: DELETE FROM clock;",
        )


def _of_processes(processes: Sequence[Process], needed: Sequence[str]) -> Iterator[Problem]:
    alive = {role for process in processes if not process.silent for role in process.roles}
    for role in needed:
        if role not in alive:
            queue = role.removeprefix("queue:")
            todo = START.get(role, f"Start a worker: `sixpm worker --queues {queue}`.")
            name = NAMES.get(role, f"worker of the queue {queue}")
            yield Problem(f"No {name} has shown life for {ALIVE:.0f} s.", todo)
    others = sorted(
        {process.release or "an older one" for process in processes if process.other and not process.silent}
    )
    if others:
        said = f"Processes of another release are running: {', '.join(others)}; this page is of {VERSION}."
        yield Problem(said, "Fine in the middle of a release. Else start the processes of the old one again.")


def _of_backup(found: Overview) -> Iterator[Problem]:
    if found.backup_age is None:
        yield Problem("No backup by `sixpm backup` is on record here.", "Make one, and let cron make one every night.")
    elif found.backup_age > BACKUP_AGE:
        said = f"The last backup is {found.backup_age.days} days old."
        yield Problem(said, "See why the nightly `sixpm backup` no longer runs.")
