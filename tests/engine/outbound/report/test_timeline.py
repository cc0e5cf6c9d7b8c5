"""The timeline of one delivery, from rows as the ledger writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from engine.outbound.report.timeline import steps

SIX = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)


def row(**values: Any) -> Any:
    plain: dict[str, Any] = {
        "run_id": 7, "seq": 3, "size": 9, "kind": "prompt", "made_at": SIX, "stored": "queued", "state": "queued",
        "attempt": 0, "code": "", "reply": "", "queue_id": "", "sent_at": None, "run_state": "open", "run_reason": "",
        "owner": None, "next_at": SIX, "reason": "",
    }  # fmt: skip
    state = {"stored": values["state"]} if "state" in values and "stored" not in values else {}
    return SimpleNamespace(**{**plain, **state, **values})


def event(minutes: int, trigger: str, to_state: str, reply: str = "", attempt: int = 0, actor: str = "") -> Any:
    at = SIX + timedelta(minutes=minutes)
    return SimpleNamespace(
        at=at, trigger=trigger, to_state=to_state, code=reply[:3], reply=reply, attempt=attempt, actor=actor
    )


def states(*args: Any) -> list[str]:
    return [step.state for step in steps(*args)]


def test_the_plain_case_needs_no_event_row() -> None:
    done = row(state="sent", sent_at=SIX, code="250", reply="2.0.0 Ok: queued as 4bC", queue_id="4bC")

    made = steps(done, [])

    assert [step.state for step in made] == ["planned", "sent"]
    assert made[1].reply == "250 2.0.0 Ok: queued as 4bC"
    assert made[1].text == "Queued there as 4bC."


def test_a_row_that_waits_says_since_when_it_may_be_claimed() -> None:
    assert states(row(), []) == ["planned", "waiting"]
    assert steps(row(), [])[-1].at == SIX


def test_a_claimed_row_is_sending_only_at_or_below_the_horizon() -> None:
    assert states(row(owner="w:1"), []) == ["planned", "claimed"]
    assert states(row(owner="w:1", stored="queued", state="sending"), []) == ["planned", "claimed", "sending"]


def test_a_deferral_keeps_its_words_and_names_the_next_attempt() -> None:
    waiting = row(state="deferred", attempt=1, next_at=SIX + timedelta(minutes=5), code="451", reply="451 later")

    made = steps(waiting, [event(0, "defer", "deferred", "451 4.7.1 later")])

    assert [step.title for step in made] == ["Planned", "Deferred", "Next attempt"]
    assert made[1].reply == "451 4.7.1 later"


def test_an_acceptance_that_has_an_event_row_is_told_once() -> None:
    done = row(state="sent", attempt=1, sent_at=SIX + timedelta(minutes=5), code="250", reply="250 ok")
    events = [event(0, "defer", "deferred", "451 later"), event(5, "accept", "sent", "250 ok", attempt=1)]

    assert states(done, events) == ["planned", "deferred", "sent"]


def test_a_late_bounce_follows_the_sent_step_and_lends_it_no_words() -> None:
    bounced = row(state="bounced", sent_at=SIX + timedelta(seconds=1), code="550", reply="550 gone")

    made = steps(bounced, [event(30, "return_", "bounced", "550 gone")])

    assert [step.state for step in made] == ["planned", "sent", "bounced"]
    assert made[1].reply == ""
    assert made[2].reply == "550 gone"


def test_doubt_and_its_proof_are_two_steps_with_their_actor() -> None:
    done = row(state="failed")
    events = [event(1, "doubt", "in_doubt"), event(9, "give_up", "failed", actor="account:4")]

    made = steps(done, events)

    assert [step.state for step in made] == ["planned", "in_doubt", "failed"]
    assert made[2].actor == "account:4"


def test_a_state_that_no_event_tells_of_is_shown_with_its_reason() -> None:
    made = steps(row(state="failed", reason="no template"), [])

    assert [step.state for step in made] == ["planned", "failed"]
    assert made[1].text == "no template"


def test_an_open_row_of_a_paused_run_says_why_it_waits() -> None:
    made = steps(row(run_state="held", run_reason="MAIL FROM refused"), [])

    assert made[-1].title == "The run is held"
    assert made[-1].text == "MAIL FROM refused"


def test_what_the_provider_reported_follows_what_is_known_here() -> None:
    done = row(state="delivered", sent_at=SIX)
    heard = SimpleNamespace(at=SIX, source="ses:7", kind="delivered", code="", words="250 2.6.0 accepted")

    made = steps(done, [event(1, "deliver", "delivered")], [heard])

    assert [step.title for step in made] == ["Planned", "Sent", "Delivered", "Amazon SES: delivered"]
    assert made[-1].reply == "250 2.6.0 accepted"
