"""Fixtures of every test. They live in tests/fakes by subject; this file only gathers them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.fakes.parts import REQUIRE_ALL

settings.register_profile("ours", deadline=None)  # no test fails because the machine was busy
settings.load_profile("ours")

pytest_plugins = [
    f"tests.fakes.{subject}" for subject in ("database", "rabbit", "dovecot", "chromium", "compiled")
]  # fmt: skip


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Under SIXPM_REQUIRE_ALL=1 a skip is a failure: nothing may go untested for want of a part."""
    outcome: Any = yield
    _refuse_skip(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """The same for modules that skip as a whole."""
    outcome: Any = yield
    _refuse_skip(outcome.get_result())


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but SIXPM_REQUIRE_ALL=1: {report.longrepr}"


@pytest.fixture(autouse=True)
def _no_settings_left_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test reads settings anew, from its own environment alone."""
    import os

    from engine import config

    for name in [name for name in os.environ if name.startswith("SIXPM_") and name != "SIXPM_REQUIRE_ALL"]:
        monkeypatch.delenv(name)
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()
