"""One person: what is known of them, what they want to get, what happened to them; changed, taken along, erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms.fields.choices import SelectChoice

from engine.errors import Invalid
from engine.people import consent
from engine.people.acts import ACTS
from engine.people.directory import knowing, person, timeline
from engine.people.directory.person import Person
from engine.rounds import schedule
from web import auth, forms, guard, transaction
from web.confirm import unsure
from web.contact_forms import CHANNEL_NAMES, ConsentForm, SuppressForm, typed_of, with_attributes
from web.views.contacts import blueprint, secret
from web.views.deliveries import people, viewer_zone

Page = str | tuple[str, int]
SOURCES = {
    "import": "from a list", "form": "by a form", "person": "they said so themselves", "admin": "written down here",
    "api": "by another program",
}  # fmt: skip
SHOWN = {"": "All", "mails": "Mails", "answers": "Answers", "consent": "Consent", "changes": "Changes"}
REASONS = {
    "bounce": "mail came back", "bounced": "mail came back", "complaint": "they called it spam",
    "complained": "they called it spam", "unsubscribe": "they unsubscribed", "manual": "by hand",
}  # fmt: skip


@blueprint.get("/<int:contact_id>")
def one(contact_id: int) -> str:
    """The page of a person."""
    return _page(contact_id, _consent_form(formdata=None), SuppressForm(formdata=None))


@blueprint.get("/<int:contact_id>/edit")
def edit(contact_id: int) -> str:
    """The form of what is known of them."""
    conn, who = transaction.conn(), auth.principal()
    found = person.get(conn, who, contact_id, secret())
    defined = knowing.attributes(conn, who.workspace_id)
    data = typed_of(found, defined, knowing.shown)
    form = with_attributes(defined)(formdata=None, data=data)
    return render_template("contact_form.html", form=form, of=found, defined=defined)


@blueprint.post("/<int:contact_id>/edit")
def change(contact_id: int) -> Page | AnyResponse:
    """Let what was typed hold. A new zone moves what falls due next in their teams."""
    conn, who = transaction.conn(), auth.principal()
    before = person.get(conn, who, contact_id, secret())
    defined = knowing.attributes(conn, who.workspace_id)
    form = with_attributes(defined)()
    if form.validate():
        try:
            with transaction.step() as conn:
                person.change(conn, who, contact_id, form.given(defined, request.form), secret())
        except Invalid as error:
            forms.refuse(form, error)
        else:
            after = person.get(conn, who, contact_id, secret())
            _note_change(before, after)
            if members := [team.membership_id for team in after.teams]:
                schedule.reschedule(conn, who.workspace_id, members, transaction.now())
            flash("Saved.", "success")
            return redirect(url_for("contacts.one", contact_id=contact_id), 303)
    return render_template("contact_form.html", form=form, of=before, defined=defined), 422


def _note_change(before: Person, after: Person) -> None:
    """What changed, by name: values of attributes stay out of the record, which is kept when the person is erased."""
    names = ("email", "name", "zone", "locale", "tags", "elsewhere", "attributes", "tracked")
    which = [name for name in names if getattr(before, name) != getattr(after, name)]
    guard.note("contact", after.id, after.title, ", ".join(which))


@blueprint.post("/<int:contact_id>/consent")
def say(contact_id: int) -> Page | AnyResponse:
    """Write down what they said they want to get."""
    conn, who, now, form = transaction.conn(), auth.principal(), transaction.now(), _consent_form()
    found = person.get(conn, who, contact_id, secret())
    if not form.validate() or found.erased_at:
        return _page(contact_id, form, SuppressForm(formdata=None)), 422
    said = form.channel.data, form.topic.data, form.state.data
    consent.say(conn, who.workspace_id, contact_id, *said, "admin", form.evidence.data, who.actor, now)
    topic = next((choice.label for choice in form.topic.choices if choice.value == form.topic.data), "")
    guard.note("contact", contact_id, found.title, f"{said[0]}, {topic}: {said[2]}")
    flash("Written down.", "success")
    return redirect(_back(contact_id, "#consent"), 303)


@blueprint.post("/<int:contact_id>/suppress")
def suppress(contact_id: int) -> Page | AnyResponse:
    """Let them get nothing more by a channel, after asking."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    found = person.get(conn, who, contact_id, secret())
    form = _suppress_form(found)
    if form.validate():
        channel = _channel(form.place.data)
        ask, then = f"Send {found.title} nothing more by {channel}?", "Check-ins stop too. You can undo it here."
        if page := unsure(ask, then, "Send nothing more", _back(contact_id)):
            return page
        try:
            with transaction.step() as conn:
                person.suppress(conn, who, contact_id, form.place.data, form.why.data, secret(), now)
        except Invalid as error:
            forms.refuse(form, error)
        else:
            guard.note("contact", contact_id, found.title, f"{channel}: {form.why.data}")
            flash(f"They get nothing more by {channel}.", "success")
            return redirect(_back(contact_id, "#suppression"), 303)
    return _page(contact_id, _consent_form(formdata=None), form), 422


