"""Every test with a real connection runs on each kind of event loop."""

from __future__ import annotations

import pytest

from tests.engine.transports import slot


@pytest.fixture(params=slot.LOOPS)
def each_loop(request: pytest.FixtureRequest) -> None:
    """Choose the loop that slot.run uses."""
    slot.chosen[0] = request.param
