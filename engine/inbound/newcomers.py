"""STORY newcomers: who wrote unasked is let in, turned away, or has to wait again; what they wrote follows.

Their mails are kept while they wait. Let in, these are read again through the same door and become messages; turned
away, they are noted, and so are later ones. Either can be taken back, but what was said stays said.
"""

from __future__ import annotations

from datetime import datetime

from engine import move
from engine.db import Conn
from engine.errors import IllegalMove
from engine.inbound.queries import addressing, waiting
from engine.outbound.followup import FollowUp
from engine.people import standing
from engine.people.principal import Principal
from engine.people.standing import HELD, KNOWN, REFUSED, Newcomer

MOST = 200  # mails of one person that an act takes along; the rest stays listed with the other held mail


def let_in(conn: Conn, principal: Principal, contact_id: int, now: datetime) -> tuple[Newcomer, FollowUp]:
    """Let them speak to the workspace, have what they wrote read again. Raises NotAllowed, NotFound, IllegalMove."""
    who = _change(conn, principal, contact_id, (HELD, REFUSED), KNOWN)
    return who, FollowUp(inbound=_move(conn, principal, who, "again", ("held", "noted"), now, "Let in."))


def turn_away(conn: Conn, principal: Principal, contact_id: int, now: datetime) -> Newcomer:
    """Let nothing of theirs wait any more, now or later. Raises as above."""
    who = _change(conn, principal, contact_id, (HELD,), REFUSED)
    _move(conn, principal, who, "dismiss", ("held",), now, "Turned away.")
    return who


def hold_again(conn: Conn, principal: Principal, contact_id: int, now: datetime) -> tuple[Newcomer, FollowUp]:
    """Take either back: their next mails wait again, and those that were noted. What became a message stays one.

    Raises as above, and IllegalMove for somebody who has become one of us since.
    """
    if standing.belongs(conn, principal.workspace_id, contact_id):
        raise IllegalMove("This person is in a team or has an account by now, so they cannot be made to wait.")
    who = _change(conn, principal, contact_id, (KNOWN, REFUSED), HELD)
    return who, FollowUp(inbound=_move(conn, principal, who, "again", ("noted",), now, "To wait again."))


def _change(conn: Conn, principal: Principal, contact_id: int, sources: tuple[str, ...], dest: str) -> Newcomer:
    who = standing.one(conn, principal, contact_id)
    if not standing.change(conn, principal, contact_id, sources, dest):
        raise IllegalMove("Somebody has decided about this person already. Load the page again.")
    return who


def _move(
    conn: Conn, principal: Principal, who: Newcomer, trigger: str, states: tuple[str, ...], now: datetime, note: str
) -> tuple[int, ...]:
    ids = addressing.held_of(conn, principal.workspace_id, who.id, states, MOST)
    which = waiting.these(principal.workspace_id, ids)
    values = {"reason": "", "kills": 0} if trigger == "again" else {}
    moved = move.many(conn, "inbound", trigger, which, now, actor=principal.actor, note=note, values=values)
    return tuple(sorted(row.id for row in moved))
