"""The door before every view: what a route is stands in web.routes, who may do it in engine.people.rights.

Stories check again for themselves. The door makes sure that no page was forgotten: what has no row opens for nobody.
"""

from __future__ import annotations

from flask import Flask, request
from werkzeug.wrappers import Response

from engine.errors import NotAllowed
from engine.people import acts, rights
from engine.people.principal import Principal
from web import auth, transaction
from web.routes import OPEN, ROUTES


def install(app: Flask) -> None:
    """Ask before every view of `app`."""

    @app.before_request
    def _ask() -> Response | None:
        endpoint = request.endpoint
        if endpoint is None or endpoint == "static" or endpoint.endswith(".static"):
            return None  # no such page, or a file that everybody may have
        row = ROUTES.get(endpoint)
        if row is None:
            raise NotAllowed("This page is not open to anybody yet: it has no row in web/routes.py.")
        if row.action in OPEN:
            return None
        who = auth.session_principal()
        if who is None:
            return auth.ask_to_sign_in()
        team_id = (request.view_args or {}).get("team_id")
        if team_id is None:
            rights.require(who, row.action)
        else:
            rights.require_in_team(transaction.conn(), who, row.action, team_id)
        return None


def note(
    noun: str = "", object_id: int | None = None, about: str = "", detail: str = "", who: Principal | None = None
) -> None:
    """Record the act that this route is, in the request's transaction. `who`: where it is not the session's."""
    acts.note(
        transaction.conn(), who or auth.principal(), ROUTES[request.endpoint or ""].act, transaction.now(), noun,
        object_id, about, detail,
    )  # fmt: skip


def act_here() -> str:
    """The act that this route records, for what is written after it."""
    return ROUTES[request.endpoint or ""].act


__all__ = ["act_here", "install", "note"]
