"""Write to those who …: a list of a report becomes the audience of a draft, in words where there are some."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from engine.campaigns import those, whom
from engine.campaigns.report import lists
from engine.campaigns.those import Drafted
from engine.errors import Invalid, NotFound
from tests.engine.campaigns.answering import answer, end, to
from tests.engine.campaigns.scene import Scene


def draft(scene: Scene, made: int, name: str, key: str = "") -> Drafted:
    with scene.engine.begin() as conn:
        return those.draft(conn, scene.person, made, name, key, scene.now())


def meant(scene: Scene, made: int) -> set[str]:
    """The addresses whom a draft means now."""
    of = scene.get(made)
    with scene.engine.begin() as conn:
        ids = [row[0] for row in conn.execute(whom.contacts(conn, of.query, scene.workspace_id, scene.now()))]
    return {row[0] for row in scene.rows("SELECT email FROM contact WHERE id = ANY(:ids)", ids=ids)}


def sent(scene: Scene) -> int:
    """A campaign to four: p1 answered, p2 bounced, p3 opened it, p4 has it."""
    of = scene.launch(scene.campaign(shape="individual", per_hour=600))
    end(scene, of.run_id, "bounced", to("p2@x.test"))
    end(scene, of.run_id, "sent")
    answer(scene, of.run_id, "p1@x.test")
    scene.do("INSERT INTO hit (workspace_id, run_id, seq, contact_id, at, method, taken_for)"
             " SELECT :w, run_id, seq, recipient, now(), 'GET', 'human' FROM delivery"
             " WHERE run_id = :r AND address = 'p3@x.test'", r=of.run_id)  # fmt: skip
    return of.id


def test_every_list_becomes_an_audience_that_is_prefilled(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=4)
    made = sent(scene)

    found = {name: draft(scene, made, name) for name in ("silent", "opened", "replied", "accepted", "bounced", "rest")}

    assert {name: (one.query, one.lives) for name, one in found.items()} == {
        "silent": (f"got campaign {made} and did not reply", True),
        "opened": (f"got campaign {made} and did open", True),
        "replied": (f"got campaign {made} and did reply", True),
        "accepted": (f"got campaign {made}", True),
        "bounced": ('email in ("p2@x.test")', False),
        "rest": ('email in ("p2@x.test")', False),
    }
    assert {name: meant(scene, one.id) for name, one in found.items()} == {
        "silent": {"p3@x.test", "p4@x.test"}, "opened": {"p3@x.test"}, "replied": {"p1@x.test"},
        "accepted": {"p1@x.test", "p3@x.test", "p4@x.test"}, "bounced": {"p2@x.test"}, "rest": {"p2@x.test"},
    }  # fmt: skip
    of = scene.get(found["silent"].id)
    assert (of.name, of.state, of.shape, of.per_hour) == ("Spring: who has not answered", "draft", "individual", 600)
    assert of.version_no == 0


def test_every_list_of_the_report_has_a_name_for_its_people() -> None:
    assert set(those.WHO) == set(lists.NAMES)


def test_a_long_list_is_kept_as_a_tag_and_a_segment_each_time_anew(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=600)
    of = scene.launch(scene.campaign())
    end(scene, of.run_id, "failed", "seq > 1")

    first = draft(scene, of.id, "failed")
    scene.do("UPDATE delivery SET state = 'sent' WHERE run_id = :r AND seq = 2", r=of.run_id)
    second = draft(scene, of.id, "failed")

    assert first.query.startswith('tags contains "list-')
    assert first.query != second.query
    assert (first.people, len(meant(scene, first.id)), len(meant(scene, second.id))) == (599, 599, 598)
    assert scene.rows("SELECT query FROM segment WHERE id = :s", s=scene.get(first.id).segment_id) == [(first.query,)]


def test_an_empty_list_or_none_is_refused(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=4)
    made = sent(scene)

    with pytest.raises(Invalid, match="Nobody is on this list"):
        draft(scene, made, "complained")
    with pytest.raises(NotFound):
        draft(scene, made, "friends")
    assert scene.value("SELECT count(*) FROM campaign") == 1


def test_a_list_that_is_too_long_to_keep_says_so(engine_db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene.make(engine_db, people=510)
    of = scene.launch(scene.campaign())
    monkeypatch.setattr(those, "MOST", 500)

    with pytest.raises(Invalid, match="more than 500"):
        draft(scene, of.id, "waiting")
    assert scene.value("SELECT count(*) FROM segment") == 0
