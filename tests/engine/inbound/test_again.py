"""A mail that was not read, or was held, is found and run again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from engine import models as m
from engine.db import Conn
from engine.errors import NotFound
from engine.inbound.again import run_again
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries import waiting
from engine.inbound.reader import ParseKilled
from engine.inbound.receive import FAULTS, faulted, receive
from engine.people.principal import SYSTEM, Principal
from tests import factories as make
from tests.engine.inbound.world import EVENING, OWN, inbound, keep, take, texts, world


def test_a_mail_that_kills_its_reader_twice_is_parked_and_can_be_run_again(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Poison?"), [here.reply_address])

    def killed(raw: bytes) -> ParsedMail:
        raise ParseKilled("it took longer than 10 s")

    first = receive(conn, ident, killed, EVENING, own=OWN)
    state = inbound(conn, ident).state
    second = receive(conn, ident, killed, EVENING, own=OWN)

    assert (first.inbound, state) == ((ident,), "received")
    assert not second
    assert inbound(conn, ident).state == "parked"
    assert "longer than 10 s" in inbound(conn, ident).reason
    again = run_again(conn, SYSTEM(here.ws.id), ident, EVENING)
    assert again.inbound == (ident,)
    take(conn, ident)
    assert texts(conn) == ["Poison?"]


def test_a_mail_whose_reading_raises_is_parked_the_fifth_time_and_not_before(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("A bug of ours."), [here.reply_address])

    states = []
    for _ in range(FAULTS + 1):
        faulted(conn, ident, "KeyError: 'x'", EVENING, OWN)
        states.append(inbound(conn, ident).state)

    assert states == ["received"] * 4 + ["parked"] * 2
    assert inbound(conn, ident).reason == "Reading it failed 5 times: KeyError: 'x'"
    run_again(conn, SYSTEM(here.ws.id), ident, EVENING)
    take(conn, ident)
    assert texts(conn) == ["A bug of ours."]


def test_a_held_mail_is_taken_once_its_fault_is_mended(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("From my other address.", from_="ada@home.test"), [here.reply_address])
    take(conn, ident)
    conn.execute(update(m.Contact).values(email="ada@home.test", email_key="ada@home.test"))

    run_again(conn, Principal("session", here.ws.id, 1, 1, "admin"), ident, EVENING)
    take(conn, ident)

    assert texts(conn) == ["From my other address."]
    assert inbound(conn, ident).reason == ""


def test_another_workspace_neither_sees_nor_runs_a_held_mail(conn: Conn) -> None:
    here = world(conn)
    other = make.workspace(conn, "Other")
    ident = keep(conn, here.reply("Eve's.", from_="eve@example.net"), [here.reply_address])
    nobodys = keep(conn, b"Subject: x\r\n\r\nx\r\n", [], ident="two")
    take(conn, ident)
    take(conn, nobodys)

    assert waiting.unsettled(conn, other.id) == []
    for number in (ident, nobodys):
        with pytest.raises(NotFound):
            run_again(conn, SYSTEM(other.id), number, EVENING)


def test_mails_nobody_has_read_are_found_by_the_sweep(conn: Conn) -> None:
    here = world(conn)
    ident = keep(conn, here.reply("Waiting."), [here.reply_address])

    early = waiting.waiting_inbound(conn, EVENING + timedelta(seconds=5))
    late = waiting.waiting_inbound(conn, EVENING + timedelta(seconds=11))
    lag = waiting.inbound_lag(conn, EVENING + timedelta(seconds=11))
    take(conn, ident)

    assert (early, late, lag) == ([], [ident], 11.0)
    assert waiting.waiting_inbound(conn, EVENING + timedelta(days=1)) == []
    assert waiting.inbound_lag(conn, EVENING) == 0
