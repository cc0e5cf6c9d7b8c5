"""A recipient's own page behind their signed link, and the unsubscribe link. No password: the token is the right.

The token opens one membership. A link in a mail also names that mail. GETs change nothing that anybody chose, since
mail scanners follow links; what a GET may write is evidence: a mail in doubt whose link is followed has arrived.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from engine.inbound.entries import answer_on_web
from engine.outbound.settle import doubts
from engine.people import access
from engine.people.principal import Principal
from engine.rounds import schedule as story
from engine.rounds.due import local_day
from engine.rounds.queries import hours as settings
from engine.rounds.queries import pages
from engine.rounds.queries.pages import OwnSettings
from engine.tokens import Purpose, read_name
from web import auth, forms, guard, security, shown, transaction
from web.confirm import unsure
from web.me_forms import AnswerForm, AwayForm, HoursForm, PauseForm, describe, hours_form
from web.round_view import entry_days, today_view
from web.views.members import of_hours

blueprint = Blueprint("me", __name__)

Page = str | tuple[str, int]
HISTORY = 14
DAYS = 10  # rounds with entries on one page of the team


@blueprint.get("/me/<token>")
@blueprint.get("/me/<token>/mail/<name>")
def show(token: str, name: str = "") -> Page:
    """The page: today's question, own hours, days away, pause and leave. `name`: of the mail that the link was in."""
    _visited(_asker(token), name)
    return _page(token)


@blueprint.get("/me/<token>/team")
@blueprint.get("/me/<token>/mail/<name>/team")
def team(token: str, name: str = "") -> str:
    """What the team wrote, day by day: the team page as far as a reader without a password may see it."""
    who, conn, now = _asker(token), transaction.conn(), transaction.now()
    _visited(who, name)
    me = _own(who)
    if me.left_at is not None:
        return render_template("me_left.html", me=me)
    access.require_seeing(conn, who, me.team_id)
    rows = pages.entries_by_round(conn, me.workspace_id, me.team_id, shown.asked_day("before"), DAYS)
    days, older = entry_days(rows, DAYS)
    today = today_view(pages.team_today(conn, me.workspace_id, me.team_id, now), now)
    return render_template("me_team.html", me=me, token=token, today=today, days=days, older=older)


@blueprint.post("/me/<token>/answer")
def answer(token: str) -> Page | Response:
    """Answer on the web what would be answered by mail; a second answer is added."""
    who, form = _asker(token), AnswerForm()
    if form.validate():
        try:
            with transaction.step() as conn:
                part = request.form.get("part", type=int) or 0
                transaction.follow(answer_on_web(conn, who, part, form.text.data, transaction.now()))
            flash("Recorded. Your team reads it in the next digest.", "success")
            return _back(token, "today")
        except Invalid as error:
            forms.refuse(form, error)
    return _page(token, answer_form=form)


@blueprint.post("/me/<token>/hours")
def hours(token: str) -> Page | Response:
    """Set one's own hours, days and zone."""
    who, form = _asker(token), HoursForm()
    if form.validate():
        try:
            with transaction.step() as conn:
                before = _own(who)
                story.change_hours(conn, who, _membership(who), form.own(before), transaction.now())
                _note(who, of_hours(before, _own(who)))
            flash("Saved. It holds from your next question on.", "success")
            return _back(token, "hours")
        except Invalid as error:
            forms.refuse(form, error)
    return _page(token, hours_form=form)


@blueprint.post("/me/<token>/away")
def away(token: str) -> Page | Response:
    """Add days away."""
    who, form = _asker(token), AwayForm()
    if form.validate():
        first = form.first_day.data
        try:
            with transaction.step() as conn:
                story.set_away(conn, who, _membership(who), first, form.last_day.data or first, transaction.now())
                _note(who, f"added {shown.days_between(first, form.last_day.data or first)}")
            flash("Noted. You are not asked on these days.", "success")
            return _back(token, "away")
        except Invalid as error:
            forms.refuse(form, error)
    return _page(token, away_form=form)


@blueprint.post("/me/<token>/away/<int:away_id>/remove")
def not_away(token: str, away_id: int) -> Response:
    """Take days away back; they can be added again."""
    who = _asker(token)
    story.remove_away(transaction.conn(), who, _membership(who), away_id, transaction.now())
    _note(who, "took days away back")
    flash("Removed. You are asked on these days.", "success")
    return _back(token, "away")


@blueprint.post("/me/<token>/pause")
def pause(token: str) -> Page | Response:
    """Stop this team's mails until a day, or until one resumes."""
    who, form = _asker(token), PauseForm()
    if form.validate():
        try:
            with transaction.step() as conn:
                until, now = form.pause_until.data, transaction.now()
                transaction.follow(story.pause(conn, who, _membership(who), now, until=until))
                _note(who, f"until {shown.short_day(until)}" if until else "")
            flash("You are paused. You can resume at any time.", "success")
            return _back(token)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(token, pause_form=form)


