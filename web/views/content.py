"""What a campaign says: an editor with its preview beside it, files, versions, and a test to oneself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns import campaigns, whom
from engine.campaigns.content import files, preview, trial, versions
from engine.campaigns.content.files import File
from engine.campaigns.content.language.faults import Fault, Refused
from engine.campaigns.content.language.known import Known
from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.content.preview import Reader, Shown
from engine.campaigns.content.version import Version
from engine.errors import ConfigError, Invalid, NotFound
from web import auth, guard, security, transaction
from web.confirm import unsure
from web.content_form import LABELS, Typed
from web.views.deliveries import viewer_zone

blueprint = Blueprint("content", __name__, url_prefix="/campaigns/<int:campaign_id>/content")
UPLOAD = files.MOST_BYTES + 64 * 1024  # a file and the form around it
# A mail in a frame takes the page's policy over: its own styles are in its elements, and it runs and loads nothing.
POLICY = security.POLICY.replace("frame-src 'none'", "frame-src 'self'; style-src 'self' 'unsafe-inline'")


@blueprint.url_value_preprocessor
def _allow_files(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """A file may be larger than a page's form; said before the form is read for its token."""
    if endpoint == "content.add_file":
        request.max_content_length = UPLOAD


@blueprint.get("")
def show(campaign_id: int) -> Response:
    """The editor, with the newest version in one language."""
    saved = _saved(campaign_id)
    typed = Typed.of_version(saved, request.args.get("locale", "")[:20], request.args.get("who", "")[:100])
    return _page(campaign_id, saved, typed, look=saved is not None)


@blueprint.post("/look")
def look(campaign_id: int) -> Response:
    """The preview of what is typed; nothing is saved."""
    return _page(campaign_id, _saved(campaign_id), _typed(), look=True)


@blueprint.post("")
def save(campaign_id: int) -> Response:
    """Save what is typed as the next version, or say what is wrong with it and where."""
    saved, typed, who = _saved(campaign_id), _typed(), auth.principal()
    try:
        with transaction.step() as conn:
            draft = typed.draft(saved, files.listed(conn, who.workspace_id, campaign_id))
            made = versions.save(conn, who, campaign_id, draft, transaction.now())
    except (Invalid, ConfigError):
        page = _page(campaign_id, saved, typed, look=True)
        page.status_code = 422
        return page
    guard.note("campaign", campaign_id, made.own.subject, f"version {made.no}")
    flash(f"Version {made.no} is saved.", "success")
    kept = typed.locale if typed.locale in made.texts else ""
    return redirect(url_for(".show", campaign_id=campaign_id, locale=kept or None, who=typed.who or None))


@blueprint.post("/files")
def add_file(campaign_id: int) -> Response:
    """Keep a file; the next version sends it if it is ticked there."""
    given, who = request.files.get("file"), auth.principal()
    versions.named(transaction.conn(), who.workspace_id, campaign_id)
    try:
        if given is None or not given.filename:
            raise Invalid("Choose a file first.", "file")
        content, inline = given.read(), request.form.get("inline") == "1"
        given.close()
        with transaction.step() as conn:
            kept = files.add(
                conn, who, campaign_id, given.filename, given.mimetype, content, inline, transaction.now()
            )  # fmt: skip
    except Invalid as error:
        flash(str(error), "warning")
    else:
        guard.note("campaign", campaign_id, kept.name)
        how = f"Show it with ![what it shows](cid:{kept.cid})." if kept.cid else "Tick it to send it along."
        flash(f"{kept.name} is here. {how} It goes out with the next version you save.", "success")
    return redirect(url_for(".show", campaign_id=campaign_id))


