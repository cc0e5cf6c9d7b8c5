"""STORY receive: a stored mail is read once, and becomes entries, a message, an order, a ledger outcome, or a reason.

Everything one mail does is one transaction of the caller: all of it or nothing, and it can be run again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine import move
from engine.conversations import events
from engine.conversations.individual import Words, as_saved
from engine.db import Conflict, Conn
from engine.errors import IllegalMove
from engine.inbound import (
    answering,
    comments,
    concerned,
    marking,
    orders,
    places,
    platforms,
    relayed,
    repeating,
    robots,
    route,
    talking,
    unasked,
)
from engine.inbound.obeying import Acts
from engine.inbound.outcome import Arrived, Outcome, Ruling, Sender, Talk
from engine.inbound.own import Own
from engine.inbound.parse import VERSION
from engine.inbound.parse.mail import ParsedMail, to_dict
from engine.inbound.places import Place, RoundPart
from engine.inbound.queries import keeping, whose
from engine.inbound.queries import robots as marks
from engine.inbound.queries.keeping import Taken
from engine.inbound.reader import ParseKilled
from engine.inbound.relayed import Relayed
from engine.inbound.remarks import Remarks
from engine.outbound.followup import FollowUp
from engine.outbound.settle import doubts

Read = Callable[[bytes], ParsedMail]

KILLS = 2  # a mail that kills its parse process twice is parked
FAULTS = 5  # so is one whose reading raised that often: a bug of ours must not offer it again for ever
BURST, REFILL = 30.0, 30 / 3600  # replies one person may send at once, and a second: nobody writes more, loops do
CUT_SHOWN = 20_000  # characters
TOO_MANY = f"More than {BURST:.0f} mails an hour from this person; a loop?"


def receive(
    conn: Conn, inbound_id: int, read: Read, now: datetime | None = None, *, own: Own, acts: Acts | None = None,
    words: Words = as_saved,
) -> FollowUp:  # fmt: skip
    """Read one mail if it still waits and settle it; what to enqueue after commit.

    `read` is Reader.parse; `now` the instant at which the mail is taken, where nobody says another; `words` tells what
    a campaign's mail said to whoever answers it. Twice is harmless (the row is locked and must be `received`); the
    sweep heals never. Raises repeating.Raced: read it again.
    """
    mail = keeping.take(conn, inbound_id)
    if mail is None:
        return FollowUp()
    now = now or mail.taken_at
    try:
        parsed = read(mail.raw) if mail.platform == "mail" else platforms.read(mail.platform, mail.raw)
    except ParseKilled as error:
        return _killed(conn, mail, str(error), now, own)
    claim = route.answered(own.keys, parsed, mail.envelope_to, mail.received_at.date())
    doors = () if claim and claim.by != "thread" else unasked.doors(conn, parsed, mail.envelope_to, own)
    about = whose.delivered(conn, claim.run_id, claim.seq) if claim else None
    arrived = Arrived(mail, parsed, claim, own, now, doors, about, words=words)
    outcome = _became(conn, arrived, acts)
    _settle(conn, arrived, outcome.ruling, outcome.key)
    if outcome.last is not None:
        outcome.last(conn)
    events.write(conn, outcome.changes, now)  # the very last: it holds the workspace's log until the commit
    return outcome.followup


def _became(conn: Conn, arrived: Arrived, acts: Acts | None) -> Outcome:
    """What becomes of a mail: unreadable, here already, or whatever it says."""
    fault = next((f for f in arrived.parsed.faults if f.startswith("unreadable")), None)
    if fault:
        return Outcome(Ruling("park", f"The parser does not understand this mail ({fault})."))
    return repeating.once(conn, arrived, lambda: _said(conn, arrived, acts))


def _said(conn: Conn, arrived: Arrived, acts: Acts | None) -> Outcome:
    """What becomes of a mail that is here for the first time: nothing for us, an order, or words for their place."""
    if ruling := _not_for_us(conn, arrived):
        return Outcome(ruling)
    if arrived.claim and arrived.about and arrived.about.state == "in_doubt":
        # Signed by us: whoever answers has that mail, be it a stranger it was passed on to.
        doubts.proved_by(conn, arrived.claim.run_id, arrived.claim.seq, "reply", arrived.now)
    found = places.place(conn, arrived)
    if isinstance(found, Ruling):
        return Outcome(_marked(conn, arrived, found))
    if arrived.mail.answerable and _too_many(conn, found.sender, arrived.now):
        return Outcome(Ruling("hold", TOO_MANY, found.sender.workspace_id))
    part_id = found.part.participation_id if isinstance(found, RoundPart) else None
    order = orders.obeyed(conn, arrived, found.sender, part_id, acts, lambda rest: _taken(conn, rest, found))
    return order or _taken(conn, arrived, found)


def _marked(conn: Conn, arrived: Arrived, held: Ruling) -> Ruling:
    """A mail that would be held of a sender that a person marked as a robot is noted. Proven words never come here."""
    sender = arrived.parsed.from_.address.casefold() if arrived.parsed.from_ else ""
    if held.trigger != "hold" or not sender or not marks.marked(conn, held.workspace_id, sender):
        return held
    return Ruling("note", marking.SAID.format(sender), held.workspace_id)


def _taken(conn: Conn, arrived: Arrived, found: Place) -> Outcome:
    """Each kind of place has a module that takes its words."""
    match found:
        case RoundPart():
            return answering.take(conn, arrived, found)
        case Remarks():
            return comments.take(conn, arrived, found)
        case Talk():
            return talking.take(conn, arrived, found)
        case Relayed():
            return relayed.take(conn, arrived, found)


def faulted(conn: Conn, inbound_id: int, why: str, now: datetime, own: Own) -> None:
    """Count a reading that raised and was rolled back; the FAULTS-th parks the mail, where a person may run it again.

    Twice counts twice; a mail that is no longer `received` is left alone.
    """
    mail = keeping.take(conn, inbound_id)
    if mail is None:
        return
    keeping.count_kill(conn, mail.id)
    if mail.kills + 1 >= FAULTS:
        _park(conn, mail, f"Reading it failed {FAULTS} times: {why}"[:500], now, own)


def _not_for_us(conn: Conn, arrived: Arrived) -> Ruling | None:
    """Written by a robot; None when a person wrote it, or when a person says so."""
    mail, parsed = arrived.mail, arrived.parsed
    if mail.part_id is not None:
        return None
    note = robots.note(conn, mail, parsed, arrived.own, arrived.now)
    return Ruling("note", note.reason, note.workspace_id) if note else None


def _too_many(conn: Conn, sender: Sender, now: datetime) -> bool:
    """Whether this person writes like a loop. Whoever assigns a mail is none."""
    return not sender.actor and not keeping.spend(conn, f"inbound:{sender.contact_id}", BURST, REFILL, now)


def _killed(conn: Conn, mail: Taken, why: str, now: datetime, own: Own) -> FollowUp:
    """Count a parse process that died; the second one parks the mail, the first one offers it again."""
    keeping.count_kill(conn, mail.id)
    if mail.kills + 1 < KILLS:
        return FollowUp(inbound=(mail.id,))
    _park(conn, mail, f"Reading it was stopped {KILLS} times: {why}", now, own)
    return FollowUp()


def _park(conn: Conn, mail: Taken, reason: str, now: datetime, own: Own) -> None:
    """Let a mail that could not be read wait for a person of the workspace it was sent to."""
    facts: dict[str, Any] = {"reason": reason}
    workspace_id = mail.workspace_id or concerned.workspace(conn, mail, own)
    if workspace_id is not None:
        facts["workspace_id"] = workspace_id
    move.one(conn, "inbound", mail.id, "park", now, note=reason, values=facts)


def _settle(conn: Conn, arrived: Arrived, ruling: Ruling, key: str | None) -> None:
    """Move the mail on, with what was read of it. Its texts stay in the raw mail and the answer; of one that waits for
    a person, what was cut away is kept for them to see."""
    parsed = arrived.parsed
    cut = parsed.cut_text[:CUT_SHOWN] if ruling.trigger in ("hold", "note") else ""
    facts: dict[str, Any] = {
        "reason": ruling.reason,
        "kind": parsed.kind,
        "subject": parsed.subject[:500],
        "from_address": parsed.from_.address[:320] if parsed.from_ else "",
        "parsed": to_dict(replace(parsed, text="", cut_text=cut)),
        "version": VERSION,
    }
    workspace_id = ruling.workspace_id
    if workspace_id is None and arrived.mail.workspace_id is None and ruling.trigger != "repeat":
        workspace_id = concerned.workspace(conn, arrived.mail, arrived.own, parsed)
    if workspace_id is not None:
        facts["workspace_id"] = workspace_id
    if ruling.contact_id is not None:
        facts["contact_id"] = ruling.contact_id
    if key is not None:
        facts["dedupe_key"] = key
    ident, now = arrived.mail.id, arrived.now
    try:
        moved = move.by_ids(conn, "inbound", ruling.trigger, [ident], now, note=ruling.reason, values=facts)
    except Conflict as error:
        if keeping.is_taken(error):
            raise repeating.Raced(f"A copy of mail {ident} was read at the same time.") from error
        raise
    if not moved:  # the row was locked as received, and nobody else may have moved it
        raise IllegalMove(f"Mail {ident} cannot {ruling.trigger}.")
