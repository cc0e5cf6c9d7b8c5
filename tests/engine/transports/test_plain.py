"""People's words as plain text: what is cut, cleaned, and left as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.transports import plain


def test_long_text_is_cut_with_a_mark_within_the_limit() -> None:
    assert plain.cut("abc", 3) == "abc"
    assert plain.cut("abcd", 3) == "ab…"
    assert plain.cut("ab  cd", 4) == "ab…"


def test_a_joined_sign_is_not_left_half() -> None:
    assert plain.cut("x👩\u200d👧 and more", 4) == "x👩…"


def test_every_kind_of_line_break_is_a_line_feed_and_what_is_no_text_is_marked() -> None:
    assert plain.clean("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"
    assert plain.clean("a\0b\x1b\ud800") == "a\ufffdb\ufffd\ufffd"
    assert plain.clean("\tשלום 👩\u200d👧 é") == "\tשלום 👩\u200d👧 é"


def test_an_override_of_direction_does_not_turn_the_rest_around() -> None:
    assert plain.clean("a\u202eb\u2066c") == "abc"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("see https://x.example/a_b.", "[see ]<https://x.example/a_b>[.]"),
        ("(https://x.example/a)", "[(]<https://x.example/a>[)]"),
        ("https://x.example/@me*", "[]<https://x.example/%40me>[*]"),
        ("nothing http:// here", "[nothing http:// here]"),
    ],
)
def test_web_addresses_are_told_from_words_and_hold_no_mark(text: str, made: str) -> None:
    assert plain.by_address(text, lambda words: f"[{words}]", lambda address: f"<{address}>") == made


@pytest.mark.parametrize("text", ["@all", "hi @anna", "(@channel)", "x@channel", "@@here"])
def test_no_at_sign_stands_before_a_name(text: str) -> None:
    assert plain.UNSEEN in plain.unmentioned(text)
    assert plain.unmentioned(text).replace(plain.UNSEEN, "") == text


def test_a_mail_address_can_still_be_copied() -> None:
    assert plain.unmentioned("write to anna.b@example.org") == "write to anna.b@example.org"


@given(st.text(max_size=200), st.integers(2, 60))
def test_what_is_fitted_fits_and_is_the_longest_that_does(text: str, limit: int) -> None:
    def doubled(words: str) -> str:
        return words.replace("&", "&amp;")

    made = plain.fit(text, limit, doubled, plain.utf16)

    assert plain.utf16(made) <= limit
    assert made == doubled(text) or made.endswith(plain.MARK)
