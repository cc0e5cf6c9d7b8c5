"""STORY welcome: somebody was put into a team; they are told who did it, what they will be asked, and when."""

from __future__ import annotations

from datetime import datetime

from engine.db import Conn
from engine.errors import NotFound
from engine.outbound.followup import FollowUp
from engine.outbound.notices import send_notice
from engine.people import contacts, workspaces
from engine.people.principal import Principal
from engine.rounds import words
from engine.rounds.queries import pages


def welcome(conn: Conn, principal: Principal, membership_id: int, now: datetime) -> FollowUp:
    """Mail a new member of a team; nothing to observers, who are not asked. Raises NotFound for no such member."""
    new = pages.own_settings(conn, principal.workspace_id, membership_id)
    if new is None:
        raise NotFound("There is no such member here.")
    if new.role == "observer":
        return FollowUp()
    context = {
        "team": new.team,
        "team_id": new.team_id,
        "added_by": _name(conn, principal),
        "questions": list(new.questions),
        "days": words.weekdays(new.weekdays or new.team_weekdays),
        "prompt_at": f"{new.prompt_at or new.team_prompt_at:%H:%M}",
        "zone": new.zone,
    }
    return send_notice(conn, principal.workspace_id, new.contact_id, "welcome", context, now).followup


def _name(conn: Conn, principal: Principal) -> str:
    if principal.contact_id is None:
        return workspaces.get(conn, principal.workspace_id).name
    who = contacts.get(conn, principal.workspace_id, principal.contact_id)
    return who.name or who.email
