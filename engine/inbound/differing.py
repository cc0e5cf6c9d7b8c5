"""What a newer reading of a mail changes: its entries, or whether it is a person's mail at all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.inbound.parse import ParsedMail
from engine.inbound.parse.command import ordered
from engine.inbound.parse.entries import Entry
from engine.inbound.parse.entries import entries as entries_of
from engine.inbound.parse.mail import ROBOTS

TOUCHED = "A person has changed these entries."
NO_WORDS = "The new reading finds no words. What was recorded stays."
A_ROBOT = "The new reading takes it for an automatic mail. What was recorded stays; look at it."
BY_PERSON = ("dismiss", "robot")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of before with what became of it. `entries`: dicts of id, text, kind, question (from 0) and tags."""

    id: int
    raw: bytes
    state: str
    kind: str
    reason: str
    received_at: datetime
    last_move: str
    answer_id: int | None
    text: str
    questions: int
    entries: Sequence[dict[str, Any]]
    touched: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """How one mail would read now. `kept` says why it is left alone all the same; empty where it may be applied."""

    inbound_id: int
    answer_id: int | None
    before: dict[str, Any]
    after: dict[str, Any]
    kept: str = ""


def difference(mail: Mail, parsed: ParsedMail) -> Difference | None:
    """What is read differently in a mail, or None."""
    return _of_answer(mail, parsed) if mail.answer_id is not None else _of_kind(mail, parsed)


def _of_answer(mail: Mail, parsed: ParsedMail) -> Difference | None:
    order = ordered(parsed)
    if order is not None and not mail.text.lstrip().startswith(order.line):  # what came along with it was recorded
        parsed = replace(parsed, reply_text=order.rest)
    entries = entries_of(parsed.reply_text, questions=max(1, mail.questions))
    new = [_as_dict(entry, mail.questions) for entry in entries]
    before = {"text": mail.text, "entries": list(mail.entries), "kind": mail.kind}
    after = {"text": parsed.reply_text, "cut": parsed.cut_text, "entries": new, "kind": parsed.kind}
    if parsed.kind in ROBOTS:
        return Difference(mail.id, mail.answer_id, before, after, A_ROBOT)
    if [_meaning(entry) for entry in mail.entries] == [_meaning(entry) for entry in new]:
        return None
    kept = TOUCHED if mail.touched else "" if new else NO_WORDS
    return Difference(mail.id, mail.answer_id, before, after, kept)


def _of_kind(mail: Mail, parsed: ParsedMail) -> Difference | None:
    """A mail of which nothing was recorded: whether it would be somebody's words now. Then it is run again."""
    if mail.last_move in BY_PERSON or parsed.kind in ROBOTS or not parsed.reply_text.strip():
        return None
    was_robot = mail.state == "noted" and mail.kind in ROBOTS
    unread = mail.state == "parked"
    if not (was_robot or unread) or any(fault.startswith("unreadable") for fault in parsed.faults):
        return None
    before = {"kind": mail.kind, "state": mail.state, "reason": mail.reason}
    return Difference(mail.id, None, before, {"kind": parsed.kind, "text": parsed.reply_text[:2000]})


def _as_dict(entry: Entry, questions: int) -> dict[str, Any]:
    asked = entry.question
    question = asked - 1 if asked is not None and 1 <= asked <= questions else None
    return {"text": entry.text, "kind": entry.kind, "question": question, "tags": list(entry.tags)}


def _meaning(entry: dict[str, Any]) -> tuple[object, ...]:
    return entry["text"], entry["kind"], entry["question"], tuple(entry["tags"])
