"""What is done in a conversation: answer, note, assign, close, mark as read, take the person's link back, each at two
places, under the team and of the workspace; and how a team's manager writes to a member of their own accord."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.conversations import access, care, doors, writing
from engine.conversations.parts import Done
from engine.conversations.queries.looking_after import Cared
from engine.errors import Invalid, NotFound
from engine.people import contacts, members
from web import auth, guard, talk_forms, transaction
from web.talk_forms import Reply
from web.views import conversations
from web.views.conversations import blueprint
from web.views.deliveries import number
from web.views.team import blueprint as of_team

Page = Reply | Response | tuple[str, int] | str
Act = Callable[[Cared], Done]


def _at(rule: str) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
    """Put an act of one conversation at both its places."""

    def put(view: Callable[..., Page]) -> Callable[..., Page]:
        under = f"/<int:conversation_id>{rule}"
        blueprint.add_url_rule(under, view.__name__, view, methods=["POST"])
        of_team.add_url_rule(f"/<int:team_id>/conversations{under}", view.__name__, view, methods=["POST"])
        return view

    return put


@_at("/reply")
def reply(conversation_id: int, team_id: int | None = None) -> Page:
    """Mail the person; a refused text comes back as it was typed."""
    text = request.form.get("text", "")
    words = {"text": text, "close": request.form.get("close", "")}

    def act(cared: Cared) -> Done:
        done = writing.mail(transaction.conn(), auth.principal(), cared, text, transaction.now())
        if not words["close"]:
            return done
        closed = care.set_status(transaction.conn(), auth.principal(), cared, "closed", transaction.now())
        return Done(done.response, (*done.changes, *closed.changes), done.followup)

    said = (
        "Sent, and the conversation is closed." if words["close"] else "Sent. The conversation waits for their answer."
    )
    return _done("reply", conversation_id, team_id, words, act, said)


@_at("/note")
def note(conversation_id: int, team_id: int | None = None) -> Page:
    """Write something that only those see who look after the conversation."""
    text = request.form.get("text", "")
    return _done(
        "note", conversation_id, team_id, {"text": text},
        lambda cared: writing.note(transaction.conn(), auth.principal(), cared, text, transaction.now()),
        "Noted. Nobody outside sees it.",
    )  # fmt: skip


@_at("/note/back")
def take_note_back(conversation_id: int, team_id: int | None = None) -> Page:
    """Take one's own note away, after asking."""
    no = number(request.form.get("no")) or 0
    return _done(
        "note_back", conversation_id, team_id, {"no": no},
        lambda cared: writing.take_note_back(transaction.conn(), auth.principal(), cared, no, transaction.now()),
        "The note is taken back.",
    )  # fmt: skip


@_at("/assign")
def assign(conversation_id: int, team_id: int | None = None) -> Page:
    """Give it to somebody, or to nobody."""
    to = number(request.form.get("assignee"))
    return _done(
        "assign", conversation_id, team_id, {"assignee": to},
        lambda cared: care.assign(transaction.conn(), auth.principal(), cared, to or None), "",
    )  # fmt: skip


@_at("/status")
def set_status(conversation_id: int, team_id: int | None = None) -> Page:
    """Open it, let it wait, or close it; the page it leads to can take that back."""
    status = request.form.get("status", "")
    return _done(
        "status", conversation_id, team_id, {"status": status},
        lambda cared: care.set_status(transaction.conn(), auth.principal(), cared, status, transaction.now()),
        {"open": "It is open.", "waiting": "It waits for their answer.", "closed": "It is closed."}.get(status, ""),
    )  # fmt: skip


@_at("/read")
def read(conversation_id: int, team_id: int | None = None) -> Page:
    """One has read it up to a message, or wants it to be unread from there on."""
    no, way = number(request.form.get("no")) or 1, request.form.get("way", "read")
    act = care.unread if way == "unread" else care.read
    return _done(
        "read", conversation_id, team_id, {"no": no, "way": way},
        lambda cared: act(transaction.conn(), auth.principal(), cared, no),
        "It is unread again." if way == "unread" else "Read.",
    )  # fmt: skip


