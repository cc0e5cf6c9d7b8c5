"""The key of the tests, in the environment, for what reads the settings itself."""

from __future__ import annotations

import pytest

from tests.engine.outbound.world import SECRET


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch, _no_settings_left_over: None) -> None:
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
