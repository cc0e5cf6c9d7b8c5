"""STORY receive: a stored mail is read once, and becomes entries, a ledger outcome, or a reason.

Everything one mail does is one transaction of the caller: all of it or nothing, and it can be run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from engine import move
from engine.db import Conn
from engine.inbound import entries, fanout, identity, robots, route
from engine.inbound.entries import Words
from engine.inbound.own import Own
from engine.inbound.parse.command import command
from engine.inbound.parse.mail import ParsedMail, to_dict
from engine.inbound.queries import keeping, whose
from engine.inbound.queries.keeping import Taken
from engine.inbound.queries.whose import Part
from engine.inbound.reader import ParseKilled
from engine.inbound.route import Claim
from engine.outbound.followup import FollowUp
from engine.outbound.settle import doubts

Read = Callable[[bytes], ParsedMail]
Pause = Callable[[Conn, int, int, datetime], object]
"""(connection, workspace_id, membership_id, now): pause this membership's mails, as one-click unsubscribe does."""

KILLS = 2  # a mail that kills its parse process twice is parked
FAULTS = 5  # so is one whose reading raised that often: a bug of ours must not offer it again for ever
BURST, REFILL = 30.0, 30 / 3600  # replies one person may send at once, and a second: nobody writes more, loops do
CUT_SHOWN = 20_000  # characters
TOO_MANY = f"More than {BURST:.0f} mails an hour from this person; a loop?"
NOTHING_SAID = "Nothing was written above the quotation."


@dataclass(frozen=True, slots=True)
class Ruling:
    """Where a mail goes that is not words for a round, and why."""

    trigger: str
    reason: str
    workspace_id: int | None = None


@dataclass(frozen=True, slots=True)
class Theirs:
    """The part in a round that these words belong to. `actor` is the person who said so; empty where it was proven."""

    part: Part
    actor: str = ""


def receive(
    conn: Conn, inbound_id: int, read: Read, now: datetime, *, own: Own, pause: Pause | None = None
) -> FollowUp:
    """Read one mail if it still waits and settle it; what to enqueue after commit.

    `read` is Reader.parse. Twice is harmless (the row is locked and must be `received`); the sweep heals never.
    """
    mail = keeping.take(conn, inbound_id)
    if mail is None:
        return FollowUp()
    try:
        parsed = read(mail.raw)
    except ParseKilled as error:
        return _killed(conn, mail, str(error), now)
    claim = route.answered(own.keys, parsed, mail.envelope_to, mail.received_at.date())
    ruling = _not_for_us(conn, mail, parsed, claim, own, now)
    if ruling is None:
        if claim is not None:  # signed by us: whoever answers has that mail, be it a stranger it was passed on to
            doubts.proved_by(conn, claim.run_id, claim.seq, "reply", now)
        found = _assigned(conn, mail) if mail.part_id is not None else _whose(conn, parsed, claim, own)
        if isinstance(found, Theirs):
            return _take_words(conn, mail, parsed, found, now, pause)
        ruling = found
    _settle(conn, mail, parsed, ruling, now)
    return FollowUp()


def faulted(conn: Conn, inbound_id: int, why: str, now: datetime) -> None:
    """Count a reading that raised and was rolled back; the FAULTS-th parks the mail, where a person may run it again.

    Twice counts twice; a mail that is no longer `received` is left alone.
    """
    mail = keeping.take(conn, inbound_id)
    if mail is None:
        return
    keeping.count_kill(conn, mail.id)
    if mail.kills + 1 >= FAULTS:
        reason = f"Reading it failed {FAULTS} times: {why}"[:500]
        move.one(conn, "inbound", mail.id, "park", now, note=reason, values={"reason": reason})


def _not_for_us(
    conn: Conn, mail: Taken, parsed: ParsedMail, claim: Claim | None, own: Own, now: datetime
) -> Ruling | None:
    """Unreadable, here already, or written by a robot; None when a person wrote it, or when a person says so."""
    fault = next((f for f in parsed.faults if f.startswith("unreadable")), None)
    if fault:
        return Ruling("park", f"The parser does not understand this mail ({fault}).")
    if not keeping.take_key(conn, mail.id, _dedupe_key(parsed, claim)):
        return Ruling("repeat", "The same mail is here already.")
    if mail.part_id is not None:
        return None
    note = robots.note(conn, mail, parsed, own, now)
    return Ruling("note", note.reason, note.workspace_id) if note else None


