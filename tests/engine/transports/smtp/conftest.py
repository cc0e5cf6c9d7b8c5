"""Every test with a real connection runs on each kind of event loop, grouped and in lock step, by DATA and by BDAT."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.transports import slot


@pytest.fixture(params=slot.LOOPS)
def each_loop(request: pytest.FixtureRequest) -> None:
    """Choose the loop that slot.run uses."""
    slot.chosen[0] = request.param


PACES = {
    "pipelined": slot.Pace(),
    "lock step": slot.Pace(grouped=False),
    "chunked": slot.Pace(chunked=True),
    "chunked lock step": slot.Pace(grouped=False, chunked=True),
}


@pytest.fixture(params=PACES)
def each_pace(request: pytest.FixtureRequest) -> Iterator[slot.Pace]:
    """Choose what slot.sink announces."""
    slot.pace[0] = PACES[request.param]
    yield slot.pace[0]
    slot.pace[0] = slot.Pace()
