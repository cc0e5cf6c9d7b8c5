"""The report of a campaign: its numbers, the people behind each of them, and those people as a sheet. Admins."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, current_app, render_template, request

from engine import db
from engine.campaigns import campaigns
from engine.campaigns.campaigns import Campaign
from engine.campaigns.report import people, reading
from engine.campaigns.report.people import Wanted
from engine.campaigns.report.reading import Report
from engine.config import Settings
from engine.people.principal import Principal
from web import auth, report_words, sheets, shown, transaction
from web.charts import Bars, bars
from web.views.deliveries import viewer_zone

blueprint = Blueprint("campaign_report", __name__, url_prefix="/campaigns/<int:campaign_id>/report")
auth.for_admins(blueprint)

HEAD = ("id", "address", "name", "state", "code", "said", "reason", "send", "no")


@blueprint.get("")
def show(campaign_id: int) -> str:
    """The report."""
    return _told("campaign_report.html", campaign_id)


@blueprint.get("/numbers")
def numbers(campaign_id: int) -> str:
    """All of it that moves, fetched every few seconds while the campaign does."""
    return _told("campaign_report_numbers.html", campaign_id)


@blueprint.get("/list/<name>")
def listed(campaign_id: int, name: str) -> str:
    """The people of one number, page by page."""
    conn, who, wanted = transaction.conn(), auth.principal(), _wanted(campaign_id, name)
    of = campaigns.get(conn, who, campaign_id)
    found = people.listed(conn, who, wanted, request.args.get("after", ""))
    address = people.link(conn, who, wanted) if name.startswith("link") else ""
    return render_template(
        "campaign_report_list.html", of=of, found=found, wanted=wanted, later="after" in request.args,
        title=report_words.title(name, wanted.key, viewer_zone()), says=report_words.SAYS.get(name, ""),
        address=address, zone=viewer_zone(),
    )  # fmt: skip


@blueprint.get("/list/<name>.csv")
def as_csv(campaign_id: int, name: str) -> Response:
    """The people of one number as a sheet."""
    conn, who, zone, wanted = transaction.conn(), auth.principal(), viewer_zone(), _wanted(campaign_id, name)
    campaigns.get(conn, who, campaign_id)
    people.check(conn, who, wanted)
    head = (*HEAD, f"accepted ({zone})", "accepted (UTC)")
    return sheets.download(f"campaign-{campaign_id}-{name}", head, _rows(who, wanted, zone))


def _rows(who: Principal, wanted: Wanted, zone: str) -> Iterator[tuple[object, ...]]:
    for row in people.told(db.begin, who, wanted):
        sent = (shown.local(row.sent_at, zone), shown.local(row.sent_at, "UTC")) if row.sent_at else ("", "")
        yield (row.contact_id, row.address, row.name, row.state, row.code, row.reply, row.reason, row.run_id, row.seq,
               *sent)  # fmt: skip


def _wanted(campaign_id: int, name: str) -> Wanted:
    return Wanted(campaign_id, name, request.args.get("key", "")[:400])


def _told(template: str, campaign_id: int) -> str:
    conn, who = transaction.conn(), auth.principal()
    settings: Settings = current_app.extensions["sixpm_settings"]
    now = transaction.now()
    found = reading.report(conn, who, campaign_id, settings, now)
    of: Campaign = found.of if found is not None else campaigns.get(conn, who, campaign_id)
    return render_template(
        template, of=of, report=found, zone=viewer_zone(), unsent=report_words.UNSENT, parts=report_words.PARTS,
        over=of.deadline_at is not None and now >= of.deadline_at,
        pictures=_pictures(found) if found is not None else (),
    )  # fmt: skip


def _pictures(found: Report) -> list[tuple[str, Bars]]:
    """What the bars are of, and they; of opens and clicks where there are any."""
    made = [
        ("accepted", bars([(one.accepted,) for one in found.spans])),
        ("people who opened it for the first time", bars([(one.opened,) for one in found.spans])),
        ("people who clicked for the first time", bars([(one.clicked,) for one in found.spans])),
    ]
    return [(words, picture) for words, picture in made if picture.most]
