"""A second person's yes: who may give it, to what, and for how many."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import Engine

from engine import db
from engine.campaigns import approvals, campaigns
from engine.errors import Invalid
from tests.engine.campaigns.scene import Scene
from tests.engine.campaigns.test_flight import do
from tests.factories.campaigns import written


def test_over_so_many_recipients_somebody_else_has_to_approve(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=11, approve_over=10)
    made = scene.campaign()
    with pytest.raises(Invalid, match="11 people, more than 10"):
        scene.launch(made)
    do(scene, approvals.submit, made)
    with pytest.raises(Invalid, match="neither made it"):
        do(scene, approvals.approve, made)

    with scene.engine.begin() as conn:
        approvals.approve(conn, scene.second, made, db.now(conn))

    assert scene.get(made).state == "approved"
    assert scene.launch(made).state == "running"


def test_ten_recipients_need_nobody_else(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=10, approve_over=10)

    assert scene.launch(scene.campaign()).state == "running"


@pytest.mark.parametrize("what", ["version", "people"])
def test_another_version_or_many_more_people_need_another_yes(engine_db: Engine, what: str) -> None:
    scene = Scene.make(engine_db, people=30, approve_over=10)
    made = scene.campaign()
    do(scene, approvals.submit, made)
    with scene.engine.begin() as conn:
        approvals.approve(conn, scene.second, made, db.now(conn))

    if what == "version":
        with scene.engine.begin() as conn:
            written(conn, scene.person, made, "Summer", "It is summer.", db.now(conn))
    else:
        scene.add(4, first=100)

    with pytest.raises(Invalid, match="second person"):
        scene.launch(made)


def test_whoever_changes_another_s_draft_does_not_approve_the_change(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=30, approve_over=10)
    made = scene.campaign(query='email is "p1@x.test"')
    do(scene, approvals.submit, made)

    with scene.engine.begin() as conn:
        campaigns.change(conn, scene.second, made, db.now(conn), query="")  # to everybody
        with pytest.raises(Invalid, match="Nobody has asked"):
            approvals.approve(conn, scene.second, made, db.now(conn))
        approvals.submit(conn, scene.second, made, db.now(conn))
        with pytest.raises(Invalid, match="neither made it nor asked"):
            approvals.approve(conn, scene.second, made, db.now(conn))

    with pytest.raises(Invalid, match="second person"):
        scene.launch(made, who=scene.second)


def test_a_long_pasted_list_is_approved_as_any_query(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=30, approve_over=10)
    pasted = ", ".join(f"{hashlib.sha256(str(n).encode()).hexdigest()[:16]}@y.test" for n in range(300))
    made = scene.campaign(query=f'email ends with "x.test" or email in ({pasted})')
    do(scene, approvals.submit, made)

    with scene.engine.begin() as conn:
        assert approvals.approve(conn, scene.second, made, db.now(conn)) == 30
        assert [yes.recipients for yes in approvals.listed(conn, scene.get(made))] == [30]
        campaigns.change(conn, scene.person, made, db.now(conn), query=f"email in ({pasted}, p1@x.test)")
        assert approvals.listed(conn, campaigns.get(conn, scene.person, made)) == ()
        campaigns.change(
            conn, scene.person, made, db.now(conn), query=f'email ends with "x.test" or email in ({pasted})'
        )

    assert scene.launch(made).state == "running"
