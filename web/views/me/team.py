"""What the team wrote: the team page as far as a reader without a password may see it."""

from __future__ import annotations

from flask import render_template

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
    rows = pages.entries_by_round(conn, me.workspace_id, me.team_id, shown.asked_day("before"), DAYS)
    days, older = entry_days(rows, DAYS)
    today = today_view(pages.team_today(conn, me.workspace_id, me.team_id, now), now)
    return render_template("me_team.html", me=me, token=here.token, today=today, days=days, older=older)
