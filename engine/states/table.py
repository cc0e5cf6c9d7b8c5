"""What a state table is: pure data, one sentence for every state and every move. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """One state. `meaning`: what is true; `next`: who moves it on; `otherwise`: what happens if nobody does."""

    name: str
    meaning: str
    next: str
    otherwise: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One move from any of `sources` to `dest`. A `quiet` move writes no event row: the row itself tells of it."""

    trigger: str
    sources: tuple[str, ...]
    dest: str
    meaning: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class StateTable:
    """One noun's machine. The first state is the initial one; triggers are unique."""

    noun: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        names = {s.name for s in self.states}
        triggers = [m.trigger for m in self.moves]
        if len(set(triggers)) != len(triggers):
            raise ValueError(f"{self.noun}: a trigger is listed twice")
        for move in self.moves:
            if unknown := ({*move.sources, move.dest} - names):
                raise ValueError(f"{self.noun}.{move.trigger}: unknown states {sorted(unknown)}")
            if finals := [s.name for s in self.states if s.final and s.name in move.sources]:
                raise ValueError(f"{self.noun}.{move.trigger}: leaves the final states {finals}")

    @property
    def initial(self) -> str:
        """The state a new row has."""
        return self.states[0].name

    @property
    def names(self) -> tuple[str, ...]:
        """All state names, in reading order."""
        return tuple(s.name for s in self.states)

    def move(self, trigger: str) -> Move:
        """The move called `trigger`; KeyError when there is none."""
        for move in self.moves:
            if move.trigger == trigger:
                return move
        raise KeyError(f"{self.noun} has no move {trigger!r}")

    def __iter__(self) -> Iterator[Move]:
        return iter(self.moves)
