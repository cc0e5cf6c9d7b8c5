"""What a newer reading of a mail changes: its entries, what it says, or whether it is a person's mail at all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine.inbound.parse import ParsedMail, under
from engine.inbound.parse.command import ordered
from engine.inbound.parse.entries import Entry
from engine.inbound.parse.entries import entries as entries_of
from engine.inbound.parse.limits import COMMENT
from engine.inbound.parse.mail import ROBOTS

TOUCHED = "A person has changed these entries."
WITHDRAWN = "A person has taken it away."
ELSEWHERE = "The new reading finds words under other quotations. What was recorded stays; look at it."
NO_WORDS = "The new reading finds no words. What was recorded stays."
A_ROBOT = "The new reading takes it for an automatic mail. What was recorded stays; look at it."
BY_PERSON = ("dismiss", "robot")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of before with what became of it. `entries`: dicts of id, text, kind, question (from 0) and tags.

    `said`: its comments or messages, dicts of what, text, touched and, of a comment, the entry it is on (or None).
    """

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
    said: Sequence[dict[str, Any]] = ()


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
    if mail.answer_id is not None:
        return _of_answer(mail, _without_order(mail.text, parsed))
    if mail.said:
        return _of_said(mail, _without_order(mail.said[0]["text"], parsed))
    return _of_kind(mail, parsed)


def _without_order(recorded: str, parsed: ParsedMail) -> ParsedMail:
    """The mail as its words were recorded: without an order that they came along with."""
    order = ordered(parsed)
    if order is None or recorded.lstrip().startswith(order.line):
        return parsed
    return replace(parsed, reply_text=order.rest)


def _of_answer(mail: Mail, parsed: ParsedMail) -> Difference | None:
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


def _of_said(mail: Mail, parsed: ParsedMail) -> Difference | None:
    """A message, or the one comment of a mail: its text alone may change, never what it is about.

    Of several comments nobody can say any more which words were whose without all that their digest told, so that they
    are not compared.
    """
    one = mail.said[0]
    comment = one["what"] == "comment"
    if comment and len(mail.said) > 1:
        return None
    pieces = under.written(parsed.text, parsed.reply_text).pieces
    new = _commented(one, pieces) if comment else parsed.text if parsed.kind == "forward" else parsed.reply_text
    before = {"words": one["text"], "kind": mail.kind}
    after = {"words": new, "cut": parsed.cut_text[:COMMENT], "kind": parsed.kind}
    if parsed.kind in ROBOTS:
        return Difference(mail.id, None, before, after, A_ROBOT)
    if new.strip() == one["text"].strip():
        return None
    kept = ELSEWHERE if comment and _elsewhere(one, pieces) else "" if new.strip() else NO_WORDS
    return Difference(mail.id, None, before, after, WITHDRAWN if any(s["touched"] for s in mail.said) else kept)


def _commented(one: dict[str, Any], pieces: Sequence[under.Piece]) -> str:
    """The comment as it would be written: as the answer to a digest or, where that says what is there, by a link."""
    in_context = [f"{under.context(piece.quoted)}\n{piece.words}".strip("\n") for piece in pieces]
    plain = [
        piece.words if _on(one, piece) else told for piece, told in zip(pieces, in_context, strict=True)
    ]  # fmt: skip
    by_link = "\n\n".join(in_context)[:COMMENT]
    return by_link if by_link.strip() == one["text"].strip() else "\n\n".join(plain)[:COMMENT]


def _on(one: dict[str, Any], piece: under.Piece) -> bool:
    about = () if one["entry"] is None else (under.Quotable(1, one["entry"], one["name"]),)
    return under.answered(piece.quoted, about) is not None


def _elsewhere(one: dict[str, Any], pieces: Sequence[under.Piece]) -> bool:
    """Whether some of the words may belong to another entry, or to the day: they stand under another quotation."""
    return one["entry"] is not None and any(piece.quoted and not _on(one, piece) for piece in pieces)


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
