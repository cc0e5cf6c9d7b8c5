"""An entry is changed, removed and restored: who may, what is kept, and what is never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from engine import models as m
from engine import move
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.inbound import amend
from engine.outbound.queries.flushing import these
from engine.people.principal import SYSTEM, Principal, of_link, of_session
from tests import factories as make
from tests.engine.inbound.world import EVENING, World, keep, take, world

LATER = EVENING + timedelta(hours=1)


def written(conn: Conn, here: World, text: str = "Fixed the #build.", **values: Any) -> int:
    return make.entry(conn, here.part, text, at=EVENING, tags=["build"], **values)


def row(conn: Conn, entry_id: int) -> Any:
    e = m.Entry
    return conn.execute(select(e.text, e.kind, e.tags, e.edited_at, e.removed_at).where(e.id == entry_id)).one()


def changes(conn: Conn) -> list[Any]:
    c = m.EntryChange
    return list(conn.execute(select(c.what, c.text, c.kind, c.tags, c.actor, c.at).order_by(c.id)))


def author(here: World) -> Principal:
    return of_link(here.ws.id, here.ada.contact_id, here.ada.id)


def session(conn: Conn, here: World, contact_id: int, role: str = "user") -> Principal:
    account = make.account(conn, here.ws.id, contact_id, role=role)
    return of_session(here.ws.id, contact_id, account, role)


def test_an_edit_keeps_what_it_said_and_reads_tags_and_kind_anew(conn: Conn) -> None:
    here = world(conn)
    entry = written(conn, here, kind="done")

    amend.edit(conn, author(here), entry, "  Blocked: waiting\r\nfor #Review \0 by @bob ", LATER)

    assert tuple(row(conn, entry)) == ("waiting for #Review by @bob", "blocked", ["review"], LATER, None)
    assert [tuple(change) for change in changes(conn)] == [
        ("edited", "Fixed the #build.", "done", ["build"], f"membership:{here.ada.id}", LATER)
    ]


@pytest.mark.parametrize("same", ["Fixed the #build.", " Fixed   the\n#build. "])
def test_the_same_text_changes_nothing(conn: Conn, same: str) -> None:
    here = world(conn)
    entry = written(conn, here)

    amend.edit(conn, author(here), entry, same, LATER)

    assert row(conn, entry).edited_at is None
    assert changes(conn) == []


def test_a_second_click_on_save_leaves_one_change(conn: Conn) -> None:
    here = world(conn)
    entry = written(conn, here)

    for _ in range(2):
        amend.edit(conn, author(here), entry, "Fixed it.", LATER)

    assert len(changes(conn)) == 1


@pytest.mark.parametrize("text", ["", " \n ", "---", "\0", "x" * 20_001])
def test_nothing_and_too_much_can_be_mended(conn: Conn, text: str) -> None:
    here = world(conn)
    entry = written(conn, here)

    with pytest.raises(Invalid) as caught:
        amend.edit(conn, author(here), entry, text, LATER)

    assert caught.value.field == "text"
    assert row(conn, entry).text == "Fixed the #build."


def test_a_removed_entry_is_restored_as_it_was(conn: Conn) -> None:
    here = world(conn)
    entry = written(conn, here)

    for _ in range(2):
        amend.remove(conn, author(here), entry, LATER)
    gone = row(conn, entry).removed_at
    for _ in range(2):
        amend.restore(conn, author(here), entry, LATER)

    assert gone == LATER
    assert tuple(row(conn, entry)) == ("Fixed the #build.", "note", ["build"], None, None)
    assert [change.what for change in changes(conn)] == ["removed", "restored"]


def test_a_removed_entry_is_not_edited(conn: Conn) -> None:
    here = world(conn)
    entry = written(conn, here)
    amend.remove(conn, author(here), entry, LATER)

    with pytest.raises(Invalid, match="Restore it first"):
        amend.edit(conn, author(here), entry, "Back again.", LATER)


def test_the_author_takes_back_their_own_removal_by_link_or_signed_in_and_no_managers(conn: Conn) -> None:
    here = world(conn)
    entry = written(conn, here)
    boss = make.member(conn, here.team, "Boss", role="manager")
    manager, signed_in = session(conn, here, boss.contact_id), session(conn, here, here.ada.contact_id)

    amend.remove(conn, signed_in, entry, LATER)
    amend.restore(conn, author(here), entry, LATER)
    amend.remove(conn, manager, entry, LATER)
    for who in (author(here), signed_in):
        with pytest.raises(NotAllowed, match="A manager"):
            amend.restore(conn, who, entry, LATER)
    amend.restore(conn, manager, entry, LATER)

    assert row(conn, entry).removed_at is None


def test_who_may_change_an_entry(conn: Conn) -> None:
    here = world(conn)
    entry = written(conn, here)
    people = {role: make.member(conn, here.team, role, role=role) for role in ("manager", "member", "observer")}
    other = make.team(conn, here.ws, "Others")
    foreign = make.member(conn, other, "Foreign", role="manager")
    far = make.workspace(conn, "Far")
    outsider, _ = make.contact(conn, here.ws.id, "Outsider")
    sessions = {role: session(conn, here, member.contact_id) for role, member in people.items()}
    links = {f"link of {role}": of_link(here.ws.id, p.contact_id, p.id) for role, p in people.items()}
    expected: list[tuple[str, Principal, type[Exception] | None]] = [
        ("author by link", author(here), None),
        ("author signed in", session(conn, here, here.ada.contact_id), None),
        ("manager", sessions["manager"], None),
        ("admin who is not in the team", session(conn, here, outsider, "admin"), None),
        ("engine", SYSTEM(here.ws.id), None),
        ("member", sessions["member"], NotAllowed),
        ("observer", sessions["observer"], NotAllowed),
        ("link of a manager", links["link of manager"], NotAllowed),
        ("link of a member", links["link of member"], NotAllowed),
        ("manager of another team", session(conn, here, foreign.contact_id), NotFound),
        ("owner of another workspace", of_session(far.id, outsider, 1, "owner"), NotFound),
        ("link into another workspace", of_link(far.id, here.ada.contact_id, here.ada.id), NotFound),
    ]

    for name, who, refused in expected:
        for number, act in enumerate((amend.remove, amend.restore)):
            if refused is None:
                amend.edit(conn, who, entry, f"By {name} {number}.", LATER)
                act(conn, who, entry, LATER)
                amend.restore(conn, who, entry, LATER)
                continue
            with pytest.raises(refused):
                act(conn, who, entry, LATER)
            with pytest.raises(refused):
                amend.edit(conn, who, entry, "Mine now.", LATER)


def test_who_has_left_the_team_changes_nothing_any_more(conn: Conn) -> None:
    here = world(conn)
    entry = written(conn, here)
    conn.execute(update(m.Membership).where(m.Membership.id == here.ada.id).values(left_at=EVENING))

    with pytest.raises(NotFound):
        amend.remove(conn, author(here), entry, LATER)


def test_posts_that_are_out_are_corrected_by_every_change_and_by_nothing_else(conn: Conn) -> None:
    here = world(conn)
    make.channel(conn, here.team)
    take(conn, keep(conn, here.reply("Fixed it."), [here.reply_address]))
    post = conn.execute(select(m.Run.id).where(m.Run.kind == "post")).scalar_one()
    entry = conn.execute(select(m.Entry.id)).scalar_one()
    move.deliveries(conn, "accept", these(post, [1]), EVENING, values={"sent_at": EVENING})

    planned = []
    acts: tuple[Callable[[], object], ...] = (
        lambda: amend.edit(conn, author(here), entry, "Fixed the build.", LATER),
        lambda: amend.remove(conn, author(here), entry, LATER),
        lambda: amend.restore(conn, author(here), entry, LATER),
    )
    for act in acts:
        for _ in range(2):
            act()
            planned.append(conn.scalar(select(func.count()).select_from(m.Correction)))

    assert planned == [1, 1, 2, 2, 3, 3]


def test_two_at_once_leave_a_history_without_a_gap(engine_db: Engine) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        entry = written(conn, here)

    with engine_db.connect() as first, engine_db.connect() as second:
        first.begin()
        second.begin()
        amend.edit(first, author(here), entry, "First.", LATER)
        second.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(Exception, match="lock timeout"):
            amend.edit(second, author(here), entry, "Second.", LATER)
        first.commit()
        second.rollback()
        second.begin()
        amend.edit(second, author(here), entry, "Second.", LATER)
        second.commit()

    with engine_db.connect() as conn:
        assert [change.text for change in changes(conn)] == ["Fixed the #build.", "First."]
        assert row(conn, entry).text == "Second."
