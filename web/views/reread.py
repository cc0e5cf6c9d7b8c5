"""A newer parser over the mails of before: what would read differently, and the word that it is to be so. Admins."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine.errors import Invalid
from engine.inbound import reread
from engine.inbound.parse import VERSION
from engine.inbound.queries import listing_differences as differences
from engine.inbound.queries.listing_differences import Shown
from web import auth, guard, transaction
from web.confirm import unsure
from web.views.deliveries import number, people, viewer_zone

blueprint = Blueprint("reread", __name__, url_prefix="/held/reread")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | AnyResponse
PAGE = 50


@blueprint.get("")
def index() -> str:
    """How many mails an older parser read, how far the newest rereading is, and what it found."""
    return _page()


@blueprint.get("/numbers")
def numbers() -> str:
    """How far it is, for the page that looks again by itself."""
    return render_template("reread_numbers.html", now=next(iter(_rereadings()), None), zone=viewer_zone())


@blueprint.post("")
def begin() -> Page:
    """Look for differences; nothing is changed by that."""
    try:
        with transaction.step() as step:
            made, followup = reread.begin(step, auth.principal(), transaction.now())
    except Invalid as error:
        return _page(str(error)), 422
    transaction.follow(followup)
    guard.note("rereading", made, f"by parser {VERSION}")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:rereading_id>/choose")
def choose(rereading_id: int) -> Page:
    """Leave ticked differences out, or take them in again."""
    ids = [ident for value in request.form.getlist("row") if (ident := number(value)) is not None]
    take_in = request.form.get("act") == "in"
    if not ids:
        return _page("Tick at least one difference first."), 422
    try:
        done = reread.choose(transaction.conn(), auth.principal(), rereading_id, ids, take_in)
    except Invalid as error:
        return _page(str(error)), 422
    flash(f"{done} {'taken in again' if take_in else 'left out'}.", "success")
    return redirect(url_for(".index", after=request.form.get("after") or None), 303)


@blueprint.post("/<int:rereading_id>/apply")
def approve(rereading_id: int) -> Page:
    """Make the chosen differences so. Asks with their number first."""
    found = next((one for one in _rereadings() if one.id == rereading_id), None)
    count = found.chosen if found else 0
    then = (
        "Entries get their new text, missed ones are added, and what is no entry is removed; each keeps its"
        " history, and its posts follow. Comments and messages get their new text; nobody is mailed again. What a"
        " person has changed stays as it is."
    )
    differing = "1 difference" if count == 1 else f"{count:,} differences"
    if count and (page := unsure(f"Apply {differing}?", then, "Apply them", url_for(".index"), danger=False)):
        return page
    try:
        with transaction.step() as step:
            followup = reread.approve(step, auth.principal(), rereading_id, transaction.now())
    except Invalid as error:
        return _page(str(error)), 422
    transaction.follow(followup)
    guard.note("rereading", rereading_id, differing)
    flash("They are being applied. This page says when it is done.", "success")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:rereading_id>/drop")
def drop(rereading_id: int) -> Page:
    """Leave everything as it was; the differences can be looked for again."""
    reread.drop(transaction.conn(), auth.principal(), rereading_id, transaction.now())
    guard.note("rereading", rereading_id, "dropped")
    flash("Nothing was changed. You can look for differences again at any time.", "success")
    return redirect(url_for(".index"), 303)


def _rereadings() -> list[Shown]:
    return differences.shown(transaction.conn(), auth.principal().workspace_id)


def _page(wrong: str = "") -> str:
    conn, workspace, found = transaction.conn(), auth.principal().workspace_id, _rereadings()
    now, after = next(iter(found), None), number(request.values.get("after")) or 0
    rows = differences.listed(conn, workspace, now.id, after, PAGE + 1) if now else []
    return render_template(
        "reread.html",
        now=now,
        before=found[1:],
        older=differences.older(conn, workspace, VERSION),
        version=VERSION,
        rows=rows[:PAGE],
        more=rows[PAGE - 1].id if len(rows) > PAGE else None,
        after=after,
        people=people(actor for one in found for actor in (one.made_by, one.approved_by)),
        wrong=wrong,
        zone=viewer_zone(),
    )
