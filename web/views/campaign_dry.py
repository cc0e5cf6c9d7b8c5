"""The dry run of a campaign: everybody's mail is filled before anybody gets one, and who would fail is listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import db
from engine.campaigns import campaigns, drying
from engine.campaigns.campaigns import Campaign
from engine.campaigns.drying import Dry
from engine.errors import Invalid
from web import auth, guard, sheets, transaction
from web.views.deliveries import people, viewer_zone

blueprint = Blueprint("campaign_dry", __name__, url_prefix="/campaigns/<int:campaign_id>/dry-run")
auth.for_admins(blueprint)

AT_ONCE = 1000  # who would fail, in one statement of a download
SOME = 50  # on the page


@blueprint.get("")
def show(campaign_id: int) -> str:
    """The last one, or the button for the first."""
    return _page(_campaign(campaign_id))


@blueprint.get("/numbers")
def numbers(campaign_id: int) -> str:
    """How far it is, for the page that looks again by itself."""
    of = _campaign(campaign_id)
    return render_template("campaign_dry_numbers.html", of=of, zone=viewer_zone(), polled=True, **_last(of))


@blueprint.post("")
def begin(campaign_id: int) -> tuple[str, int] | AnyResponse:
    """Try everybody, from the beginning."""
    of = _campaign(campaign_id)
    try:
        with transaction.step() as conn:
            transaction.follow(drying.begin(conn, auth.principal(), campaign_id, transaction.now()))
    except Invalid as error:
        return _page(of, str(error)), 422
    guard.note("campaign", campaign_id, of.name, f"version {of.version_no}")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


@blueprint.get("/faults.csv")
def as_csv(campaign_id: int) -> Response:
    """Everybody who is listed, with the reason."""
    of = _campaign(campaign_id)
    return sheets.download(f"dry-run-{of.id}", ("Contact", "Address", "Name", "Reason"), _rows(of))


def _rows(of: Campaign) -> Iterator[Sequence[object]]:
    after = 0
    while True:
        with db.begin() as conn:
            found = drying.faults(conn, of, after, AT_ONCE)
        for one in found:
            yield one.contact_id, one.email, one.name, one.reason
        if len(found) < AT_ONCE:
            return
        after = found[-1].contact_id


def _campaign(campaign_id: int) -> Campaign:
    return campaigns.get(transaction.conn(), auth.principal(), campaign_id)


def _last(of: Campaign) -> dict[str, Dry | dict[str, str] | None]:
    last = drying.last(transaction.conn(), of)
    return {"last": last, "by": people([last.began_by]) if last else {}}


def _page(of: Campaign, wrong: str = "") -> str:
    conn, found = transaction.conn(), _last(of)
    failed = isinstance(found["last"], Dry) and found["last"].failed > 0
    return render_template(
        "campaign_dry.html", of=of, wrong=wrong, zone=viewer_zone(), editable=of.state in campaigns.EDITABLE,
        reasons=drying.reasons(conn, of) if failed else (), most=drying.MOST,
        failing=drying.faults(conn, of, limit=SOME) if failed else (), **found,
    )  # fmt: skip
