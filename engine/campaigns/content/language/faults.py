"""What is wrong with a template, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.errors import Invalid


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to mend. Line and column begin at 1; `words` say what to do. `part`: subject, preheader, body, …"""

    line: int
    column: int
    words: str
    part: str = ""

    def __str__(self) -> str:
        where = f"{self.part}, line {self.line}" if self.part else f"line {self.line}"
        return f"{where}, column {self.column}: {self.words}"


class Refused(Invalid):
    """A template that cannot be saved, with its faults in their order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("; ".join(map(str, self.faults)), "body")


def at(source: str, offset: int, words: str) -> Fault:
    """A fault at a character of the source."""
    before = source[:offset]
    return Fault(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1, words)


__all__ = ["Fault", "Refused", "at"]
