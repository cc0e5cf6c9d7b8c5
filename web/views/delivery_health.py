"""Delivery health: what receivers did with our mails in the last days, the limits, and what was wrong. For admins."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request

from engine.config import Settings
from engine.outbound.alerts import incidents, words
from engine.outbound.health import rates, standing
from engine.outbound.health.standing import Standing
from web import auth, sheets, transaction
from web.views.deliveries import viewer_zone

blueprint = Blueprint("delivery_health", __name__, url_prefix="/deliveries")
auth.for_admins(blueprint)

BY = {"provider": "receiver", "relay": "relay", "from": "From domain", "transport": "transport", "day": "day"}
HEIGHT = 120  # of the bars, in the picture's own units
STALE = 120.0  # seconds after which the numbers count as old


@blueprint.get("/health")
def index() -> str:
    """The page; filters and grouping are in the URL."""
    found, by, chosen = _asked()
    return render_template(
        "delivery_health.html",
        found=found,
        by=by,
        ways=BY,
        chosen=chosen,
        bars=_bars(found),
        most=_most(found),
        incidents=incidents.shown(transaction.conn(), auth.principal().workspace_id),
        titles=words.TITLES,
        todo=words.ADVICE,
        stale=found.counted_ago is None or found.counted_ago > STALE,
        settings=_settings(),
        judged=rates.DAYS,
        zone=viewer_zone(),
    )


@blueprint.get("/health.csv")
def table() -> Response:
    """The same numbers, narrowed in the same way, as a file."""
    found, _, _ = _asked()
    names = ("day", "transport", "lane", "provider", "from_domain", *rates.NAMES)
    head = ["relay" if name == "lane" else name for name in names]
    return sheets.download("delivery-health", head, ([getattr(row, name) for name in names] for row in found.rows))


def _asked() -> tuple[Standing, str, dict[str, str]]:
    by = request.args.get("by", "provider")
    by = by if by in BY else "provider"
    chosen = {name: request.args.get(name, "")[:253] for name in standing.NARROWING}
    conn, now = transaction.conn(), transaction.now()
    return standing.standing(conn, auth.principal(), now, _settings(), by, chosen), by, chosen


def _bars(found: Standing) -> list[dict[str, object]]:
    """The days as stacked bars: for each (class, y, height) in the picture's units, the highest one full."""
    most = _most(found) or 1
    bars: list[dict[str, object]] = []
    for day, sums in found.days:
        pieces, y = [], float(HEIGHT)
        for name, count in (("good", sums.accepted), ("warn", sums.deferred), ("bad", sums.bounced + sums.complained)):
            height = HEIGHT * count / most
            y -= height
            pieces.append((name, round(y, 1), round(height, 1)))
        bars.append({"day": day, "sums": sums, "pieces": pieces})
    return bars


def _most(found: Standing) -> int:
    return max((_height(sums) for _, sums in found.days), default=0)


def _height(sums: rates.Sums) -> int:
    return sums.accepted + sums.deferred + sums.bounced + sums.complained


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found
