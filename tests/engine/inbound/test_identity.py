"""Whose judgement of a From is believed."""

from __future__ import annotations

import pytest

from engine.inbound.identity import dmarc_failed


@pytest.mark.parametrize(
    "value",
    [
        "mx.example.test; spf=pass smtp.mailfrom=x; dmarc=fail header.from=example.org",
        "MX.example.test 1; dmarc=fail (p=reject dis=none) header.from=example.org",
        "mx.example.test (our edge); dkim=none; dmarc = FAIL",
    ],
)
def test_a_fail_by_our_own_edge_counts(value: str) -> None:
    assert dmarc_failed([value], "mx.example.test")


@pytest.mark.parametrize(
    "value",
    [
        "mx.elsewhere.test; dmarc=fail",
        "mx.example.test; dmarc=pass",
        "mx.example.test; dkim=fail; spf=fail",
        "mx.example.test; dmarc=pass (dmarc=fail was yesterday)",
        "",
    ],
)
def test_a_pass_or_the_word_of_others_does_not(value: str) -> None:
    assert not dmarc_failed([value], "mx.example.test")


def test_without_an_own_name_nothing_is_believed() -> None:
    assert not dmarc_failed(["mx.example.test; dmarc=fail"], None)
