"""A relay for the tests of pace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.smtp_sink import SinkProcess, sink_process


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[SinkProcess]:
    with sink_process(tmp_path / "sink.log") as running:
        yield running
