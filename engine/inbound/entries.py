"""Words become an answer and its entries, by mail or on the web through the same door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.inbound import fanout
from engine.inbound.parse.entries import Entry
from engine.inbound.parse.entries import entries as entries_of
from engine.inbound.parse.limits import ENTRIES
from engine.inbound.queries import answers, whose
from engine.inbound.queries.whose import Part
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal

LONGEST = 20_000  # characters of an answer on the web; longer ones are pasted by mistake
SAME_CLICK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody said: the text, what the parser cut away from it, and the entries it holds (never none)."""

    text: str
    entries: tuple[Entry, ...]
    source: str
    cut: str = ""
    inbound_id: int | None = None


def read(text: str, questions: int) -> tuple[Entry, ...]:
    """The entries of a reply to that many questions; empty when nothing was said."""
    return entries_of(text, questions=max(1, questions))


def answer(conn: Conn, part: Part, words: Words, at: datetime, *, actor: str = "") -> int:
    """Write the answer and move the part to `answered`; late answers and further ones join the same part.

    Returns the answer's id; its entries follow by `number`, last in the transaction.
    """
    mine = [part.participation_id]
    move.by_ids(conn, "participation", "answer", mine, at, actor=actor, values={"answered_at": at})
    return answers.insert_answer(conn, part, words.source, words.inbound_id, words.text, words.cut, at)


def number(conn: Conn, part: Part, answer_id: int, words: Words, at: datetime) -> None:
    """Write the entries, numbered densely in commit order. The last statement of a transaction: it locks the team."""
    rows = [(e.kind, _index(e.question, part.questions), e.text, e.tags) for e in words.entries]
    answers.insert_entries(conn, part, answer_id, rows, at)


def _index(question: int | None, questions: int) -> int | None:
    return question - 1 if question is not None and 1 <= question <= questions else None


def read_each(texts: Sequence[str]) -> tuple[Entry, ...]:
    """The entries of answers that were given apart, one text for each question: each entry is its question's."""
    return tuple(
        replace(entry, question=number) for number, text in enumerate(texts, start=1) for entry in entries_of(text)
    )[:ENTRIES]


def answer_on_web(conn: Conn, principal: Principal, participation_id: int, text: str, now: datetime) -> FollowUp:
    """Take an answer typed on a page. A second click within a minute changes nothing.

    Raises NotFound when the part is not the principal's own, Invalid when nothing, or too much, was written.
    """
    part, said = _part(conn, principal, participation_id), clean(text)
    return _record(conn, principal, part, Words(said, read(said, part.questions), "web"), now)


def answer_each_on_web(
    conn: Conn, principal: Principal, participation_id: int, texts: Sequence[str], now: datetime
) -> FollowUp:
    """The same with a text for each question of the round, in order; those that are empty say nothing."""
    part = _part(conn, principal, participation_id)
    said = [clean(text) for text in texts[: part.questions]]
    numbered = "\n\n".join(f"{number}. {text}" for number, text in enumerate(said, start=1) if text)
    return _record(conn, principal, part, Words(numbered, read_each(said), "web"), now)


def _part(conn: Conn, principal: Principal, participation_id: int) -> Part:
    part = whose.part(conn, principal.workspace_id, participation_id)
    if part is None or not _own(principal, part) or part.left_at is not None:
        raise NotFound("There is no such round to answer.")
    return part


def _record(conn: Conn, principal: Principal, part: Part, words: Words, now: datetime) -> FollowUp:
    if not words.entries:
        raise Invalid("Write at least one line.", field="text")
    if len(words.text) > LONGEST:
        raise Invalid(f"This is longer than {LONGEST} characters. Shorten it, or send it by mail.", field="text")
    whose.lock_part(conn, part.participation_id)
    if whose.just_said(conn, part.participation_id, words.text, now - SAME_CLICK):
        return FollowUp()
    answer_id = answer(conn, part, words, now, actor=principal.actor)
    followup = fanout.posts(conn, part, answer_id, now)
    number(conn, part, answer_id, words, now)
    return followup


def clean(text: str) -> str:
    """Words typed on a page, as they are kept."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _own(principal: Principal, part: Part) -> bool:
    if principal.kind == "link":
        return principal.membership_id == part.membership_id
    return principal.contact_id is not None and principal.contact_id == part.contact_id
