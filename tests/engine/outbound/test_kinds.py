"""The kinds of run."""

from __future__ import annotations

from engine.outbound.kinds import BULK, BULK_URGENCY, KINDS
from engine.people.directory.queries.history import TO_MEMBERS


def test_whatever_is_not_bulk_is_more_urgent_than_all_that_is() -> None:
    """A part of a relay's day is kept for it by its urgency."""
    assert BULK
    assert all((name in BULK) == (kind.urgency >= BULK_URGENCY) for name, kind in KINDS.items())


def test_each_kind_goes_to_channels_or_contacts_or_members_and_to_one_of_them() -> None:
    """A person's timeline and erasure go by the list of those that go to members."""
    for kind in KINDS.values():
        assert [kind.posts, kind.contacts, kind.name in TO_MEMBERS].count(True) == 1, kind.name
