"""Segments: their list, and one with its query as text and as lines side by side. Admins may.

A query is counted while it is written: the page asks `look`, and takes the parts of its answer. Without scripts the
buttons of the builder ask `draft`, which is the whole page with nothing saved.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns.audience import segments as story
from engine.campaigns.audience.segments import LISTED, Segment
from engine.errors import Fault, Invalid
from web import auth, guard, segment_lines, segment_view, transaction
from web.segment_view import Draft
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("segments", __name__, url_prefix="/contacts/segments")
auth.for_accounts(blueprint)

Page = str | tuple[str, int]


@blueprint.get("")
def index() -> str:
    """The segments, or with ?show=archived those that were taken away. After an archiving it can be undone here."""
    conn, who = transaction.conn(), auth.principal()
    archived, q = request.args.get("show") == "archived", request.args.get("q", "").strip()[:100]
    found, gone = story.listed(conn, who, archived, q), number(request.args.get("gone"))
    return render_template(
        "segments.html", segments=found[:LISTED], more=len(found) > LISTED, archived=archived, q=q, zone=viewer_zone(),
        gone=story.one(conn, who, gone) if gone is not None else None,
    )  # fmt: skip


@blueprint.get("/new")
def new() -> Page:
    """An empty segment."""
    return _page(None, "", segment_view.of_text(request.args.get("query", "")[:10_000]))


@blueprint.post("/new")
def make() -> Page | Response:
    """Save a new segment; a refused one comes back as it was typed."""
    name, query = request.form.get("name", ""), request.form.get("query", "")
    try:
        with transaction.step() as conn:
            made = story.make(conn, auth.principal(), name, query, transaction.now())
            guard.note("segment", made.id, made.name, made.query)
    except Invalid as wrong:
        return _refused(None, name, wrong)
    flash("Saved. Campaigns can be for it from now on.", "success")
    return redirect(url_for(".one", segment_id=made.id), 303)


@blueprint.post("/look")
def look() -> str:
    """The parts of the page that follow what is typed; nothing is saved."""
    return render_template("segment_look.html", draft=_typed(), hints=segment_lines.HINTS, free=segment_lines.NO_VALUE)


@blueprint.post("/draft")
def draft() -> Page:
    """The page of a new segment as it was typed, with the lines as a button changed them."""
    return _page(None, request.form.get("name", ""), _typed())


@blueprint.get("/<int:segment_id>")
def one(segment_id: int) -> Page:
    """A segment: its query both ways, whom it means today, and the campaigns that began with it."""
    found = story.one(transaction.conn(), auth.principal(), segment_id)
    return _page(found, found.name, segment_view.of_text(found.query))


@blueprint.post("/<int:segment_id>/draft")
def redraft(segment_id: int) -> Page:
    """The page of a segment as it was typed, with the lines as a button changed them."""
    found = story.one(transaction.conn(), auth.principal(), segment_id)
    return _page(found, request.form.get("name", ""), _typed())


@blueprint.post("/<int:segment_id>")
def change(segment_id: int) -> Page | Response:
    """Save name and query; a refused change comes back as it was typed."""
    conn, who = transaction.conn(), auth.principal()
    before = story.one(conn, who, segment_id)
    name, query = request.form.get("name", ""), request.form.get("query", "")
    try:
        with transaction.step() as inner:
            after = story.change(inner, who, segment_id, name, query, transaction.now())
            guard.note("segment", segment_id, after.name, _changed(before, after))
    except Invalid as wrong:
        return _refused(before, name, wrong)
    flash("Saved. Campaigns that began with it before keep the query of then.", "success")
    return redirect(url_for(".one", segment_id=segment_id), 303)


@blueprint.post("/<int:segment_id>/archive")
def archive(segment_id: int) -> Response:
    """Take it out of the list; the page after it offers to undo that."""
    done = story.archive(transaction.conn(), auth.principal(), segment_id, transaction.now())
    guard.note("segment", segment_id, done.name)
    return redirect(url_for(".index", gone=segment_id), 303)


@blueprint.post("/<int:segment_id>/restore")
def restore(segment_id: int) -> Response:
    """Bring it back."""
    try:
        with transaction.step() as conn:
            done = story.restore(conn, auth.principal(), segment_id)
            guard.note("segment", segment_id, done.name)
    except Invalid as wrong:
        flash(str(wrong), "error")
        return redirect(url_for(".index", show="archived"), 303)
    flash(f"“{done.name}” is back.", "success")
    return redirect(url_for(".one", segment_id=segment_id), 303)


def _typed() -> Draft:
    """What stands in the form."""
    columns = {name: request.form.getlist(name) for name in ("what", "op", "value")}
    return segment_view.of_form(request.form, columns)


def _refused(segment: Segment | None, name: str, wrong: Invalid) -> Page:
    """The page of a form that was not saved, with what is wrong at its place."""
    return _page(segment, name, segment_view.of_text(request.form.get("query", "")), wrong), 422


def _page(segment: Segment | None, name: str, draft: Draft, wrong: Invalid | None = None) -> str:
    conn, who = transaction.conn(), auth.principal()
    return render_template(
        "segment.html", segment=segment, name=name, draft=draft, zone=viewer_zone(),
        users=story.used_by(conn, who, segment.id) if segment else (), hints=segment_lines.HINTS,
        free=segment_lines.NO_VALUE, wrong=None if isinstance(wrong, Fault) else wrong, refused=wrong is not None,
    )  # fmt: skip


def _changed(before: Segment, after: Segment) -> str:
    """What a save changed, in a line."""
    pairs = ((before.name, after.name), (before.query, after.query))
    return "; ".join(f"{old} → {new}" for old, new in pairs if old != new)
