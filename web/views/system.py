"""The whole instance on one page, for its operators: what runs, what waits, what is full, what to do. Admins."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, render_template

from engine.config import Settings
from engine.outbound import overview
from engine.outbound.alerts import words
from engine.outbound.overview import Overview, Problem
from web import auth, disk, shown, transaction
from web.disk import Disk
from web.views.deliveries import viewer_zone

blueprint = Blueprint("system", __name__)


@blueprint.get("/system")
def index() -> str:
    """The page."""
    return render_template("system.html", **_shown())


@blueprint.get("/system/numbers")
def numbers() -> str:
    """The same without the frame, fetched every 10 s."""
    return render_template("system_numbers.html", **_shown())


@blueprint.get("/system.json")
def as_json() -> Response:
    """For scripts: everything the page shows; `problems` is empty when nobody need do anything."""
    found, room = _found()
    told: dict[str, Any] = asdict(found) | {
        "at": shown.iso(found.at), "tidied_at": shown.iso(found.tidied_at) if found.tidied_at else None,
        "shift": found.shift.total_seconds(),
        "backup_age": found.backup_age.total_seconds() if found.backup_age else None,
        "breakers": [{"lane": b.lane, "provider": b.provider, "breaker": b.breaker, "reason": b.reason}
                     for b in found.breakers],
        "incidents": [{"kind": i.kind, "words": i.words, "opened_at": shown.iso(i.opened_at)} for i in found.incidents],
        "disk": asdict(room),
    }  # fmt: skip
    answer: Response = jsonify(told)
    return answer


def _found() -> tuple[Overview, Disk]:
    from engine.tasks import broker

    settings: Settings = current_app.extensions["sixpm_settings"]
    found = overview.look(
        transaction.conn(), auth.principal(), transaction.now(), settings, broker.depths(settings)
    )  # fmt: skip
    room = disk.look(settings)
    full = tuple(
        Problem(f"{place.name}: {shown.size(place.free)} free at {place.path}.", place.problem)
        for place in room.places
        if place.problem
    )
    return replace(found, problems=full + found.problems), room


def _shown() -> dict[str, Any]:
    found, room = _found()
    return {"found": found, "disk": room, "titles": words.TITLES, "todo": words.ADVICE, "zone": viewer_zone()}
