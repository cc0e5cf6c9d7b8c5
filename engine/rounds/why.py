"""Why somebody was not asked today, or where their question stands: every reason that holds, and what to do. Pure.

One function for the page that explains, for the counts before somebody asks now, and for tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.rounds import words
from engine.rounds.due import local_day
from engine.rounds.queries.pages import TodayMember

NEVER_ASKED = ("left", "observer", "team_paused", "paused", "away", "day_off", "weekday")
ARRIVED = ("sent", "delivered", "complained")
BY = {
    "person": "They paused it themselves",
    "unsubscribe": "They unsubscribed",
    "manager": "A manager paused them",
    "complaint": "Their mail provider reported the mail as spam, so they were paused",
    "bounce": "Their address refused the mail for good, so they were paused",
}
LOST = {
    "bounced": "The receiving server refused the question for good.",
    "failed": "The question could not be sent.",
    "suppressed": "The question was not sent: this address gets no mail.",
    "expired": "The question was too late to be useful and was not sent.",
    "cancelled": "The question was cancelled before it left.",
    "in_doubt": "The question may have left, and no answer of the relay is known.",
}
DO = {
    "bounced": "Check the address with them. Remove them and add them with the right one.",
    "failed": "An admin sees the whole story in the delivery.",
    "suppressed": "An admin can let the address get mail again, on the member's page.",
    "expired": "An admin sees in the delivery what kept it waiting.",
    "cancelled": "Whoever cancelled the run stands in the record of acts.",
    "in_doubt": "An admin settles it under Deliveries, In doubt. If they reply, it settles itself.",
}

LET_OFF = {
    "skipped": ": a manager skipped this day for the whole team",
    "day off": ": it is a day off of the team",
    "away": ": they are away",
    "paused": ": they were paused",
    "team paused": ": the team was paused",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: `kind` for programs, `words` for people, what to do about it, and the instant it is about."""

    kind: str
    words: str
    do: str = ""
    at: datetime | None = None


def reasons(
    member: TodayMember, schedule: Any, now: datetime, *, suppressed: Any = None, waits: str = ""
) -> tuple[Reason, ...]:
    """Why the member was not asked on their own today, most decisive first; what became of the question if they were.

    `schedule` is the row of hours.schedule; `suppressed` (reason, evidence, at) tells why the address gets no mail, and
    `waits` what a question that has not left waits for.
    """
    asked = asked_today(member, now)
    found = [reason for reason in _left_out(member, schedule, now) if not (asked and reason.kind == "weekday")]
    if suppressed is not None:
        found.append(_suppressed(suppressed))
    if asked:
        found += _part(member, waits)
    elif not any(reason.kind in NEVER_ASKED for reason in found):
        found.append(_later(member, now))
    return tuple(found)


def not_now(member: TodayMember, schedule: Any, now: datetime) -> Reason | None:
    """The one reason why asking now would leave the member out; None for somebody who would be asked."""
    for reason in _left_out(member, schedule, now):
        return reason
    if asked_today(member, now):
        return Reason("asked", "was asked today already")
    if member.next_prompt_at is not None and member.next_prompt_at <= now:
        return Reason("asking", "is being asked already")
    return None


def asked_today(member: TodayMember, now: datetime) -> bool:
    """Whether the member has their part of their own today, or of a later date that another zone has begun."""
    return member.local_date is not None and member.local_date >= local_day(member.zone, now)


def let_off(member: TodayMember) -> bool:
    """Whether the member was asked, and something excused them afterwards."""
    return member.state == "excused" and member.delivery in ARRIVED


def _left_out(member: TodayMember, schedule: Any, now: datetime) -> Iterator[Reason]:
    today = local_day(member.zone, now)
    if member.left_at is not None:
        yield Reason("left", "They are no longer in the team.", "Add them again to have them asked.", member.left_at)
    if member.role == "observer":
        yield Reason(
            "observer", "Observers get the digest and are not asked.", "Make them a member to have them asked."
        )
    if not schedule.active:
        yield _team_paused(schedule)
    if member.paused_at is not None and (member.pause_until is None or member.pause_until > today):
        yield _paused(member)
    for first, last in member.away:
        if first <= today <= last:
            until = "today" if first == last else f"until {words.day(last)}"
            yield Reason("away", f"They are away {until}.", "Days away stand on the member's page.")
    if member.day_off is not None:
        said = f": {member.day_off}" if member.day_off else ""
        yield Reason("day_off", f"Today is a day off of the team{said}.", "Take it back under Days off.")
    if not member.weekdays >> today.weekday() & 1:
        name = words.WEEKDAYS[today.weekday()]
        yield Reason("weekday", f"{name} is not one of their days.", "Days are set in the schedule, or for them alone.")