@_at("/link/end")
def end_link(conversation_id: int, team_id: int | None = None) -> Page:
    """Take the person's link back; their next mail has a new one."""
    return _done(
        "link", conversation_id, team_id, {},
        lambda cared: doors.close(transaction.conn(), auth.principal(), cared, transaction.now()),
        "Their link no longer works. The next mail to them has a new one.",
    )  # fmt: skip


def _done(name: str, conversation_id: int, team_id: int | None, words: dict[str, Any], act: Act, said: str) -> Page:
    """Do it once, say so, and go back to the conversation; a refusal shows the page with what was typed."""
    conn, who = transaction.conn(), auth.principal()
    cared = access.to_answer(conn, who, conversation_id, team_id)

    def noted() -> None:
        if guard.act_here():
            guard.note("conversation", cared.id, cared.person, str(words.get("status", "")))

    try:
        answer = talk_forms.did({"act": name, "conversation": conversation_id, **words}, lambda: act(cared), noted)
    except Invalid as error:
        why = str(error)
        return talk_forms.refused(error, lambda: _again(conversation_id, team_id, name, words, why))

    def on() -> Response:
        flash(said or _assigned(answer.response), "success")
        return redirect(
            _page(conversation_id, team_id) + (f"#m{answer.response['no']}" if "no" in answer.response else "#care"),
            303,
        )

    return talk_forms.answered(answer, on)


def _page(conversation_id: int, team_id: int | None) -> str:
    if team_id is None:
        return url_for("conversations.one", conversation_id=conversation_id)
    return url_for("team.conversation", team_id=team_id, conversation_id=conversation_id)


def _assigned(response: Any) -> str:
    return f"It is {response['name']}’s now." if response.get("name") else "It is nobody’s now."


def _again(conversation_id: int, team_id: int | None, name: str, words: dict[str, Any], why: str) -> tuple[str, int]:
    typed = {"form": name.partition("_")[0], "why": why, "text": str(words.get("text", ""))}
    return conversations.page(conversation_id, team_id, **typed), 422


@of_team.get("/<int:team_id>/members/<int:membership_id>/write")
def write(team_id: int, membership_id: int) -> str:
    """The form to write to a member, in their conversation with the team."""
    return _writing(_contact(team_id, membership_id), team_id)


@of_team.post("/<int:team_id>/members/<int:membership_id>/write")
def write_to(team_id: int, membership_id: int) -> Page:
    """Send it."""
    return _write_to(_contact(team_id, membership_id), team_id)


def _contact(team_id: int, membership_id: int) -> int:
    found = members.get(transaction.conn(), auth.principal(), membership_id)
    if found.team_id != team_id or found.left:
        raise NotFound("There is no such member here.")
    return found.contact_id


def _writing(contact_id: int, team_id: int, **typed: str) -> str:
    conn, who = transaction.conn(), auth.principal()
    access.require(conn, who, team_id)
    person = contacts.get(conn, who.workspace_id, contact_id)
    why_not = writing.unreachable(conn, who.workspace_id, person.email, person.standing)
    return render_template(
        "conversation_new.html", person=person, why_not=why_not, typed=typed, action_id=talk_forms.fresh(),
        **conversations.about(team_id),
    )  # fmt: skip


def _write_to(contact_id: int, team_id: int) -> Page:
    conn, who = transaction.conn(), auth.principal()
    subject, text = request.form.get("subject", ""), request.form.get("text", "")
    person = contacts.get(conn, who.workspace_id, contact_id)
    asked = {"act": "write", "contact": contact_id, "team": team_id, "subject": subject, "text": text}

    def act() -> Done:
        return writing.to_person(transaction.conn(), who, contact_id, team_id, subject, text, transaction.now())

    def noted() -> None:
        guard.note("contact", contact_id, person.name or person.email)

    try:
        answer = talk_forms.did(asked, act, noted)
    except Invalid as error:
        kept = {"subject": subject, "text": text, "why": str(error), "field": error.field or ""}
        return talk_forms.refused(error, lambda: (_writing(contact_id, team_id, **kept), 422))
    flash("Sent. Their answer comes here.", "success")
    ident = answer.response["conversation"]
    return talk_forms.answered(answer, lambda: redirect(_page(ident, team_id), 303))


__all__ = ["assign", "blueprint", "end_link", "note", "read", "reply", "set_status", "take_note_back", "write",
           "write_to"]  # fmt: skip
