"""STORY an order by mail: stop, pause until a day, skip, undo, edit or help is carried out, and answered once.

All of it is in the transaction that settles the mail, so that a mail that is read once more, or a worker that dies,
changes nothing and answers nothing a second time. Words that came along are kept where they belong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

from engine.db import Conn
from engine.inbound import identity, obeying, telling
from engine.inbound.obeying import Acts, Done, Writing
from engine.inbound.outcome import Arrived, Outcome, Ruling, Sender
from engine.inbound.parse.command import Order, ordered
from engine.inbound.queries import ordering
from engine.outbound.followup import FollowUp
from engine.people import acts as record
from engine.people.principal import of_link

PROVEN = ("token", "thread", "dmarc", "person")  # both of the first name a mail of ours, and are signed
Take = Callable[[Arrived], Outcome]
"""What takes words where this mail's belong."""


def fewer_mails(arrived: Arrived) -> bool:
    """Whether the mail orders a stop or a pause: whoever wants fewer mails may answer one of any age (RFC 8058)."""
    found = ordered(arrived.parsed)
    return found is not None and found.kind in ("stop", "pause")


def obeyed(
    conn: Conn, arrived: Arrived, sender: Sender, part_id: int | None, lent: Acts | None, take: Take
) -> Outcome | None:
    """Do what the mail orders; None when it orders nothing that this sender may, and its words are words.

    `part_id`: the part of a round that the mail is about. `lent`: what rounds do; without it there are no orders.
    """
    if lent is None or sender.membership_id is None or sender.proof not in PROVEN:
        return None
    found = ordered(arrived.parsed)
    writer = ordering.writer(conn, sender.workspace_id, sender.membership_id) if found else None
    if found is None or writer is None:
        return None
    if not arrived.mail.answerable or ordering.is_carried_out(conn, arrived.mail.id):
        reason = "An order that was carried out before, or of long ago."
        return _along(arrived, found, sender.workspace_id, take) or Outcome(
            Ruling("route", reason, sender.workspace_id, sender.contact_id)
        )
    here = Writing(
        arrived, found, of_link(sender.workspace_id, sender.contact_id, sender.membership_id), sender.membership_id,
        writer, part_id, arrived.mail.received_at.astimezone(ZoneInfo(writer.zone)).date(),
    )  # fmt: skip
    return _carried_out(conn, here, sender, lent, take)


def _carried_out(conn: Conn, here: Writing, sender: Sender, lent: Acts, take: Take) -> Outcome:
    """The order, the words that came along, the record, and the one mail that tells of it all."""
    done = obeying.obey(conn, here, lent)
    replaced = here.order.kind == "edit" and bool(done.did)
    along = None if replaced else _along(here.arrived, here.order, sender.workspace_id, take)
    if along is not None:
        done = _with_words(done, along)
    if done.act:
        record.note(
            conn, here.who, done.act, here.arrived.now, "membership", here.membership_id, here.writer.team, done.detail
        )
    told = telling.tell(conn, here.arrived, sender, here.writer, "order_done", _context(done), here.part_id)
    values = {"command": here.order.kind, "did": dict(done.did), "at": here.arrived.mail.received_at}
    run = {"answered_run_id": told.run_id if told else None}
    ordering.insert(conn, sender.workspace_id, here.membership_id, here.arrived.mail.id, {**values, **run})
    followup = done.followup + (told.followup if told else FollowUp()) + (along.followup if along else FollowUp())
    reason = f"An order by mail: {here.order.line[:200]}"
    ruling = Ruling("route", reason, sender.workspace_id, sender.contact_id)
    if along is not None and along.ruling.trigger != "route":
        ruling = along.ruling  # words that nobody has: the mail waits for a person
    if along is None:
        return Outcome(ruling, followup, done.last)
    return replace(along, ruling=ruling, followup=followup)


def _along(arrived: Arrived, found: Order, workspace_id: int, take: Take) -> Outcome | None:
    """What became of words that came with an order; None where there were none.

    The mail about the order tells of them, so that no receipt does.
    """
    if not found.rest:
        return None
    if arrived.claim is not None and arrived.claim.expired and arrived.mail.part_id is None:
        return Outcome(Ruling("hold", identity.EXPIRED, workspace_id))
    return take(replace(arrived, parsed=replace(arrived.parsed, reply_text=found.rest), ordered=True))


def _with_words(done: Done, along: Outcome) -> Done:
    """Say what became of the words that came along."""
    kept = "What you wrote besides is kept as well."
    if along.ruling.trigger != "route":
        kept = "What you wrote besides could not be placed by itself; somebody looks at it."
    return replace(done, hint=f"{kept} {done.hint}".strip()) if done.points else replace(done, says=[*done.says, kept])


def _context(done: Done) -> dict[str, object]:
    """What the template `order_done` is filled with."""
    lists = {"says": list(done.says), "points": list(done.points)}
    return {"title": done.title, **lists, "hint": done.hint, "way": done.way, "button": done.button}
