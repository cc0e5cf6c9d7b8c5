"""Look after a conversation: whose it is, whether it waits for somebody, and how far one has read it."""

from __future__ import annotations

from datetime import datetime

from engine.conversations import members
from engine.conversations.parts import Change, Done
from engine.conversations.queries import looking_after
from engine.conversations.queries.looking_after import Cared
from engine.db import Conn
from engine.errors import Invalid
from engine.people.principal import Principal

STATUSES = ("open", "waiting", "closed")


def assign(conn: Conn, who: Principal, cared: Cared, account_id: int | None) -> Done:
    """Give it to somebody who may answer it, or (None) to nobody. Raises Invalid.

    `was` in the response is whose it was, so that it can be taken back.
    """
    names = {row.id: row.name for row in looking_after.carers(conn, cared.workspace_id, cared.id)}
    if account_id is not None and account_id not in names:
        raise Invalid("Choose somebody who may answer here: a manager of the team, or an admin.", field="assignee")
    response = {"assignee": account_id, "name": names.get(account_id or 0, ""), "was": cared.assignee_id}
    if account_id == cared.assignee_id:
        return Done(response)
    looking_after.assign(conn, cared.workspace_id, cared.id, account_id)
    change = _changed(who, cared, "conversation.assigned", {"assignee_id": account_id})
    return Done(response, (change, *_read(conn, who, cared)))


def set_status(conn: Conn, who: Principal, cared: Cared, status: str, now: datetime) -> Done:
    """Open it, let it wait, or close it. Raises Invalid for anything else."""
    if status not in STATUSES:
        raise Invalid("A conversation is open, waiting or closed.")
    response = {"status": status, "was": cared.status}
    if not looking_after.set_status(conn, cared.workspace_id, cared.id, status, who.actor, now):
        return Done(response)
    kind = "conversation.reopened" if status == "open" else f"conversation.{status}"
    return Done(response, (_changed(who, cared, kind, {"status": status}), *_read(conn, who, cared)))


def read(conn: Conn, who: Principal, cared: Cared, no: int) -> Done:
    """One has read it up to message `no`."""
    return Done({"read_no": no}, members.read(conn, cared.workspace_id, cared.id, who.actor, no))


def unread(conn: Conn, who: Principal, cared: Cared, no: int) -> Done:
    """Message `no` and what follows is to be unread again."""
    return Done({"read_no": no - 1}, members.unread(conn, cared.workspace_id, cared.id, who.actor, no))


def _read(conn: Conn, who: Principal, cared: Cared) -> tuple[Change, ...]:
    """Whoever decides about a conversation has read it."""
    return members.read(conn, cared.workspace_id, cared.id, who.actor, cared.last_no)


def _changed(who: Principal, cared: Cared, kind: str, patch: dict[str, object]) -> Change:
    return Change(cared.workspace_id, kind, cared.id, "conversation", cared.id, patch=patch, actor_id=who.account_id)


__all__ = ["STATUSES", "assign", "read", "set_status", "unread"]
