"""STORY settings: a team's schedule, a person's own hours, away days, pauses. Each change rewrites the next slots.

Changes apply to slots not yet made: a slot whose hour has come but which no tick has seen yet is left as it is, and a
date that has its slot never gets a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time

from engine import move
from engine.db import Conn
from engine.errors import NotFound
from engine.outbound.followup import FollowUp
from engine.outbound.notices import send_notice
from engine.people import access, members
from engine.people.principal import Principal
from engine.rounds import checks, queries, slots
from engine.rounds.due import local_day, next_slots
from engine.rounds.queries import hours as statements

TOLD = ("unsubscribe", "complaint", "bounce")  # pauses that a manager should hear of


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """A team's schedule as a form gives it. Weekday bit 0 is Monday; nudge and window are minutes after the prompt."""

    questions: tuple[str, ...]
    weekdays: int
    prompt_at: time
    digest_at: time
    nudge_after: int | None
    answer_window: int
    receipt: str | None = None  # how members hear what was recorded of a mail; None leaves it as it is


@dataclass(frozen=True, slots=True)
class OwnHours:
    """A member's own hours; None takes the team's. The zone is the person's, in all their teams."""

    prompt_at: time | None = None
    digest_at: time | None = None
    weekdays: int | None = None
    zone: str | None = None


def change_schedule(conn: Conn, principal: Principal, team_id: int, change: ScheduleChange, now: datetime) -> None:
    """Set a team's schedule; managers may. Raises Invalid(questions, weekdays, nudge_after, answer_window, receipt)."""
    access.require_manager(conn, principal, team_id)
    values = asdict(change) | {"questions": checks.questions(change.questions)}
    if checks.receipt(change.receipt) is None:
        del values["receipt"]
    checks.weekdays(change.weekdays)
    checks.window(change.answer_window, change.nudge_after)
    team = statements.members_of(conn, principal.workspace_id, team_id)
    if not statements.update_schedule(conn, principal.workspace_id, team_id, values):
        raise NotFound("This team has no schedule.")
    reschedule(conn, principal.workspace_id, team, now)


def change_hours(conn: Conn, principal: Principal, membership_id: int, own: OwnHours, now: datetime) -> None:
    """Set a member's own hours and zone: the person may, and the team's managers. Raises Invalid(weekdays or zone)."""
    contact_id = _contact(conn, principal, membership_id)
    zone = checks.zone(own.zone)
    if own.weekdays is not None:
        checks.weekdays(own.weekdays)
    everywhere = statements.memberships_of(conn, principal.workspace_id, contact_id)
    values = {"prompt_at": own.prompt_at, "digest_at": own.digest_at, "weekdays": own.weekdays}
    if not statements.update_membership(conn, principal.workspace_id, membership_id, values):
        raise NotFound("This membership has ended.")
    statements.update_zone(conn, principal.workspace_id, contact_id, zone)
    reschedule(conn, principal.workspace_id, everywhere, now)


def change_receipt(conn: Conn, principal: Principal, membership_id: int, choice: str | None) -> None:
    """Set how a member hears what was recorded of their mails; None takes the team's choice. Raises Invalid(receipt).

    The person may, and the team's managers.
    """
    access.require_self_or_manager(conn, principal, membership_id)
    values = {"receipt": checks.receipt(choice)}
    if not statements.update_membership(conn, principal.workspace_id, membership_id, values):
        raise NotFound("This membership has ended.")


def change_own_zone(conn: Conn, principal: Principal, zone: str | None, now: datetime) -> None:
    """Set the zone of whoever is signed in, which holds in all their teams; None takes each team's. Raises Invalid."""
    if principal.contact_id is None:
        raise NotFound("There is nobody here whose zone this is.")
    known = checks.zone(zone)
    everywhere = statements.memberships_of(conn, principal.workspace_id, principal.contact_id)
    statements.update_zone(conn, principal.workspace_id, principal.contact_id, known)
    reschedule(conn, principal.workspace_id, everywhere, now)


def set_away(conn: Conn, principal: Principal, membership_id: int, first: date, last: date, now: datetime) -> int:
    """Days off, both ends included, in all the person's teams; open questions of these days are excused. The new id.

    Raises Invalid(last_day) for a span that ends before it begins, is over, or is longer than two years.
    """
    contact_id = _contact(conn, principal, membership_id)
    checks.span(first, last, local_day("Etc/GMT+12", now))  # over everywhere
    everywhere = statements.memberships_of(conn, principal.workspace_id, contact_id)
    away_id = statements.insert_away(conn, principal.workspace_id, contact_id, first, last)
    _excuse(conn, principal, statements.open_parts(conn, principal.workspace_id, everywhere, first, last), "away", now)
    reschedule(conn, principal.workspace_id, everywhere, now)
    return away_id


