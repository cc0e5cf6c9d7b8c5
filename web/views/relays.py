"""The workspace's relays: which mail each takes, its limits, its provider's events. Admins may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.config import Settings
from engine.errors import ConfigError, Invalid
from engine.outbound import notices
from engine.outbound.pace import why
from engine.people import contacts, relay_changes, relay_trial, relays, workspaces
from engine.people.relay_changes import Listed
from engine.transports.smtp import probe
from engine.transports.smtp.presets import PRESETS, SMARTHOST
from web import auth, forms, guard, transaction
from web.changes import changed
from web.confirm import unsure
from web.relay_forms import RelayForm, of_preset, of_relay
from web.views.deliveries import viewer_zone

blueprint = Blueprint("relays", __name__, url_prefix="/settings/relays")
auth.for_admins(blueprint)  # a relay's page says where all mail goes

MAIL = {"all": "all mail", "transactional": "transactional mail", "bulk": "bulk mail"}


class Tried(NamedTuple):
    """What a relay said, step by step; with the run of the test mail, where one was sent."""

    relay: relays.RelaySettings
    steps: Sequence[probe.Step]
    to: str
    run_id: int | None


@blueprint.get("")
def index() -> str:
    """The relays, what each takes, and where mail goes as things stand."""
    listed = relay_changes.listed(transaction.conn(), auth.principal())
    return render_template(
        "relays.html", listed=listed, mail=MAIL, presets=PRESETS, form=forms.PressForm(), zone=viewer_zone(),
        whys=why.of_relays(transaction.conn(), [one.relay for one in listed], transaction.now()), **_now(),
    )  # fmt: skip


@blueprint.get("/new")
def new() -> str:
    """The form of one more, with what the chosen provider is known to want."""
    preset = PRESETS.get(request.args.get("preset", ""), SMARTHOST)
    return _page(RelayForm(formdata=None, data=of_preset(preset)), None)


@blueprint.post("/new")
def add() -> tuple[str, int] | Response:
    """Add it; a refused form keeps what was typed, save secrets."""
    form = RelayForm()
    if form.validate():
        try:
            with transaction.step() as conn:
                number = relay_changes.add(conn, auth.principal(), _settings(), form.draft())
                guard.note("relay", number, form.draft().name or form.draft().host)
        except Invalid as error:
            forms.refuse(form, error)
        else:
            flash("The relay is there. Send a test mail to see what it says.", "success")
            return redirect(url_for(".one", relay_id=number), 303)
    return _page(form, None), 422


@blueprint.get("/<int:relay_id>")
def one(relay_id: int) -> str:
    """One relay, its address for events, and what came there last."""
    found = relay_changes.one(transaction.conn(), auth.principal(), relay_id)
    return _page(RelayForm(formdata=None, data=of_relay(found.relay)), found)


@blueprint.post("/<int:relay_id>")
def change(relay_id: int) -> tuple[str, int] | Response:
    """Change it, while mail goes on."""
    found, form = relay_changes.one(transaction.conn(), auth.principal(), relay_id), RelayForm()
    if form.validate():
        try:
            with transaction.step() as conn:
                relay_changes.change(conn, auth.principal(), _settings(), relay_id, form.draft())
                after = relay_changes.one(conn, auth.principal(), relay_id).relay
                guard.note("relay", relay_id, after.name or after.host, _changed(found.relay, after))
        except Invalid as error:
            forms.refuse(form, error)
        else:
            flash("The relay is saved. Mail that leaves from now on goes this way.", "success")
            return redirect(url_for(".one", relay_id=relay_id), 303)
    return _page(form, found), 422


@blueprint.post("/new/try")
def try_new() -> str | tuple[str, int]:
    """Try a relay as it is typed, before it is saved."""
    return _try(None)


@blueprint.post("/<int:relay_id>/try")
def try_one(relay_id: int) -> str | tuple[str, int]:
    """Try a relay with the values of its form, saved or not."""
    return _try(relay_changes.one(transaction.conn(), auth.principal(), relay_id))


@blueprint.post("/instance/try")
def try_instance() -> str:
    """Try the instance's own relay, as its settings say."""
    tried = _tried(relays.instance_relay(_settings()))
    return render_template("relay_tried.html", **tried._asdict())


