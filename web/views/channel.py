"""A team's channels on a page, and each channel's own: what it gets, its name and secret, how its posts fared."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.config import Settings
from engine.errors import ConfigError, Invalid, NotFound
from engine.outbound import channel_posts
from engine.people import access, connections, teams
from engine.people.connections import Channel
from engine.people.teams import Team
from engine.rounds import posting
from engine.rounds.queries import hours
from engine.transports import registry
from engine.transports.service import SECRET
from web import auth, channel_words, forms, guard, transaction
from web.channel_words import Told
from web.team_forms import ChangeChannelForm, change_channel_form
from web.views.deliveries import viewer_zone
from web.views.team import _team_name, blueprint


def settings() -> Settings:
    """The instance's."""
    found: Settings = current_app.extensions["sixpm_settings"]
    return found


@blueprint.get("/<int:team_id>/channels")
def channels(team_id: int) -> str:
    """The team's channels: how each stands, what it gets, and when it took its last post."""
    conn, who = transaction.conn(), auth.principal()
    role = access.require_seeing(conn, who, team_id)
    team = teams.get(conn, who, team_id)
    return render_template(
        "team_channels.html",
        team=team,
        manager=role == "manager",
        channels=connections.of_team(conn, who, team_id),
        told=words(team),
        last=channel_posts.last_posts(conn, who.workspace_id, team_id),
        follows=channel_words.follows,
        zone=viewer_zone(),
    )


@blueprint.get("/<int:team_id>/channels/<int:channel_id>")
def channel(team_id: int, channel_id: int) -> str:
    """One channel, for managers."""
    found = managed(team_id, channel_id)
    return _page(found, change_channel_form(found.kind, formdata=None, name=found.name, gets=found.gets))


@blueprint.post("/<int:team_id>/channels/<int:channel_id>")
def change_channel(team_id: int, channel_id: int) -> tuple[str, int] | Response:
    """Rename it, choose what it gets, replace its secret."""
    found, who = managed(team_id, channel_id), auth.principal()
    form = change_channel_form(found.kind)
    if form.validate():
        try:
            with transaction.step() as conn:
                secret = _checked(found, form.new_secret())
                connections.change(conn, who, channel_id, form.name.data, form.gets.data, secret, settings())
                if "digest" not in found.gets and "digest" in form.gets.data:
                    posting.begin(conn, who.workspace_id, channel_id, transaction.now())
            guard.note("channel", channel_id, form.name.data, _changes(found, form, secret))
            then = " Send a test post to see that the new secret works." if secret else ""
            flash(f"{form.name.data} is saved.{then}", "success")
            return redirect(url_for(".channel", team_id=team_id, channel_id=channel_id), 303)
        except Invalid as error:
            forms.refuse(form, error)
    return _page(found, form), 422


@blueprint.post("/<int:team_id>/channels/<int:channel_id>/again")
def send_posts_again(team_id: int, channel_id: int) -> Response:
    """Send the posts once more that failed while it was broken. A second click finds none."""
    found, who, conn = managed(team_id, channel_id), auth.principal(), transaction.conn()
    here = url_for(".channel", team_id=team_id, channel_id=channel_id)
    if found.state != "active":
        flash("The channel is not mended yet, so they would only fail again. Send a test post first.", "error")
        return redirect(here, 303)
    sent, followup = channel_posts.send_again(conn, who.workspace_id, channel_id, transaction.now(), who.actor)
    transaction.follow(followup)
    if sent:
        guard.note("channel", channel_id, found.name, f"{sent}, {_team_name(team_id)}")
    flash(f"{_posts(sent)} on the way." if sent else "There is nothing left to send again.", "success")
    return redirect(here, 303)


def managed(team_id: int, channel_id: int) -> Channel:
    """A channel of the team that the signed-in person may change. Raises NotFound, NotAllowed."""
    conn, who = transaction.conn(), auth.principal()
    access.require_manager(conn, who, team_id)
    for one in connections.of_team(conn, who, team_id):
        if one.id == channel_id:
            return one
    raise NotFound("There is no such channel here.")


def words(team: Team) -> list[Told]:
    """What the team's channels can get, each with when it is posted."""
    conn, who = transaction.conn(), auth.principal()
    return channel_words.told(team, hours.schedule(conn, who.workspace_id, team.id), transaction.now())


def back(team_id: int) -> str:
    """Where channels are listed."""
    return url_for(".channels", team_id=team_id)


def _page(found: Channel, form: ChangeChannelForm) -> str:
    conn, who = transaction.conn(), auth.principal()
    team = teams.get(conn, who, found.team_id)
    return render_template(
        "team_channel.html",
        team=team,
        channel=found,
        service=registry.service(found.kind),
        form=form,
        told=words(team),
        failures=channel_posts.failures(conn, who.workspace_id, found.id),
        unsent=channel_posts.unsent(conn, who.workspace_id, found.id, transaction.now()),
        follows=channel_words.follows,
        next=channel_words.NEXT,
        zone=viewer_zone(),
    )


def _checked(found: Channel, secret: str | None) -> str | None:
    """The new secret, if there is one and the transport would take it. Raises Invalid."""
    if secret:
        try:
            registry.build(found.kind, found.config, secret, settings()).close()
        except ConfigError as error:
            raise Invalid(str(error), SECRET) from error
    return secret


def _changes(found: Channel, form: ChangeChannelForm, secret: str | None) -> str:
    """What changed, for the record of acts."""
    gets = ", ".join(channel_words.LABELS[one].lower() for one in form.gets.data)
    told = (
        f"was {found.name}" if found.name != form.name.data else "",
        f"gets {gets}" if set(found.gets) != set(form.gets.data) else "",
        "a new secret" if secret else "",
    )
    return "; ".join(filter(None, told))


def _posts(count: int) -> str:
    return "One post is" if count == 1 else f"{count} posts are"
