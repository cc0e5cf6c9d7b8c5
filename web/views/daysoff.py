"""Days on which a team is left alone: skip today, holidays ahead, and a pause. Each says first what it will do.

Managers may. All of it can be taken back, but for those who were let off: their answers are welcome all the same.
"""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.people import access, teams
from engine.rounds import days_off as story
from engine.rounds import pausing
from engine.rounds.due import local_day
from engine.rounds.queries import pages
from engine.rounds.queries.pages import TodayMember
from engine.states.round import UNANSWERED
from web import auth, forms, guard, transaction
from web.confirm import unsure
from web.shown import day as in_words
from web.shown import days_between, short_day
from web.team_forms import DaysOffForm, PauseForm
from web.views.team import Page, _team_name, blueprint, schedule_of


@blueprint.get("/<int:team_id>/days-off")
def days_off(team_id: int) -> Page:
    """The days off ahead, and the team's pause."""
    return _page(team_id)


@blueprint.post("/<int:team_id>/days-off")
def add_days_off(team_id: int) -> Page | Response:
    """Add days off; it asks first when somebody has been asked on one of them already."""
    who, form = auth.principal(), DaysOffForm()
    access.require_manager(transaction.conn(), who, team_id)
    if not form.validate():
        return _page(team_id, days_form=form, status=422)
    first, last = form.first_day.data, form.last_day.data or form.first_day.data
    asked = _asked_on(team_id, first, last)
    if asked and (page := unsure(
        f"Make {days_between(first, last)} off?", "Some have been asked for these days already.", "Make it off",
        _here(team_id), facts=[_let_off(asked)],
    )):  # fmt: skip
        return page
    try:
        with transaction.step() as conn:
            made = story.add(conn, who, team_id, first, last, form.reason.data or "", transaction.now())
    except Invalid as error:
        forms.refuse(form, error)
        return _page(team_id, days_form=form, status=422)
    guard.note("team", team_id, _team_name(team_id), f"{days_between(first, last)} {form.reason.data or ''}")
    said = f"{len(made)} {'day' if len(made) == 1 else 'days'} off added." if made else "These days were off already."
    flash(said, "success")
    return redirect(_here(team_id), 303)


@blueprint.post("/<int:team_id>/days-off/<int:day_id>/remove")
def remove_day_off(team_id: int, day_id: int) -> Response:
    """Take a day off back; it can be added again."""
    gone = story.remove(transaction.conn(), auth.principal(), team_id, day_id, transaction.now())
    guard.note("team", team_id, _team_name(team_id), f"{short_day(gone.day)} {gone.reason}")
    flash(f"{in_words(gone.day)} is no day off any more. Whoever's hour is still to come is asked.", "success")
    return redirect(_here(team_id), 303)


