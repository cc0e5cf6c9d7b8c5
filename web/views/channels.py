"""A team's chat channels: connect one, try it, disconnect it, connect it again. Managers may.

What each gets, and how its posts fared, is in web/views/channel.py.
"""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from engine.errors import ConfigError, Invalid, NotFound, TransportError
from engine.people import access, allowlist, connections, teams
from engine.rounds import posting
from engine.transports import registry
from engine.transports.base import Key, Post
from engine.transports.service import SECRET, Service
from web import auth, forms, guard, transaction
from web.confirm import unsure
from web.team_forms import ChannelForm, channel_form
from web.views.channel import back, managed, settings, words
from web.views.team import _team_name, blueprint

OFFERED = {kind: service for kind, service in registry.SERVICES.items() if service.offered}


@blueprint.get("/<int:team_id>/channels/new")
def new_channel(team_id: int) -> str:
    """The form for one more channel, of the service that is asked for."""
    access.require_manager(transaction.conn(), auth.principal(), team_id)
    return _page(team_id, channel_form(_service(request.args.get("kind", "slack")), formdata=None, gets=["entries"]))


@blueprint.post("/<int:team_id>/channels/new")
def connect(team_id: int) -> tuple[str, int] | Response:
    """Connect a channel whose settings the transport accepts; the form keeps all but the secret."""
    who = auth.principal()
    access.require_manager(transaction.conn(), who, team_id)
    form = channel_form(_service(request.form.get("kind", "")))
    if form.validate():
        try:
            with transaction.step() as conn:
                config, secret = _checked(form)
                channel_id = connections.connect(
                    conn, who, team_id, form.service.kind, form.name.data, config, secret, settings(), form.gets.data
                )
                posting.begin(conn, who.workspace_id, channel_id, transaction.now())
            guard.note("channel", channel_id, form.name.data, f"{form.service.kind}, of {_team_name(team_id)}")
            flash(f"{form.name.data} is connected. Send a test post to see that it arrives.", "success")
            return redirect(back(team_id), 303)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(team_id, form), 422


@blueprint.post("/<int:team_id>/channels/<int:channel_id>/test")
def test_channel(team_id: int, channel_id: int) -> Response:
    """Send a test post now and say what the service answered; a success mends a failing channel."""
    channel = managed(team_id, channel_id)
    opened = connections.opened(transaction.conn(), auth.principal().workspace_id, channel.id, settings())
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    who = auth.principal()
    transaction.commit()  # the service may take seconds; no transaction waits for it
    try:
        receipt = _post(opened, f"A test post from sixpm: what {team.name} gets done will come here.")
    except (TransportError, ConfigError) as error:
        flash(f"{channel.name} did not take the test post. It said: {error}", "error")
        return redirect(back(team_id), 303)
    connections.mend(transaction.conn(), who, channel.id, transaction.now(), settings())
    guard.note("channel", channel.id, channel.name, receipt, who=who)
    flash(f"{channel.name} took the test post: {receipt}", "success")
    return redirect(back(team_id), 303)


@blueprint.post("/<int:team_id>/channels/<int:channel_id>/disconnect")
def disconnect(team_id: int, channel_id: int) -> str | Response:
    """Send nothing more there, after asking; its settings stay."""
    channel = managed(team_id, channel_id)
    then = "It gets no more posts. Its settings stay, so that you can connect it again."
    if page := unsure(f"Disconnect {channel.name}?", then, "Disconnect", back(team_id)):
        return page
    connections.disconnect(transaction.conn(), auth.principal(), channel.id, transaction.now())
    guard.note("channel", channel.id, channel.name, _team_name(team_id))
    flash(f"{channel.name} is disconnected.", "success")
    return redirect(back(team_id), 303)


@blueprint.post("/<int:team_id>/channels/<int:channel_id>/mend")
def mend_channel(team_id: int, channel_id: int) -> Response:
    """Connect it again."""
    channel = managed(team_id, channel_id)
    connections.mend(transaction.conn(), auth.principal(), channel.id, transaction.now(), settings())
    posting.begin(transaction.conn(), auth.principal().workspace_id, channel.id, transaction.now())
    guard.note("channel", channel.id, channel.name, _team_name(team_id))
    flash(f"{channel.name} is connected again.", "success")
    return redirect(back(team_id), 303)


def _post(channel: connections.Channel, text: str) -> str:
    allowlist.check_channel(settings(), channel.kind, channel.config, channel.secret)
    transport = registry.build(channel.kind, channel.config, channel.secret, settings())
    try:
        receipt = transport.send(Post(Key(0, 0, 0), "", text, {"type": "test"}, idempotency=uuid.uuid4().hex))
    finally:
        transport.close()
    return f"{receipt.code} {receipt.reply}".strip()


def _checked(form: ChannelForm) -> tuple[dict[str, str], str | None]:
    """Config and secret of the form. Raises Invalid for what is missing or what the transport will not take."""
    typed = form.typed()
    for field in form.service.fields:
        if wrong := field.refusal(typed.get(field.name, "")):
            raise Invalid(wrong, field.name)
    secret = typed.pop(SECRET, None)
    try:
        registry.build(form.service.kind, typed, secret, settings()).close()
    except ConfigError as error:
        raise Invalid(str(error), SECRET) from error
    return typed, secret


def _service(kind: str) -> Service:
    """A service that the page offers. Raises NotFound."""
    if kind not in OFFERED:
        raise NotFound("There is no such chat service here.")
    return OFFERED[kind]


def _page(team_id: int, form: ChannelForm) -> str:
    team = teams.get(transaction.conn(), auth.principal(), team_id)
    return render_template(
        "team_new_channel.html", team=team, form=form, service=form.service, services=OFFERED.values(),
        told=words(team),
    )  # fmt: skip
