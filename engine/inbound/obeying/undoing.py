"""The order `undo`: what was ordered or answered last is taken back."""

from __future__ import annotations

from engine.db import Conn
from engine.inbound import amend
from engine.inbound.obeying.terms import REGRET, Acts, Done, Writing, listed
from engine.inbound.queries import ordering
from engine.inbound.queries.ordering import Last
from engine.outbound.followup import FollowUp


def undo(conn: Conn, here: Writing, acts: Acts) -> Done:
    """Take back the last order or answer, of a week at most, and what else came in its mail."""
    now, ws = here.arrived.now, here.who.workspace_id
    found = ordering.last_done(conn, ws, here.membership_id, now - REGRET, here.arrived.mail.received_at)
    if not found:
        says = ["You have ordered and written nothing by mail or on your page within a week that could be taken back."]
        return Done("Nothing to undo", says, hint="Older entries can be changed on your page.", way="/history")
    if here.order.rest:  # words that are numbered in the end
        for one in found:
            amend.hold(conn, ws, here.membership_id, _answer(one), here.writer.team_id)
    says, points, followup = [], [], FollowUp()
    for one in found:
        said, texts, more = _taken_back(conn, here, acts, one)
        says.append(said)
        points += texts
        followup += more
    return Done(
        "Taken back", says, points, "What was removed can be put back on your page.", "/history",
        did={"undone": len(found)}, act="undid", followup=followup,
    )  # fmt: skip


def _answer(last: Last) -> int:
    """The answer of which taking this back removes entries; 0 for none."""
    return int(last.did.get("answer", 0)) if last.command else last.id


def _taken_back(conn: Conn, here: Writing, acts: Acts, last: Last) -> tuple[str, list[str], FollowUp]:
    """Take one thing back: what is said of it, the entries to list, and what follows."""
    now, ws = here.arrived.now, here.who.workspace_id
    if not last.command:
        ids, followup = amend.remove_answer(conn, here.who, last.id, now)
        return "Your last answer is removed:", listed(ordering.texts(conn, ws, ids)), followup
    ordering.set_undone(conn, last.id, now)
    if last.command == "edit":
        _, followup = amend.remove_answer(conn, here.who, last.did["answer"], now)
        ids, more = amend.restore_all(conn, here.who, last.did["removed"], now)
        says = "Your change is taken back. Your answer is again:" if ids else "Your change is taken back."
        return says, listed(ordering.texts(conn, ws, ids)), followup + more
    done = acts.take_back(conn, here.who, here.membership_id, last.did, now)
    return _UNDONE[last.command, done], [], FollowUp()


_UNDONE = {
    ("stop", True): "You get the mails of your team as before.",
    ("pause", True): "Your pause is as it was before.",
    ("skip", True): "You are asked for that day again.",
    ("stop", False): "It was changed since on your page, so nothing was done.",
    ("pause", False): "It was changed since on your page, so nothing was done.",
    ("skip", False): "The time to answer for that day is over, so it stays skipped. An answer is welcome all the same.",
}
