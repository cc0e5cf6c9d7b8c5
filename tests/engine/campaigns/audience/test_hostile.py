"""Queries that are wrong or meant to do harm: each is refused at its place, and says what to do."""

from __future__ import annotations

import pytest

from engine.campaigns.audience.checking import check
from engine.campaigns.audience.reading import read
from engine.errors import Fault
from tests.corpus.queries.hostile import CORPUS, KNOWN


def refused(text: str) -> Fault:
    with pytest.raises(Fault) as caught:
        check(read(text), KNOWN)
    return caught.value


@pytest.mark.parametrize("marked", CORPUS, ids=lambda marked: repr(marked[:40]))
def test_a_wrong_query_is_refused_at_its_place_and_at_once(marked: str) -> None:
    before, _, rest = marked.partition("‹")
    wrong, _, after = rest.partition("›")
    text = before + wrong + after

    fault = refused(text)

    assert (fault.start, text[fault.start : fault.end]) == (len(before), wrong), fault.words
    assert fault.words[0].isupper(), fault.words
    assert fault.words.endswith((".", "?", '"')), fault.words


def test_the_corpus_is_large_enough() -> None:
    assert len(set(CORPUS)) >= 60


def test_a_fault_says_what_was_probably_meant() -> None:
    assert "Did you mean plan?" in refused('pan is "pro"').words
    assert "Did you mean Ops?" in refused('in team "ops"').words
    assert "Did you mean" not in refused('zzzzzz is "pro"').words
