"""STORY chain: what became of one question to one person, from the schedule to the chat, in one piece.

Each link says when it happened; the last one says what did not happen yet, or why the chain ends there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from engine.db import Conn
from engine.errors import NotFound
from engine.inbound import route
from engine.inbound.own import Own
from engine.inbound.parse.mail import ParsedMail, from_dict
from engine.inbound.queries import chaining
from engine.outbound import report
from engine.outbound.report import Sent
from engine.people.principal import Principal

NEAR = timedelta(hours=1)  # around the instant at which an answer was taken, for the runs of its posts


@dataclass(frozen=True, slots=True)
class Asked:
    """The slot: who is asked when, in which round, and by what schedule."""

    part_id: int
    team_id: int
    team: str
    contact_id: int
    membership_id: int
    person: str
    email: str
    zone: str
    local_date: date
    state: str
    reason: str
    questions: tuple[str, ...]
    prompt_at: time
    own_hour: bool
    weekdays: int
    due_at: datetime
    nudge_at: datetime | None
    closes_at: datetime
    opened_at: datetime
    gone: str  # why no words are taken any more, or empty


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did to an entry, and its text before."""

    at: datetime
    actor: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is now, removed or not."""

    id: int
    no: int
    kind: str
    text: str
    removed: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person wrote once. `mail` is the raw mail, None for the web; `proof` says how it is known to be theirs.

    `assigned_by`: whoever said so in place of a proof.
    """

    id: int
    source: str
    at: datetime
    text: str
    cut: str
    why_cut: tuple[str, ...]  # as the parser names its rules
    mail: int | None
    way: str
    sender: str
    proof: str
    assigned_by: str
    taken_at: datetime | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """An answer in a channel, or a channel that got none. `sent` is None where there is no delivery."""

    channel: str
    kind: str
    channel_state: str
    failure: str
    newer: bool  # the channel was connected after the answer
    answer_id: int | None
    sent: Sent | None
    corrected_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chain:
    """All links. `prompt` and `nudge` are None while they are not planned, or where there was none."""

    asked: Asked
    prompt: Sent | None
    nudge: Sent | None
    answers: tuple[Answer, ...]
    posts: tuple[Post, ...]
    now: datetime

    @property
    def open(self) -> bool:
        """Whether an answer may still come before the round is over."""
        return self.now < self.asked.closes_at

    @property
    def actors(self) -> set[str]:
        """Everybody who did something, by the word that rows carry for them."""
        sent = [one for one in (self.prompt, self.nudge, *(post.sent for post in self.posts)) if one]
        steps = {step.actor for one in sent for step in one.steps}
        changes = {change.actor for answer in self.answers for one in answer.entries for change in one.changes}
        return (steps | changes | {answer.assigned_by for answer in self.answers}) - {""}


def chain(conn: Conn, principal: Principal, part_id: int, own: Own, now: datetime) -> Chain:
    """The chain of one member's part in one round. Admins may look. Raises NotAllowed, NotFound."""
    principal.require_admin()
    w = principal.workspace_id
    row = chaining.part(conn, w, part_id)
    if row is None:
        raise NotFound("There is no such round for this person.")
    answers = chaining.answers(conn, w, part_id)
    posts = _posts(conn, w, row, answers)
    keys = [(row.prompt_run_id, row.prompt_seq), (row.nudge_run_id, row.nudge_seq)]
    keys += [(post.run_id, post.seq) for post in posts]
    sent = report.sent(conn, principal, [key for key in keys if key[0] is not None])
    entries = chaining.entries(conn, w, [answer.id for answer in answers])
    return Chain(
        _asked(row),
        sent.get(keys[0]),
        sent.get(keys[1]),
        tuple(_answer(answer, [one for one in entries if one.answer_id == answer.id], own) for answer in answers),
        tuple(_post(post, answers, sent) for post in posts),
        now,
    )


def _posts(conn: Conn, workspace_id: int, row: Any, answers: Sequence[Any]) -> Sequence[Any]:
    taken = [answer.taken_at or answer.at for answer in answers] or [row.due_at]
    return chaining.posts(
        conn, workspace_id, row.team_id, [answer.id for answer in answers], row.prompt_run_id or 0,
        min(taken) - NEAR, max(taken) + NEAR,
    )  # fmt: skip


def _asked(row: Any) -> Asked:
    gone = "The person has left the team." if row.left_at else "The team is archived." if row.archived_at else ""
    return Asked(
        row.id, row.team_id, row.team, row.contact_id, row.membership_id, row.person, row.email,
        row.zone or row.team_zone, row.local_date, row.state, row.reason, tuple(row.questions), row.prompt_at,
        row.own_hour, row.weekdays, row.due_at, row.nudge_at, row.closes_at, row.opened_at, gone,
    )  # fmt: skip


def _answer(row: Any, entries: Sequence[Any], own: Own) -> Answer:
    mail = from_dict(row.parsed) if row.parsed else None
    return Answer(
        row.id, row.source, row.at, row.text, row.cut, mail.confidence_reasons if mail else (),
        row.inbound_id, row.way or "", row.from_address or "", _proof(row, mail, own), row.assigned_by or "",
        row.taken_at, tuple(map(_entry, entries)),
    )  # fmt: skip


def _proof(row: Any, mail: ParsedMail | None, own: Own) -> str:
    """How it is known whose words these are. The mail has been taken, so that what proved it can be read off it."""
    if row.inbound_id is None:
        return "Written on the pages, behind the person's own signed link or session."
    if row.assigned_by or mail is None:
        return ""
    claim = route.answered(own.keys, mail, row.envelope_to or (), row.received_at.date())
    if claim is not None and claim.by == "thread":
        return "It answers our mail by its signed Message-ID, and From is this person's address."
    return "It came to the reply address that only this person's mail has, and From is this person's address."


def _entry(row: Any) -> Entry:
    changes = tuple(
        Change(datetime.fromisoformat(one["at"]), one["actor"], one["what"], one["text"]) for one in row.changes or ()
    )
    return Entry(row.id, row.no, row.kind, row.text, row.removed_at is not None, changes)


def _post(row: Any, answers: Sequence[Any], sent: Mapping[tuple[int, int], Sent]) -> Post:
    newer = bool(answers) and row.made_at > max(answer.taken_at or answer.at for answer in answers)
    found = sent.get((row.run_id, row.seq)) if row.run_id is not None else None
    return Post(row.name, row.kind, row.state, row.failure, newer, row.about, found, row.corrected_at)


def of_delivery(conn: Conn, principal: Principal, run_id: int, seq: int) -> int | None:
    """The part in a round that a delivery belongs to, None for other mail. Raises NotAllowed, NotFound."""
    principal.require_admin()
    found = chaining.part_of_delivery(conn, principal.workspace_id, run_id, seq)
    if found is None:
        raise NotFound("There is no such delivery here. Old runs are removed after a while.")
    part_id: int | None = found.part_id
    return part_id


def of_entry(conn: Conn, principal: Principal, team_id: int, entry_id: int) -> tuple[int, int]:
    """The part in a round, and the answer, that an entry of a team came from. Raises NotAllowed, NotFound."""
    principal.require_admin()
    found = chaining.part_of_entry(conn, principal.workspace_id, team_id, entry_id)
    if found is None:
        raise NotFound("There is no such entry here.")
    return found.participation_id, found.answer_id
