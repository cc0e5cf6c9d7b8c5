"""From rows to what the team page shows: where everybody stands today, and entries by day and person. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine.rounds.due import local_day
from engine.rounds.queries.pages import TodayMember
from engine.rounds.why import let_off
from web.shown import clock, moment, soon

LOST = {
    "bounced": "the question bounced",
    "failed": "the question could not be sent",
    "suppressed": "this address gets no mail",
    "expired": "too late to be sent",
    "cancelled": "the question was cancelled",
    "in_doubt": "the question may not have arrived",
}


OUT = "out"
GROUPS = (
    ("answered", "answered", ("answered",)),
    ("asked", "asked, no answer yet", ("asked", "reminded", "due")),
    ("later", "still to be asked", ("later",)),
    ("missed", "did not answer", ("missed",)),
    (OUT, "left out today", ()),
    ("lost", "not reached", ("failed",)),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one member stands today. `state` gives the mark's colour, `label` its word, `note` the line below.

    `hollow` marks who is not asked (yet); `prompt` is the question's delivery (run, seq), None where there is none;
    `part` is the person's part in the round, whose chain tells the rest; `group` is one of GROUPS.
    """

    name: str
    state: str
    label: str
    note: str
    hollow: bool = False
    prompt: tuple[int, int] | None = None
    part: int | None = None
    membership_id: int = 0

    @property
    def group(self) -> str:
        """The key of the group that this standing counts in."""
        return next((key for key, _, states in GROUPS if self.state in states), OUT)


@dataclass(frozen=True, slots=True)
class Today:
    """Today's round of a team: its sum in words, everybody who is ever asked, and (key, words, how many) by group."""

    summary: str
    standings: tuple[Standing, ...]
    groups: tuple[tuple[str, str, int], ...] = ()

    def only(self, group: str, name: str) -> Today:
        """The same round with those alone who are in the group (empty: any) and whose name contains `name`."""
        part = name.casefold().strip()
        kept = [s for s in self.standings if group in ("", s.group) and part in s.name.casefold()]
        return Today(self.summary, tuple(kept), self.groups)


def today_view(members: Sequence[TodayMember], now: datetime, zone: str, paused: bool = False) -> Today:
    """Who was asked, when the others will be, who answered, who is away. Observers are never asked and left out.

    `zone`: in which the reader of the page reads times, whoever they are about. `paused`: the whole team is.
    """
    standings = tuple(_standing(member, now, zone, paused) for member in members if member.role != "observer")
    counted = [(key, words, sum(s.group == key for s in standings)) for key, words, _ in GROUPS]
    summary = ", ".join(f"{number} {words}" for _, words, number in counted if number)
    return Today(summary, standings, tuple(group for group in counted if group[2]))


def _standing(member: TodayMember, now: datetime, zone: str, paused: bool) -> Standing:
    name = member.name or member.email
    if member.state is None:
        state, label, note = _not_asked(member, now, zone, paused)
        return Standing(name, state, label, note, hollow=True, membership_id=member.membership_id)
    prompt = (
        (member.prompt_run_id, member.prompt_seq)
        if member.prompt_run_id is not None and member.prompt_seq is not None
        else None
    )
    state, label, note = _asked(member, zone)
    part = member.participation_id
    return Standing(name, state, label, note, member.state == "excused", prompt, part, member.membership_id)


def _asked(member: TodayMember, zone: str) -> tuple[str, str, str]:
    due = moment(member.due_at, zone) if member.due_at else ""
    if member.state == "answered":
        return "answered", "answered", f"at {moment(member.answered_at, zone)}" if member.answered_at else ""
    if member.state == "excused":
        note = f"asked {due}, then let off" if let_off(member) else _next(member, zone)
        return member.reason or "excused", member.reason or "not asked", note
    if member.delivery in LOST:
        label = "in doubt" if member.delivery == "in_doubt" else "not reached"
        return "failed", label, LOST[member.delivery]
    if member.state == "due":
        return "due", "being asked", f"since {due}"
    if member.state == "missed":
        return "missed", "no answer", f"asked {due}"
    until = f", answers until {clock(member.closes_at, zone)}" if member.closes_at else ""
    return member.state or "", member.state or "", f"asked {due}{until}"


def _not_asked(member: TodayMember, now: datetime, zone: str, paused: bool) -> tuple[str, str, str]:
    if paused:
        return "paused", "paused", "with the team"
    here = local_day(member.zone, now)
    if kept := _kept(member, here):
        return (*kept, _next(member, zone))
    if member.next_prompt_at is None:
        return "off", "not asked", "no question is planned"
    if member.next_prompt_at <= now:
        return "due", "being asked", "the hour has come"
    note = f"comes {soon(member.next_prompt_at, zone, now)}"
    today = member.next_prompt_day is None or member.next_prompt_day <= here
    return ("later", "later", note) if today else ("off", "not today", note)


def _kept(member: TodayMember, here: date) -> tuple[str, str] | None:
    """State and word of somebody who is kept from being asked on their own today."""
    if member.paused_at is not None:
        return "paused", "paused"
    if any(first <= here <= last for first, last in member.away):
        return "away", "away"
    return ("off", "day off") if member.day_off is not None else None


def _next(member: TodayMember, zone: str) -> str:
    return f"next {moment(member.next_prompt_at, zone)}" if member.next_prompt_at else ""
