"""Text to tree and back: every way to say a thing, and that what is written reads as what it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.campaigns.audience.reading import read
from engine.campaigns.audience.syntax import Among, And, Compare, Field, Got, Not, Or, Query
from engine.campaigns.audience.writing import write
from engine.errors import Fault
from tests.engine.campaigns.audience.trees import queries

PLAN = Field("plan", own=True)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("EVERYONE", "everyone"),
        ('plan = "pro"', 'plan is "pro"'),
        ("plan != 'pro'", 'plan is not "pro"'),
        ("plan is “pro”", 'plan is "pro"'),
        ('not plan is "pro"', 'plan is not "pro"'),
        ('plan is not in ("a" "b")', 'plan not in ("a", "b")'),
        ("seats >= 2.50 And VIP is true", "seats >= 2.50 and vip is yes"),
        ('name starts with "A" or name ends "z"', 'name starts with "A" or name ends with "z"'),
        ('name does not contain "x"', 'name does not contain "x"'),
        ("birthday < 2000-1-2", "birthday before 2000-01-02"),
        ("seen since 1 day ago", "seen since yesterday"),
        ("seen until 0 days ago and due > 2 weeks from now", "seen until today and due after 2 weeks from now"),
        ("zone has value and not locale has no value", "zone has a value and not locale has no value"),
        ("email in (a@x.org;b@x.org\nc@x.org,)", 'email in ("a@x.org", "b@x.org", "c@x.org")'),
        ("email is a@x.org", 'email is "a@x.org"'),
        ("attribute.plan is 1", "plan is 1"),
        ("attribute.open is 1 and attribute.2fa is no", "attribute.open is 1 and attribute.2fa is no"),
        ("((tags contains 'vip'))", 'tags contains "vip"'),
        ("a is 1 and (b is 2 and c is 3)", "a is 1 and b is 2 and c is 3"),
        ("a is 1 and (b is 2 or c is 3)", "a is 1 and (b is 2 or c is 3)"),
        ("a is 1 and b is 2 or c is 3", "a is 1 and b is 2 or c is 3"),
        ("not (a is 1 or b is 2)", "not (a is 1 or b is 2)"),
        ('in team "Ops" as manager', 'in team "Ops" as manager'),
        ("not in any team", "in no team"),
        ("in no team as observer", "not in any team as observer"),
        ("consent to mail is given", "consent to mail is given"),
        ('not consent to sms about "News" is unknown', 'consent to sms about "News" is not unknown'),
        ("answered none of the last 5 rounds", "answered exactly 0 of the last 5 rounds"),
        ('answered 1 of the last 1 round in team "A"', 'answered exactly 1 of the last 1 rounds in team "A"'),
        ('got campaign "S" and did not click, open', 'got campaign "S" and did not open or click'),
        (
            'got campaign "S" and did open or attribute.click is 1',
            'got campaign "S" and did open or attribute.click is 1',
        ),
        ("got campaign 1 and did not get campaign 2", "got campaign 1 and did not get campaign 2"),
        ("not got campaign 7 since 2026-01-01", "did not get campaign 7 since 2026-01-01"),
        ("not got any campaign and did reply", "not (got any campaign and did reply)"),
    ],
)
def test_a_query_is_written_in_one_way(typed: str, canonical: str) -> None:
    assert write(read(typed)) == canonical
    assert read(canonical) == read(typed)


def test_and_binds_closer_than_or_and_not_closest() -> None:
    query = read('a is 1 or not b is "x" and c in (2)')

    assert query == Query(
        Or((
            Compare(Field("a", own=True), "is", Decimal(1)),
            And((
                Not(Compare(Field("b", own=True), "is", "x")),
                Among(Field("c", own=True), (Decimal(2),)),
            )),
        ))
    )  # fmt: skip


def test_what_somebody_did_belongs_to_the_campaign_before_it() -> None:
    query = read('got campaign "A" since 2026-01-02 and did not open, click or reply and plan is "pro"')

    got = Got("A", date(2026, 1, 2), did=False, acts=("open", "click", "reply"))
    assert query == Query(And((got, Compare(PLAN, "is", "pro"))))


def test_nodes_know_their_place_and_are_equal_without_it() -> None:
    text = '  plan is "pro"  and seats > 5'

    where = read(text).where

    assert isinstance(where, And)
    assert [text[part.at.start : part.at.end] for part in where.parts] == ['plan is "pro"', "seats > 5"]
    assert read(text) == read('plan is "pro" and seats > 5')


@given(queries)
def test_what_is_written_reads_as_what_it_was(query: Query) -> None:
    text = write(query)

    again = read(text)

    assert again == query
    assert write(again) == text


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_at_a_place_in_it(typed: str) -> None:
    wrong = None
    try:
        read(typed)
    except Fault as fault:
        wrong = fault

    assert wrong is None or 0 <= wrong.start <= wrong.end <= len(typed)


@given(st.lists(st.sampled_from(
    ["and", "or", "not", "(", ")", "is", "in", '"a"', "5", "plan", "got", "campaign", "did", "open", ",", "2026-01-01",
     "days", "ago", "answered", "of", "the", "last", "rounds", "team", "consent", "to", "mail", "has", "no", "value"]
), max_size=40))  # fmt: skip
def test_any_row_of_words_is_read_or_refused(words: list[str]) -> None:
    try:
        query = read(" ".join(words))
    except Fault:
        return

    assert read(write(query)) == query