def _try(found: Listed | None) -> str | tuple[str, int]:
    form = RelayForm()
    relay_id = found.relay.id if found else None
    if form.validate():
        try:
            relay = relay_trial.drafted(transaction.conn(), auth.principal(), _settings(), form.draft(), relay_id)
        except Invalid as error:
            forms.refuse(form, error)
        else:
            return _page(form, found, _tried(relay))
    return _page(form, found), 422


def _tried(found: relays.RelaySettings) -> Tried:
    """What the relay said, step by step; and a notice through the ledger where such mail goes by it anyway."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    relay, sender = relay_trial.as_relay(conn, who, _settings(), found)
    to = contacts.get(conn, who.workspace_id, who.contact_id or 0).email
    transaction.commit()  # nothing is written yet, and a server that does not answer must hold no transaction
    steps = probe.probe(relay, sender, to)
    guard.note("relay", found.id, found.name or found.host, "" if steps[-1].ok else f"it stopped at {steps[-1].name}")
    run_id = _notice(found, now) if all(step.ok for step in steps) else None
    return Tried(found, steps, to, run_id)


def _notice(found: relays.RelaySettings, now: datetime) -> int | None:
    """The run of a test mail by the ledger, where the relay, as it is stored, is the one that takes such mail now."""
    conn, who = transaction.conn(), auth.principal()
    first = relays.relay_for(conn, who.workspace_id, _settings())
    same = (first.lane, first.host, first.port, first.user) == (found.lane, found.host, found.port, found.user)
    if not same or first.password != found.password:
        return None
    sent = notices.send_notice(conn, who.workspace_id, who.contact_id or 0, "notice_test", {}, now)
    transaction.follow(sent.followup)
    return sent.run_id


@blueprint.post("/<int:relay_id>/remove")
def remove(relay_id: int) -> str | Response:
    """Forget it, after asking."""
    found = relay_changes.one(transaction.conn(), auth.principal(), relay_id)
    name = found.relay.name or found.relay.host
    then = "Its login and the key of its events are forgotten. Its mail goes to the next relay that fits."
    if page := unsure(f"Remove {name}?", then, "Remove it", url_for(".one", relay_id=relay_id)):
        return page
    relay_changes.remove(transaction.conn(), auth.principal(), relay_id)
    guard.note("relay", relay_id, name)
    flash(f"{name} is removed.", "success")
    return redirect(url_for(".index"), 303)


def _page(form: RelayForm, found: Listed | None, tried: Tried | None = None) -> str:
    preset = PRESETS.get(form.preset.data, SMARTHOST)
    form.fit(preset, found.relay if found else None, bool(found and found.proven))
    relay = found.relay if found else None
    return render_template(
        "relay.html", form=form, found=found, relay=relay, preset=preset, press=forms.PressForm(),
        hook=_hook(relay) if relay and PRESETS[relay.preset].key else "", zone=viewer_zone(),
        tried=tried,
    )  # fmt: skip


def _changed(before: relays.RelaySettings, after: relays.RelaySettings) -> str:
    """What a save changed, without anything that is secret."""
    old, new = ({f.name: getattr(one, f.name) for f in fields(one) if f.repr} for one in (before, after))
    return changed(old, new)


def _hook(relay: relays.RelaySettings) -> str:
    """The address to paste at the provider."""
    workspace = workspaces.get(transaction.conn(), auth.principal().workspace_id)
    base = (workspace.base_url or _settings().base_url).rstrip("/")
    scheme, _, rest = f"{base}{relay.hook_path}".partition("://")
    return f"{scheme}://sixpm:PASSWORD@{rest}" if relay.preset == "postmark" else f"{scheme}://{rest}"


def _now() -> dict[str, Any]:
    """The first relay for either kind of mail as things stand, or what is missing."""
    conn, workspace_id = transaction.conn(), auth.principal().workspace_id
    try:
        found = {
            purpose: relays.relays_for(conn, workspace_id, _settings(), purpose)[0]
            for purpose in ("transactional", "bulk")
        }
    except ConfigError as error:
        return {"now": {}, "problem": str(error)}
    return {"now": found, "problem": "", "instance_relay": _instance_has_one()}


def _instance_has_one() -> bool:
    """Whether there is a relay of the instance, or a catcher, to be tried."""
    try:
        return bool(relays.instance_relay(_settings()))
    except ConfigError:
        return False


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found
