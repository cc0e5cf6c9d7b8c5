"""Write to one person: a subject, a text, how it looks, and it goes out as a campaign to one. Admins."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.campaigns import one
from engine.campaigns.content.language.faults import Fault, Refused
from engine.campaigns.content.preview import Shown
from engine.campaigns.one import Letter
from engine.conversations.parts import Done
from engine.errors import Invalid
from engine.people import contacts, teams
from web import auth, guard, talk_forms, transaction
from web.talk_forms import Reply
from web.views.content import POLICY
from web.views.deliveries import number

blueprint = Blueprint("campaign_one", __name__, url_prefix="/campaigns/to/<int:contact_id>")
auth.for_admins(blueprint)


@blueprint.get("")
def show(contact_id: int) -> Response:
    """The form."""
    return _page(Letter(contact_id, "", "", number(request.args.get("team"))))


@blueprint.post("/look")
def look(contact_id: int) -> Response:
    """How it looks; nothing is saved."""
    letter = _typed(contact_id)
    try:
        return _page(letter, seen=one.look(transaction.conn(), auth.principal(), letter))
    except Invalid as error:
        return _page(letter, error)


@blueprint.post("")
def send(contact_id: int) -> Reply | Response | tuple[str, int]:
    """Send it, once for a form, and go to the conversation it stands in."""
    letter, who = _typed(contact_id), auth.principal()
    asked = {"act": "one", "contact": contact_id, "team": letter.team_id, "subject": letter.subject,
             "text": letter.body}  # fmt: skip

    def act() -> Done:
        return one.send(transaction.conn(), who, letter, transaction.now())

    def noted() -> None:
        person = contacts.get(transaction.conn(), who.workspace_id, contact_id)
        guard.note("contact", contact_id, person.name or person.email)

    try:
        answer = talk_forms.did(asked, act, noted)
    except Invalid as error:
        wrong = error
        return talk_forms.refused(error, lambda: _page(letter, wrong))
    flash("It is on its way. Their answer comes here.", "success")
    there = _conversation(answer.response["conversation"], letter.team_id)
    return talk_forms.answered(answer, lambda: redirect(there, 303))


def _conversation(conversation_id: int, team_id: int | None) -> str:
    if team_id is None:
        return url_for("conversations.one", conversation_id=conversation_id)
    return url_for("team.conversation", team_id=team_id, conversation_id=conversation_id)


def _typed(contact_id: int) -> Letter:
    form = request.form
    words = form.get("text", "").replace("\0", "").replace("\r\n", "\n")
    return Letter(contact_id, form.get("subject", "").replace("\0", "")[:1000], words, number(form.get("team")))


def _page(letter: Letter, wrong: Invalid | None = None, seen: Shown | None = None) -> Response:
    conn, who = transaction.conn(), auth.principal()
    faults: tuple[Fault, ...] = wrong.faults if isinstance(wrong, Refused) else ()
    page = render_template(
        "campaign_one.html", person=contacts.get(conn, who.workspace_id, letter.contact_id), letter=letter,
        team=teams.get(conn, who, letter.team_id) if letter.team_id is not None else None, seen=seen, faults=faults,
        wrong="" if faults or wrong is None else str(wrong), why_not=one.why_not(conn, who, letter.contact_id),
        action_id=request.form.get("action_id") or talk_forms.fresh(),
    )  # fmt: skip
    response = make_response(page, 200 if wrong is None else 422)
    response.headers["Content-Security-Policy"] = POLICY
    return response
