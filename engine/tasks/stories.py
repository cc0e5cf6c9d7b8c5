"""Where stories meet: each function is one transaction of one story, given what other rooms lend it."""

from __future__ import annotations

from collections.abc import Callable

from engine import clock, db, log
from engine.campaigns import drying
from engine.campaigns.wording import as_mailed
from engine.config import required, settings
from engine.inbound import reread
from engine.inbound.obeying import Acts
from engine.inbound.own import Own
from engine.inbound.reader import Reader
from engine.inbound.receive import faulted, receive
from engine.inbound.repeating import Raced
from engine.outbound.followup import FollowUp
from engine.people.directory import erasing
from engine.people.imports import imports
from engine.rounds import ordered

logger = log.get(__name__)

TURN = 10.0  # seconds of an import or a dry run after which other work of the queue has its turn

ACTS = Acts(ordered.pause, ordered.skip, ordered.take_back)


def receive_one(inbound_id: int, reader: Reader, database: db.Pool) -> FollowUp:
    """Read one waiting mail; what is to be enqueued now that it is committed."""
    try:
        with database.begin() as conn:
            return receive(conn, inbound_id, reader.parse, own=Own.of(settings()), acts=ACTS, words=as_mailed)
    except Raced:
        return FollowUp(inbound=(inbound_id,))


def receive_failed(inbound_id: int, error: Exception) -> None:
    """Count a reading that raised, in a transaction of its own. A database that is away is nobody's fault."""
    if isinstance(error, db.Away):
        return
    with db.begin() as conn:
        faulted(conn, inbound_id, f"{type(error).__name__}: {error}".split("\n")[0], db.now(conn), Own.of(settings()))


def reread_on(rereading_id: int, reader: Reader) -> FollowUp:
    """Do the next slice of a rereading; what is to be enqueued now that it is committed."""
    with db.begin() as conn:
        return reread.go_on(conn, rereading_id, reader.parse, db.now(conn))


def erase_on(erasure_id: int) -> FollowUp:
    """Do the next slice of an erasure; what is to be enqueued now that it is committed."""
    with db.begin() as conn:
        more = erasing.go_on(conn, erasure_id, db.now(conn))
    return FollowUp(erase=(erasure_id,)) if more else FollowUp()


def import_on(import_id: int, leaving: Callable[[], bool]) -> FollowUp:
    """Do slices of an import, a transaction each, until it is over, time is up or the worker leaves; what is left.

    What fails for no fault of the moment would fail again for ever: the import ends with the reason.
    """
    secret, until = required(settings().secret_key, "secret_key"), clock.steady() + TURN
    while clock.steady() < until and not leaving():
        try:
            with db.begin() as conn:
                more = imports.go_on(conn, import_id, db.now(conn), secret)
        except imports.Raced:
            continue
        except Exception as error:
            if db.passing(error):
                raise
            logger.exception("import failed", import_id=import_id)
            with db.begin() as conn:
                imports.fail(conn, import_id, f"{type(error).__name__}: {error}".split("\n")[0], db.now(conn))
            return FollowUp()
        if not more:
            return FollowUp()
    return FollowUp(imports=(import_id,))


def dry_run_on(campaign_id: int, leaving: Callable[[], bool]) -> FollowUp:
    """Try slices of a campaign's people, a transaction each, until all are tried or time is up; what is left."""
    until = clock.steady() + TURN
    while clock.steady() < until and not leaving():
        try:
            with db.begin() as conn:
                more = drying.go_on(conn, campaign_id, db.now(conn))
        except Exception as error:
            if db.passing(error):
                raise
            logger.exception("dry run failed", campaign_id=campaign_id)
            with db.begin() as conn:
                drying.fail(conn, campaign_id, f"{type(error).__name__}: {error}".split("\n")[0], db.now(conn))
            return FollowUp()
        if not more:
            return FollowUp()
    return FollowUp(dry_runs=(campaign_id,))
