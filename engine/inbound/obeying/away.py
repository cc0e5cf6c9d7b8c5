"""Orders for fewer mails: stop, pause until a day, skip a day."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from engine.db import Conn
from engine.inbound.obeying.terms import UNDO, Acts, Done, Writing
from engine.inbound.parse.command import asked_again
from engine.inbound.telling import day

FURTHEST = timedelta(days=730)


def stop(conn: Conn, here: Writing, acts: Acts) -> Done:
    """No mails of the team until the person comes back."""
    did = acts.pause(conn, here.who, here.membership_id, None, here.arrived.now)
    says = [f"You are not asked any more by {here.writer.team}, and get no digest, until you resume."]
    if not did:
        return Done("You were paused already", says, hint="To come back, open your page.", way="/stop")
    says.append("What you wrote stays with the team.")
    hint = "To come back, reply “undo” within a week, or resume on your page at any time."
    return Done("You get no more mails", says, hint=hint, way="/stop", did=did, act="paused")


def pause(conn: Conn, here: Writing, acts: Acts) -> Done:
    """No mails before a day. One that names no day is a stop; one whose day is none changes nothing."""
    if not here.order.when:
        return stop(conn, here, acts)
    until = asked_again(here.order.when, here.today)
    today = _today(here)
    if until is None or not today < until <= today + FURTHEST:
        return _which_day(here, until)
    did = acts.pause(conn, here.who, here.membership_id, until, here.arrived.now)
    on = day(until, here.today)
    if not did:
        return Done(f"Paused until {on} already", ["Nothing has changed."], way="/stop")
    says = [f"You get no question and no digest of {here.writer.team} before that day, and are asked again from it on."]
    return Done(
        f"Paused until {on}", says, hint=UNDO, way="/stop", did=did, act="paused", detail=f"until {until}, by mail"
    )


def _today(here: Writing) -> date:
    """The day it is where they are: a mail that was held is obeyed days after it was written."""
    return max(here.today, here.arrived.now.astimezone(ZoneInfo(here.writer.zone)).date())


def _which_day(here: Writing, found: date | None) -> Done:
    """Nothing is done about a day that is none: how to write one."""
    why = "names no day that is understood here, or could be two"
    if found is not None:
        why = "is more than two years away" if found > _today(here) else "is no day to come"
    later = _today(here) + timedelta(days=7 + (0 - _today(here).weekday()) % 7)
    return Done(
        "Until which day? Nothing has changed",
        [f"“{here.order.line[:100]}”: that {why}. Write the day on which you are to be asked again like this:"],
        [f"pause until {later:%A}", f"pause until {later.day} {later:%B}", f"pause until {later}", "pause for 2 weeks"],
        "You can also choose the day on your page.",
        "/stop",
    )


def skip(conn: Conn, here: Writing, acts: Acts) -> Done:
    """No question about the day that the mail is about."""
    skip = acts.skip(conn, here.who, here.membership_id, here.part_id, here.arrived.now)
    if skip.day is not None:
        says = ["You are not reminded, and the digest says that you were not asked. An answer is welcome all the same."]
        return Done(f"Skipped: {day(skip.day, here.today)}", says, hint=UNDO, did=skip.did, act="skipped_question")
    why = {
        "answered": "You have answered already. To take that back, reply “undo”.",
        "missed": "The time to answer is over.",
        "excused": "You are not asked on that day as it is.",
    }.get(skip.why, "Nothing is asked of you today.")
    return Done("Nothing to skip", [why])
