"""The transitions library over a state table: one Machine per noun, built once at import.

A Machine serves any number of objects: `state_after` sets it to the object's state and fires the trigger, which
costs microseconds; a Machine per object would cost a hundred times that (docs/adr/0003).
"""

from __future__ import annotations

from functools import cache
from threading import Lock

from transitions import Machine, MachineError

from engine.errors import IllegalMove
from engine.states import TABLES
from engine.states.table import StateTable

_FIRING = Lock()  # the sending loop has a thread of its own


class _Subject:
    """The model a Machine moves; its `state` is overwritten before each firing."""

    state: str


@cache
def _machine(noun: str) -> tuple[Machine, _Subject]:
    table = TABLES[noun]
    subject = _Subject()
    machine = Machine(
        model=subject, states=list(table.names), initial=table.initial, auto_transitions=False, send_event=False
    )
    for move in table:
        machine.add_transition(move.trigger, list(move.sources), move.dest)
    return machine, subject


def state_after(table: StateTable, state: str, trigger: str) -> str:
    """The state that `trigger` leads to from `state`. Raises IllegalMove when the table has no such move."""
    machine, subject = _machine(table.noun)
    with _FIRING:
        machine.set_state(state, subject)
        try:
            subject.trigger(trigger)  # type: ignore[attr-defined]  # the Machine adds it to its model
        except (MachineError, AttributeError) as error:
            text = f"A {table.noun} that is {state} cannot {trigger.replace('_', ' ').strip()}."
            raise IllegalMove(text) from error
        return subject.state
