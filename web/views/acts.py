"""Who did what: the record of acts, narrowed by act, person, thing and days, as a page and as a sheet. Admins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request

from engine import db
from engine.people import acts
from engine.people.acts import Which
from engine.people.principal import Principal
from web import auth, sheets, shown, transaction
from web.views.deliveries import number, viewer_zone

blueprint = Blueprint("acts", __name__, url_prefix="/acts")

HEAD = ("who", "actor", "act", "about", "detail", "noun", "id")


@blueprint.get("")
def index() -> str:
    """The list, latest first; every word of the filter is in the URL."""
    zone = viewer_zone()
    which = _which(zone)
    found = acts.listed(transaction.conn(), auth.principal(), which, acts.PAGE + 1)
    return render_template(
        "acts.html", found=found[: acts.PAGE], words=_words(), acts=acts.ACTS, zone=zone,
        more=found[acts.PAGE - 1].id if len(found) > acts.PAGE else None,
    )  # fmt: skip


@blueprint.get("/list.csv")
def as_csv() -> Response:
    """All acts of the filter."""
    zone = viewer_zone()
    head = (f"at ({zone})", "at (UTC)", *HEAD)
    return sheets.download("acts", head, _rows(auth.principal(), _which(zone), zone))


def _rows(who: Principal, which: Which, zone: str) -> Iterator[tuple[object, ...]]:
    while True:
        with db.begin() as conn:
            found = acts.listed(conn, who, which, 1000)
        for one in found:
            yield (
                shown.local(one.at, zone), shown.local(one.at, "UTC"), one.who, one.actor, one.words, one.about,
                one.detail, one.noun, one.object_id,
            )  # fmt: skip
        if len(found) < 1000:
            return
        which = replace(which, before=found[-1].id)


def _words() -> dict[str, Any]:
    """The filter as words of a URL."""
    found = {name: request.args.get(name, "")[:100].strip() for name in ("act", "q", "noun", "id", "since", "until")}
    return {name: value for name, value in found.items() if value}


def _which(zone: str) -> Which:
    words = _words()
    until = shown.asked_day("until")
    return Which(
        words.get("act", ""), words.get("q", ""), words.get("noun", ""), number(words.get("id")),
        shown.begins(shown.asked_day("since"), zone), shown.begins(until + timedelta(days=1) if until else None, zone),
        number(request.args.get("before")),
    )  # fmt: skip
