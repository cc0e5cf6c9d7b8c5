"""The rescue: leases that are over, runs that are done, doubts to resend, mails that nobody read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine import db, log
from engine.campaigns import drying
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import ConfigError
from engine.inbound.queries import rereading
from engine.inbound.queries.waiting import waiting_inbound
from engine.outbound import record, sweep
from engine.outbound.events import take
from engine.outbound.followup import FollowUp
from engine.people.directory import erasing
from engine.people.imports.queries import jobs
from engine.people.instance_relays import instance_relays

logger = log.get(__name__)

OLD_MAIL = 10.0  # seconds a mail may wait before the sweep offers it again


def rescue(conn: Conn, now: datetime, settings: Settings) -> FollowUp:
    """Heal what hints and workers left behind; what can be claimed or read now. One step's fault stops no other."""
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("restored", lambda: sweep.hold_after_restore(conn, now)),
        ("leases", lambda: record.rescue(conn, now)),
        ("cancelled", lambda: sweep.finish_cancelled(conn, now)),
        ("doubts", lambda: sweep.resend_doubts(conn, now, settings.doubt_after, _keyed(settings))),
        ("reopened", lambda: sweep.reopen_runs(conn, now)),
        ("events", lambda: take.settle_waiting(conn, required(settings.secret_key, "secret_key"), now)),
        ("runs", lambda: sweep.finish_runs(conn, now)),
    )
    for name, step in steps:
        try:
            with conn.begin_nested():
                step()
        except db.Away:
            raise
        except Exception as error:  # it is due again in seconds; what is stuck must not keep leases from being freed
            logger.error("rescue failed", step=name, error=repr(error)[:500])
    late = tuple(waiting_inbound(conn, now, OLD_MAIL))
    rereads, imports = tuple(rereading.unfinished(conn)), tuple(jobs.unfinished(conn))
    jobs_left = {"erase": erasing.unfinished(conn), "imports": imports, "dry_runs": drying.unfinished(conn)}
    return FollowUp(sweep.claimable(conn, now, settings), late, rereads, **jobs_left)


def _keyed(settings: Settings) -> str:
    """The instance's only relay where it knows a mail it has had by an idempotency header: the server and the header.

    Empty where it does not, and where there are several, since no row says which of them had it.
    """
    try:
        relays = instance_relays(settings)
    except ConfigError:  # there is none
        return ""
    if len(relays) > 1 or not relays[0].idempotency_header:
        return ""
    only = relays[0]
    return f"{only.host}:{only.port} {only.preset} {only.idempotency_header}"


def expire(conn: Conn) -> None:
    """Expire what waits in stopped runs for longer than it is useful."""
    sweep.expire_stopped(conn, db.now(conn))


def audit(conn: Conn) -> None:
    """Say loudly when an open row names a batch that has ended: it would never be sent."""
    if lost := sweep.audit(conn):
        logger.error("open rows in ended batches", rows=lost)
