"""H1 to H14, each taken out of the code for a test: what is patched is the rule."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from sqlalchemy import text

from engine import move
from engine.outbound import record
from engine.outbound.desk import Desk
from engine.outbound.held import Flush
from engine.outbound.queries import claiming, flushing
from engine.outbound.queries.claiming import Lane

Patch = pytest.MonkeyPatch


def h1(patch: Patch) -> None:
    """Rows are taken last first."""
    lay = Desk.lay
    patch.setattr(Desk, "lay", lambda self, claimed, rows, until: lay(self, claimed, list(rows)[::-1], until))


def h2(patch: Patch) -> None:
    """The permit is what was asked for."""
    snapshot = Desk.snapshot

    def eager(self: Desk) -> Flush | None:
        what = snapshot(self)
        for held in self.held.values():
            held.permit = max(held.permit, held.top)
        return what

    patch.setattr(Desk, "snapshot", eager)


def h3(patch: Patch) -> None:
    """Content leaves without a permit."""
    patch.setattr(Desk, "permitted", lambda self, key: key.batch_id in self.held)


def h4(patch: Patch) -> None:
    """New rows are taken before those that came back."""
    chosen = Desk._next

    def late(self: Desk, lane: Lane) -> Any:
        front, self._front = self._front, {}
        try:
            return chosen(self, lane)
        finally:
            self._front = front

    patch.setattr(Desk, "_next", late)


def h5(patch: Patch) -> None:
    """Rows announced and not out stay in the released batch."""
    patch.setattr(flushing, "put_again", lambda *_: None)


def h6(patch: Patch) -> None:
    """A batch takes rows after it was claimed."""
    edit(patch, flushing, ("AND epoch = 0", "AND epoch > -1"))


def h7(patch: Patch) -> None:
    """Outcomes are written whatever became of the row since."""
    loose = str(move._FLUSH).replace("AND d.attempt = o.attempt", "").replace("AND d.batch_id = o.batch_id", "")
    patch.setattr(move, "_FLUSH", text(loose.replace("AND d.state IN ('queued', 'deferred')", "")))
    plain = ("AND d.batch_id = o.batch_id AND d.attempt = 0", ""), ("AND d.state IN ('queued', 'deferred')", "")
    edit_raise(patch, *plain)


def h8_epoch(patch: Patch) -> None:
    """The flush raises the horizons of whoever owns the batch now."""
    edit_raise(patch, ("b.epoch = a.epoch AND b.owner = %(owner)s", "(b.epoch > -1 OR b.owner = %(owner)s)"))


def h8_batch_first(patch: Patch) -> None:
    """Outcomes of lost batches are written as if the batch were still held."""
    patch.setattr(move, "prove", move.record)


def h8_each(patch: Patch) -> None:
    """Losing one batch fails the whole flush."""
    raised = move.raise_horizons

    def all_or_none(conn: Any, owner: str, asked: Any, accepted: Any, at: Any) -> Any:
        found = raised(conn, owner, asked, accepted, at)
        return found if len(found) == len(asked) else {}

    patch.setattr(move, "raise_horizons", all_or_none)
    patch.setattr(move, "prove", lambda *_: set())


def h10(patch: Patch) -> None:
    """A take-over leaves the rows at or below the horizon as they are."""
    patch.setattr(record, "take_over", lambda *_: 0)


def h11(patch: Patch) -> None:
    """The flush does not see `stop`."""
    seeing = "CASE WHEN b.stop THEN b.horizon ELSE greatest(b.horizon, a.top) END"
    edit_raise(
        patch, (seeing, "greatest(b.horizon, a.top)"), ("b.id, b.horizon, b.stop", "b.id, b.horizon, false AS stop")
    )


def h13(patch: Patch) -> None:
    """What is learnt about a lost batch is thrown away."""
    patch.setattr(move, "prove", lambda *_: set())


def h13_memory(patch: Patch) -> None:
    """A flush that failed forgets what it was to write."""

    def forget(self: Desk) -> None:
        self._flushing = False
        self._learnt = []

    patch.setattr(Desk, "given_up", forget)


def h13_ghosts(patch: Patch) -> None:
    """Rows of an old lease are forgotten when the batch is leased anew."""
    patch.setattr(Desk, "_report_ghost", lambda *_: None)


def h14(patch: Patch) -> None:
    """A batch is done when its holder says so."""
    patch.setattr(claiming, "finished", claiming.among)


def edit(patch: Patch, module: Any, *changes: tuple[str, str]) -> None:
    """Make the module's statements say something else; every change must have something to change."""
    real = module.text

    def written(statement: str) -> Any:
        for before, after in changes:
            statement = statement.replace(before, after)
        return real(statement)

    assert all(before in inspect.getsource(module) for before, _ in changes)
    patch.setattr(module, "text", written)


def edit_raise(patch: Patch, *changes: tuple[str, str]) -> None:
    """Make the first statement of the flush say something else; every change must have something to change."""
    statement = move._RAISE
    for before, after in changes:
        assert before in statement
        statement = statement.replace(before, after)
    patch.setattr(move, "_RAISE", statement)
