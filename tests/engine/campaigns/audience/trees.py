"""Queries made up by hypothesis: every node of the tree, with texts that try to break out of their quotes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from engine.campaigns.audience.dates import MOST
from engine.campaigns.audience.syntax import (
    ACTS,
    CHANNELS,
    COUNTS,
    FIELDS,
    OPS,
    ROLES,
    STATES,
    UNITS,
    Ago,
    Among,
    And,
    Answered,
    Compare,
    Consent,
    Everyone,
    Field,
    Got,
    Has,
    InTeam,
    Node,
    Not,
    Or,
    Query,
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["", '"', "\\", '\\"', "a@b.org", "“quoted”", "'; DROP TABLE contact; --", "%(x)s", ":x", "it's"]
)
names = st.one_of(st.none(), texts)
numbers = st.decimals(-(10**9), 10**9, places=2) | st.integers(-(10**12), 10**12).map(Decimal)
agos = st.sampled_from(UNITS).flatmap(lambda unit: st.builds(Ago, st.integers(-MOST[unit], MOST[unit]), st.just(unit)))
days = st.dates(date(1, 1, 1), date(9999, 12, 31)) | agos
values = st.one_of(texts, numbers, days, st.booleans())
fields = st.sampled_from(sorted(FIELDS)).map(Field) | st.from_regex(r"[a-z0-9_]{1,9}", fullmatch=True).map(
    lambda name: Field(name, own=True)
)
compares = st.one_of(
    st.builds(Compare, fields, st.sampled_from([op for op in OPS if op not in ("contains", "starts", "ends")]), values),
    st.builds(Compare, fields, st.sampled_from(OPS), texts),
)
answers = st.integers(1, 100).flatmap(
    lambda rounds: st.builds(Answered, st.sampled_from(COUNTS), st.integers(0, rounds), st.just(rounds), names)
)
acts = st.sets(st.sampled_from(ACTS), min_size=1).map(lambda some: tuple(act for act in ACTS if act in some))
campaigns = st.one_of(st.none(), texts, st.integers(1, 10**15 - 1))
gots = st.one_of(
    st.builds(Got, campaigns, st.none() | days), st.builds(Got, campaigns, st.none() | days, st.booleans(), acts)
)
leaves = st.one_of(
    st.just(Everyone()),
    compares,
    st.builds(Among, fields, st.lists(values, min_size=1, max_size=12).map(tuple)),
    st.builds(Has, fields),
    st.builds(InTeam, names, st.none() | st.sampled_from(ROLES)),
    st.builds(Consent, st.sampled_from(CHANNELS), names, st.sampled_from(STATES)),
    answers,
    gots,
)


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """Parts as the reader joins them: brackets around the same word vanish."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, And | Or) and type(part) is kind else (part,)
    return kind(tuple(flat))


def nested(leaf: st.SearchStrategy[Node], size: int = 12) -> st.SearchStrategy[Node]:
    """Trees over these leaves."""
    return st.recursive(
        leaf,
        lambda part: st.one_of(
            st.builds(Not, part),
            st.lists(part, min_size=2, max_size=4).map(lambda parts: _joined(And, parts)),
            st.lists(part, min_size=2, max_size=4).map(lambda parts: _joined(Or, parts)),
        ),
        max_leaves=size,
    )


queries = nested(leaves).map(Query)
