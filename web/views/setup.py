"""The first visit: the workspace and its owner, then what mail needs, then a real test mail; or the demo team."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_login import login_required
from werkzeug.wrappers import Response

from engine import log
from engine.config import Settings
from engine.errors import ConfigError, Invalid, NotAllowed
from engine.outbound import notices
from engine.people import accounts, relays, workspaces
from engine.rounds import demo
from web import auth, forms, guard, plain_form, transaction
from web.plain_form import AddressForm

_log = log.get(__name__)
blueprint = Blueprint("setup", __name__, url_prefix="/setup")


@blueprint.get("")
def first() -> str | Response:
    """The form of the first visit; once there is a workspace it leads to sign-in."""
    if workspaces.any_made(transaction.conn()):
        return redirect(url_for("signin.sign_in"))
    return _first_page(forms.SetupForm())


@blueprint.post("")
def make() -> tuple[str, int] | Response:
    """Make the workspace and its owner, who is then signed in."""
    _refuse_second()
    form = forms.SetupForm()
    if form.validate():
        try:
            workspaces.check_setup_code(_settings(), form.code.data or "")
            with transaction.step() as conn:
                account = workspaces.set_up(conn, form.name.data, form.person.data, form.email.data, form.password.data)
        except Invalid as error:
            forms.refuse(form, error)
        else:
            auth.start_session(account, "setup")
            guard.note("workspace", account.workspace_id, form.name.data, who=account.principal)
            return redirect(url_for("setup.mail"))
    return _first_page(form), 422


@blueprint.post("/demo")
def load_demo() -> Response:
    """Load the demo team and sign in as its owner. Only locally: elsewhere any stranger could become that owner."""
    _refuse_second()
    if _settings().env != "local":
        raise NotAllowed("Only a local instance has a demo team. Set this one up with the form.")
    now = transaction.now()
    made = demo.load(transaction.conn(), now, due_at=now + demo.SOON)
    account = accounts.get(transaction.conn(), made.workspace_id, made.account_id)
    auth.start_session(account, "setup")
    guard.note("workspace", account.workspace_id, "the demo team", who=account.principal)
    flash("The demo team is here, and you are Ada, its owner. Everybody is asked now: see the mailbox.", "success")
    return redirect(url_for("team.show", team_id=made.team_id))


@blueprint.get("/mail")
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def mail() -> str:
    """What a real instance needs, filled with what holds now."""
    return _mail_page(forms.MailForm(data=_present()))


@blueprint.post("/mail")
@login_required  # type: ignore[untyped-decorator]
def save_mail() -> tuple[str, int] | Response:
    """Keep the mail settings."""
    form = forms.MailForm()
    if form.validate():
        try:
            with transaction.step() as conn:
                before = _present()
                _save(conn, form)
                guard.note("workspace", auth.principal().workspace_id, "", _changed(before, _present()))
        except Invalid as error:
            forms.refuse(form, error)
        else:
            flash("The mail settings are saved. Send yourself a test mail.", "success")
            return redirect(url_for("setup.mail"))
    return _mail_page(form), 422


@blueprint.post("/address")
@login_required  # type: ignore[untyped-decorator]
def set_address() -> tuple[str, int] | Response:
    """Set the address at which the workspace is written to."""
    form, who = AddressForm(), auth.principal()
    if plain_form.saved(form, None, workspaces.get(transaction.conn(), who.workspace_id).name):
        return redirect(url_for("setup.mail", _anchor="address"), 303)
    return _mail_page(forms.MailForm(formdata=None, data=_present()), form), 422


@blueprint.post("/test")
@login_required  # type: ignore[untyped-decorator]
def send_test() -> Response:
    """Plan a real mail to oneself, as any other mail: through the ledger, a worker and the relay."""
    principal = auth.principal()
    principal.require_admin()
    assert principal.contact_id is not None  # a session always has one
    sent = notices.send_notice(
        transaction.conn(), principal.workspace_id, principal.contact_id, "notice_test", {}, transaction.now()
    )
    transaction.follow(sent.followup)
    guard.note("run", sent.run_id)
    return redirect(url_for("setup.test", run_id=sent.run_id))


@blueprint.get("/test/<int:run_id>")
@login_required  # type: ignore[untyped-decorator]
def test(run_id: int) -> str:
    """What became of the test mail, asked again every two seconds."""
    return render_template("setup_test.html", run_id=run_id, row=_test_state(run_id), **_how())


@blueprint.get("/test/<int:run_id>/state")
@login_required  # type: ignore[untyped-decorator]
def test_state(run_id: int) -> str:
    """The part of that page that changes."""
    return render_template("setup_test_state.html", row=_test_state(run_id), **_how())


def _refuse_second() -> None:
    if workspaces.any_made(transaction.conn()):
        raise NotAllowed("This instance is already set up. Sign in instead.")


def _first_page(form: forms.SetupForm) -> str:
    code = workspaces.setup_code(_settings())
    if code:
        _log.warning("this instance waits to be set up", page=f"{_settings().base_url}/setup", code=code)
    return render_template("setup.html", form=form, press=forms.PressForm(), demo=code is None)


def _mail_page(form: forms.MailForm, address: AddressForm | None = None) -> str:
    auth.principal().require_admin()
    return render_template(
        "setup_mail.html", form=form, press=forms.PressForm(), address_form=plain_form.shown(None, address),
        **_how(),
    )  # fmt: skip


def _test_state(run_id: int) -> notices.State:
    return notices.state_of(transaction.conn(), auth.principal().workspace_id, run_id)


def _present() -> dict[str, Any]:
    """The form's values as they hold now: the workspace's, else the instance's."""
    conn, settings, workspace_id = transaction.conn(), _settings(), auth.principal().workspace_id
    workspace = workspaces.get(conn, workspace_id)
    own = relays.own_relay(conn, workspace_id)
    relay = own or _instance_relay(settings)
    return {
        "mail_from": workspace.mail_from or settings.mail_from,
        "reply_domain": workspace.reply_domain or settings.reply_domain,
        "base_url": workspace.base_url or settings.base_url,
        "own_relay": own is not None,
        "host": relay.host if relay else "",
        "port": relay.port if relay else 587,
        "tls": relay.tls if relay else "starttls",
        "user": (relay.user if relay else "") or "",
    }


def _instance_relay(settings: Settings) -> relays.RelaySettings | None:
    try:
        return relays.instance_relay(settings)
    except ConfigError:
        return None


def _save(conn: Any, form: forms.MailForm) -> None:
    """Store what differs from the instance's own settings."""
    principal, settings = auth.principal(), _settings()
    given = {name: (form[name].data or "").strip() for name in ("mail_from", "reply_domain", "base_url")}
    workspaces.set_mail(
        conn, principal, **{name: "" if value == getattr(settings, name) else value for name, value in given.items()}
    )
    if form.own_relay.data:
        relays.set_relay(conn, principal, settings, **form.relay())
    else:
        relays.clear_relay(conn, principal)


def _changed(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What a save changed, in a line: "host: a → b"."""
    return "; ".join(f"{key}: {before[key]} → {after[key]}" for key in before if before[key] != after[key])


def _how() -> dict[str, Any]:
    """Where mail goes as things stand."""
    try:
        relay = relays.relay_for(transaction.conn(), auth.principal().workspace_id, _settings())
    except ConfigError as error:
        return {"relay": None, "relay_problem": str(error)}
    return {"relay": relay, "relay_problem": ""}


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found
