"""Mail that came in and waits for a person: held or parked, with the reason and its source. Admins may look."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_login import login_required
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import NotFound
from engine.inbound.again import run_again
from engine.inbound.queries import waiting
from engine.inbound.queries.waiting import Unsettled
from web import auth, guard, transaction
from web.views.deliveries import viewer_zone

blueprint = Blueprint("held", __name__, url_prefix="/held")

WAITING = ("held", "parked")
AGAIN = (*WAITING, "noted")  # what may be run again
SHOWN = 200_000  # bytes of source on the page; the download has all of it


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def _only_admins() -> None:
    """A held mail may be anybody's words."""
    auth.principal().require_admin()


@blueprint.get("")
def index() -> str:
    """Held and parked mails, newest first; with ?state=noted what robots sent."""
    states = ("noted",) if request.args.get("state") == "noted" else WAITING
    mails = waiting.unsettled(transaction.conn(), auth.principal().workspace_id, states)
    return render_template("held.html", mails=mails, noted=states == ("noted",), zone=viewer_zone())


@blueprint.get("/<int:inbound_id>")
def one(inbound_id: int) -> str:
    """One mail: why it waits, and its source as text."""
    mail, raw = _mail(inbound_id), _raw(inbound_id)
    return render_template(
        "held_mail.html",
        mail=mail,
        again=mail.state in AGAIN,
        source=raw[:SHOWN].decode("utf-8", "replace"),
        cut=len(raw) > SHOWN,
        zone=viewer_zone(),
    )


@blueprint.get("/<int:inbound_id>/source")
def source(inbound_id: int) -> Response:
    """The mail as it came, for a mail program: downloaded, never shown as a page."""
    response = make_response(_raw(inbound_id))
    response.headers["Content-Type"] = "message/rfc822"
    response.headers["Content-Disposition"] = f'attachment; filename="held-{inbound_id}.eml"'
    return response


@blueprint.post("/<int:inbound_id>/again")
def again(inbound_id: int) -> AnyResponse:
    """Read it once more, after what was wrong has been mended."""
    transaction.follow(run_again(transaction.conn(), auth.principal(), inbound_id, transaction.now()))
    guard.note("inbound", inbound_id, f"mail {inbound_id}")
    flash("It is read again. If it is held once more, the reason is here in a moment.", "success")
    return redirect(url_for(".one", inbound_id=inbound_id), 303)


def _mail(inbound_id: int) -> Unsettled:
    found = waiting.unsettled_mail(transaction.conn(), auth.principal().workspace_id, inbound_id)
    if found is None:
        raise NotFound("There is no such mail.")
    return found


def _raw(inbound_id: int) -> bytes:
    found = waiting.raw_mail(transaction.conn(), auth.principal().workspace_id, inbound_id)
    if found is None:
        raise NotFound("There is no such mail.")
    return found
