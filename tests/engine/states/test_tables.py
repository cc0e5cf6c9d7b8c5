"""State tables say everything, and the page made from them is fresh."""

from __future__ import annotations

import pytest

from engine.states import DELIVERY, TABLES, Move, State, StateTable
from engine.states.__main__ import PAGE, page


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.noun)
def test_every_state_says_what_it_means_and_can_be_reached(table: StateTable) -> None:
    reached = {table.initial} | {move.dest for move in table}

    assert {s.name for s in table.states} == reached
    assert all(s.meaning and s.next and s.otherwise for s in table.states)
    assert all(move.meaning for move in table)


def test_a_table_that_leaves_a_final_state_is_refused() -> None:
    states = (State("a", "x", "y", "z"), State("b", "x", "y", "z", final=True))

    with pytest.raises(ValueError, match="final"):
        StateTable("thing", states, (Move("go", ("b",), "a", "back"),))


def test_an_accepted_row_moves_on_only_by_news_of_it() -> None:
    """And by who said that it arrived: a person may take that back (tests/engine/outbound/settle/test_doubts.py)."""
    news = {"deliver", "return_", "complain"}

    assert {m.trigger for m in DELIVERY if "sent" in m.sources} == {*news, "take_back"}
    assert DELIVERY.move("take_back").dest == "in_doubt"


def test_the_page_of_states_is_fresh() -> None:
    assert PAGE.read_text() == page()
