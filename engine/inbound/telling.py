"""A mail back to the person who wrote: what their order did, or what was recorded. Never to a robot, never a flood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from engine.db import Conn
from engine.errors import NotFound
from engine.inbound.outcome import Arrived, Sender
from engine.inbound.parse import patterns
from engine.inbound.queries import keeping
from engine.inbound.queries.ordering import Writer
from engine.outbound import notices
from engine.outbound.notices import Sent

MOST, REFILL = 10.0, 10 / 86_400  # mails back to one person at once, and a second: ten a day
REPLIES = timedelta(days=30)  # so long an answer to such a mail is taken
SUBJECT = 200


def tell(
    conn: Conn, arrived: Arrived, sender: Sender, writer: Writer, template: str, context: Mapping[str, Any],
    part_id: int | None,
) -> Sent | None:  # fmt: skip
    """Plan the mail `template` in the thread of theirs; None where none is wanted, or enough went to them today.

    `context` holds its `title`. `part_id`: the part of a round that an answer to it joins; without one it is a message.
    """
    if not wanted(arrived) or not keeping.spend(conn, f"told:{sender.contact_id}", MOST, REFILL, arrived.now):
        return None
    parsed, claim = arrived.parsed, arrived.claim
    until = (arrived.now + REPLIES).date()
    after = [(claim.run_id, claim.seq)] if claim is not None else []
    thread = {
        "subject": _subject(parsed.subject) or context["title"],
        "team": writer.team,
        "team_id": writer.team_id,
        "part": part_id,
        "answers": notices.answers(parsed.message_id, after, until),
    }
    try:
        return notices.send_notice(
            conn, sender.workspace_id, sender.contact_id, template, {**context, **thread}, arrived.now
        )
    except NotFound:  # somebody who gets no mail at all; what they ordered is done all the same
        return None


def wanted(arrived: Arrived) -> bool:
    """Whether a person waits for an answer: none goes to robots, to whoever asks for none, and to mail of long ago."""
    return arrived.mail.answerable and not (arrived.parsed.automatic or arrived.parsed.no_answer)


def _subject(theirs: str) -> str:
    theirs = " ".join(theirs.split())[:SUBJECT]
    return theirs if not theirs or patterns.REPLY_SUBJECT.match(theirs) else f"Re: {theirs}"


def day(of: date, today: date) -> str:
    """Monday 4 May, with the year where it is another than today's."""
    return f"{of:%A} {of.day} {of:%B}" + (f" {of.year}" if of.year != today.year else "")
