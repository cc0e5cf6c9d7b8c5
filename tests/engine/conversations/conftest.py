"""Tests of this room share a database: nearly all of them roll back what they wrote."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from engine import config
from tests.engine.inbound.world import DOMAIN, SECRET


@pytest.fixture
def conn(shared_conn: Connection) -> Connection:
    """A Connection inside a transaction that is rolled back; a test that commits takes engine_db instead."""
    return shared_conn


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> config.Settings:
    """The instance's own settings: what is sent and signed needs them."""
    monkeypatch.setenv("SIXPM_SECRET_KEY", SECRET)
    monkeypatch.setenv("SIXPM_REPLY_DOMAIN", DOMAIN)
    config.settings.cache_clear()
    return config.settings()
