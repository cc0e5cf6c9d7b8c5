"""Who may have how many connections."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.outbound.pace.seats import Want, kept, learn, share

WANTS = st.lists(
    st.builds(
        Want,
        st.tuples(st.sampled_from(["", "gmail", "other"]), st.sampled_from("abcde")),
        st.integers(0, 300),
        st.integers(0, 9),
    ),
    unique_by=lambda want: want.place,
)


@given(WANTS, st.integers(1, 40), st.integers(1, 5))
def test_no_more_is_given_than_there_is_and_nothing_useful_is_left(wants: list[Want], total: int, gmail: int) -> None:
    given_ = share(wants, total, {"gmail": gmail})

    assert sum(given_.values()) <= total
    assert sum(n for (provider, _), n in given_.items() if provider == "gmail") <= gmail
    assert all(given_.get(want.place, 0) <= want.messages for want in wants)
    could = sum(want.messages for want in wants if want.place[0] != "gmail")
    could += min(gmail, sum(want.messages for want in wants if want.place[0] == "gmail"))
    assert sum(given_.values()) == min(total, could)


def test_two_that_have_much_to_do_get_half_each() -> None:
    assert share([Want(("", "a"), 500, 4), Want(("", "b"), 500, 4)], 8, {}) == {("", "a"): 4, ("", "b"): 4}


def test_where_there_is_one_for_two_the_more_urgent_gets_it() -> None:
    assert share([Want(("", "a"), 500, 4), Want(("", "b"), 1, 0)], 1, {}) == {("", "a"): 0, ("", "b"): 1}


@pytest.mark.parametrize(("fair", "using", "spare", "found"), [(4, 8, 0, 4), (0, 3, 8, 3), (4, 2, 8, 4), (1, 5, 2, 3)])
def test_one_keeps_what_nobody_wants(fair: int, using: int, spare: int, found: int) -> None:
    assert kept(fair, using, spare) == found


def test_a_provider_earns_a_connection_for_as_many_answers_as_it_has_and_loses_one_for_as_many_refusals() -> None:
    assert math.isclose(learn(2.0, 2, 0, 20), math.sqrt(8))
    assert learn(4.0, 0, 4, 20) == 3.0
    assert learn(1.0, 0, 9, 20) == 1.0
    assert learn(19.0, 500, 0, 20) == 20.0
