"""What one wrote, day by day, all days; with a search."""

from __future__ import annotations

from typing import Any

from flask import request

from engine.inbound.queries import remarking
from engine.rounds.queries import own
from web import shown, transaction
from web.views.me.today import under
from web.views.me.visit import Page, Visit, page

DAYS = 15
LONGEST = 200  # letters of a search


@page("/history")
def history(here: Visit) -> Page:
    """The days before `before`, newest first; with `q` those on which one wrote all its words."""
    return history_page(here)


def history_page(here: Visit, **typed: Any) -> Page:
    """The page, with the entry that is being changed as it was `typed`."""
    conn, me = transaction.conn(), here.me
    asked = " ".join(request.values.get("q", "").replace("\0", "").split())[:LONGEST]
    words, before = asked.lower().split(), shown.asked_day("before")
    parts = own.history(conn, me.workspace_id, me.membership_id, words, before, DAYS + 1)
    said = own.said(conn, me.workspace_id, me.membership_id, [part.id for part in parts[:DAYS]], removed=not words)
    days = []
    for part in parts[:DAYS]:
        mine = [entry for entry in said.get(part.id, []) if entry.removed_at is None or entry.by_me]
        days.append((part, under(part, [e for e in mine if all(word in e.text.lower() for word in words)])))
    older = parts[DAYS - 1].local_date if len(parts) > DAYS else None
    shown_now = [entry.id for _, groups in days for group in groups for entry in group.entries]
    remarks = remarking.shown(conn, me.workspace_id, me.team_id, shown_now).on_entries
    return here.page(
        "me_history.html", days=days, older=older, q=asked, before=before, remarks=remarks, **({"typed": {}} | typed)
    )  # fmt: skip
