"""What a relay may get on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.outbound.pace.caps import kept, of_day, splits
from engine.people.relays import RelaySettings

START = date(2026, 3, 1)


def relay(per_day: int | None, warm: bool = True, visible: bool = False, uses: str = "all") -> RelaySettings:
    return RelaySettings(
        "h", 25, "none", None, None, 4, "instance", per_day=per_day, warmup_from=START if warm else None,
        warmup_first=200, warmup_growth=50, visible=visible, uses=uses,
    )  # fmt: skip


@pytest.mark.parametrize(("day", "cap"), [(-1, 2000), (0, 200), (1, 300), (2, 450), (5, 1518), (6, 2000), (400, 2000)])
def test_a_plan_allows_half_as_much_again_each_day_until_it_reaches_the_cap(day: int, cap: int) -> None:
    assert of_day(relay(2000), datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(days=day)) == cap


def test_without_a_cap_a_plan_ends_after_a_year() -> None:
    assert of_day(relay(None), datetime(2027, 6, 1, tzinfo=UTC)) is None


def test_receivers_are_told_apart_where_they_are_visible_and_while_a_plan_lasts() -> None:
    early, late = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)

    assert splits(relay(2000), early)
    assert not splits(relay(2000), late)
    assert splits(relay(None, warm=False, visible=True), late)


@pytest.mark.parametrize(
    ("uses", "cap", "left"), [("all", 2000, 200), ("all", 19, 1), ("all", 9, 0), ("bulk", 2000, 0)]
)
def test_a_tenth_of_a_day_is_kept_from_bulk_mail_where_there_is_other_mail(uses: str, cap: int, left: int) -> None:
    assert kept(relay(cap, uses=uses), cap) == left