@blueprint.post("/<int:team_id>/skip")
def skip_today(team_id: int) -> str | Response:
    """Leave today out, after saying whom that concerns."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    access.require_manager(conn, who, team_id)
    team = teams.get(conn, who, team_id)
    today, back = local_day(team.zone, now), url_for(".show", team_id=team_id)
    then = f"Nobody of {team.name} is asked for {in_words(today)}. You can undo this on the team's page."
    if page := unsure("Skip today?", then, "Skip today", back, False, _skipping(team_id, today)):
        return page
    try:
        with transaction.step() as conn:
            story.skip(conn, who, team_id, team.zone, now)
    except Invalid as error:
        flash(str(error), "warning")
        return redirect(back, 303)
    guard.note("team", team_id, team.name, short_day(today))
    flash("Today is skipped.", "success")
    return redirect(back, 303)


@blueprint.post("/<int:team_id>/pause")
def pause_team(team_id: int) -> Page | Response:
    """Pause the whole team, after saying whom that concerns."""
    conn, who, now, form = transaction.conn(), auth.principal(), transaction.now(), PauseForm()
    access.require_manager(conn, who, team_id)
    if not form.validate():
        return _page(team_id, pause_form=form, status=422)
    until = form.until.data
    try:
        pausing.check(until, teams.get(conn, who, team_id).zone, now)
        if page := unsure("Pause the team?", _until(until), "Pause the team", _here(team_id), False, _pausing(team_id)):
            return page
        with transaction.step() as conn:
            pausing.pause_team(conn, who, team_id, until, now)
    except Invalid as error:
        forms.refuse(form, error)
        return _page(team_id, pause_form=form, status=422)
    guard.note("team", team_id, _team_name(team_id), f"until {short_day(until)}" if until else "")
    flash(f"The team is paused. {_until(until)}", "success")
    return redirect(url_for(".show", team_id=team_id), 303)


@blueprint.post("/<int:team_id>/resume")
def resume_team(team_id: int) -> Response:
    """Ask the team again; it can be paused again."""
    if pausing.resume_team(transaction.conn(), auth.principal(), team_id, transaction.now()):
        guard.note("team", team_id, _team_name(team_id))
        flash("The team is asked again, each at their next hour.", "success")
    else:
        flash("The team was not paused.", "info")
    return redirect(url_for(".show", team_id=team_id), 303)


def _people(team_id: int) -> list[TodayMember]:
    who = auth.principal()
    found = pages.team_today(transaction.conn(), who.workspace_id, team_id, transaction.now())
    return [member for member in found if member.role != "observer"]


def _asked_on(team_id: int, first: date, last: date) -> int:
    return sum(
        m.local_date is not None and first <= m.local_date <= last and m.state in UNANSWERED for m in _people(team_id)
    )


def _skipping(team_id: int, today: date) -> list[str]:
    """What skipping today does, sentence by sentence; what concerns nobody is not said."""
    people = _people(team_id)
    still = sum(m.next_prompt_day == today for m in people)
    answered = sum(m.local_date == today and m.state == "answered" for m in people)
    digests = sum(m.next_digest_day == today for m in people)
    said = (
        (still, f"{_count(still)} would be asked today and {_is(still)} not."),
        (asked := _asked_on(team_id, today, today), _let_off(asked)),
        (answered, f"{_count(answered)} answered already. That stays, and others read it."),
        (
            digests,
            f"{_count(digests, 'digest')} of today {_is(digests)} mailed on the next day instead.",
        ),
    )
    return [words for number, words in said if number] or ["Nobody is to be asked today anyway."]


def _pausing(team_id: int) -> list[str]:
    """What pausing the team does."""
    people = _people(team_id)
    coming = sum(m.next_prompt_at is not None for m in people)
    asked = sum(m.state in UNANSWERED for m in people)
    said = (
        (coming, f"{_count(coming)} {_is(coming)} asked no more, and nobody of the team gets a digest."),
        (asked, _let_off(asked)),
        (1, "The first digest after it says what was written meanwhile."),
    )
    return [words for number, words in said if number]


def _let_off(asked: int) -> str:
    have = "has" if asked == 1 else "have"
    then = "No reminder follows, and an answer still counts. This part cannot be undone."
    return f"{_count(asked)} {have} been asked and {have} not answered. {then}"


def _count(number: int, what: str = "person") -> str:
    return f"{number} {what if number == 1 else {'person': 'people'}.get(what, what + 's')}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def _until(until: date | None) -> str:
    if until is None:
        return "It lasts until a manager resumes the team."
    return f"It is asked again from {in_words(until)} on, and can be resumed before."


def _here(team_id: int) -> str:
    return url_for(".days_off", team_id=team_id)


def _page(
    team_id: int, days_form: DaysOffForm | None = None, pause_form: PauseForm | None = None, status: int = 200
) -> Page:
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    access.require_manager(conn, who, team_id)
    team = teams.get(conn, who, team_id)
    return render_template(
        "team_days_off.html",
        team=team,
        schedule=schedule_of(team_id),
        ahead=story.ahead(conn, who.workspace_id, team_id, now),
        today=local_day(team.zone, now),
        days_form=days_form or DaysOffForm(formdata=None),
        pause_form=pause_form or PauseForm(formdata=None),
    ), status
