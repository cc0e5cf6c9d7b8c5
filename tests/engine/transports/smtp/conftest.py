"""Every test with a real connection runs on each kind of event loop, pipelined and in lock step."""

from __future__ import annotations

import pytest

from tests.engine.transports import slot


@pytest.fixture(params=slot.LOOPS)
def each_loop(request: pytest.FixtureRequest) -> None:
    """Choose the loop that slot.run uses."""
    slot.chosen[0] = request.param


@pytest.fixture(params=["pipelined", "lock step"])
def each_pace(request: pytest.FixtureRequest) -> bool:
    """Choose whether slot.sink announces PIPELINING; True when it does."""
    slot.grouped[0] = request.param == "pipelined"
    return slot.grouped[0]
