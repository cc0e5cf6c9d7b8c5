"""Numbers as the rectangles of a picture that the server draws, for the page and for paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

HEIGHT, WIDE, GAP = 120, 50, 6  # of a picture and of a bar in it, in the picture's own units


class Bars(NamedTuple):
    """Bars side by side: for each its x, and the pieces it is stacked of, from below, as (n, y, height)."""

    width: int
    most: int
    bars: tuple[tuple[int, tuple[tuple[int, float, float], ...]], ...]


def bars(columns: Sequence[Sequence[int]]) -> Bars:
    """The bars of some columns of numbers; the highest one fills the picture."""
    most = max((sum(column) for column in columns), default=0)
    return Bars(len(columns) * WIDE, most, tuple((n * WIDE + GAP, _pieces(one, most)) for n, one in enumerate(columns)))


def _pieces(column: Sequence[int], most: int) -> tuple[tuple[int, float, float], ...]:
    found, y = [], float(HEIGHT)
    for n in column:
        height = HEIGHT * n / (most or 1)
        y -= height
        found.append((n, round(y, 1), round(height, 1)))
    return tuple(found)


def share(part: int, whole: int) -> str:
    """A part of a whole in percent, as people read it: 41 %, 0.3 %, under 0.1 %."""
    if not whole or not part:
        return "" if not whole else "0 %"
    percent = 100 * part / whole
    if percent < 0.1:
        return "under 0.1 %"
    if percent > 99.9 and part < whole:
        return "over 99.9 %"
    return f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %".replace(".0 ", " ")


__all__ = ["GAP", "HEIGHT", "WIDE", "Bars", "bars", "share"]
