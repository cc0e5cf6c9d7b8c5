"""The team's day: where everybody stands and what they wrote, as far as this reader may see it in the app too."""

from __future__ import annotations

from engine.people import access
from engine.rounds.queries import pages
from web import shown, transaction
from web.round_view import entry_days, today_view
from web.views.me.visit import Page, Visit, page

DAYS = 10  # rounds with entries on one page


@page("/team")
def team(here: Visit) -> Page:
    """Where the team stands today, and what it wrote, day by day."""
    me, conn, now = here.me, transaction.conn(), transaction.now()
    access.require_seeing(conn, here.who, me.team_id)
    before = shown.asked_day("before")
    rows = pages.entries_by_round(conn, me.workspace_id, me.team_id, before, DAYS)
    days, older = entry_days(rows, DAYS)
    stand = None if before else today_view(pages.team_today(conn, me.workspace_id, me.team_id, now), now)
    return here.page("me_team.html", stand=stand, days=days, older=older, before=before)
