"""Who asks over the web: a Flask-Login session, or a member's signed link; both become one Principal.

A session cookie names the account, its epoch and the session's own row; a password change bumps the epoch, which ends
every session made before it, and the row lets one of them be ended alone.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from engine.config import required
from engine.config import settings as read_settings
from engine.errors import NotAllowed, NotFound
from engine.people import members
from engine.people.accounts import Account
from engine.people.entrance import sessions
from engine.people.principal import Principal, of_link
from engine.tokens import Keys, Purpose, read, sign
from web import transaction


class SessionUser(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """The signed-in account as Flask-Login sees it."""

    def __init__(self, account: Account, session_id: int) -> None:
        self.account = account
        self.session_id = session_id

    def get_id(self) -> str:
        """What the session cookie holds: the account, the epoch it signed in under, and the session's row."""
        return f"{self.account.id}.{self.account.epoch}.{self.session_id}"

    @property
    def principal(self) -> Principal:
        """The asker for story calls."""
        return self.account.principal

    @property
    def name(self) -> str:
        """How the pages greet the person."""
        return self.account.name or self.account.email


def _load_user(text: str) -> SessionUser | None:
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return None  # a release before kept no sessions: whoever comes with its cookie signs in once more
    account_id, epoch, session_id = map(int, parts)
    account = sessions.account_of(transaction.conn(), account_id, epoch, session_id, transaction.now())
    return SessionUser(account, session_id) if account else None


def ask_to_sign_in() -> Response:
    """Send a stranger to the sign-in page, and back afterwards."""
    flash("Sign in to see this page.", "info")
    asked = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("signin.sign_in", next=asked))


def install(app: Flask) -> None:
    """Give `app` its Flask-Login manager."""
    manager = LoginManager(app)
    manager.user_loader(_load_user)
    manager.unauthorized_handler(ask_to_sign_in)


def start_session(account: Account, how: sessions.How) -> None:
    """Sign `account` in on this browser, in a session that carries nothing over from before."""
    end_session()
    agent = request.headers.get("User-Agent", "")
    session_id = sessions.begin(transaction.conn(), account, how, agent, proxied_address(), transaction.now())
    session.permanent = True
    login_user(SessionUser(account, session_id))


def end_session() -> None:
    """Sign out on this browser, and end the session for whoever else may hold its cookie."""
    if current_user.is_authenticated:
        with suppress(NotFound):  # a new password has ended it already
            sessions.end(transaction.conn(), current_user.account, current_user.session_id, transaction.now())
    logout_user()
    session.clear()


def session_principal() -> Principal | None:
    """The signed-in asker, or None."""
    return current_user.principal if current_user.is_authenticated else None


def principal() -> Principal:
    """The signed-in asker. Raises NotAllowed where `login_required` was forgotten."""
    found = session_principal()
    if found is None:
        raise NotAllowed("Sign in to see this page.")
    return found


def for_accounts(blueprint: Blueprint) -> None:
    """Ask strangers to sign in before every page of `blueprint`. It is the second door, behind web.guard."""

    @blueprint.before_request
    @login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
    def _signed_in() -> None: ...


def for_admins(blueprint: Blueprint) -> None:
    """The same, and who is no admin is refused."""

    @blueprint.before_request
    @login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
    def _only_admins() -> None:
        principal().require_admin()


def keys() -> Keys:
    """The instance's token keys."""
    return Keys.of(required(read_settings().secret_key, "secret_key"))


def link_principal(token: str, purpose: Purpose = Purpose.MEMBER) -> Principal:
    """The holder of a member's signed link. Raises TokenError, or NotFound when the membership is gone."""
    workspace_id, membership_id = read(keys(), token, purpose, transaction.now().date())
    contact_id = members.contact_of(transaction.conn(), workspace_id, membership_id)
    return of_link(workspace_id, contact_id, membership_id)


def own_link(membership_id: int) -> str:
    """A day's signed token for the signed-in person's own page in a team; the caller knows that it is theirs."""
    until = transaction.now().date() + timedelta(days=1)
    return sign(keys(), Purpose.MEMBER, principal().workspace_id, membership_id, until)


def safe_next(target: str | None) -> str:
    """`target` when it is a path on this site, else the start page: no open redirect.

    Browsers read a backslash as a slash and skip control characters, so any of them makes the target foreign.
    """
    home: str = url_for("signin.home")
    if not target or not target.startswith("/") or target.startswith("//"):
        return home
    if "\\" in target or any(ord(c) < 33 or ord(c) == 127 for c in target):
        return home
    parts = urlsplit(target)
    return home if parts.scheme or parts.netloc else target


def proxied_address() -> str:
    """The client's address; behind proxies only as trustworthy as SIXPM_TRUSTED_PROXIES says."""
    return request.remote_addr or "unknown"


__all__ = ["SessionUser", "ask_to_sign_in", "end_session", "for_accounts", "for_admins", "install", "keys",
           "link_principal", "own_link", "principal", "proxied_address", "safe_next", "session_principal",
           "start_session"]  # fmt: skip