@blueprint.post("/<int:contact_id>/lift")
def lift(contact_id: int) -> str | AnyResponse:
    """Let them get something by a channel again, after asking."""
    conn, who, channel = transaction.conn(), auth.principal(), request.form.get("channel", "mail")[:30]
    found = person.get(conn, who, contact_id, secret())
    why = found.suppressed.get(channel)
    then = f"They got nothing because: {REASONS.get(why.reason, why.reason)}." if why else "They get something already."
    if page := unsure(f"Let {found.title} get {_channel(channel)} again?", then, "Let them", _back(contact_id)):
        return page
    person.lift(conn, who, contact_id, channel, secret())
    guard.note("contact", contact_id, found.title, channel)
    flash(f"They can get {_channel(channel)} again.", "success")
    return redirect(_back(contact_id, "#suppression"), 303)


def _page(contact_id: int, form: ConsentForm, stop: SuppressForm) -> str:
    conn, who = transaction.conn(), auth.principal()
    found = person.get(conn, who, contact_id, secret())
    shown = request.args.get("show", "")
    steps = timeline.page(conn, who, contact_id, shown, _before())
    stop.place.choices = _channels(found)
    return render_template(
        "contact.html", of=found, form=form, stop=stop, steps=steps, acts=ACTS, shown=shown if shown in SHOWN else "",
        tabs=SHOWN, sources=SOURCES, reasons=REASONS, channels=CHANNEL_NAMES, zone=viewer_zone(),
        who=people(word.actor for word in found.words), later="at" in request.args,
    )  # fmt: skip


def _before() -> tuple[datetime, str] | None:
    """The place in the timeline, from the query."""
    try:
        at = datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        return None
    return (at, request.args.get("key", "").replace("\0", "")[:100]) if at.tzinfo and 1 < at.year < 9999 else None


def _consent_form(**values: Any) -> ConsentForm:
    form = ConsentForm(**values)
    topics = knowing.topics(transaction.conn(), auth.principal().workspace_id)
    form.topic.choices = [
        SelectChoice(consent.WHOLE, "Everything there"), *(SelectChoice(topic.id, topic.name) for topic in topics),
    ]  # fmt: skip
    return form


def _suppress_form(of: Person) -> SuppressForm:
    form = SuppressForm()
    form.place.choices = _channels(of)
    return form


def _channels(of: Person) -> list[SelectChoice]:
    found = (["mail"] if of.email else []) + [platform for platform, _ in of.elsewhere]
    return [SelectChoice(name, _channel(name)) for name in dict.fromkeys(found)]


def _channel(name: str) -> str:
    return "mail" if name == "mail" else CHANNEL_NAMES.get(name, name)


def _back(contact_id: int, place: str = "") -> str:
    return url_for("contacts.one", contact_id=contact_id) + place
