"""Who wrote unasked is let in, turned away, or has to wait again; their mails go with them."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from engine import models as m
from engine.db import Conn
from engine.errors import IllegalMove, NotAllowed, NotFound
from engine.inbound import newcomers, unasked
from engine.outbound import notices
from engine.people import contacts, standing
from engine.people.principal import SYSTEM, Principal, of_session
from tests import factories as make
from tests.engine.inbound.plain_world import letter, messages, plain_world
from tests.engine.inbound.world import EVENING, inbound, keep, take


def a_newcomer(conn: Conn, mails: int = 2) -> tuple[Principal, int, str]:
    """(who decides, Eve's contact, the team's address)."""
    here, team, _ = plain_world(conn)
    for n in range(mails):
        take(conn, keep(conn, letter(team, "Eve <eve@example.net>", f"No. {n}", ident=f"{n}@x"), [team], ident=str(n)))
    eve = conn.execute(select(m.Contact.id).where(m.Contact.email == "eve@example.net")).scalar_one()
    return SYSTEM(here.ws.id), eve, team


def states(conn: Conn) -> list[str]:
    return list(conn.scalars(select(m.Inbound.state).order_by(m.Inbound.id)))


def test_they_are_listed_with_what_they_wrote(conn: Conn) -> None:
    who, eve, _ = a_newcomer(conn)

    [listed] = standing.listed(conn, who)

    assert (listed.id, listed.address, listed.name, listed.mails) == (eve, "eve@example.net", "Eve", 2)
    assert listed.subject == "A question"


def test_let_in_their_held_mails_become_messages_and_so_do_later_ones(conn: Conn) -> None:
    who, eve, team = a_newcomer(conn)

    _, followup = newcomers.let_in(conn, who, eve, EVENING)
    for ident in followup.inbound:
        take(conn, ident)
    take(conn, keep(conn, letter(team, "eve@example.net", "Later.", ident="later@x"), [team], ident="later"))

    assert [words for words, _ in messages(conn)] == ["No. 0", "No. 1", "Later."]
    assert states(conn) == ["routed"] * 3
    assert standing.listed(conn, who) == []


def test_turned_away_nothing_of_theirs_waits_now_or_later(conn: Conn) -> None:
    who, eve, team = a_newcomer(conn)

    newcomers.turn_away(conn, who, eve, EVENING)
    take(conn, keep(conn, letter(team, "eve@example.net", "Later.", ident="later@x"), [team], ident="later"))

    assert states(conn) == ["noted"] * 3
    assert messages(conn) == []
    assert [one.id for one in standing.listed(conn, who, "refused")] == [eve]


def test_turning_away_is_taken_back_with_the_mails(conn: Conn) -> None:
    who, eve, _ = a_newcomer(conn)
    newcomers.turn_away(conn, who, eve, EVENING)

    _, followup = newcomers.hold_again(conn, who, eve, EVENING)
    for ident in followup.inbound:
        take(conn, ident)

    assert states(conn) == ["held", "held"]
    assert {inbound(conn, ident).reason for ident in followup.inbound} == {unasked.NEW}


def test_letting_in_is_taken_back_for_what_comes_later(conn: Conn) -> None:
    who, eve, team = a_newcomer(conn, 1)
    for ident in newcomers.let_in(conn, who, eve, EVENING)[1].inbound:
        take(conn, ident)

    newcomers.hold_again(conn, who, eve, EVENING)
    take(conn, keep(conn, letter(team, "eve@example.net", "Later.", ident="later@x"), [team], ident="later"))

    assert states(conn) == ["routed", "held"]


def test_deciding_twice_says_that_somebody_was_first(conn: Conn) -> None:
    who, eve, _ = a_newcomer(conn)
    newcomers.turn_away(conn, who, eve, EVENING)

    with pytest.raises(IllegalMove):
        newcomers.turn_away(conn, who, eve, EVENING)


def test_whoever_was_added_meanwhile_cannot_be_made_to_wait(conn: Conn) -> None:
    here, _, _ = plain_world(conn)

    with pytest.raises(IllegalMove, match="in a team"):
        newcomers.hold_again(conn, SYSTEM(here.ws.id), here.ada.contact_id, EVENING)


def test_another_workspaces_newcomer_is_not_there_and_a_user_may_not(conn: Conn) -> None:
    who, eve, _ = a_newcomer(conn)
    other = make.workspace(conn, "Other")

    with pytest.raises(NotFound):
        newcomers.let_in(conn, SYSTEM(other.id), eve, EVENING)
    with pytest.raises(NotAllowed):
        newcomers.let_in(conn, of_session(who.workspace_id, eve, 1, "user"), eve, EVENING)


def test_adding_somebody_lets_them_in(conn: Conn) -> None:
    who, eve, _ = a_newcomer(conn)

    assert contacts.add(conn, who.workspace_id, "Eve@example.net", "", None) == eve
    assert contacts.get(conn, who.workspace_id, eve).standing == "known"


@pytest.mark.parametrize("how", ["held", "refused"])
def test_no_notice_goes_to_somebody_who_was_not_let_in(conn: Conn, how: str) -> None:
    who, eve, _ = a_newcomer(conn)
    conn.execute(update(m.Contact).where(m.Contact.id == eve).values(standing=how))

    with pytest.raises(NotFound, match="not been let in"):
        notices.send_notice(conn, who.workspace_id, eve, "notice_test", {}, EVENING)
    assert not notices.send_to_all(conn, who.workspace_id, [eve], "notice_test", {}, EVENING)
