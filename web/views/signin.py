"""The start page, signing in and out, and the account page."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.people import signin, workspaces
from web import auth, forms, transaction

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
            auth.start_session(attempt.account)
            return redirect(auth.safe_next(request.form.get("next")))
        said = f"Too many tries. Wait {_minutes(attempt.wait)}, then try again." if attempt.wait else WRONG
        forms.refuse(form, Invalid(said))
        status = 429 if attempt.wait else 422
    return render_template("signin.html", form=form, next=request.form.get("next", "")), status


@blueprint.post("/signout")
def sign_out() -> Response:
    """End the session on this browser."""
    auth.end_session()
    flash("You are signed out.", "info")
    return redirect(url_for("signin.sign_in"))


@blueprint.get("/account")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def account() -> str:
    """Who one is signed in as, and the form to change the password."""
    return render_template("account.html", form=forms.PasswordForm())


@blueprint.post("/account/password")
@login_required  # type: ignore[untyped-decorator]
def change_password() -> tuple[str, int] | Response:
    """Set a new password, which ends every other session."""
    form = forms.PasswordForm()
    if form.validate():
        try:
            changed = signin.change_password(
                transaction.conn(), current_user.account, form.old.data, form.password.data, transaction.now()
            )
        except Invalid as error:
            forms.refuse(form, error)
        else:
            auth.start_session(changed)
            flash("Your password is changed. Other browsers are signed out.", "success")
            return redirect(url_for("signin.account"))
    return render_template("account.html", form=form), 422


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
