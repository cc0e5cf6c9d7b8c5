"""A person runs held, parked or noted mails again, once what was wrong has been mended, or says to let them be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.inbound.queries import waiting
from engine.outbound.followup import FollowUp
from engine.people.principal import Principal

MOST = 500  # mails one act takes


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


def run_all_again(conn: Conn, principal: Principal, ids: Sequence[int], now: datetime) -> FollowUp:
    """The same for those of several mails that wait for a person, or are noted. Raises NotAllowed."""
    return FollowUp(inbound=_move(conn, principal, ids, "again", now, {"reason": "", "kills": 0}))


def dismiss(conn: Conn, principal: Principal, ids: Sequence[int], now: datetime) -> tuple[int, ...]:
    """Nothing is to be done about these held or parked mails; which of them. Running one again takes it back.

    Raises NotAllowed.
    """
    return _move(conn, principal, ids, "dismiss", now, {})


def _move(
    conn: Conn, principal: Principal, ids: Sequence[int], trigger: str, now: datetime, values: Mapping[str, object]
) -> tuple[int, ...]:
    principal.require_admin()
    which = waiting.these(principal.workspace_id, ids[:MOST])
    # Whoever acts on a mail of nobody makes it their workspace's: the move is then in its history.
    owned = {**values, "workspace_id": principal.workspace_id}
    moved = move.many(conn, "inbound", trigger, which, now, actor=principal.actor, values=owned)
    return tuple(sorted(row.id for row in moved))
