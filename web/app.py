"""The web: one Flask application, put together here. `create_app()` is what a WSGI server calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_bootstrap import Bootstrap5
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from engine import errors, log
from engine.config import Settings
from engine.config import settings as read_settings
from engine.outbound.followup import FollowUp
from web import auth, guard, menu, room, security, shown, tabs, track, transaction
from web.hooks import call, events, inbound
from web.track import leave, preferences
from web.views import (
    account,
    acts,
    campaign_again,
    campaign_dry,
    campaign_limits,
    campaign_one,
    campaign_plan,
    campaign_report,
    campaign_whom,
    campaigns,
    chain,
    contacts,
    contacts_import,
    content,
    deliveries,
    delivery_health,
    design,
    digests,
    dkim,
    doors,
    doubts,
    entry_comments,
    health,
    held,
    keeping,
    leavers,
    letters,
    mailbox,
    me,
    newcomers,
    people,
    relays,
    reread,
    runs,
    segments,
    setup,
    signin,
    system,
    talking,
    team,
    tracking,
)

HERE = Path(__file__).resolve().parent
_log = log.get(__name__)

# What to tell people, by HTTP status: a title, and what to do.
ADVICE = {
    400: ("That request was not complete", "Go back, load the page again, and send the form once more."),
    403: ("You may not do this", "If you need it, an owner of the workspace can give you the role for it."),
    404: ("There is nothing here", "The link may be old or mistyped. Start again from the first page."),
    405: ("That cannot be done by following a link", "Go back and use the button on the page."),
    409: ("Somebody was first", "Load the page again to see how things stand now."),
    410: ("This link has expired", "Use the link in the latest mail you got."),
    413: ("That was too long", "Shorten the text, or send it in parts."),
    429: ("Too many tries", "Wait a few minutes, then try again."),
    500: ("Something broke on our side", "Nothing was saved. Try again; if it stays, look at the log or /readyz."),
    503: ("Not ready yet", "Try again in a few seconds. /readyz says what is missing."),
}


class Hints:
    """The default enqueue: hints to the broker, best effort. Tests and embedded mode may put another in its place."""

    def batches(self, ids: Sequence[int]) -> None:
        """Say that these batches can be claimed."""
        self._enqueue(FollowUp(batches=tuple(ids)))

    def inbound(self, ids: Sequence[int]) -> None:
        """Say that these mails can be read."""
        self._enqueue(FollowUp(inbound=tuple(ids)))

    def reread(self, ids: Sequence[int]) -> None:
        """Offer rereadings to go on with."""
        self._enqueue(FollowUp(reread=tuple(ids)))

    def erase(self, ids: Sequence[int]) -> None:
        """Offer erasures to go on with."""
        self._enqueue(FollowUp(erase=tuple(ids)))

    def imports(self, ids: Sequence[int]) -> None:
        """Offer imports of people to go on with."""
        self._enqueue(FollowUp(imports=tuple(ids)))

    def dry_runs(self, ids: Sequence[int]) -> None:
        """Offer dry runs of campaigns to go on with."""
        self._enqueue(FollowUp(dry_runs=tuple(ids)))

    def _enqueue(self, followup: FollowUp) -> None:
        from engine.tasks import hints

        hints.enqueue(followup)


def create_app(settings: Settings | None = None) -> Flask:
    """The application for `settings` (this process's own unless given). Nothing connects before the first request."""
    settings = settings or read_settings()
    app = Flask("web", root_path=str(HERE), static_folder="static", template_folder="templates")
    app.extensions["sixpm_settings"] = settings
    app.extensions["sixpm_enqueue"] = Hints()
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    security.configure(app, settings)
    transaction.install(app)
    room.install(app)
    security.install(app, settings)
    auth.install(app)
    guard.install(app)
    Bootstrap5(app)
    shown.install(app)
    tabs.install(app)
    menu.install(app)
    _register(app)
    _handle_errors(app)
    notice = instance_notice(settings)
    app.context_processor(lambda: {"banner": notice})
    return app


def instance_notice(settings: Settings) -> str | None:
    """The sentence on every page of an instance that is not production; None in production."""
    if settings.production:
        return None
    if settings.catcher:
        return "Local instance: mail stays on this machine."
    return "Staging: only the allow-list gets mail."


class Ident(IntegerConverter):
    """A number in a path: an id as the database keeps them. What is beyond names nothing."""

    largest = 2**63 - 1

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=self.largest)


class Seq(Ident):
    """The number of a row in its run."""

    largest = 2**31 - 1


def _register(app: Flask) -> None:
    app.url_map.converters |= {"int": Ident, "seq": Seq}
    for view in (  # entry_comments, talking: the pages of entries and conversations too, whose parts they are
        setup, relays, signin, letters, account, people, contacts, contacts_import, acts, health, team, entry_comments,
        digests, me, deliveries, chain, runs, doubts, delivery_health, held, newcomers, reread, segments, talking,
        doors, mailbox, system, dkim, keeping, design, campaigns, campaign_whom, campaign_plan, campaign_dry,
        campaign_report, campaign_again, campaign_one, campaign_limits, content,
        tracking, leavers, track, leave, preferences,
    ):  # fmt: skip
        app.register_blueprint(view.blueprint)
    for hook in (inbound, events):
        security.csrf.exempt(hook.blueprint)
        app.register_blueprint(hook.blueprint)
    call.install(app)


def _handle_errors(app: Flask) -> None:
    """Turn what a view raised into a page that says what to do; what it wrote is taken back."""

    def page(status: int, said: str = "") -> tuple[str, int]:
        transaction.rollback()
        if status >= 500:
            g._login_user = AnonymousUserMixin()  # the page must not need the database that may be the fault
        title, advice = ADVICE.get(status, ADVICE[500 if status >= 500 else 400])
        return render_template("error.html", status=status, title=title, said=said, advice=advice), status

    def of_http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:  # a redirect that routing raised
            transaction.rollback()
            return error.get_response()
        return page(error.code)

    def of_bug(error: Exception) -> ResponseReturnValue:
        if app.testing:
            raise error
        _log.exception("view failed", path=request.path, error=str(error))
        return page(500)

    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(CSRFError, lambda error: page(400, str(error.description)))
    app.register_error_handler(errors.NotFound, lambda error: page(404, str(error)))
    app.register_error_handler(errors.NotAllowed, lambda error: page(403, str(error)))
    app.register_error_handler(errors.TokenError, lambda error: page(410 if error.expired else 404, str(error)))
    app.register_error_handler(errors.Invalid, lambda error: page(400, str(error)))
    app.register_error_handler(errors.Reused, lambda error: page(409, str(error)))
    app.register_error_handler(errors.IllegalMove, lambda error: page(409, str(error)))
    app.register_error_handler(Exception, of_bug)


__all__ = ["ADVICE", "Hints", "create_app", "instance_notice"]
