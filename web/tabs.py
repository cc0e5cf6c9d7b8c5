"""The pages of a team, as tabs above each of them: one line per page."""

from __future__ import annotations

from typing import NamedTuple

from flask import Flask


class Tab(NamedTuple):
    """A page of a team: the route, what it is called, and the action of the table of rights that it is."""

    endpoint: str
    label: str
    action: str = "see_team"


TEAM = (
    Tab("team.show", "Today"),
    Tab("team.schedule", "Schedule", "change_schedule"),
)


def install(app: Flask) -> None:
    """Give templates `team_tabs()`."""
    app.jinja_env.globals["team_tabs"] = lambda: TEAM
