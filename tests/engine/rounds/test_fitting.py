"""What fits into a digest: short ones whole, long ones alike, and nothing left out unsaid."""

from __future__ import annotations

from datetime import date
from html import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.rounds.fitting import ENTRY, HEAD, LEAST, PERSON, fitted
from engine.rounds.groups import Person, Said

DAY = date(2026, 3, 4)
TEXTS = st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=6)
PEOPLE = st.lists(st.lists(TEXTS, max_size=3), min_size=1, max_size=12)


def person(n: int, *days: list[str]) -> Person:
    return Person(n, f"Person {n}", [Said(DAY, "", texts) for texts in days])


def size(people: list[Person]) -> int:
    return sum(
        PERSON + sum(HEAD + sum(ENTRY + len(escape(t).encode()) for t in said.texts) for said in one.said)
        for one in people
    )


def test_what_fits_is_left_as_it_is() -> None:
    people = [person(n, ["Fixed it.", "Wrote docs."]) for n in range(20)]

    shown, rest = fitted(people)

    assert [fit.person for fit in shown] == people
    assert {fit.more for fit in shown} == {0}
    assert rest == []


def test_who_wrote_little_is_whole_and_the_long_ones_share_the_rest() -> None:
    short, long, longer = person(1, ["Fixed it."]), person(2, ["x" * 900] * 10), person(3, ["x" * 900] * 40)

    shown, _ = fitted([short, long, longer], room=10_000)

    assert shown[0].person == short
    assert [len(fit.person.said[0].texts) for fit in shown[1:]] == [3, 3]
    assert [fit.more for fit in shown] == [0, 7, 37]


def test_one_endless_entry_is_cut_between_words_with_dots() -> None:
    (fit,), _ = fitted([person(1, ["word " * 5_000])], room=2_000)

    (text,) = fit.person.said[0].texts
    assert text.endswith("word…")
    assert fit.more == 0


def test_when_there_are_too_many_people_the_last_are_named_alone() -> None:
    people = [person(n, ["x" * 500]) for n in range(50)]

    shown, rest = fitted(people, room=20 * (PERSON + LEAST))

    assert len(shown) == 20
    assert [*(fit.person.membership_id for fit in shown), *(one.membership_id for one in rest)] == list(range(50))


@settings(max_examples=200, deadline=None)
@given(written=PEOPLE, room=st.integers(2_000, 60_000))
def test_whatever_they_wrote_it_fits_and_every_entry_is_shown_or_counted(written: list[list[list[str]]], room: int) -> (
    None
):  # fmt: skip
    people = [person(n, *days) for n, days in enumerate(written)]

    shown, rest = fitted(people, room)

    assert size([fit.person for fit in shown]) <= room + len(shown) * 4  # the dots
    assert len(shown) + len(rest) == len(people)
    for fit, whole in zip(shown, people, strict=False):
        kept = [text for said in fit.person.said for text in said.texts]
        everything = [text for said in whole.said for text in said.texts]
        assert len(kept) + fit.more == len(everything)
        assert all(short == full or short.endswith("…") for short, full in zip(kept, everything, strict=False))