def remove_away(conn: Conn, principal: Principal, membership_id: int, away_id: int, now: datetime) -> None:
    """Take days off back. What was excused meanwhile stays so; an answer is welcome all the same. Raises NotFound."""
    contact_id = _contact(conn, principal, membership_id)
    everywhere = statements.memberships_of(conn, principal.workspace_id, contact_id)
    if not statements.delete_away(conn, principal.workspace_id, contact_id, away_id):
        raise NotFound("These days off are gone already.")
    reschedule(conn, principal.workspace_id, everywhere, now)


def pause(
    conn: Conn,
    principal: Principal,
    membership_id: int,
    now: datetime,
    *,
    by: str = "person",
    until: date | None = None,
) -> FollowUp:
    """Stop a team's mails to one member, until that date or until it is undone; harmless twice.

    `by` is person, manager, unsubscribe, complaint or bounce; of the last three the team's managers are told by mail.
    Raises Invalid(pause_until) for a date that is over.
    """
    access.require_self_or_manager(conn, principal, membership_id)
    checks.later(until, now)
    values = {"paused_at": now, "paused_by": by, "pause_until": until}
    if not statements.pause(conn, principal.workspace_id, membership_id, values):
        return FollowUp()
    _excuse(conn, principal, statements.open_parts(conn, principal.workspace_id, [membership_id]), "paused", now)
    reschedule(conn, principal.workspace_id, [membership_id], now)
    return _tell_managers(conn, principal.workspace_id, membership_id, by, now) if by in TOLD else FollowUp()


def resume(conn: Conn, principal: Principal, membership_id: int, now: datetime) -> None:
    """Undo a pause; harmless twice. Raises NotFound when the membership has ended."""
    access.require_self_or_manager(conn, principal, membership_id)
    values = {"paused_at": None, "paused_by": None, "pause_until": None}
    if not statements.update_membership(conn, principal.workspace_id, membership_id, values):
        raise NotFound("This membership has ended.")
    reschedule(conn, principal.workspace_id, [membership_id], now)


def leave(conn: Conn, principal: Principal, membership_id: int, now: datetime) -> bool:
    """End a membership; what the person wrote stays. False when it had ended."""
    if not members.remove(conn, principal, membership_id, now):
        return False
    _excuse(conn, principal, statements.open_parts(conn, principal.workspace_id, [membership_id]), "left", now)
    reschedule(conn, principal.workspace_id, [membership_id], now)
    return True


def add_member(
    conn: Conn, principal: Principal, team_id: int, email: str, now: datetime, *,
    name: str = "", zone: str | None = None, role: str = "member",
) -> members.Member:  # fmt: skip
    """Put somebody into a team and set their first slots; as engine.people.members.add otherwise."""
    made = members.add(conn, principal, team_id, email, name, zone, role)
    # Their first digest begins here, also for somebody who had left and comes back.
    statements.update_membership(conn, principal.workspace_id, made.id, {"made_at": now})
    reschedule(conn, principal.workspace_id, [made.id], now)
    return made


def reschedule(conn: Conn, workspace_id: int, membership_ids: Sequence[int], now: datetime) -> None:
    """Work out the next slots of these memberships anew, in two statements; call it after any change of their terms."""
    terms = statements.terms(conn, workspace_id, membership_ids, local_day("Etc/GMT+12", now))
    if not terms:
        return
    found = next_slots([slots.prompt_hours(t, now) for t in terms] + [slots.digest_hours(t, now) for t in terms])
    prompts = [slots.prompt_slot(t, slot, now) for t, slot in zip(terms, found[: len(terms)], strict=True)]
    digests = [slots.digest_slot(t, slot, now) for t, slot in zip(terms, found[len(terms) :], strict=True)]
    statements.write_next(conn, [t.membership_id for t in terms], prompts, digests)


def _excuse(conn: Conn, principal: Principal, parts: Sequence[int], reason: str, now: datetime) -> None:
    if parts:
        where, values = queries.parts(parts), {"reason": reason}
        move.many(conn, "participation", "excuse", where, now, actor=principal.actor, values=values)


def _contact(conn: Conn, principal: Principal, membership_id: int) -> int:
    access.require_self_or_manager(conn, principal, membership_id)
    return members.contact_of(conn, principal.workspace_id, membership_id)


def _tell_managers(conn: Conn, workspace_id: int, membership_id: int, by: str, now: datetime) -> FollowUp:
    who = statements.person(conn, workspace_id, membership_id)
    if who is None:
        return FollowUp()
    context = {
        "person": who.name or who.email, "team": who.team, "team_id": who.team_id, "team_path": f"/teams/{who.team_id}",
        "by": by,
    }  # fmt: skip
    told = FollowUp()
    told_to = statements.managers(conn, workspace_id, who.team_id, membership_id)
    for contact_id in told_to or statements.admins(conn, workspace_id, who.contact_id):
        told += send_notice(conn, workspace_id, contact_id, "notice_paused", context, now).followup
    return told