def _whose(conn: Conn, parsed: ParsedMail, claim: Claim | None, own: Own) -> Theirs | Ruling:
    """The part in a round these words belong to, or why they are held."""
    if claim is None:
        return Ruling("hold", "It answers none of our mails: no reply address, no thread.")
    about = whose.delivered(conn, claim.run_id, claim.seq)
    if about is None:
        return Ruling("hold", "The mail it answers is no longer kept.")
    part = identity.part_of(conn, about)
    reason = identity.objection(parsed, claim, part, own.authserv_id)
    if part is None or reason:
        return Ruling("hold", reason or "", about.workspace_id)
    return Theirs(part)


def _assigned(conn: Conn, mail: Taken) -> Theirs | Ruling:
    """The part that a person assigned this mail to (engine.inbound.assign): their word is the proof, and is kept."""
    part = whose.part(conn, mail.workspace_id or 0, mail.part_id or 0)
    reason = "The round it was assigned to is gone." if part is None else identity.gone(part)
    if part is None or reason:
        return Ruling("hold", reason or "", mail.workspace_id)
    return Theirs(part, mail.assigned_by)


def _take_words(
    conn: Conn, mail: Taken, parsed: ParsedMail, theirs: Theirs, now: datetime, pause: Pause | None
) -> FollowUp:
    """The sender is who they should be: a command, an answer, or nothing said. Who assigns is no loop."""
    part = theirs.part
    if not theirs.actor and not keeping.spend(conn, f"inbound:{part.contact_id}", BURST, REFILL, now):
        return _settle(conn, mail, parsed, Ruling("hold", TOO_MANY, part.workspace_id), now)
    if pause is not None and _says_stop(parsed):
        pause(conn, part.workspace_id, part.membership_id, now)
        return _settle(conn, mail, parsed, Ruling("route", "Paused, as the mail asked.", part.workspace_id), now)
    found = entries.read(parsed.reply_text, part.questions)
    if not found:
        return _settle(conn, mail, parsed, Ruling("hold", NOTHING_SAID, part.workspace_id), now)
    words = Words(parsed.reply_text, found, "mail", parsed.cut_text, mail.id)
    answer_id = entries.answer(conn, part, words, mail.received_at, actor=theirs.actor)
    followup = fanout.posts(conn, part, answer_id, now)
    _settle(conn, mail, parsed, Ruling("route", "", part.workspace_id), now)
    entries.number(conn, part, answer_id, words, mail.received_at)  # last: it locks the team until the commit
    return followup


def _killed(conn: Conn, mail: Taken, why: str, now: datetime) -> FollowUp:
    """Count a parse process that died; the second one parks the mail, the first one offers it again."""
    keeping.count_kill(conn, mail.id)
    if mail.kills + 1 < KILLS:
        return FollowUp(inbound=(mail.id,))
    reason = f"Reading it was stopped {KILLS} times: {why}"
    move.one(conn, "inbound", mail.id, "park", now, note=reason, values={"reason": reason})
    return FollowUp()


def _says_stop(parsed: ParsedMail) -> bool:
    """Whether the whole reply (or, in a mail without words, the subject) is `stop` or `pause`. More words are words."""
    lines = [line for line in parsed.reply_text.splitlines() if line.strip()]
    order = parsed.command if not lines else command(lines[0], "Re:") if len(lines) == 1 else None
    return order == "stop" or (order == "pause" and (not lines or len(lines[0].split()) == 1))


def _dedupe_key(parsed: ParsedMail, claim: Claim | None) -> str:
    """The same for one mail by two ways, whose Received lines differ; another for each delivery it answers.

    From is part of it, so that a forged mail cannot take a real one's place.
    """
    sender = parsed.from_.address if parsed.from_ else ""
    what = parsed.message_id or f"{parsed.date}\n{hashlib.sha256(parsed.text.encode()).hexdigest()}"
    about = f"{claim.run_id}.{claim.seq}" if claim else ""
    return hashlib.sha256("\n".join((what, about, sender)).encode("utf-8", "replace")).hexdigest()


def _settle(conn: Conn, mail: Taken, parsed: ParsedMail, ruling: Ruling, now: datetime) -> FollowUp:
    """Move the mail on, with what was read of it. Its texts stay in the raw mail and the answer; of one that waits for
    a person, what was cut away is kept for them to see."""
    cut = parsed.cut_text[:CUT_SHOWN] if ruling.trigger in ("hold", "note") else ""
    facts: dict[str, Any] = {
        "reason": ruling.reason,
        "kind": parsed.kind,
        "subject": parsed.subject[:500],
        "from_address": parsed.from_.address[:320] if parsed.from_ else "",
        "parsed": to_dict(replace(parsed, text="", cut_text=cut)),
    }
    if ruling.workspace_id is not None:
        facts["workspace_id"] = ruling.workspace_id
    move.one(conn, "inbound", mail.id, ruling.trigger, now, note=ruling.reason, values=facts)
    return FollowUp()
