"""To whom a campaign goes: its query as text and as lines, a saved segment or a pasted list, and who is left out."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns import around, campaigns
from engine.campaigns.audience import segments
from engine.campaigns.audience.tokens import LONGEST
from engine.campaigns.campaigns import Campaign
from engine.errors import Fault, Invalid, NotFound
from web import auth, forms, guard, segment_lines, segment_view, transaction
from web.campaign_forms import WhomForm, whom_of
from web.segment_view import Draft
from web.views.deliveries import number

blueprint = Blueprint("campaign_whom", __name__, url_prefix="/campaigns/<int:campaign_id>/whom")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | Response
EVERYBODY = "everyone"  # what an empty query means
_ADDRESS = re.compile(r"[^\s,;:<>()\"'\[\]]{1,64}@[^\s,;:<>()\"'\[\]]{1,255}")


@blueprint.get("")
def show(campaign_id: int) -> Page:
    """To whom it goes, and how many that are today."""
    of = _campaign(campaign_id)
    return _page(of, segment_view.of_text(of.query, empty=EVERYBODY), whom_of(of), of.segment_id)


@blueprint.post("/look")
def look(campaign_id: int) -> str:
    """The parts of the page that follow what is typed; nothing is saved."""
    _campaign(campaign_id)
    return render_template("segment_look.html", draft=_typed(), hints=segment_lines.HINTS, free=segment_lines.NO_VALUE)


@blueprint.post("/draft")
def draft(campaign_id: int) -> Page:
    """The page as it was typed, with what a button changed: the lines, a segment's query, a pasted list."""
    of, pressed, wrong = _campaign(campaign_id), request.form.get("do", ""), ""
    segment_id, found = number(request.form.get("segment_id")), None
    try:
        if pressed == "segment":
            chosen = segments.one(transaction.conn(), auth.principal(), number(request.form.get("saved")) or 0)
            segment_id, found = chosen.id, segment_view.of_text(chosen.query, empty=EVERYBODY)
        elif pressed == "paste":
            found = segment_view.of_text(_pasted(), empty=EVERYBODY)
    except (Invalid, NotFound) as error:
        wrong = str(error)
        found = segment_view.of_text(request.form.get("query", ""), empty=EVERYBODY)
    return _page(of, found or _typed(), WhomForm(), segment_id, wrong)


@blueprint.post("")
def save(campaign_id: int) -> Page:
    """Save to whom it goes; what is refused comes back as it was typed."""
    of, who = _campaign(campaign_id), auth.principal()
    form = WhomForm().beside(around.of_campaign(transaction.conn(), of))
    query, segment_id = request.form.get("query", "").replace("\r\n", "\n").strip(), _segment()
    if not form.validate():
        return _page(of, segment_view.of_text(query, empty=EVERYBODY), form, segment_id), 422
    try:
        with transaction.step() as step:
            said = segments.clean_query(step, who.workspace_id, query) if query else ""
            values = {**form.values(), "query": said, "segment_id": segment_id if said else None}
            after = campaigns.change(step, who, campaign_id, transaction.now(), **values)
    except Invalid as error:
        if not isinstance(error, Fault):
            forms.refuse(form, error)
        return _page(of, segment_view.of_text(query, empty=EVERYBODY), form, segment_id, refused=True), 422
    guard.note("campaign", campaign_id, after.name, f"for: {after.query or 'everybody'}")
    flash("Saved.", "success")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _pasted() -> str:
    """The query with the addresses of a pasted list, each once. Raises Invalid for a list without any."""
    query, pasted = request.form.get("query", "").strip(), request.form.get("pasted", "")
    found = list(dict.fromkeys(one.rstrip(".").lower() for one in _ADDRESS.findall(pasted)))
    if not found:
        raise Invalid("There is no mail address in the list.", "pasted")
    listed = f"email in ({', '.join(found)})"
    said = f"({query}) or {listed}" if query else listed
    if len(said) > LONGEST:
        raise Invalid(
            f"The {len(found):,} addresses are too many for a query. Import them with a tag, and ask for the tag."
        )  # fmt: skip
    return said


def _segment() -> int | None:
    """The segment that the query began with, where there is such a one."""
    given = number(request.form.get("segment_id"))
    try:
        return segments.one(transaction.conn(), auth.principal(), given).id if given else None
    except NotFound:
        return None


def _typed() -> Draft:
    columns = {name: request.form.getlist(name) for name in ("what", "op", "value")}
    return segment_view.of_form(request.form, columns, EVERYBODY)


def _campaign(campaign_id: int) -> Campaign:
    return campaigns.get(transaction.conn(), auth.principal(), campaign_id)


def _page(
    of: Campaign, draft: Draft, form: WhomForm, segment_id: int | None, wrong: str = "", refused: bool = False
) -> str:  # fmt: skip
    conn, who = transaction.conn(), auth.principal()
    about = around.of_campaign(conn, of)
    form.beside(about)
    return render_template(
        "campaign_whom.html", of=of, draft=draft, form=form, editable=of.state in campaigns.EDITABLE, wrong=wrong,
        saved=segments.listed(conn, who), segment_id=segment_id, hints=segment_lines.HINTS,
        free=segment_lines.NO_VALUE, refused=refused or bool(form.errors), around=about,
    )  # fmt: skip
