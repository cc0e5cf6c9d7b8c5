"""STORY erase: a person is forgotten. The contact is empty at once, all other places follow, a slice at a time.

What stays: the contact's row without anything in it, so that numbers go on to balance; rows of the ledger without the
address; the hash of an address that is suppressed or wanted nothing; the act that says who asked. The places are a
table (queries.places).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import consent, rights, suppression
from engine.people.directory.queries import erasing as queries
from engine.people.directory.queries import persons
from engine.people.directory.queries.erasing import Whose
from engine.people.directory.queries.places import LAST, PLACES
from engine.people.principal import Principal

OWN, OTHERS = "own:", "others:"
STEPS = tuple([OWN + table for table in PLACES if table not in LAST] + [OTHERS + t for t in PLACES if t not in LAST])
SLICE = 10  # steps in one transaction, unless a window of others' rows ends it
AT_ONCE = 20  # jobs that a sweep offers


def ask(conn: Conn, principal: Principal, contact_id: int, secret: str, now: datetime) -> int:
    """Empty the contact, stop what was on its way, and leave the rest to a job; its id.

    Raises NotAllowed, NotFound, and Invalid where something has to be done first.
    """
    rights.require(principal, "erase_contacts")
    found = persons.one(conn, principal.workspace_id, contact_id)
    if found is None or found.erased_at is not None:
        raise NotFound("There is no such person here.")
    if found.account_id is not None:
        raise Invalid("They may sign in. Remove their account under People first.")
    if queries.import_runs(conn, principal.workspace_id):
        raise Invalid("A list is being imported. Wait until that is over, or stop it.")
    _remember_no(conn, principal.workspace_id, found, secret, now)
    address = found.email.casefold()
    made = queries.insert(conn, principal.workspace_id, contact_id, address, found.name, principal.actor, now)
    whose = queries.whose(conn, principal.workspace_id, contact_id, address, found.name, now)
    reason = "The person was erased."
    waiting = queries.waiting_rows(whose)
    move.deliveries(conn, "cancel", waiting, now, actor=principal.actor, reason=reason)
    because = "Somebody in the file was erased. Upload it again without them."
    if address:
        move.many(conn, "import", "cancel", queries.open_imports_with(whose), now, actor=principal.actor, note=because,
                  values={"reason": because, "ended_at": now})  # fmt: skip
    queries.leave_teams(conn, whose)
    queries.empty(conn, "contact", whose)
    return made


def _remember_no(conn: Conn, workspace_id: int, of: Any, secret: str, now: datetime) -> None:
    """Who wanted nothing on a channel is suppressed there: their word goes, and a list may bring them back."""
    for word in consent.of_contact(conn, workspace_id, of.id):
        if word.state != consent.WITHDRAWN or word.topic_id != consent.WHOLE:
            continue
        places = [("mail", of.email)] if of.email and word.channel == "mail" else of.elsewhere
        for platform, address in places:
            if word.channel == (platform if platform in consent.CHANNELS else "chat"):
                suppression.add(conn, workspace_id, secret, [address], "unsubscribe", now, channel=platform)


def go_on(conn: Conn, erasure_id: int, now: datetime) -> bool:
    """Do the next slice of a job; whether there is more. Twice is harmless: what is empty stays so."""
    job = queries.take(conn, erasure_id)
    if job is None:
        return False
    whose = queries.whose(conn, job.workspace_id, job.contact_id, job.address, job.name, job.asked_at)
    at, after = (STEPS.index(job.place) if job.place in STEPS else 0), job.after
    for _ in range(min(SLICE, len(STEPS) - at)):
        changed, goes_on = _step(conn, STEPS[at], whose, after)
        at, after = (at, goes_on) if goes_on is not None else (at + 1, 0)
        queries.go_to(conn, erasure_id, STEPS[at] if at < len(STEPS) else "", after, changed)
        if goes_on is not None:
            return True
    if at < len(STEPS):
        return True
    if queries.some_open(conn, whose):  # the sweep comes back, when the worker has written down what became of it
        queries.go_to(conn, erasure_id, OWN + "delivery_event", 0, 0)
    else:
        queries.finish(conn, erasure_id, now)
    return False


def _step(conn: Conn, step: str, whose: Whose, after: int) -> tuple[int, int | None]:
    """(rows changed, where the step goes on, or None where it is over)."""
    table = step.partition(":")[2]
    if step.startswith(OWN):
        return queries.empty(conn, table, whose), None
    named = bool(whose.name) and not queries.same_name(conn, whose)
    return queries.strike(conn, table, whose, after, named)


def unfinished(conn: Conn) -> tuple[int, ...]:
    """Jobs that can go on, for the sweep."""
    return tuple(queries.unfinished(conn, AT_ONCE))


__all__ = ["STEPS", "ask", "go_on", "unfinished"]
