"""What each order by mail does, and what the person is told of it."""

from __future__ import annotations

from engine.db import Conn
from engine.inbound.obeying.away import pause, skip, stop
from engine.inbound.obeying.editing import edit
from engine.inbound.obeying.terms import REGRET, Acts, Done, Writing
from engine.inbound.obeying.undoing import undo


def obey(conn: Conn, here: Writing, acts: Acts) -> Done:
    """Do what the order says."""
    match here.order.kind:
        case "stop":
            return stop(conn, here, acts)
        case "pause":
            return pause(conn, here, acts)
        case "skip":
            return skip(conn, here, acts)
        case "undo":
            return undo(conn, here, acts)
        case "edit":
            return edit(conn, here)
        case _:
            return _help(here)


def _help(here: Writing) -> Done:
    return Done(
        "What you can write",
        [f"Just reply to a question of {here.writer.team} in your own words. Or write one of these as the first line:"],
        [
            "skip: you are not asked for this day",
            "pause until Monday: no mails before that day; a date or “for 2 weeks” works as well",
            "stop: no more mails of this team, until you come back",
            "edit: what you write below it replaces your last answer",
            "undo: takes back your last answer, or the last of these",
            "help: this mail",
        ],
        "Everything else is on your page: your hours, days away, and all you wrote.",
    )


__all__ = ["REGRET", "Acts", "Done", "Writing", "obey"]
