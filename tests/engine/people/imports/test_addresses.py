"""The quick way with addresses and the thorough one never differ."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.people.contacts import clean_address
from engine.people.imports import addresses

LOCALS = st.one_of(
    st.text("abcXYZ019._+-'", max_size=12),
    st.text('ab.!#$%&*/=?^`{|}~" @\\äß名', max_size=8),
    st.sampled_from(["info", "Info", "POSTMASTER", "a" * 64, "a" * 200, "a.b.c.d.e.f", ".a", "a.", "a..b"]),
)
LABELS = st.text("abzAZ019-", max_size=8)
DOMAINS = st.one_of(
    st.lists(LABELS, max_size=4).map(".".join),
    st.sampled_from([
        "example.org", "EXAMPLE.ORG", "example", "localhost", "a.test", "a.invalid", "x.local", "x.onion", "x.arpa",
        "xn--mnchen-3ya.de", "münchen.de", "xy--abc.de", "a-.org", "-a.org", "1.2.3.4", "[1.2.3.4]", "a.1",
        "a" * 64 + ".org", "b." * 130 + "org", "a.org.", ".org",
    ]),
)  # fmt: skip


def said(clean: object, text: str) -> str:
    try:
        return clean(text)  # type: ignore[no-any-return, operator]
    except Invalid as error:
        return f"wrong {error.field}"


@settings(max_examples=600)
@given(LOCALS, DOMAINS, st.sampled_from(["", " ", "\t", "\u00a0"]))
@example("a", "test", "")
@example("o'neil", "example.org", "")
def test_the_quick_way_says_what_the_thorough_one_says(local: str, domain: str, around: str) -> None:
    text = f"{around}{local}@{domain}{around}"

    assert said(addresses.clean, text) == said(clean_address, text)


@pytest.mark.parametrize("text", ["", "@", "a", "a@", "@b.org", "a@b@c.org", "Ada <ada@example.org>", "a\n@b.org"])
def test_what_is_no_address_is_none_by_either_way(text: str) -> None:
    assert said(addresses.clean, text) == "wrong email"
    assert said(clean_address, text) == "wrong email"
