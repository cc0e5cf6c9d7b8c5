"""A person runs a held, parked or noted mail again, once what was wrong has been mended."""

from __future__ import annotations

from datetime import datetime

from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.inbound.queries import waiting
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal


def run_again(conn: Conn, principal: Principal, inbound_id: int, now: datetime) -> FollowUp:
    """Put the mail back to `received`; the inbound task reads it anew.

    Raises NotAllowed unless the principal is an admin, NotFound for a mail of nobody's they may see, Invalid for one
    whose source retention has taken, IllegalMove when it was routed, repeated, or is waiting already.
    """
    principal.require_admin()
    if not waiting.may_see(conn, principal.workspace_id, inbound_id):
        raise NotFound("There is no such mail.")
    if not waiting.has_source(conn, inbound_id):
        raise Invalid("Its source is no longer kept, so it cannot be read again.")
    move.one(conn, "inbound", inbound_id, "again", now, actor=principal.actor, values={"reason": "", "kills": 0})
    return FollowUp(inbound=(inbound_id,))
