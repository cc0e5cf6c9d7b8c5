"""STORY comments: what a member wrote under an entry of a digest, or by its link, is mailed to who wrote the entry;
whatever else they answered is a comment on the day, and in the next digest.

Nothing is lost: words under a quotation that is no entry, or might be several, are on the day, with what they answer.
Comments come from persons alone, so many an hour (engine.inbound.receive), and nobody is told of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.db import Conn
from engine.inbound.outcome import Arrived, Outcome, Ruling, nothing_said
from engine.inbound.parse import under
from engine.inbound.parse.limits import COMMENT
from engine.inbound.parse.under import Piece, Written
from engine.inbound.queries import commenting
from engine.inbound.queries.commenting import New, Writer
from engine.inbound.remarks import Remarks
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient, plan

USEFUL = timedelta(days=2)
LONGEST = COMMENT  # and of what was cut from the mail


def take(conn: Conn, arrived: Arrived, place: Remarks) -> Outcome:
    """Write the comments of one mail, and plan the mails to those they concern.

    Those on the day are numbered last: that locks the team until the commit.
    """
    said = under.written(arrived.parsed.text, arrived.parsed.reply_text)
    workspace_id = place.sender.workspace_id
    if not said.pieces:
        return Outcome(Ruling("hold", nothing_said(arrived.parsed), workspace_id))
    words = _by_target(said, place)
    cut, at = arrived.parsed.cut_text[:LONGEST], arrived.mail.received_at
    made = [New(entry_id, place.days.get(entry_id or 0, place.day), text) for entry_id, text in words.items()]
    made[0] = made[0]._replace(cut=cut)
    on_entries = [one for one in made if one.entry_id is not None]
    on_day = next((one for one in made if one.entry_id is None), None)
    followup = _on_entries(conn, arrived, place, on_entries) if on_entries else FollowUp()
    return Outcome(
        Ruling("route", "", workspace_id, place.sender.contact_id),
        followup,
        (lambda c: commenting.insert_on_day(c, place.writer, arrived.mail.id, on_day, at)) if on_day else None,
    )


def _by_target(said: Written, place: Remarks) -> dict[int | None, str]:
    """The words by entry; None for the day."""
    found: dict[int | None, list[str]] = {}
    for piece in said.pieces:
        entry_id = under.answered(piece.quoted, place.quotable)
        if entry_id is None and not piece.quoted and len(said.pieces) == 1:
            entry_id = under.selected(said.below, place.quotable)
        targets = (entry_id,) if entry_id is not None else place.otherwise or (None,)
        for target in targets:
            found.setdefault(target, []).append(piece.words if entry_id is not None else _in_context(piece))
    return {target: "\n\n".join(words)[:LONGEST] for target, words in found.items()}


def _in_context(piece: Piece) -> str:
    return f"{under.context(piece.quoted)}\n{piece.words}".strip("\n")


def _on_entries(conn: Conn, arrived: Arrived, place: Remarks, made: list[New]) -> FollowUp:
    ids = commenting.insert_on_entries(conn, place.writer, arrived.mail.id, made, arrived.mail.received_at)
    comment_ids = list(ids.values())
    if not arrived.mail.answerable:
        return FollowUp()
    return mail(conn, place.writer, comment_ids, arrived.now, place.others)


def mail(conn: Conn, writer: Writer, comment_ids: Sequence[int], now: datetime, others: Sequence[int] = ()) -> FollowUp:
    """One mail to each whom these comments concern, however many there are: authors, and `others`."""
    told = commenting.concerned(conn, writer, comment_ids, others, now.date())
    recipients = [Recipient(row.membership_id, row.comment_id, row.email, now + USEFUL) for row in told]
    planned = plan(conn, writer.workspace_id, "comment", recipients, now)
    if planned is None:
        return FollowUp()
    commenting.note_run(conn, comment_ids, planned.run_id)
    return FollowUp(batches=planned.batch_ids)