@blueprint.post("/test")
def send_test(campaign_id: int) -> Response:
    """Mail the newest version to oneself, as the chosen person would get it."""
    saved, who, wanted = _saved(campaign_id), auth.principal(), request.form.get("who", "")[:100]
    place = "campaigns.show" if request.form.get("from") == "campaign" else ".show"
    back = redirect(url_for(place, campaign_id=campaign_id, who=wanted or None))
    if saved is None:
        flash("Save it first; a test sends what is saved.", "warning")
        return back
    reader = _reader(campaign_id, wanted)
    try:
        if reader is None:
            raise NotFound("Nobody here has such a name or address. Choose another person.")
        with transaction.step() as conn:
            sent = trial.send_test(conn, who, campaign_id, saved.no, reader.id, transaction.now())
    except (Unfilled, Refused, NotFound, Invalid) as error:
        flash(f"No test was sent: {error}", "warning")
        return back
    transaction.follow(sent.followup)
    guard.note("campaign", campaign_id, saved.own.subject, f"version {saved.no}")
    flash(f"Version {saved.no} is on its way to you, as {reader.name or reader.email} would get it.", "success")
    return back


@blueprint.get("/versions")
def listed(campaign_id: int) -> str:
    """All versions, newest first."""
    workspace_id, saved = auth.principal().workspace_id, _saved(campaign_id)
    rows = versions.listed(transaction.conn(), workspace_id, campaign_id)
    return render_template(
        "campaign_versions.html", campaign=versions.named(transaction.conn(), workspace_id, campaign_id),
        rows=rows, newest=saved.no if saved else 0, labels=LABELS, zone=viewer_zone(),
    )  # fmt: skip


@blueprint.post("/versions/<int:no>/restore")
def restore(campaign_id: int, no: int) -> str | Response:
    """Save an old version once more as the newest, after asking."""
    back = url_for(".listed", campaign_id=campaign_id)
    then = "It is saved once more as the newest version. Nothing is lost: the versions since stay in the list."
    versions.get(transaction.conn(), auth.principal().workspace_id, campaign_id, no)
    if page := unsure(f"Go back to version {no}?", then, "Go back to it", back, danger=False):
        return page
    try:
        with transaction.step() as conn:
            made = versions.restore(conn, auth.principal(), campaign_id, no, transaction.now())
    except (Invalid, ConfigError) as error:
        flash(f"Version {no} cannot be used any more: {error}", "warning")
        return redirect(back)
    guard.note("campaign", campaign_id, made.own.subject, f"version {no} as version {made.no}")
    flash(f"Version {made.no} says what version {no} said.", "success")
    return redirect(url_for(".show", campaign_id=campaign_id))


def _saved(campaign_id: int) -> Version | None:
    return versions.latest(transaction.conn(), auth.principal().workspace_id, campaign_id)


def _typed() -> Typed:
    return Typed.of_form(request.form, request.form.getlist("files"))


def _page(campaign_id: int, saved: Version | None, typed: Typed, look: bool) -> Response:
    conn, workspace_id = transaction.conn(), auth.principal().workspace_id
    campaign, there = versions.named(conn, workspace_id, campaign_id), files.listed(conn, workspace_id, campaign_id)
    faults: Sequence[Fault] = ()
    wrong, seen = "", None
    if look:
        try:
            seen = _seen(campaign_id, campaign.name, saved, typed, there)
        except Refused as refused:
            faults = refused.faults
        except (Invalid, ConfigError) as error:
            wrong = str(error)
    known = saved.known if saved else Known()
    page = render_template(
        "campaign_content.html", campaign=campaign, saved=saved, typed=typed, there=there, labels=LABELS,
        faults=faults, wrong=wrong, seen=seen, fields=known.names(), locales=sorted(saved.texts) if saved else [""],
        open=campaign.state in versions.OPEN,
    )  # fmt: skip
    response = make_response(page)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _seen(campaign_id: int, name: str, saved: Version | None, typed: Typed, there: Sequence[File]) -> Shown:
    conn = transaction.conn()
    draft = versions.drafted(conn, auth.principal().workspace_id, campaign_id, typed.draft(saved, there))
    return preview.shown_to(conn, draft, name, _reader(campaign_id, typed.who), typed.locale)


def _reader(campaign_id: int, wanted: str) -> Reader | None:
    """As whom it is looked at: whoever fits what was typed, else one of those it is for."""
    conn, who = transaction.conn(), auth.principal()
    of = campaigns.get(conn, who, campaign_id)
    if not wanted.strip() and of.query:
        one = whom.one_of(conn, of.query, of.workspace_id, transaction.now())
        if one is not None:
            return preview.reader_of(conn, of.workspace_id, one)
    return preview.reader(conn, of.workspace_id, wanted)
