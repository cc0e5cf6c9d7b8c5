"""The order `edit`: what stands below it takes the place of the last answer."""

from __future__ import annotations

from engine.db import Conn
from engine.inbound import amend, entries, fanout
from engine.inbound.entries import Words
from engine.inbound.obeying.terms import REGRET, UNDO, Done, Writing, listed
from engine.inbound.queries import ordering, whose


def edit(conn: Conn, here: Writing) -> Done:
    """Replace the last answer; what a manager had removed of it is not written again."""
    ws, mail, now = here.who.workspace_id, here.arrived.mail, here.arrived.now
    last = ordering.last_answer(conn, ws, here.membership_id, here.part_id, now - REGRET)
    part = whose.part(conn, ws, last[1]) if last else None
    found = entries.read(here.order.rest, part.questions if part else 1)
    if not found:
        says = ["Write “edit” in the first line, and below it all that your last answer should say."]
        return Done("What should it say? Nothing has changed", says, hint="You can also change it on your page.")
    if last is None or part is None:
        return Done(
            "Nothing to change yet", ["There is no answer of yours of the last week to change."], way="/history"
        )
    amend.hold(conn, ws, here.membership_id, last[0], part.team_id)
    gone = set(ordering.moderated(conn, ws, last[0], here.who.actor))
    kept = tuple(entry for entry in found if entry.text not in gone)
    stays = ["What a manager of the team had removed stays so."] if len(kept) < len(found) else []
    if not kept:
        return Done("Nothing has changed", stays, way="/history")
    removed, followup = amend.remove_answer(conn, here.who, last[0], now)
    words = Words(here.order.rest, kept, "mail", here.arrived.parsed.cut_text, mail.id)
    answer_id = entries.answer(conn, part, words, mail.received_at, actor=here.who.actor)
    followup += fanout.posts(conn, part, answer_id, now)
    return Done(
        "Changed", [*stays, "Your last answer now says:"], listed([entry.text for entry in kept]), UNDO, "/history",
        act="edited_answer",
        did={"answer": answer_id, "removed": removed}, followup=followup,
        last=lambda c: entries.number(c, part, answer_id, words, mail.received_at),
    )  # fmt: skip
