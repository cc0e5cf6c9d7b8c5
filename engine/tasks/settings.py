"""Celery's settings as the module it wants, read at the first use of the app: a missing one is an error then."""

from __future__ import annotations

from engine.config import settings
from engine.tasks.app import configuration

globals().update(configuration(settings()))
