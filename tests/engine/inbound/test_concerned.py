"""A mail that nothing has placed is shown to the workspace that it was sent to, where there are several."""

from __future__ import annotations

import pytest

from engine.db import Conn
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries import waiting
from engine.inbound.queries.waiting import Which
from engine.inbound.reader import ParseKilled
from engine.inbound.receive import FAULTS, KILLS, faulted, receive
from tests import factories as make
from tests.engine.inbound.digested import SAID, digested
from tests.engine.inbound.plain_world import letter, plain_world
from tests.engine.inbound.world import EVENING, OWN, inbound, keep, take, world

AWAY = b"Auto-Submitted: auto-replied\r\n"


def killed(raw: bytes) -> ParsedMail:
    raise ParseKilled("it took longer than 10 s")


def unreadable(raw: bytes) -> ParsedMail:
    return ParsedMail(faults=("unreadable: KeyError",))


def shown(conn: Conn, workspace_id: int) -> list[int]:
    every = Which(states=("held", "parked", "noted"))
    return [mail.id for mail in waiting.unsettled(conn, workspace_id, every)]


@pytest.mark.parametrize("how", ["killed", "unreadable", "raised"])
def test_a_parked_mail_is_shown_to_the_workspace_of_its_reply_address(conn: Conn, how: str) -> None:
    here, other = world(conn), make.workspace(conn)
    ident = keep(conn, b"\xff", [here.reply_address])

    for _ in range(KILLS if how == "killed" else 1):
        if how == "raised":
            for _ in range(FAULTS):
                faulted(conn, ident, "KeyError: 'x'", EVENING, OWN)
        else:
            receive(conn, ident, killed if how == "killed" else unreadable, EVENING, own=OWN)

    assert inbound(conn, ident).state == "parked"
    assert (shown(conn, here.ws.id), shown(conn, other.id)) == ([ident], [])


def test_what_is_taken_for_a_robots_at_a_plain_address_is_shown_there(conn: Conn) -> None:
    here, team, _ = plain_world(conn)
    make.workspace(conn)

    take(conn, ident := keep(conn, AWAY + letter(team, "eve@example.net"), [team]))

    assert shown(conn, here.ws.id) == [ident]


def test_what_is_taken_for_a_robots_at_an_entrys_address_is_shown_there(conn: Conn) -> None:
    the = digested(conn)
    make.workspace(conn)
    link = the.link(SAID["Bikram"][0])

    take(conn, ident := keep(conn, AWAY + the.mail("Away.", to=link, who="Carla"), [link]))

    assert shown(conn, the.ws.id) == [ident]


def test_what_names_nothing_of_ours_is_shown_to_nobody_where_there_are_several(conn: Conn) -> None:
    here, other = world(conn), make.workspace(conn)

    take(conn, ident := keep(conn, letter("someone@example.net", "eve@example.net"), ["someone@example.net"]))

    assert inbound(conn, ident).state == "held"
    assert shown(conn, here.ws.id) == shown(conn, other.id) == []
