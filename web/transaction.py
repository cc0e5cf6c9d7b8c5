"""The one transaction of a request: opened at its first use, committed when the view has returned, then followed up.

    conn = transaction.conn()               # the request's Conn
    now = transaction.now()                 # its business instant, the same all through the request
    transaction.follow(story(conn, ...))    # enqueued after the commit; losing it costs one sweep

An exception in the view rolls everything back. A view that catches one (a form's Invalid) wraps the call in `step()`,
which takes back only what that step wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from flask import Flask, Response, current_app, g

from engine import db, log
from engine.outbound.followup import FollowUp

_log = log.get(__name__)


def conn() -> db.Conn:
    """The request's connection, inside its transaction."""
    if "conn" not in g:
        opened: AbstractContextManager[db.Conn] = db.begin()
        g.conn, g.transaction = opened.__enter__(), opened
    held: db.Conn = g.conn
    return held


def now() -> datetime:
    """The business instant of the request, aware UTC; asked of the database once."""
    if "now" not in g:
        g.now = db.now(conn())
    instant: datetime = g.now
    return instant


@contextmanager
def step() -> Iterator[db.Conn]:
    """A part of the transaction that is taken back alone when it raises."""
    held = conn()
    with held.begin_nested():
        yield held


def after_commit(act: Callable[[], None]) -> None:
    """Run `act` once the request's transaction is committed, never when it is rolled back. Best effort."""
    g.setdefault("after_commit", []).append(act)


def follow(followup: FollowUp) -> None:
    """Enqueue the follow-up work of a story after the commit. The rows are there; a lost hint costs one sweep."""
    enqueue = current_app.extensions["sixpm_enqueue"]
    if followup.batches:
        after_commit(lambda: enqueue.batches(followup.batches))
    if followup.inbound:
        after_commit(lambda: enqueue.inbound(followup.inbound))
    if followup.reread:
        after_commit(lambda: enqueue.reread(followup.reread))
    if followup.erase:
        after_commit(lambda: enqueue.erase(followup.erase))
    if followup.imports:
        after_commit(lambda: enqueue.imports(followup.imports))
    if followup.dry_runs:
        after_commit(lambda: enqueue.dry_runs(followup.dry_runs))


def rollback() -> None:
    """Take back all that the request wrote and forget what was to follow; a later `conn()` starts anew."""
    g.pop("after_commit", None)
    g.pop("conn", None)
    opened = g.pop("transaction", None)
    if opened is not None:
        error = RuntimeError("rolled back")
        try:
            opened.__exit__(RuntimeError, error, None)
        except Exception as lost:  # the connection may be gone, which rolls back as well
            _log.warning("rollback failed", error=str(lost))


def commit() -> None:
    """Commit what the request wrote, then do what was to follow."""
    g.pop("conn", None)
    opened = g.pop("transaction", None)
    if opened is not None:
        opened.__exit__(None, None, None)
    for act in g.pop("after_commit", []):
        try:
            act()
        except Exception as error:  # a hint that is lost costs seconds: the sweep finds the row
            _log.warning("follow-up not enqueued", error=str(error))


def install(app: Flask) -> None:
    """Commit after every view that returned; whatever is left open at the end is rolled back."""

    @app.after_request
    def _commit(response: Response) -> Response:
        commit()
        return response

    @app.teardown_request
    def _leave_nothing_open(_: BaseException | None) -> None:
        rollback()
