"""What every transport must do, both seams alike. A new transport is one rig."""

from __future__ import annotations

import threading

import pytest

from engine.transports import registry
from engine.transports.base import Key
from tests.conformance.cases import Case, Rig
from tests.conformance.rigs import RIGS


def having(*cases: Case) -> pytest.MarkDecorator:
    """Run for every rig and case of `cases` that the rig can bring about."""
    pairs = [(rig, case) for rig in RIGS for case in cases if case in rig.cases]
    return pytest.mark.parametrize(
        ("rig", "case"), pairs, ids=[f"{rig.name}-{case.name.lower()}" for rig, case in pairs]
    )


def test_every_kind_that_can_be_configured_has_a_rig() -> None:
    assert {rig.name.partition(",")[0] for rig in RIGS} == {"smtp", *registry.SERVICES}


@having(Case.ACCEPTED)
def test_an_accepted_message_is_sent_and_arrived_once(rig: Rig, case: Case) -> None:
    (outcome,), arrived, _ = rig.play(case)

    assert outcome.verdict == "sent"
    assert outcome.key == Key(1, 1, 0)
    assert outcome.code
    assert len(arrived) == 1


@having(Case.PERMANENT)
def test_a_refusal_for_good_bounces_with_the_services_words(rig: Rig, case: Case) -> None:
    (outcome,), _, _ = rig.play(case)

    assert outcome.verdict == "bounced"
    assert outcome.code
    assert outcome.reply


@having(Case.TEMPORARY)
def test_a_refusal_for_now_defers(rig: Rig, case: Case) -> None:
    (outcome,), _, _ = rig.play(case)

    assert outcome.verdict == "deferred"
    assert outcome.code


@having(Case.RETRY_AFTER)
def test_the_time_a_service_asks_for_is_passed_on(rig: Rig, case: Case) -> None:
    (outcome,), _, _ = rig.play(case)

    assert outcome.verdict == "deferred"
    assert outcome.retry_after == 30


@having(Case.DOUBT)
def test_silence_after_the_whole_content_is_never_taken_for_not_sent(rig: Rig, case: Case) -> None:
    (outcome,), arrived, _ = rig.play(case)

    assert outcome.verdict == rig.doubt
    assert len(arrived) == 1


@having(Case.UNREACHABLE)
def test_a_service_that_is_not_there_leaves_no_doubt(rig: Rig, case: Case) -> None:
    (outcome,), arrived, _ = rig.play(case)

    assert outcome.verdict in {"not_sent", "deferred"}
    assert not outcome.announced
    assert not arrived


@having(Case.TOO_LONG)
def test_what_is_too_long_is_cut_with_a_mark_or_fails_before_it_leaves(rig: Rig, case: Case) -> None:
    (outcome,), arrived, _ = rig.play(case)

    if rig.cuts:
        assert outcome.verdict == "sent"
        assert arrived[0].endswith("…")
    else:
        assert outcome.verdict == "failed"
        assert not arrived


@having(Case.WITHHELD)
def test_without_a_permit_nothing_of_the_content_leaves(rig: Rig, case: Case) -> None:
    (outcome,), arrived, _ = rig.play(case)

    assert outcome.verdict == "not_sent"
    assert not arrived


@having(Case.REPEATED)
def test_a_repetition_carries_the_same_id(rig: Rig, case: Case) -> None:
    outcomes, arrived, ids = rig.play(case)

    assert [outcome.verdict for outcome in outcomes] == ["sent", "sent"]
    assert len(arrived) == 2
    assert len(set(ids)) <= 1


@having(*Case)
def test_every_case_gives_one_outcome_per_message_and_leaves_no_thread(rig: Rig, case: Case) -> None:
    before = {thread for thread in threading.enumerate() if not thread.daemon}

    outcomes, _, _ = rig.play(case)

    assert len(outcomes) == (2 if case is Case.REPEATED else 1)
    assert {thread for thread in threading.enumerate() if not thread.daemon} <= before
