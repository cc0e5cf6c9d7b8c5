"""An entry is changed, removed or restored afterwards: by who wrote it, or by a manager of the team.

Every change keeps the entry as it was (entry_change). What was not made yet, a digest or a post, says the new text;
posts that are out are corrected by `fanout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.inbound import fanout
from engine.inbound.entries import LONGEST
from engine.inbound.parse.entries import Entry, one
from engine.inbound.queries import amending, answers
from engine.inbound.queries.amending import Written
from engine.outbound.followup import FollowUp
from engine.people import rights
from engine.people.access import team_role
from engine.people.principal import Principal


def edit(conn: Conn, principal: Principal, entry_id: int, text: str, now: datetime) -> FollowUp:
    """Give an entry another text; its tags and kind are read from it as the parser does. The same text changes nothing.

    Raises NotFound, NotAllowed, and Invalid(text) when nothing, or too much, was written, or the entry is removed.
    """
    entry = _held(conn, principal, entry_id)
    if entry.removed_at is not None:
        raise Invalid("This entry was removed. Restore it first.", field="text")
    new = _read(entry, text)
    if new.text == entry.text:
        return FollowUp()
    amending.note_change(conn, entry, "edited", principal.actor, now)
    amending.rewrite(conn, entry, new.text, new.kind, new.tags, now)
    return fanout.posts_to_mend(conn, entry.workspace_id, [entry.id], now)


def remove(conn: Conn, principal: Principal, entry_id: int, now: datetime) -> FollowUp:
    """Take an entry from all pages, digests and posts; it can be restored. One that is removed stays as it is."""
    entry = _held(conn, principal, entry_id)
    if entry.removed_at is not None:
        return FollowUp()
    amending.note_change(conn, entry, "removed", principal.actor, now)
    amending.set_removed(conn, entry, now)
    return fanout.posts_to_mend(conn, entry.workspace_id, [entry.id], now)


def restore(conn: Conn, principal: Principal, entry_id: int, now: datetime) -> FollowUp:
    """Put a removed entry back. Its author may unless somebody else removed it. One that is there stays as it is."""
    entry = _held(conn, principal, entry_id)
    if entry.removed_at is None:
        return FollowUp()
    if not (amending.removed_by_author(conn, entry) or _moderates(conn, principal, entry)):
        raise NotAllowed("A manager of the team removed this entry. Ask one of them to restore it.")
    amending.note_change(conn, entry, "restored", principal.actor, now)
    amending.set_removed(conn, entry, None)
    return fanout.posts_to_mend(conn, entry.workspace_id, [entry.id], now)


def remove_answer(conn: Conn, principal: Principal, answer_id: int, now: datetime) -> tuple[list[int], FollowUp]:
    """Remove all that is left of an answer of the principal's own; which entries. None is left the second time.

    What somebody else removed stays theirs, and is not among them.
    """
    ws, member = principal.workspace_id, principal.membership_id or 0
    ids = amending.lock_of_answer(conn, ws, member, answer_id)
    return ids, _set_all(conn, principal, ids, "removed", now)


def hold(conn: Conn, workspace_id: int, membership_id: int, answer_id: int, team_id: int) -> None:
    """Hold an answer's entries and then the team, for whoever removes them and writes others in one transaction.

    In this order: a person who edits one of them on a page holds it before they look at the team.
    """
    amending.lock_of_answer(conn, workspace_id, membership_id, answer_id)
    answers.lock_team(conn, workspace_id, team_id)


def restore_all(
    conn: Conn, principal: Principal, entry_ids: Sequence[int], now: datetime
) -> tuple[list[int], FollowUp]:
    """Put back what the principal removed of their own; which of these entries. The rest stays as it is."""
    ws, member = principal.workspace_id, principal.membership_id or 0
    ids = amending.lock_removed_by(conn, ws, member, entry_ids, principal.actor)
    return ids, _set_all(conn, principal, ids, "restored", now)


def _set_all(conn: Conn, principal: Principal, ids: Sequence[int], what: str, now: datetime) -> FollowUp:
    if not ids:
        return FollowUp()
    amending.set_all(conn, principal.workspace_id, ids, what, principal.actor, now)
    return fanout.posts_to_mend(conn, principal.workspace_id, ids, now)


def may_amend(principal: Principal, author: tuple[int, int], role: str | None) -> bool:
    """Whether the principal, which is `role` in the team, may change what `author` (membership, contact) wrote."""
    return role is not None and (_own(principal, *author) or rights.may(principal, "moderate_entries", role))


def _held(conn: Conn, principal: Principal, entry_id: int) -> Written:
    """The entry, locked to the end of the transaction. Raises NotFound or NotAllowed."""
    entry = amending.lock(conn, principal.workspace_id, entry_id)
    role = team_role(conn, principal, entry.team_id) if entry else None
    if entry is None or role is None:
        raise NotFound("There is no such entry here.")
    if not may_amend(principal, (entry.membership_id, entry.contact_id), role):
        raise NotAllowed("Only the person who wrote this, or a manager of the team, may change it.")
    return entry


def _own(principal: Principal, membership_id: int, contact_id: int) -> bool:
    if principal.kind == "link":
        return principal.membership_id == membership_id
    return principal.contact_id is not None and principal.contact_id == contact_id


def _moderates(conn: Conn, principal: Principal, entry: Written) -> bool:
    return rights.may(principal, "moderate_entries", team_role(conn, principal, entry.team_id))


def _read(entry: Written, text: str) -> Entry:
    text = " ".join(text.replace("\0", "").split())
    if text == entry.text:
        return Entry(text)
    if len(text) > LONGEST:
        raise Invalid(f"This is longer than {LONGEST:,} characters. Shorten it.", field="text")
    found = one(text, entry.kind)
    if found is None:
        raise Invalid("Write something, or remove the entry.", field="text")
    return found


__all__ = ["edit", "hold", "may_amend", "remove", "remove_answer", "restore", "restore_all"]
