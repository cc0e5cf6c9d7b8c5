"""Segments: made, changed, archived and brought back; names are unique among those in use, and workspaces apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select, update

from engine import models as m
from engine.campaigns.audience import segments
from engine.errors import Fault, Invalid, NotAllowed, NotFound
from engine.people.principal import SYSTEM, Principal, of_session
from tests import factories as make
from tests.engine.campaigns.audience.scene import NOW, attributes
from tests.factories.rows import row


@pytest.fixture
def who(shared_conn: Connection) -> Principal:
    """An admin of a workspace that has attributes."""
    ws = make.workspace(shared_conn)
    attributes(shared_conn, ws)
    return of_session(ws.id, 1, 7, "admin")


def test_a_segment_keeps_its_query_as_canonical_text(shared_conn: Connection, who: Principal) -> None:
    made = segments.make(shared_conn, who, "  Pro   people ", "plan = 'pro' AND NOT (seats < 5)", NOW)

    assert (made.name, made.query) == ("Pro people", 'plan is "pro" and not seats < 5')
    assert (made.made_by, made.made_at) == ("account:7", NOW)
    assert [one.id for one in segments.listed(shared_conn, who)] == [made.id]


def test_a_query_that_does_not_fit_is_not_saved(shared_conn: Connection, who: Principal) -> None:
    with pytest.raises(Fault, match="Did you mean plan") as caught:
        segments.make(shared_conn, who, "Pro", 'seats > 5 and pan is "pro"', NOW)

    assert (caught.value.start, caught.value.end, caught.value.field) == (14, 17, "query")
    assert segments.listed(shared_conn, who) == []


@pytest.mark.parametrize("name", ["", "   ", "\0", "x" * 101])
def test_a_name_is_neither_empty_nor_endless(shared_conn: Connection, who: Principal, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        segments.make(shared_conn, who, name, "everyone", NOW)

    assert caught.value.field == "name"


def test_a_name_is_free_again_once_its_segment_is_archived(shared_conn: Connection, who: Principal) -> None:
    first = segments.make(shared_conn, who, "Pro", "everyone", NOW)
    with pytest.raises(Invalid, match="Another segment is called"):
        segments.make(shared_conn, who, "Pro", "vip is yes", NOW)
    segments.archive(shared_conn, who, first.id, NOW)

    second = segments.make(shared_conn, who, "Pro", "vip is yes", NOW)

    with pytest.raises(Invalid, match="Another segment is called"):
        segments.restore(shared_conn, who, first.id)
    segments.change(shared_conn, who, second.id, "Pro now", "vip is yes", NOW)
    assert segments.restore(shared_conn, who, first.id).archived_at is None
    assert [one.name for one in segments.listed(shared_conn, who)] == ["Pro", "Pro now"]


def test_what_is_archived_is_listed_apart_and_not_changed(shared_conn: Connection, who: Principal) -> None:
    made = segments.make(shared_conn, who, "Pro", "everyone", NOW)
    segments.archive(shared_conn, who, made.id, NOW)
    again = segments.archive(shared_conn, who, made.id, NOW.replace(hour=20))

    with pytest.raises(Invalid, match="Bring it back first"):
        segments.change(shared_conn, who, made.id, "Other", "everyone", NOW)

    assert again.archived_at == NOW
    assert segments.listed(shared_conn, who) == []
    assert [one.id for one in segments.listed(shared_conn, who, archived=True)] == [made.id]


def test_a_segment_says_which_campaigns_began_with_it(shared_conn: Connection, who: Principal) -> None:
    made = segments.make(shared_conn, who, "Pro", "everyone", NOW)
    ids = [
        row(shared_conn, m.Campaign, workspace_id=who.workspace_id, name=name, query="everyone", segment_id=made.id)
        for name in ("Spring", "Autumn")
    ]

    segments.change(shared_conn, who, made.id, "Pro", "vip is yes", NOW)

    assert [(one.id, one.name, one.state) for one in segments.used_by(shared_conn, who, made.id)] == [
        (ids[1], "Autumn", "draft"), (ids[0], "Spring", "draft"),
    ]  # fmt: skip
    assert [one.used for one in segments.listed(shared_conn, who)] == [2]
    kept = shared_conn.scalars(select(m.Campaign.query)).all()
    assert kept == ["everyone", "everyone"]


def test_segments_are_found_by_name_and_by_query(shared_conn: Connection, who: Principal) -> None:
    segments.make(shared_conn, who, "Pro", 'plan is "pro"', NOW)
    segments.make(shared_conn, who, "Big", "seats > 100", NOW)

    found = [[one.name for one in segments.listed(shared_conn, who, q=q)] for q in ("PRO", "seats", "%", "")]

    assert found == [["Pro"], ["Big"], [], ["Big", "Pro"]]


def test_another_workspace_s_segment_is_not_there(shared_conn: Connection, who: Principal) -> None:
    made = segments.make(shared_conn, who, "Pro", "everyone", NOW)
    other = SYSTEM(make.workspace(shared_conn, "Other").id)

    acts: tuple[Callable[[], object], ...] = (
        lambda: segments.one(shared_conn, other, made.id),
        lambda: segments.change(shared_conn, other, made.id, "X", "everyone", NOW),
        lambda: segments.archive(shared_conn, other, made.id, NOW),
        lambda: segments.restore(shared_conn, other, made.id),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()

    assert segments.one(shared_conn, who, made.id) == made


def test_who_is_no_admin_neither_sees_nor_makes_segments(shared_conn: Connection, who: Principal) -> None:
    user = of_session(who.workspace_id, 2, 8, "user")

    with pytest.raises(NotAllowed):
        segments.listed(shared_conn, user)
    with pytest.raises(NotAllowed):
        segments.make(shared_conn, user, "Mine", "everyone", NOW)


def test_a_segment_whose_attribute_is_gone_is_still_shown(shared_conn: Connection, who: Principal) -> None:
    made = segments.make(shared_conn, who, "Pro", 'plan is "pro"', NOW)
    shared_conn.execute(update(m.Attribute).where(m.Attribute.name == "plan").values(name="tier"))

    assert segments.one(shared_conn, who, made.id).query == 'plan is "pro"'
