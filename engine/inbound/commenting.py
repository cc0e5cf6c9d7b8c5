"""STORY commenting: a member writes about an entry or a day on a page. What comes of it is what comes of a mail.

An entry's author is mailed at once and can answer; what is said about a day is in everybody's next digest. A second
click within a minute changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime

from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.inbound import comments, identity
from engine.inbound.entries import SAME_CLICK, clean
from engine.inbound.queries import commenting, keeping
from engine.inbound.queries.commenting import New, Writer
from engine.outbound.followup import FollowUp
from engine.people.access import require_seeing
from engine.people.principal import Principal

AT_ONCE, REFILL = 30.0, 30 / 3600  # comments of one person, and a second: each may be a mail to somebody
NOT_IN_TEAM = "You are not in this team, so that you cannot comment here. A manager can add you."


def writer(conn: Conn, principal: Principal, team_id: int) -> Writer | None:
    """The principal as somebody who may comment in this team; None where they are not in it, or it is archived."""
    found = commenting.of_team(conn, principal.workspace_id, team_id, principal.contact_id)
    return None if found is None or identity.gone(found) else found


def on_entry(
    conn: Conn, principal: Principal, team_id: int, entry_id: int, text: str, now: datetime
) -> tuple[int | None, FollowUp]:
    """Comment on an entry; the comment's id, None for a second click.

    Raises NotFound for an entry that is not the team's, Invalid where nothing may be said, or was.
    """
    require_seeing(conn, principal, team_id)
    entry = commenting.entries(conn, [entry_id]).get(entry_id)
    if entry is None or (entry.workspace_id, entry.team_id) != (principal.workspace_id, team_id):
        raise NotFound("There is no such entry here.")
    if entry.removed_at is not None:
        raise Invalid("The entry was removed meanwhile, so that nobody would read this.", field="text")
    by, said = _said(conn, principal, team_id, New(entry_id, entry.local_date, clean(text)), now)
    if said is None:
        return None, FollowUp()
    made = commenting.insert_on_entries(conn, by, None, [said], now)[entry_id]
    return made, comments.mail(conn, by, [made], now)


def on_day(conn: Conn, principal: Principal, team_id: int, day: date, text: str, now: datetime) -> int | None:
    """Comment on a day, last in a transaction; the comment's id, None for a second click. Raises as above."""
    require_seeing(conn, principal, team_id)
    if not commenting.has_day(conn, principal.workspace_id, team_id, day):
        raise NotFound("There is no such day here.")
    by, said = _said(conn, principal, team_id, New(None, day, clean(text)), now)
    return commenting.insert_on_day(conn, by, None, said, now) if said is not None else None


def _said(conn: Conn, principal: Principal, team_id: int, said: New, now: datetime) -> tuple[Writer, New | None]:
    """Who says it, and what; None where it was just said."""
    by = writer(conn, principal, team_id)
    if by is None:
        raise Invalid(NOT_IN_TEAM, field="text")
    if not said.text:
        raise Invalid("Write at least one word.", field="text")
    if len(said.text) > comments.LONGEST:
        raise Invalid(f"This is longer than {comments.LONGEST} characters. Shorten it.", field="text")
    commenting.hold(conn, by)
    if commenting.just_said(conn, by, said, now - SAME_CLICK):
        return by, None
    if not keeping.spend(conn, f"comments:{by.contact_id}", AT_ONCE, REFILL, now):
        raise Invalid("These are many comments in an hour. Wait a few minutes, then send this one.", field="text")
    return by, said


__all__ = ["on_day", "on_entry", "writer"]
