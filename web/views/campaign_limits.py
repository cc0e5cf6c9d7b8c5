"""What holds for every campaign of the workspace: the second yes, and how often one person is written to."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engine.campaigns import around
from engine.campaigns.around import Limits
from engine.errors import Invalid
from web import auth, forms, guard, transaction
from web.campaign_forms import LimitsForm

blueprint = Blueprint("campaign_limits", __name__, url_prefix="/settings/campaigns")
auth.for_accounts(blueprint)


@blueprint.get("")
def show() -> str:
    """How it stands."""
    found = around.of_workspace(transaction.conn(), auth.principal())
    values = {name: getattr(found, name) for name in Limits.__dataclass_fields__}
    return render_template("campaign_limits.html", form=LimitsForm(formdata=None, data=values))


@blueprint.post("")
def save() -> tuple[str, int] | Response:
    """Let what is typed hold for campaigns from now on."""
    form, who = LimitsForm(), auth.principal()
    if not form.validate():
        return render_template("campaign_limits.html", form=form), 422
    before = around.of_workspace(transaction.conn(), who)
    try:
        with transaction.step() as conn:
            around.save(conn, who, form.limits())
    except Invalid as error:
        forms.refuse(form, error)
        return render_template("campaign_limits.html", form=form), 422
    guard.note("workspace", who.workspace_id, "", f"{_said(before)} → {_said(form.limits())}")
    flash("Saved. It holds for campaigns from now on.", "success")
    return redirect(url_for(".show"), 303)


def _said(limits: Limits) -> str:
    yes = "no second yes" if limits.approve_over is None else f"a second yes over {limits.approve_over}"
    cap = f"{limits.cap_count} in {limits.cap_days} days" if limits.cap_count else "no cap"
    return f"{yes}, {cap}"
