"""The kinds of run."""

from __future__ import annotations

from engine.outbound.kinds import BULK, BULK_URGENCY, KINDS


def test_whatever_is_not_bulk_is_more_urgent_than_all_that_is() -> None:
    """A part of a relay's day is kept for it by its urgency."""
    assert BULK
    assert all((name in BULK) == (kind.urgency >= BULK_URGENCY) for name, kind in KINDS.items())
