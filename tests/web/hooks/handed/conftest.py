"""An instance that takes mail from all four providers, and Amazon's hosts."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import config
from tests.web.conftest import Enqueued
from tests.web.hooks import providers
from tests.web.hooks.providers import Amazon
from web.app import create_app


@pytest.fixture
def app(web_env: pytest.MonkeyPatch) -> Flask:
    """An instance that takes mail from all four."""
    for name, value in providers.ENV.items():
        web_env.setenv(f"SIXPM_INBOUND_{name}", value)
    web_env.setenv("SIXPM_AUTHSERV_ID", "mx.reply.test")
    web_env.setenv("SIXPM_INBOUND_SIZE", "3000000")
    config.settings.cache_clear()
    app = create_app()
    app.extensions["sixpm_enqueue"] = Enqueued()  # a broker that is away takes seconds to be given up
    return app


@pytest.fixture
def amazon(app: Flask) -> Amazon:
    """Amazon's hosts, which this machine does not reach."""
    return providers.amazon(app)


@pytest.fixture
def client(app: Flask, amazon: Amazon) -> FlaskClient:
    """The outside."""
    return app.test_client()
