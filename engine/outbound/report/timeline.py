"""One recipient's timeline: what the run, the batch and the row itself tell, and the events of what was not plain.

Pure: rows in, steps out. The plain case has no event row, so planned, claimed, sending and sent are derived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.states import DELIVERY
from engine.transports.smtp.presets import PRESETS

OPEN = ("queued", "deferred")

# The state table speaks to programmers; here the same for people. What is missing reads well as it is there.
PLAIN = {
    "accept": "The relay or service took it.",
    "defer": "Refused for now; another attempt follows.",
    "bounce": "Refused for good.",
    "doubt": "Its worker or connection was lost after the content may have left. Nobody knows whether it arrived.",
    "deliver": "The relay's provider reported that the receiver took it.",
    "return_": "It came back: refused for good after the relay had taken it.",
    "complain": "The recipient's mailbox reported it as spam.",
    "prove_sent": "The answer turned up after all: it was taken.",
    "prove_bounced": "The answer turned up after all: it was refused for good.",
    "prove_deferred": "The answer turned up after all: it was refused for now.",
    "resend": "Sent once more, with the same Message-ID.",
    "mark_arrived": "Somebody says that it arrived.",
    "give_up": "Given up: it may not have arrived.",
    "take_back": "What a person said about it was taken back.",
    "requeue": "Queued again: a new attempt.",
    "hurry": "Its next attempt was asked for at once.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `at` is None where no instant is stored; `state` is where the row stood from then on."""

    at: datetime | None
    state: str
    title: str
    text: str = ""
    reply: str = ""  # the receiver's own words, code first
    attempt: int = 0
    actor: str = ""


def steps(row: Any, events: Sequence[Any], reported: Sequence[Any] = ()) -> tuple[Step, ...]:
    """The timeline of one delivery, oldest first, ending with what is going to happen if anything is.

    `reported`: what the relay's provider said; at its own clock, and later than what is known here anyway.
    """
    told = [_of_event(event) for event in events]
    if row.sent_at and not any(event.to_state == "sent" for event in events):
        told = _in_order([*told, _sent(row)])
    if row.stored not in OPEN and not any(step.state == row.stored for step in told):
        told.append(Step(None, row.stored, _title(row.stored), row.reason, _words(row.code, row.reply), row.attempt))
    return (_planned(row), *told, *map(_of_provider, reported), *_now(row))


def _planned(row: Any) -> Step:
    others = "its only recipient" if row.size == 1 else f"recipient {row.seq} of {row.size}"
    return Step(row.made_at, "planned", "Planned", f"As {row.kind} run {row.run_id}, {others}.")


def _sent(row: Any) -> Step:
    later = row.stored not in ("sent", "delivered")  # code and reply then belong to what came after
    words = "" if later else _words(row.code, row.reply)
    text = f"Queued there as {row.queue_id}." if row.queue_id else ""
    return Step(row.sent_at, "sent", "Sent", text, words, row.attempt)


def _of_event(event: Any) -> Step:
    text = PLAIN.get(event.trigger) or DELIVERY.move(event.trigger).meaning
    return Step(
        event.at, event.to_state, _title(event.to_state), text, _words(event.code, event.reply),
        event.attempt, event.actor,
    )  # fmt: skip


def _of_provider(event: Any) -> Step:
    name = PRESETS[preset].title if (preset := event.source.partition(":")[0]) in PRESETS else preset
    return Step(event.at, event.kind, f"{name}: {event.kind}", reply=_words(event.code, event.words))


def _in_order(told: list[Step]) -> list[Step]:
    return sorted(told, key=lambda step: step.at.timestamp() if step.at else 0.0)  # stable: events keep their order


def _now(row: Any) -> tuple[Step, ...]:
    """What is true of a row that is still open."""
    if row.stored not in OPEN:
        return ()
    if row.run_state in ("paused", "held"):
        why = row.run_reason or "Somebody stopped the run."
        return (Step(None, "waiting", f"The run is {row.run_state}", why),)
    if row.owner is None:
        title = "Next attempt" if row.attempt else "Waits for a worker"
        return (Step(row.next_at, "waiting", title, "Not before this instant."),)
    claimed = Step(None, "claimed", "Claimed", f"By {row.owner}; its lease is renewed while it works.")
    if row.state != "sending":
        return (claimed,)
    return (claimed, Step(None, "sending", "Sending", "Its content may be leaving right now."))


def _title(state: str) -> str:
    return state.replace("_", " ").capitalize()


def _words(code: str, reply: str) -> str:
    return reply if code in reply else f"{code} {reply}".strip()
