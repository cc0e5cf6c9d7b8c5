"""The same mail by two ways is one mail, and a copy that somebody forged takes nobody's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection as Conn
from sqlalchemy import select, update

from engine import models as m
from tests.engine.inbound.world import EVENING, OWN, World, inbound, keep, take, texts, world

EDGE = replace(OWN, authserv_id="mx.example.test")
PASS = b"Authentication-Results: mx.example.test; dmarc=pass header.from=example.org\r\n"
FAIL = b"Authentication-Results: mx.example.test; dmarc=fail header.from=example.org\r\n"


@pytest.fixture
def here(conn: Conn) -> World:
    """A team whose member was asked."""
    return world(conn)


def without(raw: bytes, *fields: bytes) -> bytes:
    """The mail without these header fields, none of which is folded."""
    return b"".join(line for line in raw.splitlines(True) if not line.lower().startswith(fields))


def came(conn: Conn, here: World, *raws: bytes, days: int = 0, **more: object) -> list[str]:
    """Each mail, kept and read in turn; the states in the end."""
    idents = [
        keep(conn, raw, [here.reply_address], ident=f"{days}.{n}", at=EVENING + timedelta(days=days))
        for n, raw in enumerate(raws)
    ]
    for ident in idents:
        take(conn, ident, **more)  # type: ignore[arg-type]
    return [inbound(conn, ident).state for ident in idents]


def test_a_mail_that_was_built_anew_on_its_way_is_the_same_mail(conn: Conn, here: World) -> None:
    raw = without(here.reply("Once  said.\n\nAnd more."), b"message-id:")
    date = next(line for line in raw.splitlines(True) if line.startswith(b"Date:"))
    rebuilt = raw.replace(date, b"").replace(b"\r\n", b"\n").replace(b"Once  said.\n\n", b"Once said. \n\n\n")
    rebuilt = (
        b"Date: " + (EVENING + timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S +0200").encode() + b"\n" + rebuilt
    )

    assert came(conn, here, raw, rebuilt) == ["routed", "repeated"]


def test_what_has_neither_message_id_nor_date_may_be_said_again_another_day(conn: Conn, here: World) -> None:
    raw = without(here.reply("Done."), b"message-id:", b"date:")

    states = came(conn, here, raw, b"Received: by elsewhere\r\n" + raw) + came(conn, here, raw, days=1)

    assert states == ["routed", "repeated", "routed"]
    assert texts(conn) == ["Done.", "Done."]


def test_other_words_under_the_same_message_id_are_held_and_not_lost(conn: Conn, here: World) -> None:
    real = here.reply("The real words.")

    states = came(conn, here, real.replace(b"The real words.", b"I quit."), real)

    assert states == ["routed", "held"]
    ident = conn.scalars(select(m.Inbound.id).order_by(m.Inbound.id.desc())).first()
    assert ident is not None
    row = inbound(conn, ident)
    assert "has the same Message-ID and says something else" in row.reason
    assert row.workspace_id == here.ws.id


def test_who_assigns_such_a_mail_has_decided(conn: Conn, here: World) -> None:
    real = here.reply("The real words.")
    came(conn, here, real.replace(b"The real words.", b"I quit."), real)
    _, held = conn.scalars(select(m.Inbound.id).order_by(m.Inbound.id))

    conn.execute(update(m.Inbound).where(m.Inbound.id == held).values(state="received", assigned_part_id=here.part))
    take(conn, held)

    assert texts(conn) == ["I quit.", "The real words."]


def test_words_that_are_no_longer_kept_are_taken_for_the_same(conn: Conn, here: World) -> None:
    real = here.reply("Words.")
    came(conn, here, real)
    conn.execute(update(m.Inbound).values(parsed=None))

    assert came(conn, here, b"Received: by elsewhere\r\n" + real, days=1) == ["repeated"]


def test_a_forged_copy_that_came_first_and_is_held_does_not_stop_the_real_one(conn: Conn, here: World) -> None:
    real = here.reply("The real words.")

    states = came(conn, here, FAIL + real, FAIL + b"X: 2\r\n" + real, PASS + real, PASS + b"X: 2\r\n" + real, own=EDGE)

    assert states == ["held", "repeated", "routed", "repeated"]
    assert texts(conn) == ["The real words."]


def test_the_held_copy_assigned_by_hand_afterwards_is_the_repetition(conn: Conn, here: World) -> None:
    real = here.reply("The real words.")
    came(conn, here, FAIL + real, PASS + real, own=EDGE)
    held, _ = conn.scalars(select(m.Inbound.id).order_by(m.Inbound.id))

    conn.execute(update(m.Inbound).where(m.Inbound.id == held).values(state="received", assigned_part_id=here.part))
    take(conn, held, own=EDGE)

    assert inbound(conn, held).state == "repeated"
    assert texts(conn) == ["The real words."]


def test_a_copy_that_proves_nothing_leaves_no_trace_but_itself(conn: Conn, here: World) -> None:
    raw = here.reply("Words.", from_="Eve <eve@elsewhere.test>")
    came(conn, here, raw)
    before = conn.scalars(select(m.Inbound.dedupe_key)).all()

    assert came(conn, here, b"Received: by elsewhere\r\n" + raw, days=1) == ["repeated"]
    assert conn.scalars(select(m.Inbound.dedupe_key).order_by(m.Inbound.id)).all() == [*before, None]
