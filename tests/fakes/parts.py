"""Parts of the machine a test needs (a corpus, RabbitMQ, a browser): skip without them, or fail where all must be."""

from __future__ import annotations

import os
from typing import TypeVar

import pytest

T = TypeVar("T")
REQUIRE_ALL = os.environ.get("SIXPM_REQUIRE_ALL") == "1"


def require(part: T | None, reason: str) -> T:
    """`part` when it is there (true), else skip the test with `reason`; fail it under SIXPM_REQUIRE_ALL=1."""
    if part:
        return part
    if REQUIRE_ALL:
        pytest.fail(f"SIXPM_REQUIRE_ALL=1, but: {reason}", pytrace=False)
    pytest.skip(reason)
