"""A receipt by mail: what was recorded of somebody's answer, to those who chose to hear it so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.db import Conn
from engine.inbound import telling
from engine.inbound.outcome import NOTHING, Arrived, Sender
from engine.inbound.parse.entries import Entry
from engine.inbound.queries import ordering
from engine.inbound.queries.whose import Part
from engine.outbound.followup import FollowUp

SHOWN, LETTERS = 30, 300  # entries in a receipt, and letters of each
SURE = 0.85  # a parser's confidence below which the person is shown what it left out
CUT_LINES, CUT_LETTERS = 4, 120


def mailed(
    conn: Conn, arrived: Arrived, sender: Sender, part: Part, answer_id: int, entries: Sequence[Entry]
) -> FollowUp:
    """Plan the receipt of an answer that was just written; nothing where none is wanted.

    An answer that came with an order is told of in the mail about that.
    """
    if part.receipt != "mail" or arrived.ordered or not telling.wanted(arrived):
        return NOTHING
    writer = ordering.writer(conn, part.workspace_id, part.membership_id)
    asked = ordering.asked(conn, part.workspace_id, part.participation_id)
    if writer is None or asked is None:
        return NOTHING
    context = {
        "title": f"Recorded: {len(entries)} {'entry' if len(entries) == 1 else 'entries'}",
        "day": telling.day(asked.local_date, asked.local_date),
        "groups": _groups(entries[:SHOWN], asked.questions),
        "more": max(0, len(entries) - SHOWN),
        "cut": _cut(arrived),
        "way": f"/answers/{answer_id}",
    }
    sent = telling.tell(conn, arrived, sender, writer, "receipt", context, part.participation_id)
    return sent.followup if sent else NOTHING


def _groups(entries: Sequence[Entry], questions: Sequence[str]) -> list[dict[str, Any]]:
    """The entries by question, in order; a single question is not repeated."""
    groups: dict[str, list[dict[str, str]]] = {}
    for entry in entries:
        known = len(questions) > 1 and entry.question is not None and 1 <= entry.question <= len(questions)
        question = questions[(entry.question or 1) - 1] if known else ""
        text = entry.text if len(entry.text) <= LETTERS else f"{entry.text[:LETTERS]} …"
        groups.setdefault(question, []).append({"text": text, "kind": "" if entry.kind == "note" else entry.kind})
    return [{"question": question, "entries": found} for question, found in groups.items()]


def _cut(arrived: Arrived) -> list[str]:
    """The first lines that were left out, where that was a guess. What was quoted is known to everybody."""
    if arrived.parsed.confidence >= SURE:
        return []
    lines = [" ".join(line.split()) for line in arrived.parsed.cut_text[:20_000].splitlines()]
    own = [line for line in lines if line and not line.startswith(">")]
    return [line if len(line) <= CUT_LETTERS else f"{line[:CUT_LETTERS]} …" for line in own[:CUT_LINES]]
