"""The fixtures of tests/web, without its `browser`, so that here the name means a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.web.conftest import app, owner, web_env

__all__ = ["app", "owner", "web_env"]
PATIENCE = 20_000  # milliseconds; Playwright's own five are too few where other programs keep the machine busy


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """What a page is expected to show may come late; it fails no test that something else is slow."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)
