"""The freeze: everybody is a row of one run, those who are left out with their reason."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from sqlalchemy import Engine, union_all

from engine.campaigns import freeze
from engine.campaigns.launch import launch
from engine.campaigns.queries import rows
from engine.campaigns.watching import start_due
from engine.config import settings
from engine.errors import Invalid
from engine.outbound import partitions
from engine.outbound.stop import NEVER
from engine.people import suppression
from tests.engine.campaigns.scene import Scene
from tests.engine.outbound.world import SECRET


def consent(scene: Scene, address: str, state: str, topic: int = 0) -> None:
    scene.do(
        "INSERT INTO consent (contact_id, channel, topic_id, workspace_id, state, source, at)"
        " VALUES (:c, 'mail', :t, :w, :s, 'person', now())",
        c=scene.contact(address), t=topic, s=state,
    )  # fmt: skip


def test_everybody_becomes_a_row_of_one_run(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=1234)

    of = scene.launch(scene.campaign())

    assert of.state == "running"
    assert scene.states(of.run_id) == {"queued": 1234}
    assert scene.value("SELECT size FROM run WHERE id = :r AND part = 'launch'", r=of.run_id) == 1234
    assert scene.value("SELECT count(DISTINCT recipient) FROM delivery WHERE run_id = :r", r=of.run_id) == 1234
    assert scene.rows("SELECT min(seq), max(seq) FROM delivery WHERE run_id = :r", r=of.run_id) == [(1, 1234)]


def test_batches_hold_500_rows_in_the_order_of_seq(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=1234)

    of = scene.launch(scene.campaign())

    found = scene.rows(
        "SELECT count(*), min(seq), max(seq) FROM delivery WHERE run_id = :r GROUP BY batch_id ORDER BY batch_id",
        r=of.run_id,
    )
    assert found == [(500, 1, 500), (500, 501, 1000), (234, 1001, 1234)]


def test_a_launch_to_many_is_frozen_into_a_range_of_its_own(engine_db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "MANY", 1000)
    scene = Scene.make(engine_db, people=1200)
    consent(scene, "p2@x.test", "withdrawn")
    with scene.engine.begin() as conn:
        partitions.ahead(conn)

    of = scene.launch(scene.campaign())
    monkeypatch.setattr(partitions, "MANY", 9999)
    small = scene.launch(scene.campaign())

    assert scene.states(of.run_id) == {"queued": 1199, "suppressed: no consent": 1}
    kept = "SELECT tableoid::regclass::text, count(*) FROM delivery GROUP BY 1 ORDER BY 1"
    first = partitions.WIDTH * 5
    assert scene.rows(kept) == [(f"delivery_p{first}", 1200), (f"delivery_p{first + partitions.WIDTH}", 1200)]
    assert (of.run_id, small.run_id) == (first, first + partitions.WIDTH)


def test_who_is_left_out_is_a_row_with_the_reason_from_the_first_second(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=6)
    for n in range(1, 6):
        consent(scene, f"p{n}@x.test", "withdrawn" if n == 2 else "given")
    scene.do("UPDATE contact SET email = '' WHERE workspace_id = :w AND email = 'p3@x.test'")
    with scene.engine.begin() as conn:
        suppression.add(conn, scene.workspace_id, SECRET, ["P4@X.test"], "bounce", scene.now())

    of = scene.launch(scene.campaign(needs_consent=True))

    assert scene.states(of.run_id) == {
        "queued": 2, "suppressed: no consent": 2, "suppressed: no address on the channel": 1,
        "suppressed: suppressed: bounce": 1,
    }  # fmt: skip
    events = scene.rows("SELECT trigger, to_state, reply FROM delivery_event WHERE run_id = :r ORDER BY reply",
                        r=of.run_id)  # fmt: skip
    assert [tuple(event) for event in events] == [
        ("suppress", "suppressed", "no address on the channel"), ("suppress", "suppressed", "no consent"),
        ("suppress", "suppressed", "no consent"), ("suppress", "suppressed", "suppressed: bounce"),
    ]  # fmt: skip
    assert scene.value("SELECT count(*) FROM batch WHERE run_id = :r AND state = 'open'", r=of.run_id) == 1


def test_a_topic_that_was_left_leaves_out_and_one_that_was_asked_for_is_a_yes(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=4)
    topic = scene.value("INSERT INTO topic (workspace_id, name) VALUES (:w, 'News') RETURNING id")
    consent(scene, "p1@x.test", "given", topic)
    consent(scene, "p2@x.test", "given")
    consent(scene, "p2@x.test", "withdrawn", topic)
    consent(scene, "p3@x.test", "given")

    of = scene.launch(scene.campaign(needs_consent=True, topic_id=topic))

    sent = scene.rows("SELECT address FROM delivery WHERE run_id = :r AND state = 'queued' ORDER BY 1", r=of.run_id)
    assert [row[0] for row in sent] == ["p1@x.test", "p3@x.test"]


def test_a_campaign_that_needs_no_consent_still_leaves_out_who_withdrew_it(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=2)
    consent(scene, "p1@x.test", "withdrawn")

    of = scene.launch(scene.campaign())

    assert scene.states(of.run_id) == {"queued": 1, "suppressed: no consent": 1}


def test_consent_of_another_workspace_says_nothing_here(engine_db: Engine) -> None:
    scene, other = Scene.make(engine_db, people=1), Scene.make(engine_db, people=1)
    consent(other, "p1@x.test", "given")

    of = scene.launch(scene.campaign(needs_consent=True))

    assert scene.states(of.run_id) == {"suppressed: no consent": 1}


def test_who_had_enough_campaigns_is_capped_whatever_became_planned_counts(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3, cap_days=7, cap_count=1)
    first = scene.launch(scene.campaign())
    scene.do("UPDATE delivery SET state = 'bounced' WHERE run_id = :r AND address = 'p1@x.test'", r=first.run_id)
    scene.do("UPDATE delivery SET state = 'sent', sent_at = now() WHERE run_id = :r AND address = 'p2@x.test'",
             r=first.run_id)  # fmt: skip

    second = scene.launch(scene.campaign())

    assert scene.states(second.run_id) == {"queued": 1, "suppressed: over the frequency cap": 2}


def test_what_came_before_the_days_of_the_cap_does_not_count(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=1)
    first = scene.launch(scene.campaign())
    scene.do("UPDATE delivery SET state = 'sent', sent_at = now() - interval '3 days' WHERE run_id = :r",
             r=first.run_id)  # fmt: skip

    near, far = (scene.launch(scene.campaign(cap_count=1, cap_days=days)) for days in (4, 2))

    assert scene.states(near.run_id) == {"suppressed: over the frequency cap": 1}
    assert scene.states(far.run_id) == {"queued": 1}


def test_the_canary_leaves_and_the_others_wait_for_ever(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=700)

    of = scene.launch(scene.campaign(canary=50))

    assert of.state == "holding"
    found = scene.rows(
        "SELECT b.next_at, count(*) FROM batch b JOIN delivery d ON d.batch_id = b.id WHERE b.run_id = :r"
        " GROUP BY b.id, 1 ORDER BY 1",
        r=of.run_id,
    )
    assert [row[1] for row in found] == [50, 500, 150]
    assert [row[0] == NEVER for row in found] == [False, True, True]


def test_forty_zones_have_it_at_nine_of_their_own_clocks(engine_db: Engine) -> None:
    named = sorted(zone for zone in available_timezones() if zone.count("/") == 1 and not zone.startswith("Etc"))
    zones = named[:: len(named) // 45][:45]
    scene = Scene.make(engine_db)
    for n, zone in enumerate(zones):
        scene.add(3, zone=zone, domain=f"z{n}.test")
    day = (scene.now() + timedelta(days=3)).date()
    made = scene.campaign(send_when="local", local_day=day, local_time=time(9))
    assert scene.launch(made).state == "scheduled"

    with scene.engine.begin() as conn:
        start_due(conn, datetime.combine(day, time(0), UTC) - timedelta(hours=5, minutes=8))

    of = scene.get(made)
    found = scene.rows(
        "SELECT c.zone, (b.next_at AT TIME ZONE c.zone)::text, count(*) FROM delivery d JOIN batch b"
        " ON b.id = d.batch_id JOIN contact c ON c.id = d.recipient WHERE d.run_id = :r GROUP BY 1, 2",
        r=of.run_id,
    )
    assert {(row[0], row[1], row[2]) for row in found} == {(zone, f"{day} 09:00:00", 3) for zone in zones}


def test_an_audience_of_nobody_starts_nothing(engine_db: Engine) -> None:
    scene = Scene.make(engine_db)
    made = scene.campaign()

    with pytest.raises(Invalid, match="reaches nobody"):
        scene.launch(made)

    assert scene.get(made).state == "draft"
    assert scene.value("SELECT count(*) FROM run WHERE workspace_id = :w") == 0


def test_receivers_have_batches_of_their_own_where_the_relay_tells_them_apart(
    engine_db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("RELAY_HOST", "127.0.0.1"), ("RELAY_PORT", "25"), ("RELAY_VISIBLE", "true")):
        monkeypatch.setenv(f"SIXPM_{name}", value)
    settings.cache_clear()
    scene = Scene.make(engine_db)
    scene.add(4, domain="gmail.com")
    scene.add(3, domain="Example.org")

    of = scene.launch(scene.campaign())

    found = scene.rows(
        "SELECT b.provider, count(*) FROM batch b JOIN delivery d ON d.batch_id = b.id WHERE b.run_id = :r"
        " GROUP BY 1 ORDER BY 1",
        r=of.run_id,
    )
    assert [tuple(row) for row in found] == [("gmail", 4), ("other", 3)]


def test_thousands_of_suppressed_leave_no_row_of_theirs_in_a_batch_that_is_sent(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=1500)
    with scene.engine.begin() as conn:
        whom = [f"p{n}@x.test" for n in range(1, 1101)]
        suppression.add(conn, scene.workspace_id, SECRET, whom[:600], "bounce", scene.now())
        suppression.add(conn, scene.workspace_id, SECRET, whom[600:], "complaint", scene.now())

    of = scene.launch(scene.campaign())

    assert scene.states(of.run_id) == {
        "queued": 400, "suppressed: suppressed: bounce": 600, "suppressed: suppressed: complaint": 500,
    }  # fmt: skip
    found = scene.rows("""
        SELECT b.state, count(*), min(d.seq), max(d.seq) FROM delivery d JOIN batch b ON b.id = d.batch_id
        WHERE d.run_id = :r GROUP BY 1 ORDER BY 1
    """, r=of.run_id)  # fmt: skip
    assert [tuple(row) for row in found] == [("done", 1100, 401, 1500), ("open", 400, 1, 400)]


def test_a_query_that_reads_no_contacts_is_frozen_each_person_once(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=30)
    first = scene.launch(scene.campaign())

    twice = union_all(rows.everybody(scene.workspace_id, first.id), rows.everybody(scene.workspace_id, first.id))

    made = scene.campaign()
    with scene.engine.begin() as conn:
        launch(conn, scene.person, made, scene.now(), lambda *_: twice.subquery().select())

    assert scene.states(scene.get(made).run_id) == {"queued": 30}


def test_an_audience_that_asks_other_tables_under_or_is_frozen_as_it_is_counted(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=20)
    for n in (1, 2):
        consent(scene, f"p{n}@x.test", "given")
    scene.do("UPDATE contact SET tags = '{vip}' WHERE workspace_id = :w AND email IN ('p2@x.test', 'p3@x.test')")
    made = scene.campaign()
    asked = 'consent to mail is given or tags contains "vip"'
    scene.do("UPDATE campaign SET query = :q WHERE id = :c", q=asked, c=made)

    of = scene.launch(made)

    assert scene.states(of.run_id) == {"queued": 3}


def test_postgresql_knows_of_many_rows_before_their_mail_leaves(
    engine_db: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "MANY", 1000)
    scene = Scene.make(engine_db, people=1234)

    of = scene.launch(scene.campaign())

    guess = scene.rows("EXPLAIN (FORMAT JSON) SELECT FROM delivery WHERE run_id = :r", r=of.run_id)[0][0][0]["Plan"]
    assert guess["Plan Rows"] == pytest.approx(1234, rel=0.1)
