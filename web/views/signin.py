"""The start page, signing in with a password, and signing out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.people import signin, workspaces
from web import auth, forms, guard, transaction

blueprint = Blueprint("signin", __name__)

WRONG = "This address and password do not belong together."


@blueprint.get("/")
def home() -> Response:
    """The first visit goes to set-up, a stranger to sign-in, everybody else to their teams."""
    if not current_user.is_authenticated:
        made = workspaces.any_made(transaction.conn())
        return redirect(url_for("signin.sign_in" if made else "setup.first"))
    return redirect(url_for("team.index"))


@blueprint.get("/signin")
def sign_in() -> str | Response:
    """The form."""
    if not workspaces.any_made(transaction.conn()):
        return redirect(url_for("setup.first"))
    if current_user.is_authenticated:
        return redirect(auth.safe_next(request.args.get("next")))
    return render_template("signin.html", form=forms.SignInForm(), next=request.args.get("next", ""))


@blueprint.post("/signin")
def check() -> tuple[str, int] | Response:
    """Check the password; every wrong answer reads the same."""
    form = forms.SignInForm()
    status = 422
    if form.validate():
        attempt = signin.sign_in(
            transaction.conn(), form.email.data, form.password.data, auth.proxied_address(), transaction.now()
        )
        if attempt.account:
            auth.start_session(attempt.account, "password")
            guard.note("account", attempt.account.id, attempt.account.email, "by password", attempt.account.principal)
            return redirect(auth.safe_next(request.form.get("next")))
        said = f"Too many tries. Wait {minutes(attempt.wait)}, then try again." if attempt.wait else WRONG
        forms.refuse(form, Invalid(said))
        status = 429 if attempt.wait else 422
    return render_template("signin.html", form=form, next=request.form.get("next", "")), status


@blueprint.post("/signout")
def sign_out() -> Response:
    """End the session on this browser."""
    if current_user.is_authenticated:
        guard.note("account", current_user.account.id, current_user.account.email)
    auth.end_session()
    flash("You are signed out.", "info")
    return redirect(url_for("signin.sign_in"))


def minutes(seconds: float) -> str:
    """A wait as people say it."""
    count = max(1, round(seconds / 60))
    return "a minute" if count == 1 else f"{count} minutes"
