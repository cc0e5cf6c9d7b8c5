"""People of the workspace beyond its teams: the list, adding, attributes and topics. One of them: web.views.contact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import db
from engine.config import required
from engine.config import settings as read_settings
from engine.errors import Invalid
from engine.people import teams
from engine.people.directory import knowing, listing, person
from engine.people.directory.knowing import Attribute
from engine.people.directory.listing import STANDINGS, Which
from engine.people.principal import Principal
from web import auth, forms, guard, sheets, shown, transaction
from web.confirm import unsure
from web.contact_forms import AttributeForm, TopicForm, with_attributes
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")
auth.for_accounts(blueprint)

Page = str | tuple[str, int]
SAYS = {"given": "wants it", "withdrawn": "does not want it"}
WORDS = ("q", "tag", "team", "standing", "consent", "suppressed")
HEAD = ("id", "address", "name", "zone", "language", "standing", "tags", "elsewhere", "consent")


@blueprint.get("")
def index() -> str:
    """The list; every word of its filter is in the URL."""
    conn, who, words = transaction.conn(), auth.principal(), _words()
    return render_template(
        "contacts.html", found=listing.listed(conn, who, _which(words)), words=words, standings=STANDINGS,
        says=SAYS, teams=teams.visible(conn, who), tags=listing.tags(conn, who),
        topics=knowing.topics(conn, who.workspace_id), zone=viewer_zone(), later="before" in request.args,
    )  # fmt: skip


@blueprint.get("/list.csv")
def as_csv() -> Response:
    """All of a filter as a sheet, with a column for each attribute."""
    who, zone = auth.principal(), viewer_zone()
    defined = knowing.attributes(transaction.conn(), who.workspace_id)
    names = [f"attribute {one.name}" for one in defined]
    head = (*HEAD, *names, f"since ({zone})", "since (UTC)")
    return sheets.download("contacts", head, _rows(who, _which(_words()), defined, zone))


def _rows(
    who: Principal, which: Which, defined: Sequence[Attribute], zone: str
) -> Iterator[tuple[object, ...]]:  # fmt: skip
    for found in listing.slices(db.begin, who, which):
        for row in found:
            values = [knowing.shown(one.kind, row.attributes.get(one.name)) for one in defined]
            since = shown.local(row.made_at, zone), shown.local(row.made_at, "UTC")
            yield (
                row.id, row.email, row.name, row.zone or "", row.locale, row.standing, " ".join(row.tags),
                row.elsewhere or "", row.consent or "", *values, *since,
            )  # fmt: skip


@blueprint.get("/new")
def new() -> str:
    """The form of a new person."""
    return render_template("contact_form.html", form=_form(formdata=None), of=None, defined=_defined())


@blueprint.post("/new")
def add() -> Page | AnyResponse:
    """Add a person."""
    defined = _defined()
    form, who = with_attributes(defined)(), auth.principal()
    if form.validate():
        try:
            with transaction.step() as conn:
                made = person.add(conn, who, form.given(defined, request.form), secret())
        except Invalid as error:
            forms.refuse(form, error)
        else:
            guard.note("contact", made, form.name.data or form.email.data)
            flash(f"{form.name.data or form.email.data} is here now.", "success")
            return redirect(url_for("contacts.one", contact_id=made), 303)
    return render_template("contact_form.html", form=form, of=None, defined=defined), 422


def secret() -> str:
    """What hashes of addresses are keyed with."""
    return required(read_settings().secret_key, "secret_key")


def _defined() -> list[Attribute]:
    return knowing.attributes(transaction.conn(), auth.principal().workspace_id)


def _form(**values: Any) -> Any:
    return with_attributes(_defined())(**values)


# ---- what may be known ----------------------------------------------------------------------------------------------


@blueprint.get("/attributes")
def attributes() -> str:
    """The attributes that people may have, and a form for one more."""
    return _attributes(AttributeForm(formdata=None))


@blueprint.post("/attributes")
def define() -> Page | AnyResponse:
    """Make an attribute."""
    form, who = AttributeForm(), auth.principal()
    if form.validate():
        try:
            with transaction.step() as conn:
                made = knowing.define(conn, who, form.name.data, form.label.data or "", form.kind.data)
        except Invalid as error:
            forms.refuse(form, error)
        else:
            guard.note("attribute", made, form.name.data)
            flash("People can have it from now on.", "success")
            return redirect(url_for(".attributes"), 303)
    return _attributes(form), 422


@blueprint.post("/attributes/<int:attribute_id>/remove")
def remove_attribute(attribute_id: int) -> AnyResponse:
    """Forget an attribute that nobody has."""
    try:
        with transaction.step() as conn:
            gone = knowing.drop(conn, auth.principal(), attribute_id)
        guard.note("attribute", attribute_id, gone.name)
        flash(f"“{gone.title}” is gone.", "success")
    except Invalid as error:
        flash(str(error), "error")
    return redirect(url_for(".attributes"), 303)


def _attributes(form: AttributeForm) -> str:
    return render_template("contact_attributes.html", form=form, found=_defined(), kinds=knowing.KINDS)


@blueprint.get("/topics")
def topics() -> str:
    """What people can choose to hear of, and a form for one more."""
    return _topics(TopicForm(formdata=None))


@blueprint.post("/topics")
def make_topic() -> Page | AnyResponse:
    """Make a topic."""
    form, who = TopicForm(), auth.principal()
    if form.validate():
        try:
            with transaction.step() as conn:
                made = knowing.make_topic(conn, who, form.name.data, form.words.data or "")
        except Invalid as error:
            forms.refuse(form, error)
        else:
            guard.note("topic", made, form.name.data)
            flash("People can choose it from now on.", "success")
            return redirect(url_for(".topics"), 303)
    return _topics(form), 422


@blueprint.post("/topics/<int:topic_id>")
def rename_topic(topic_id: int) -> Page | AnyResponse:
    """Call it something else."""
    form, who = TopicForm(), auth.principal()
    if form.validate():
        try:
            with transaction.step() as conn:
                done = knowing.rename_topic(conn, who, topic_id, form.name.data, form.words.data or "")
        except Invalid as error:
            forms.refuse(form, error)
        else:
            guard.note("topic", topic_id, done.name)
            flash("Saved. Queries that name it by its old name have to be changed.", "success")
            return redirect(url_for(".topics"), 303)
    return _topics(TopicForm(formdata=None), topic_id, form), 422


@blueprint.post("/topics/<int:topic_id>/archive")
def archive_topic(topic_id: int) -> str | AnyResponse:
    """Ask nobody about a topic any more, after asking."""
    found = next((one for one in _all_topics() if one.id == topic_id), None)
    then = "Nobody can choose it any more. What people said of it stays, and you can bring it back."
    if found and (page := unsure(f"Archive “{found.name}”?", then, "Archive it", url_for(".topics"), danger=False)):
        return page
    done = knowing.archive_topic(transaction.conn(), auth.principal(), topic_id, True, transaction.now())
    guard.note("topic", topic_id, done.name)
    return redirect(url_for(".topics"), 303)


@blueprint.post("/topics/<int:topic_id>/restore")
def restore_topic(topic_id: int) -> AnyResponse:
    """Ask about it again."""
    done = knowing.archive_topic(transaction.conn(), auth.principal(), topic_id, False, transaction.now())
    guard.note("topic", topic_id, done.name)
    return redirect(url_for(".topics"), 303)


def _all_topics() -> list[knowing.Topic]:
    return knowing.topics(transaction.conn(), auth.principal().workspace_id, archived=True)


def _topics(form: TopicForm, changed: int = 0, typed: TopicForm | None = None) -> str:
    """The page; `typed` is what was refused of the topic `changed`."""
    return render_template("contact_topics.html", form=form, found=_all_topics(), changed=changed, typed=typed)


# ---- the filter -----------------------------------------------------------------------------------------------------


def _words() -> dict[str, Any]:
    """The filter as words of a URL."""
    found = {name: request.args.get(name, "").replace("\0", "")[:200].strip() for name in WORDS}
    return {name: value for name, value in found.items() if value}


def _which(words: dict[str, Any]) -> Which:
    """`consent` is "mail:given", or with a topic "mail:given:7"."""
    channel, _, rest = words.get("consent", "").partition(":")
    said, _, topic = rest.partition(":")
    return Which(
        words=listing.words_of(words.get("q", "")),
        tag=words.get("tag", "").lstrip("#").casefold(),
        team_id=number(words.get("team")),
        standing=words["standing"] if words.get("standing") in STANDINGS else "",
        channel=channel, topic_id=number(topic) or 0, said=said if said in SAYS else "",
        suppressed="mail" if "suppressed" in words else "",
        before=number(request.args.get("before")),
    )  # fmt: skip


from web.views import contact, contact_data  # noqa: E402, F401  # the pages of one person, parts of this blueprint
