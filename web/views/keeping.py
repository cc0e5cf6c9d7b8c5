"""How long the workspace keeps what; before a change, what would go next time."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.errors import Invalid
from engine.people import keeping
from engine.people.keeping import RULES, Kept
from web import auth, guard, transaction
from web.views.deliveries import viewer_zone

blueprint = Blueprint("keeping", __name__, url_prefix="/settings/keeping")


@blueprint.get("")
def index() -> str:
    """The rules as they hold."""
    kept = keeping.listed(transaction.conn(), auth.principal())
    return _page(kept, {one.rule.what: str(one.chosen or "") for one in kept})


@blueprint.post("")
def save() -> str | tuple[str, int] | Response:
    """Say what would go, then save once the person has said yes."""
    conn, who, now = transaction.conn(), auth.principal(), transaction.now()
    before = keeping.listed(conn, who)
    typed = {what: request.form.get(what, "")[:10] for what in RULES}
    try:
        days = keeping.clean(typed)
    except Invalid as error:
        return _page(before, typed, error), 422
    if request.form.get("sure") != "yes":
        due = keeping.preview(conn, who, days, now)
        return render_template("keeping_ask.html", rules=RULES, days=days, typed=typed, due=due, zone=viewer_zone())
    keeping.save(conn, who, days)
    guard.note("workspace", who.workspace_id, "", _changed(before, days))
    flash("Saved. What is older goes by and by, from the next pass on.", "success")
    return redirect(url_for(".index"), 303)


def _page(kept: list[Kept], typed: dict[str, str], wrong: Invalid | None = None) -> str:
    return render_template("keeping.html", kept=kept, typed=typed, wrong=wrong, for_ever=keeping.FOR_EVER)


def _changed(before: list[Kept], days: dict[str, int | None]) -> str:
    """What a save changed, in a line."""
    return "; ".join(
        f"{one.rule.title}: {one.chosen or 'default'} → {days[one.rule.what] or 'default'}"
        for one in before
        if one.chosen != days[one.rule.what]
    )