@blueprint.post("/me/<token>/resume")
def resume(token: str) -> Response:
    """Undo a pause."""
    who = _asker(token)
    story.resume(transaction.conn(), who, _membership(who), transaction.now())
    _note(who)
    flash("Welcome back.", "success")
    return _back(token)


@blueprint.post("/me/<token>/leave")
def leave(token: str) -> str | Response:
    """Leave the team, after asking."""
    who = _asker(token)
    team = _own(who).team
    then = "You get no more mails of this team. Only a manager can add you again. What you wrote stays with the team."
    if page := unsure(f"Leave {team}?", then, "Leave the team", url_for(".show", token=token)):
        return page
    _note(who)
    story.leave(transaction.conn(), who, _membership(who), transaction.now())
    return _back(token)


@blueprint.get("/u/<token>")
@blueprint.get("/u/<token>/<name>")
def unsubscribe(token: str, name: str = "") -> str:
    """What the unsubscribe link shows to a person: a button. Following it unsubscribes nobody."""
    who = _unsubscriber(token)
    _visited(who, name)
    return render_template("unsubscribe.html", me=_own(who), token=token, name=name)


@blueprint.post("/u/<token>")
@blueprint.post("/u/<token>/<name>")
@security.csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
def one_click(token: str, name: str = "") -> str:
    """Stop this team's mails at once and tell its managers (RFC 8058): no cookie, no token but the URL's, no redirect.

    Mail providers post here by themselves, and the page's own button does; harmless twice. `name` says which mail the
    link was in, which ends a doubt about that delivery.
    """
    who = _unsubscriber(token)
    _prove(who, name, "unsubscribe")
    before = _own(who)
    if before.left_at is None:
        followup = story.pause(transaction.conn(), who, _membership(who), transaction.now(), by="unsubscribe")
        transaction.follow(followup)
        if before.paused_at is None:  # a provider may post twice
            _note(who)
    return render_template("unsubscribe.html", me=_own(who), token=token, name=name)


@blueprint.post("/u/<token>/undo")
def resubscribe(token: str) -> Response:
    """Get the mails again."""
    who = _unsubscriber(token)
    story.resume(transaction.conn(), who, _membership(who), transaction.now())
    _note(who)
    flash("You get this team's mails again.", "success")
    return redirect(url_for(".unsubscribe", token=token), 303)


def _page(token: str, **typed: Any) -> Page:
    """The page, with forms as they were `typed`; 422 when there are any."""
    who, conn, now = _asker(token), transaction.conn(), transaction.now()
    me = _own(who)
    if me.left_at is not None:
        return render_template("me_left.html", me=me)
    past = pages.member_history(conn, me.workspace_id, me.membership_id, HISTORY)
    today = local_day(me.zone, now)
    part = next((row for row in past if row.local_date == today or row.closes_at > now), None)
    kept: dict[str, Any] = {
        "answer_form": AnswerForm(formdata=None),
        "hours_form": hours_form(me),
        "away_form": AwayForm(formdata=None),
        "pause_form": PauseForm(formdata=None),
    } | typed
    describe(kept["hours_form"], me)
    page = render_template(
        "me.html",
        token=token,
        me=me,
        part=part,
        said=part.texts or [] if part else [],
        history=[row for row in past if row.texts and row is not part],
        away=settings.away_of(conn, me.workspace_id, me.contact_id, today),
        today=today,
        now=now,
        **kept,
    )
    return (page, 422) if typed else page


def _visited(who: Principal, name: str) -> None:
    """A link was followed, by a person or by a scanner that reads their mail: either shows that the mail is there.

    This is the one thing that a GET writes. It is evidence about a delivery in doubt, no change of what anybody chose.
    About every other delivery nothing is written, nor who followed a link or when. A HEAD, which shows nobody anything,
    proves nothing.
    """
    if request.method == "GET":
        _prove(who, name, "click")


def _prove(who: Principal, name: str, how: doubts.How) -> None:
    """Whoever uses the link of a mail has that mail. A name that is not ours, or another member's, says nothing."""
    found = read_name(auth.keys(), name)
    if found is not None:
        doubts.proved_by_member(
            transaction.conn(), *found, how, transaction.now(),
            workspace_id=who.workspace_id, membership_id=_membership(who),
        )  # fmt: skip


def _note(who: Principal, detail: str = "") -> None:
    guard.note("membership", who.membership_id, _own(who).team, detail, who=who)


def _asker(token: str) -> Principal:
    return auth.link_principal(token)


def _unsubscriber(token: str) -> Principal:
    return auth.link_principal(token, Purpose.UNSUBSCRIBE)


def _membership(who: Principal) -> int:
    if who.membership_id is None:
        raise NotFound("This link is for nobody.")
    return who.membership_id


def _own(who: Principal) -> OwnSettings:
    found = pages.own_settings(transaction.conn(), who.workspace_id, _membership(who))
    if found is None:
        raise NotFound("This link's team or person is gone.")
    return found


def _back(token: str, part: str = "") -> Response:
    return redirect(url_for(".show", token=token) + (f"#{part}" if part else ""), 303)