def _team_paused(schedule: Any) -> Reason:
    by = f" by {schedule.paused_name}" if schedule.paused_name else ""
    until = f" until {words.day(schedule.pause_until)}" if schedule.pause_until else ""
    return Reason("team_paused", f"The team is paused{until}{by}: nobody is asked.", "Resume the team under Days off.",
                  schedule.paused_at)  # fmt: skip


def _paused(member: TodayMember) -> Reason:
    until = f" until {words.day(member.pause_until)}" if member.pause_until else ""
    do = "Resume them on the Members page."
    if member.paused_by in ("unsubscribe", "complaint"):
        do = "Ask them first: they did not want this mail. They can come back by the link in any mail they have."
    return Reason("paused", f"{BY.get(member.paused_by or '', 'They are paused')}{until}.", do, member.paused_at)


def _suppressed(why: Any) -> Reason:
    said = f" It said: {why.evidence}" if why.evidence else ""
    return Reason("suppressed", f"This address gets no mail ({why.reason}).{said}", DO["suppressed"], why.at)


def _part(member: TodayMember, waits: str) -> Iterator[Reason]:
    if member.state == "answered":
        yield Reason("answered", "They have answered.", at=member.answered_at)
    elif member.state == "excused":
        yield _excused(member)
    elif member.delivery in LOST:
        yield _lost(member, member.delivery)
    elif member.state == "due":
        yield _waiting(member, waits)
    elif member.state == "missed":
        yield Reason("missed", "They were asked and did not answer in time.", "A late answer still counts.",
                     member.due_at)  # fmt: skip
    else:
        yield Reason("asked", "They were asked.", at=member.due_at)


def _excused(member: TodayMember) -> Reason:
    welcome = "An answer is welcome all the same, by their own page."
    if let_off(member):
        why = f"They were asked, and let off afterwards{LET_OFF.get(member.reason or '', '')}. No reminder follows."
        return Reason("let_off", why, welcome, member.due_at)
    said = {"skipped": "A manager skipped this day for the whole team.", "day off": "It is a day off of the team.",
            "away": "They were away when their hour came.", "paused": "They were paused when their hour came.",
            "team paused": "The team was paused."}.get(member.reason or "", "They were let off this day.")  # fmt: skip
    return Reason("excused", said, welcome)


def _lost(member: TodayMember, state: str) -> Reason:
    said = member.reply or member.lost
    return Reason("doubt" if state == "in_doubt" else "lost", LOST[state] + (f" It said: {said}" if said else ""),
                  DO[state], member.due_at)  # fmt: skip


def _waiting(member: TodayMember, waits: str) -> Reason:
    if member.delivery in ARRIVED:
        return Reason("asked", "They were asked.", at=member.due_at)
    if member.run_state in ("held", "paused"):
        why = f" ({member.run_reason})" if member.run_reason else ""
        return Reason("held", f"Their question is planned, and its run is {member.run_state}{why}.",
                      "An admin lets it go on, on the run's page.", member.due_at)  # fmt: skip
    for_what = f" It waits: {waits}." if waits else ""
    again = f" The receiving server said: {member.reply}" if member.delivery == "deferred" and member.reply else ""
    return Reason("waiting", f"Their question is planned and has not left yet.{for_what}{again}",
                  "Nothing to do: it leaves by itself.", member.due_at)  # fmt: skip


def _later(member: TodayMember, now: datetime) -> Reason:
    today = local_day(member.zone, now)
    if member.next_prompt_at is None or member.next_prompt_day is None:
        return Reason("none", "No question is planned for them.", "Save the schedule once more to plan it.")
    if member.next_prompt_at <= now:
        return Reason("asking", "Their hour has come; they are being asked.", "If this stays, the scheduler is not"
                      " running.", member.next_prompt_at)  # fmt: skip
    if member.next_prompt_day == today:
        return Reason("later", "Their hour has not come yet.", "Ask now does not wait for it.", member.next_prompt_at)
    return Reason("passed", f"Their hour had passed when this was set; the next question comes {_on(member)}.",
                  "Ask now asks them today.", member.next_prompt_at)  # fmt: skip


def _on(member: TodayMember) -> str:
    day: date | None = member.next_prompt_day
    return words.day(day) if day else "later"


__all__ = ["Reason", "asked_today", "not_now", "reasons"]
