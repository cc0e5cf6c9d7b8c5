"""Words for a round become an answer, its entries and their posts, or are held when nothing was said."""

from __future__ import annotations

from engine.db import Conn
from engine.inbound import entries, fanout, receipts
from engine.inbound.entries import Words
from engine.inbound.outcome import Arrived, Outcome, Ruling, nothing_said
from engine.inbound.places import RoundPart
from engine.outbound.followup import FollowUp


def take(conn: Conn, arrived: Arrived, place: RoundPart) -> Outcome:
    """Write the answer of this part. The entries are numbered last: that locks the team until the commit."""
    mail, parsed, part = arrived.mail, arrived.parsed, place.part
    found = entries.read(parsed.reply_text, part.questions)
    if not found:
        return Outcome(Ruling("hold", nothing_said(parsed), part.workspace_id))
    words = Words(parsed.reply_text, found, "mail", parsed.cut_text, mail.id)
    answer_id = entries.answer(conn, part, words, mail.received_at, actor=place.sender.actor)
    followup = fanout.posts(conn, part, answer_id, arrived.now) if mail.answerable else FollowUp()
    followup += receipts.mailed(conn, arrived, place.sender, part, answer_id, found)
    return Outcome(
        Ruling("route", "", part.workspace_id, part.contact_id),
        followup,
        lambda c: entries.number(c, part, answer_id, words, mail.received_at),
    )
