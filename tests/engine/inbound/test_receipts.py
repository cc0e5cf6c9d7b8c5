"""A receipt by mail: to whom it goes, what it says, and where it leads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.inbound.parse import parse
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.receive import receive
from engine.tasks.stories import ACTS
from tests.engine.inbound.world import EVENING, OWN, World, keep, take, world


def choose(conn: Conn, team: str = "digest", own: str | None = None) -> None:
    conn.execute(update(m.Schedule).values(receipt=team))
    conn.execute(update(m.Membership).values(receipt=own))


def answer(conn: Conn, here: World, words: str = "Fixed the build.\n\nWrote docs.", raw: bytes = b"") -> None:
    take(conn, keep(conn, raw or here.reply(words), [here.reply_address]), acts=ACTS)


def receipts(conn: Conn) -> list[Any]:
    return [row.context for row in conn.execute(select(m.Notice)) if row.template == "receipt"]


@pytest.mark.parametrize(
    ("team", "own", "mails"),
    [("mail", None, 1), ("digest", "mail", 1), ("digest", None, 0), ("mail", "digest", 0), ("mail", "none", 0)],
)
def test_the_persons_choice_counts_and_else_the_teams(conn: Conn, team: str, own: str | None, mails: int) -> None:
    here = world(conn)
    choose(conn, team, own)

    answer(conn, here)

    assert len(receipts(conn)) == mails


def test_a_receipt_says_what_was_recorded_and_leads_to_its_page(conn: Conn) -> None:
    here = world(conn, questions=("Done?", "In your way?"))
    choose(conn, "mail")

    answer(conn, here, "1. Fixed the build.\n2. Blocked: the certificate.")

    [mail] = receipts(conn)
    answer_id = conn.scalar(select(m.Answer.id))
    assert mail["title"] == "Recorded: 2 entries"
    assert mail["way"] == f"/answers/{answer_id}"
    assert mail["groups"] == [
        {"question": "Done?", "entries": [{"text": "Fixed the build.", "kind": ""}]},
        {"question": "In your way?", "entries": [{"text": "the certificate.", "kind": "blocked"}]},
    ]
    assert mail["part"] == here.part


@pytest.mark.parametrize(("confidence", "cut"), [(0.6, ["Ada Keller"]), (0.95, [])])
def test_what_was_left_out_is_shown_where_it_was_a_guess(conn: Conn, confidence: float, cut: list[str]) -> None:
    here = world(conn)
    choose(conn, "mail")
    ident = keep(conn, here.reply("Fixed the build."), [here.reply_address])

    def read(raw: bytes) -> ParsedMail:
        return replace(parse(raw), confidence=confidence, cut_text="> Hello\n\nAda Keller")

    receive(conn, ident, read, EVENING, own=OWN, acts=ACTS)

    assert receipts(conn)[0]["cut"] == cut


def test_an_order_is_told_of_by_its_own_mail_alone(conn: Conn) -> None:
    here = world(conn)
    choose(conn, "mail")

    answer(conn, here, "skip\n\nI am ill today.")

    assert receipts(conn) == []
    assert conn.scalars(select(m.Notice.template)).all() == ["order_done"]


def test_who_asks_for_no_answer_gets_no_receipt(conn: Conn) -> None:
    here = world(conn)
    choose(conn, "mail")
    raw = here.reply("Fixed it.").replace(b"Subject:", b"X-Auto-Response-Suppress: All\r\nSubject:", 1)

    answer(conn, here, raw=raw)

    assert receipts(conn) == []
    assert conn.scalars(select(m.Entry.text)).all() == ["Fixed it."]
