"""Ask now whoever has not been asked today, and say of one member why they were not. Managers may."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from engine.outbound.pace import why as waiting
from engine.people import access, suppression, teams
from engine.rounds import asking as story
from engine.rounds.queries import pages
from engine.rounds.queries.pages import TodayMember
from engine.rounds.why import let_off, reasons
from web import auth, guard, transaction
from web.confirm import unsure
from web.round_view import today_view
from web.views.team import _team_name, blueprint, schedule_of, secret


@blueprint.post("/<int:team_id>/ask")
def ask_now(team_id: int) -> str | Response:
    """Ask now, after saying who is asked and who is not."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    access.require_manager(conn, who, team_id)
    back = url_for(".show", team_id=team_id)
    found = story.foreseen(pages.team_today(conn, who.workspace_id, team_id, now), schedule_of(team_id), now)
    if found.asked and schedule_of(team_id).active:
        then = f"Mailed at once: {_names(found.asked)}. Their own hour of today is left out. This cannot be undone."
        ask = f"Ask {_people(len(found.asked))} now?"
        if page := unsure(ask, then, "Ask now", back, False, _left_out(found, team_id)):
            return page
    try:
        with transaction.step() as conn:
            done = story.ask_now(conn, who, team_id, now)
    except Invalid as error:
        flash(str(error), "warning")
        return redirect(back, 303)
    guard.note("team", team_id, _team_name(team_id), _people(len(done.asked)))
    flash(f"{_people(len(done.asked))} asked. The questions leave within seconds.", "success")
    return redirect(back, 303)


@blueprint.get("/<int:team_id>/members/<int:membership_id>/why")
def why(team_id: int, membership_id: int) -> str:
    """Why a member was not asked today, or where their question stands."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    access.require_manager(conn, who, team_id)
    member = pages.member_today(conn, who.workspace_id, team_id, membership_id, now)
    if member is None:
        raise NotFound("There is no such member here.")
    schedule = schedule_of(team_id)
    known = suppression.listed(conn, who.workspace_id, secret(), [member.email]).get(member.email)
    return render_template(
        "team_why.html",
        team=teams.get(conn, who, team_id),
        member=member,
        standing=next(iter(today_view([member], now, member.zone, paused=not schedule.active).standings), None),
        reasons=reasons(member, schedule, now, suppressed=known, waits=_waits(member)),
        let_off=let_off(member),
        now=now,
    )


def _waits(member: TodayMember) -> str:
    """What a question that has not left waits for; empty for one that has, and for none."""
    if member.batch_id is None or member.delivery not in ("queued", "deferred"):
        return ""
    settings, who = current_app.extensions["sixpm_settings"], auth.principal()
    found = waiting.of_batches(
        transaction.conn(), settings, who.workspace_id, [member.batch_id], transaction.now(), member.prompt_seq
    )
    return found[member.batch_id].words if member.batch_id in found else ""


def _left_out(found: story.Foreseen, team_id: int) -> list[str]:
    addresses = [member.email for member in found.asked]
    refused = suppression.listed(transaction.conn(), auth.principal().workspace_id, secret(), addresses)
    said = [f"Left out: {words}." for words in found.words]
    if refused:
        said.append(f"{_people(len(refused))} of them cannot be reached: the address gets no mail.")
    return said


def _names(members: tuple[TodayMember, ...], most: int = 8) -> str:
    names = [member.name or member.email for member in members]
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
