"""The next digest of a member, as it would be if their hour came now: the mail itself, HTML and text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from engine.config import Settings
from engine.outbound import preview as mails
from engine.outbound.preview import Seen
from engine.people import teams
from engine.rounds import digest_preview as preview
from engine.rounds.digest_preview import Preview
from engine.rounds.queries import previewing
from web import auth, transaction
from web.entry_filter import number
from web.views.mailbox import PAGE_POLICY

blueprint = Blueprint("digests", __name__, url_prefix="/teams")

VIEWS = ("html", "text")
# The mail may load nothing, run nothing and lead nowhere.
MAIL_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'; sandbox"
)
_LINK = re.compile(r"(<a\b[^>]*?)\shref=(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE)


@blueprint.get("/<int:team_id>/digest")
def show(team_id: int) -> Response:
    """The next digest of oneself; managers choose whose."""
    conn, who = transaction.conn(), auth.principal()
    team, role = teams.get_with_role(conn, who, team_id)
    readers = previewing.readers(conn, who.workspace_id, team_id)
    next_one = _asked(readers)
    seen = _seen(next_one) if next_one else None
    page = render_template(
        "digest.html", team=team, manager=role == "manager", readers=readers, next=next_one,
        seen=seen, view="text" if request.args.get("view") == "text" else "html", views=VIEWS, now=transaction.now(),
    )  # fmt: skip
    response = make_response(page)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


@blueprint.get("/<int:team_id>/digest/frame")
def frame(team_id: int) -> Response:
    """The HTML part alone, for a frame that runs nothing."""
    conn, who = transaction.conn(), auth.principal()
    next_one = _asked(previewing.readers(conn, who.workspace_id, team_id))
    seen = _seen(next_one) if next_one else None
    if seen is None:
        abort(404)
    response = make_response(_LINK.sub(r"\1", seen.html))
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


def _asked(readers: Sequence[Any]) -> Preview | None:
    """The digest of the member asked for, else of oneself, else of the first; None in a team of nobody."""
    who, asked = auth.principal(), number(request.args.get("member", ""))
    chosen = next((m.id for m in readers if m.id == asked), None)
    if asked is not None and chosen is None:
        abort(404)
    if chosen is None:
        own = next((m.id for m in readers if m.contact_id == who.contact_id), None)
        chosen = own if own is not None else next((m.id for m in readers), None)
    return preview.next_digest(transaction.conn(), who, chosen, transaction.now()) if chosen is not None else None


def _seen(of: Preview) -> Seen | None:
    if of.draft is None:
        return None
    settings: Settings = current_app.extensions["sixpm_settings"]
    who = auth.principal()
    return mails.seen(transaction.conn(), who.workspace_id, of.draft, of.address, settings, transaction.now())
