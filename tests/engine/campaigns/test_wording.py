"""What a campaign mailed stands in each person's conversation as they read it, without the links that are theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from engine import db
from engine.campaigns.content import versions
from engine.campaigns.content.sheet import Written
from engine.campaigns.content.versions import Draft
from engine.campaigns.wording import as_mailed
from engine.conversations import events, individual
from engine.people.directory import erasing
from scheduler.tick import tell
from tests.engine.campaigns.scene import Scene
from tests.engine.campaigns.test_letters import sending
from tests.engine.outbound.world import SECRET
from tests.fakes.smtp_sink import sink_process

BODY = "Dear {{ first_name }}, [see the map](https://hall.example/map) of {{ attributes.city }}."
GERMAN = "Liebe {{ first_name }}, komm nach {{ attributes.city }}. [Mehr oder weniger]({{ links.preferences }})"


def scene_of(engine: Engine) -> Scene:
    """Three people: p2 reads German, p3 has no city any more by the time that anybody looks."""
    scene = Scene.make(engine, people=3)
    scene.do("INSERT INTO attribute (workspace_id, name, kind, label) VALUES (:w, 'city', 'text', 'City')")
    scene.do("""UPDATE contact SET attributes = '{"city": "Kiel"}' WHERE workspace_id = :w""")
    scene.do("UPDATE contact SET locale = 'de-AT' WHERE workspace_id = :w AND email = 'p2@x.test'")
    return scene


def launched(scene: Scene, port: int, **values: str) -> int:
    made = scene.campaign(**values)
    with scene.engine.begin() as conn:
        texts = {"": Written("For {{ name }}", BODY), "de": Written("Für {{ name }}", GERMAN)}
        versions.save(conn, scene.person, made, Draft(texts), db.now(conn))
    run = scene.launch(made).run_id
    assert run is not None
    with sending(scene.engine, port) as sender:
        sender.work(20)
    scene.do("UPDATE contact SET attributes = '{}' WHERE workspace_id = :w AND email = 'p3@x.test'")
    return run


def messages(scene: Scene) -> Mapping[str, tuple[str, str]]:
    found = scene.rows("""
        SELECT c.email, g.subject, g.body FROM message g JOIN conversation v ON v.id = g.conversation_id
        JOIN contact c ON c.id = v.contact_id WHERE g.workspace_id = :w
    """)
    return {row[0]: (row[1], " ".join(row[2].split())) for row in found}


def test_an_individual_campaign_makes_each_conversation_with_the_words_of_the_letter(
    engine_db: Engine, tmp_path: Path
) -> None:
    scene = scene_of(engine_db)
    with sink_process(tmp_path / "sink.log") as sink:
        launched(scene, sink.port, shape="individual")

    assert [tell(engine_db.begin), tell(engine_db.begin)] == [3, 0]

    said = messages(scene)
    assert said["p1@x.test"][0] == "For Person 1"
    assert "Dear Person, see the map" in said["p1@x.test"][1]
    assert "https://hall.example/map" in said["p1@x.test"][1]  # the address itself, not a link that counts
    assert said["p2@x.test"][0] == "Für Person 2"
    assert "Liebe Person, komm nach Kiel." in said["p2@x.test"][1]
    assert said["p3@x.test"] == ("For {{ name }}", BODY)  # it can no longer be made for them
    for _, body in said.values():
        assert "/leave/" not in body
        assert "/preferences/" not in body


def test_a_one_way_campaign_stands_only_in_the_conversation_of_whoever_answers(
    engine_db: Engine, tmp_path: Path
) -> None:
    scene = scene_of(engine_db)
    with sink_process(tmp_path / "sink.log") as sink:
        run = launched(scene, sink.port)
    seq = scene.value("SELECT seq FROM delivery WHERE run_id = :r AND address = 'p2@x.test'", r=run)

    assert tell(engine_db.begin) == 0
    with engine_db.begin() as conn:
        found = individual.answered(conn, run, seq, as_mailed)
        assert found is not None
        events.write(conn, found[1], db.now(conn))

    said = messages(scene)
    assert said.keys() == {"p2@x.test"}
    assert "Liebe Person, komm nach Kiel." in said["p2@x.test"][1]
    assert "(their own link)" in said["p2@x.test"][1]
    assert "Unsubscribe" not in said["p2@x.test"][1]


def test_who_is_erased_before_the_conversations_are_written_gets_none(engine_db: Engine, tmp_path: Path) -> None:
    scene = scene_of(engine_db)
    with sink_process(tmp_path / "sink.log") as sink:
        launched(scene, sink.port, shape="individual")
    with engine_db.begin() as conn:
        erasing.ask(conn, scene.person, scene.contact("p1@x.test"), SECRET, db.now(conn))

    assert [tell(engine_db.begin), tell(engine_db.begin)] == [2, 0]

    assert messages(scene).keys() == {"p2@x.test", "p3@x.test"}
