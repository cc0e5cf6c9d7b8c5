"""A line to the Dovecot of a module, on which a test looks and which it can cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.dovecot import Dovecot
from tests.fakes.wire import Wire, wire


@pytest.fixture
def line(dovecot: Dovecot) -> Iterator[Wire]:
    """A line to the module's server."""
    with wire(dovecot.port) as made:
        yield made
