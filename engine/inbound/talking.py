"""Words for a conversation become its next message, once, or are held when nothing was said.

Who looks after the conversation is told. What answers a campaign stands under the campaign's mail, which becomes a
message first where it is none yet.
"""

from __future__ import annotations

import hashlib

from engine.conversations import hearing, individual, threads
from engine.conversations.parts import Change, Said, Thread
from engine.conversations.post import post
from engine.db import Conn
from engine.inbound import platforms
from engine.inbound.outcome import Arrived, Outcome, Ruling, Sender, Talk, nothing_said
from engine.inbound.parse.mail import ParsedMail
from engine.outbound.followup import FollowUp


def take(conn: Conn, arrived: Arrived, place: Talk) -> Outcome:
    """Post the words to each conversation they are for. Whoever forwards something says all of it."""
    sender, parsed = place.sender, arrived.parsed
    body = parsed.text if parsed.kind == "forward" else parsed.reply_text
    if not body.strip():
        return Outcome(Ruling("hold", nothing_said(parsed), sender.workspace_id, sender.contact_id))
    changes: tuple[Change, ...] = ()
    followup, new = FollowUp(), False
    for team_id in sorted(set(place.teams), key=lambda team: team or 0):
        thread, made = _thread(conn, arrived, place, team_id)
        posted = post(conn, thread, _said(conn, arrived, place, thread, body))
        new = new or posted is not None
        changes += (*made, *(posted.changes if posted else ()))
        if posted and arrived.mail.answerable:
            followup += hearing.tell(conn, thread, arrived.now)
    if not new:
        return Outcome(Ruling("repeat", "The same message is here already.", sender.workspace_id), changes=changes)
    return Outcome(Ruling("route", "", sender.workspace_id, sender.contact_id), followup, changes=changes)


def _thread(conn: Conn, arrived: Arrived, place: Talk, team_id: int | None) -> tuple[Thread, tuple[Change, ...]]:
    if place.campaign and place.answers is not None:
        found = individual.answered(conn, *place.answers, arrived.words)
        if found is not None:
            return found
    sender: Sender = place.sender
    return threads.with_contact(conn, sender.workspace_id, arrived.mail.platform, sender.contact_id, team_id)


def _said(conn: Conn, arrived: Arrived, place: Talk, thread: Thread, body: str) -> Said:
    platform, sender = arrived.mail.platform, place.sender
    run_id, seq = place.answers or (None, None)
    return Said(
        "contact", sender.contact_id, platforms.kind(platform), body, platform, _name(arrived, thread.id),
        arrived.mail.received_at, sender.proof, arrived.parsed.subject[:500], arrived.mail.id,
        individual.campaign_of(conn, run_id) if place.campaign and run_id else None, run_id, seq,
    )  # fmt: skip


def _name(arrived: Arrived, conversation_id: int) -> str:
    """What the message is called on its platform. One mail may be a message of several conversations."""
    if arrived.mail.platform == "mail":
        return f"{conversation_id}/{mail_name(arrived.parsed)}"
    return arrived.mail.external_id


def mail_name(parsed: ParsedMail) -> str:
    """The Message-ID without brackets; without one, or with a far too long one, a hash."""
    ident = parsed.message_id.strip("<>")
    if 0 < len(ident) <= 250:
        return ident
    return hashlib.sha256(f"{ident}\n{parsed.date}\n{parsed.text}".encode("utf-8", "replace")).hexdigest()
