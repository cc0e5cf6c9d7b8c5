"""The rest: whoever has not got a campaign gets it, and nobody who has it or may have it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine.campaigns import again, campaigns, one
from engine.campaigns.again import Asked, Ended, Left
from engine.campaigns.one import Letter
from engine.campaigns.report import lists
from engine.campaigns.watching import watch
from engine.errors import Invalid
from engine.people import suppression
from tests.engine.campaigns.answering import end, to
from tests.engine.campaigns.scene import Scene
from tests.engine.campaigns.test_letters import sending
from tests.engine.outbound.world import SECRET
from tests.fakes.smtp_sink import read_log, sink_process


def look(scene: Scene, made: int) -> Left:
    with scene.engine.begin() as conn:
        return again.look(conn, scene.person, made, scene.now())


def send(scene: Scene, made: int, seen: Left | None = None, **choice: bool) -> again.Sent:
    """Press, having seen what there is."""
    seen = seen or look(scene, made)
    count = seen.n + ((seen.new or 0) if choice.get("newcomers") else 0)
    with scene.engine.begin() as conn:
        return again.send(conn, scene.person, made, Asked(seen.last, count, **choice), scene.now())


def addresses(scene: Scene, run: int | None) -> set[str]:
    return {row[0] for row in scene.rows("SELECT address FROM delivery WHERE run_id = :r", r=run)}


@pytest.fixture
def flown(engine_db: Engine) -> tuple[Scene, int, int]:
    """A campaign to 12 people that is over, for each of them otherwise; p10 and p12 stay suppressed, p11 not."""
    scene = Scene.make(engine_db, people=12)
    with engine_db.begin() as conn:
        for who in ("p10@x.test", "p11@x.test"):
            suppression.add(conn, scene.workspace_id, SECRET, [who], "complaint", scene.now())
    of = scene.launch(scene.campaign(query='email ends with "x.test"'))
    run = of.run_id or 0
    for who, state in (("p1", "sent"), ("p2", "complained"), ("p3", "in_doubt"), ("p4", "failed"), ("p5", "expired"),
                       ("p6", "cancelled"), ("p7", "bounced"), ("p8", "suppressed"), ("p9", "sent"),
                       ("p12", "bounced")):  # fmt: skip
        end(scene, run, state, to(f"{who}@x.test"), "no consent" if who == "p8" else "")
    with engine_db.begin() as conn:
        suppression.add(conn, scene.workspace_id, SECRET, ["p12@x.test"], "bounce", scene.now())
        suppression.lift(conn, scene.workspace_id, SECRET, ["p11@x.test"])
        watch(conn, scene.now())
    assert scene.get(of.id).state == "finishing"
    return scene, of.id, run


def test_all_who_have_not_got_it_and_could_now_get_it_and_nobody_else(flown: tuple[Scene, int, int]) -> None:
    scene, made, run = flown

    seen = look(scene, made)
    sent = send(scene, made)

    assert addresses(scene, sent.run_id) == {f"p{n}@x.test" for n in (4, 5, 6, 7, 8, 11)}
    assert scene.states(sent.run_id) == {"queued": 6}
    assert (seen.n, seen.doubts, seen.young, seen.new, seen.why_not) == (6, 1, 0, 0, "")
    assert {*seen.ended} == {
        Ended("failed", "", 1), Ended("expired", "", 1), Ended("cancelled", "", 1), Ended("bounced", "", 1),
        Ended("suppressed", "no consent", 1), Ended("suppressed", "suppressed: complaint", 1),
    }  # fmt: skip
    assert {*seen.stays} == {("suppressed: complaint", 1), ("suppressed: bounce", 1)}
    assert scene.get(made).state == "running"
    assert scene.rows("SELECT part, size FROM run WHERE id = :r", r=sent.run_id) == [("rest", 6)]
    assert scene.get(made).run_id == run


def test_what_they_said_since_and_where_they_are_decides(flown: tuple[Scene, int, int]) -> None:
    scene, made, _ = flown
    scene.do("INSERT INTO consent (contact_id, channel, workspace_id, state, source, at)"
             " VALUES (:c, 'mail', :w, 'withdrawn', 'person', now())", c=scene.contact("p4@x.test"))  # fmt: skip
    scene.do("UPDATE contact SET erased_at = now() WHERE id = :c", c=scene.contact("p5@x.test"))
    scene.do("UPDATE contact SET email = '' WHERE id = :c", c=scene.contact("p6@x.test"))
    scene.do("UPDATE contact SET email = 'p10@y.test' WHERE id = :c", c=scene.contact("p10@x.test"))  # a new address

    stays = dict(look(scene, made).stays)
    sent = send(scene, made)

    assert addresses(scene, sent.run_id) == {"p7@x.test", "p8@x.test", "p10@y.test", "p11@x.test"}
    assert stays == {
        "no consent": 1, again.GONE: 1, "no address on the channel": 1, "suppressed: bounce": 1
    }  # fmt: skip


def test_a_double_press_makes_one_run_and_a_third_has_nobody_left(flown: tuple[Scene, int, int]) -> None:
    scene, made, _ = flown
    seen = look(scene, made)

    def press(_: int) -> str:
        try:
            return str(send(scene, made, seen).rows)
        except Invalid as refused:
            return str(refused)

    with ThreadPoolExecutor(3) as browsers:
        found = sorted(browsers.map(press, range(3)))

    assert found == ["6", again.PRESSED, again.PRESSED]
    with pytest.raises(Invalid, match="Nobody is left"):
        send(scene, made)
    assert scene.value("SELECT count(*) FROM run WHERE campaign_id = :c", c=made) == 2


def test_more_than_were_seen_are_asked_about_again(flown: tuple[Scene, int, int]) -> None:
    scene, made, _ = flown
    seen = look(scene, made)
    with scene.engine.begin() as conn:
        suppression.lift(conn, scene.workspace_id, SECRET, ["p10@x.test"])

    with pytest.raises(Invalid, match="It is 7 now, not 6"):
        send(scene, made, seen)

    assert send(scene, made).rows == 7


def test_who_fits_the_query_since_is_asked_for_and_a_second_yes_counts_them(flown: tuple[Scene, int, int]) -> None:
    scene, made, _ = flown
    scene.add(4, first=20)
    scene.do("UPDATE contact SET email = '' WHERE id = :c", c=scene.contact("p20@x.test"))

    seen = look(scene, made)
    scene.do("UPDATE workspace SET approve_over = 14 WHERE id = :w")
    with pytest.raises(Invalid, match="16 people"):
        send(scene, made, newcomers=True)
    scene.do("UPDATE workspace SET approve_over = NULL WHERE id = :w")
    sent = send(scene, made, newcomers=True)

    assert (seen.n, seen.new) == (6, 4)
    assert scene.states(sent.run_id) == {"queued": 9, "suppressed: no address on the channel": 1}


def test_doubts_are_sent_once_more_only_by_choice_and_as_the_same_mail(flown: tuple[Scene, int, int]) -> None:
    scene, made, run = flown

    without = send(scene, made)
    end(scene, without.run_id, "sent")
    chosen = send(scene, made, doubts=True)

    assert (without.resent, chosen.run_id, chosen.resent) == (0, None, 1)
    assert scene.rows("SELECT address, attempt FROM delivery WHERE run_id = :r AND state = 'queued'", r=run) == [
        ("p3@x.test", 1)
    ]  # fmt: skip
    assert scene.value("SELECT state FROM run WHERE id = :r", r=run) == "open"


def test_what_does_not_fly_says_why(flown: tuple[Scene, int, int]) -> None:
    scene, made, _ = flown
    seen = look(scene, made)
    scene.do("UPDATE campaign SET state = 'cancelled' WHERE id = :c", c=made)

    assert "Write to those who have not got it" in look(scene, made).why_not
    with pytest.raises(Invalid, match="cancelled"):
        send(scene, made, seen)
    assert look(scene, scene.campaign()).why_not == "It has not been launched."


def test_a_letter_to_one_person_has_no_rest_and_says_so(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=2)
    with engine_db.begin() as conn:
        letter = Letter(scene.contact("p1@x.test"), "Your talk", "How did it go?")
        made = one.send(conn, scene.person, letter, scene.now()).response["campaign"]

    seen = look(scene, made)

    assert (seen.n, seen.why_not) == (0, again.LETTER)
    with pytest.raises(Invalid, match="letter to one person"):
        send(scene, made, seen)


def test_a_launch_that_was_taken_back_is_nobodys_rest(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=3)
    made = scene.campaign()
    old = scene.launch(made).run_id
    scene.do("UPDATE delivery SET state = 'cancelled' WHERE run_id = :r", r=old)
    scene.do("UPDATE campaign SET state = 'draft', run_id = NULL WHERE id = :c", c=made)
    with engine_db.begin() as conn:
        campaigns.change(conn, scene.person, made, scene.now(), query='email in ("p1@x.test", "p2@x.test")')
    end(scene, scene.launch(made).run_id, "failed")

    with engine_db.begin() as conn:
        assert old not in lists.scope(conn, scene.workspace_id, made).runs
    assert addresses(scene, send(scene, made).run_id) == {"p1@x.test", "p2@x.test"}


def test_a_row_of_before_that_is_queued_again_meanwhile_sends_nothing_twice(
    flown: tuple[Scene, int, int], tmp_path: Path
) -> None:
    scene, made, run = flown
    scene.do("INSERT INTO batch (workspace_id, run_id, transport, urgency, next_at)"
             " VALUES (:w, :r, 'smtp', 6, now() - interval '1 hour')", r=run)  # fmt: skip
    sent = send(scene, made)
    scene.do("UPDATE delivery SET state = 'queued', batch_id = (SELECT max(id) FROM batch WHERE run_id = :r)"
             " WHERE run_id = :r AND state IN ('failed', 'expired')", r=run)  # fmt: skip
    scene.do("UPDATE run SET state = 'open' WHERE id = :r", r=run)

    with sink_process(tmp_path / "sink.log") as sink, sending(scene.engine, sink.port) as sender:
        sender.work(20)
        got = sorted(mail.rcpt[0] for mail in read_log(sink.log))

    assert got == sorted(f"p{n}@x.test" for n in (4, 5, 6, 7, 8, 11))
    assert scene.states(sent.run_id) == {"sent": 6}
    assert scene.states(run)["suppressed: has it already"] == 2
