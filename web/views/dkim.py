"""DKIM keys of the workspace: make one, see its DNS record, have DNS asked, let it sign, put a new one in its place."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.config import Settings
from engine.errors import ConfigError, Invalid
from engine.outbound import signing
from engine.outbound.signing import Key
from engine.people import relays
from web import auth, guard, transaction
from web.confirm import unsure
from web.views.deliveries import viewer_zone

blueprint = Blueprint("dkim", __name__, url_prefix="/settings/dkim")


@blueprint.get("")
def index() -> str:
    """The keys and the form of one more."""
    return _page({})


@blueprint.post("")
def make() -> tuple[str, int] | Response:
    """Make a key; it signs nothing before it is switched on."""
    typed = {name: request.form.get(name, "")[:253] for name in ("domain", "selector", "algorithm")}
    try:
        with transaction.step() as conn:
            key = signing.make(conn, auth.principal(), _settings(), **typed, now=transaction.now())
    except Invalid as error:
        return _page(typed, error), 422
    guard.note("dkim_key", key.id, key.name, key.algorithm)
    flash("The key is made. Publish its record in DNS, then look whether it is there.", "success")
    return _back()


@blueprint.post("/<int:key_id>/check")
def check(key_id: int) -> Response:
    """Ask DNS for the record, and say what it holds."""
    key = _one(key_id)
    found = signing.look(key, _settings())
    if found.found:
        signing.seen(transaction.conn(), auth.principal(), key, transaction.now())
    flash(f"{found.words} {found.todo}".strip(), "success" if found.found else "warning")
    return _back()


@blueprint.post("/<int:key_id>/on")
def switch_on(key_id: int) -> str | Response:
    """Let it sign, once DNS has the record; or all the same, after asking."""
    key = _one(key_id)
    found = signing.look(key, _settings())
    if not found.found:
        then = f"{found.words} Receivers cannot check the signature and may refuse the mail. {found.todo}"
        if page := unsure("Sign although DNS does not show the record?", then, "Sign anyway", url_for(".index")):
            return page
    else:
        signing.seen(transaction.conn(), auth.principal(), key, transaction.now())
    beside = signing.switch_on(transaction.conn(), auth.principal(), key, transaction.now())
    guard.note("dkim_key", key.id, key.name, "" if found.found else "without its record in DNS")
    more = f" The key before signs beside it for {signing.BESIDE} days." if beside else ""
    flash(f"Mail that leaves from now on is signed with {key.selector}.{more}", "success")
    return _back()


@blueprint.post("/<int:key_id>/retire")
def retire(key_id: int) -> str | Response:
    """Let it sign no more, after asking."""
    key = _one(key_id)
    then = "Mail that leaves from now on is no longer signed with it. Leave its record in DNS for a week: mail on its"
    if page := unsure(f"Retire {key.selector}?", f"{then} way still needs it.", "Retire it", url_for(".index")):
        return page
    signing.retire(transaction.conn(), auth.principal(), key, transaction.now())
    guard.note("dkim_key", key.id, key.name)
    flash(f"{key.selector} signs no more.", "success")
    return _back()


@blueprint.post("/<int:key_id>/remove")
def remove(key_id: int) -> str | Response:
    """Forget a key that does not sign, after asking."""
    key = _one(key_id)
    then = "Its secret is forgotten, and cannot be brought back. Take its record out of DNS as well."
    if page := unsure(f"Remove {key.selector}?", then, "Remove it", url_for(".index")):
        return page
    signing.remove(transaction.conn(), auth.principal(), key)
    guard.note("dkim_key", key.id, key.name)
    flash(f"{key.selector} is removed.", "success")
    return _back()


def _page(typed: dict[str, str], wrong: Invalid | None = None) -> str:
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    keys = signing.listed(conn, who, _settings(), now)
    domain = signing.from_domain(conn, who.workspace_id, _settings())
    proposed = {"domain": domain, "selector": signing.propose(keys, now), "algorithm": "rsa"}
    return render_template(
        "dkim.html", own_keys=keys, domain=domain, typed=proposed | {k: v for k, v in typed.items() if v}, wrong=wrong,
        remakes=_remakes(), instance=_settings().dkim_domain, days=signing.BESIDE, zone=viewer_zone(),
    )  # fmt: skip


def _remakes() -> str:
    """The relay that builds mails anew, so that nothing of ours is signed; empty for any other."""
    try:
        relay = relays.relay_for(transaction.conn(), auth.principal().workspace_id, _settings())
    except ConfigError:
        return ""
    return (relay.name or relay.host) if relay.stamp.remakes else ""


def _one(key_id: int) -> Key:
    return signing.one(transaction.conn(), auth.principal(), _settings(), key_id, transaction.now())


def _back() -> Response:
    return redirect(url_for(".index"), 303)


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found
