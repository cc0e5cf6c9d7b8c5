"""Coming in by a mailed link: to sign in, to set a new password, to accept an invitation.

A GET shows a page with a button, since mail scanners follow links; the POST uses the link up. Whoever asks for a link
reads the same answer, as fast, whether the address is known or not: the mail is made after the answer has left.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engine import db, log
from engine.errors import Invalid, TokenError
from engine.outbound import letters
from engine.people import acts, workspaces
from engine.people.accounts import Account
from engine.people.entrance import invitations, tickets
from engine.people.entrance.tickets import Use
from engine.people.principal import SYSTEM
from engine.rounds import schedule
from web import auth, forms, guard, transaction
from web.people_forms import AcceptForm, AskForm, ResetForm
from web.views.signin import minutes

_log = log.get(__name__)
blueprint = Blueprint("letters", __name__)

Page = str | tuple[str, int]
NEXT = "wanted"  # where somebody was going when they had to sign in; the browser keeps it until the link is used


@blueprint.get("/signin/link")
def ask_link() -> str:
    """The form that has a link mailed."""
    return _ask("signin", AskForm())


@blueprint.post("/signin/link")
def mail_link() -> Page | Response:
    """Have a link mailed that signs in once."""
    return _mail("signin")


@blueprint.get("/signin/reset")
def ask_reset() -> str:
    """The form that has a link to a new password mailed."""
    return _ask("reset", AskForm())


@blueprint.post("/signin/reset")
def mail_reset() -> Page | Response:
    """Have a link mailed that sets a new password once."""
    return _mail("reset")


@blueprint.get("/signin/link/<token>")
def link(token: str) -> Page:
    """What the link shows: whose account it is, and a button. Following it signs nobody in."""
    try:
        account = tickets.look(transaction.conn(), auth.keys(), token, "signin", transaction.now())
    except TokenError as error:
        return _over("signin", error)
    return render_template("link.html", account=account, workspace=_workspace(account), form=forms.PressForm())


@blueprint.post("/signin/link/<token>")
def use_link(token: str) -> Page | Response:
    """Sign in, which uses the link up."""
    try:
        account = tickets.use_up(transaction.conn(), auth.keys(), token, "signin", transaction.now())
    except TokenError as error:
        return _over("signin", error)
    wanted = session.get(NEXT)
    auth.start_session(account, "link")
    guard.note("account", account.id, account.email, "by a mailed link", who=account.principal)
    return redirect(auth.safe_next(wanted), 303)


@blueprint.get("/signin/reset/<token>")
def reset(token: str) -> Page:
    """The form for a new password."""
    try:
        account = tickets.look(transaction.conn(), auth.keys(), token, "reset", transaction.now())
    except TokenError as error:
        return _over("reset", error)
    return render_template("reset.html", account=account, form=ResetForm())


@blueprint.post("/signin/reset/<token>")
def set_password(token: str) -> Page | Response:
    """Set it: every other session ends, and this browser is signed in."""
    form, keys, now = ResetForm(), auth.keys(), transaction.now()
    try:
        if form.validate():
            try:
                with transaction.step() as conn:
                    account = tickets.reset(conn, keys, token, form.password.data, now)
                return _came_in(account)
            except Invalid as error:
                forms.refuse(form, error)
        account = tickets.look(transaction.conn(), keys, token, "reset", now)
    except TokenError as error:
        return _over("reset", error)
    return render_template("reset.html", account=account, form=form), 422


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> Page:
    """Who invites to what, and the form that accepts."""
    try:
        _, found = invitations.look(transaction.conn(), auth.keys(), token, transaction.now())
    except TokenError as error:
        return _over("invitation", error)
    return _invitation(token, AcceptForm(formdata=None, name=found.name))


@blueprint.post("/invitation/<token>")
def accept(token: str) -> Page | Response:
    """Accept it: there is an account, its team has one more, and this browser is signed in."""
    form = AcceptForm()
    try:
        if form.validate():
            try:
                with transaction.step() as conn:
                    password = form.password.data or ""
                    account, found = invitations.accept(
                        conn, auth.keys(), token, form.name.data, password, transaction.now()
                    )
                    _join(account, found)
            except Invalid as error:
                forms.refuse(form, error)
            else:
                auth.start_session(account, "invitation")
                guard.note("account", account.id, account.email, found.team, who=account.principal)
                return redirect(url_for("signin.home"), 303)
        page = _invitation(token, form)
    except TokenError as error:
        return _over("invitation", error)
    return page, 422


def _join(account: Account, found: invitations.Invitation) -> None:
    """Put a new account into the team it was invited to; who is in it already stays as they are."""
    if found.team_id is None:
        return
    engine, now = SYSTEM(account.workspace_id), transaction.now()
    try:
        with transaction.step() as conn:
            schedule.add_member(conn, engine, found.team_id, account.email, now)
    except Invalid:
        _log.info("invited to a team they are in", account=account.id, team=found.team_id)


def _came_in(account: Account) -> Response:
    auth.start_session(account, "reset")
    guard.note("account", account.id, account.email, "by a mailed link", who=account.principal)
    flash("Your password is changed. Every other browser is signed out.", "success")
    return redirect(url_for("signin.home"), 303)


def _ask(use: Use, form: AskForm) -> str:
    return render_template("ask_link.html", form=form, use=use, next=request.values.get("next", ""))


def _mail(use: Use) -> Page | Response:
    form = AskForm()
    if not form.validate():
        return _ask(use, form), 422
    now = transaction.now()
    wait = tickets.wait(transaction.conn(), form.email.data, auth.proxied_address(), now)
    if wait:
        forms.refuse(form, Invalid(f"Too many tries. Wait {minutes(wait)}, then try again."))
        return _ask(use, form), 429
    session[NEXT] = request.form.get("next", "")[:2000]
    answer = make_response(render_template("link_mailed.html", email=form.email.data, use=use))
    act, enqueue, email = guard.act_here(), current_app.extensions["sixpm_enqueue"], form.email.data

    def later() -> None:
        """In a transaction of its own: the request's is over, and nobody waits for this one."""
        with db.begin() as conn:
            accounts, followup = letters.mail_ticket(conn, email, use, db.now(conn))
            for account in accounts:  # one in each workspace
                detail = "to sign in" if use == "signin" else "to a new password"
                acts.note(conn, account.principal, act, db.now(conn), "account", account.id, account.email, detail)
        if followup.batches:
            enqueue.batches(followup.batches)

    answer.call_on_close(lambda: _try(later))
    return answer


def _try(act: Callable[[], None]) -> None:
    try:
        act()
    except Exception as error:  # the answer is out; whoever waits for the mail asks again
        _log.error("link not mailed", error=str(error))


def _over(use: str, error: TokenError) -> Page:
    """A link of ours that is over says how to get another; one that is not ours is not there."""
    if not error.expired:
        raise error
    said = tickets.OVER if use != "invitation" else invitations.OVER
    return render_template("link_over.html", use=use, said=said), 410


def _invitation(token: str, form: AcceptForm) -> str:
    workspace_id, found = invitations.look(transaction.conn(), auth.keys(), token, transaction.now())
    name = workspaces.get(transaction.conn(), workspace_id).name
    return render_template("invitation.html", found=found, workspace=name, form=form, path=request.path)


def _workspace(account: Account) -> str:
    return workspaces.get(transaction.conn(), account.workspace_id).name
