"""What leaves, and the last look at whether somebody may still have it; with a real loop and a real sink."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from engine.campaigns.letters import campaign_mails
from engine.outbound.send import Sender
from engine.people import suppression
from tests.engine.campaigns.scene import Scene
from tests.engine.outbound.world import SECRET, Office
from tests.fakes.smtp_sink import read_log, sink_process


@contextmanager
def sending(engine: Engine, port: int) -> Iterator[Sender]:
    sender = Sender(Office.open(engine, port, mail_from="A <a@x.test>").settings, {"campaign": campaign_mails})
    sender.start()
    try:
        yield sender
    finally:
        sender.stop(2.0)


def test_consent_cap_erasure_and_suppression_are_asked_again_when_it_leaves(engine_db: Engine, tmp_path: Path) -> None:
    scene = Scene.make(engine_db, people=6, cap_days=7, cap_count=1)
    of = scene.launch(scene.campaign())
    scene.do("INSERT INTO consent (contact_id, channel, workspace_id, state, source, at)"
             " VALUES (:c, 'mail', :w, 'withdrawn', 'person', now())", c=scene.contact("p1@x.test"))  # fmt: skip
    scene.do("UPDATE contact SET erased_at = now() WHERE id = :c", c=scene.contact("p2@x.test"))
    other = scene.campaign(cap_count=9)
    run = scene.launch(other).run_id
    scene.do("UPDATE delivery SET state = 'sent', sent_at = now() WHERE run_id = :r AND recipient = :c",
             r=run, c=scene.contact("p3@x.test"))  # fmt: skip
    scene.do("UPDATE run SET state = 'paused' WHERE id = :r", r=run)
    with scene.engine.begin() as conn:
        suppression.add(conn, scene.workspace_id, SECRET, ["p4@x.test"], "complaint", scene.now())

    with sink_process(tmp_path / "sink.log") as sink:
        with sending(engine_db, sink.port) as sender:
            sender.work(20)
        got = {address for mail in read_log(sink.log) for address in mail.rcpt}

    assert scene.states(of.run_id) == {
        "sent": 2, "suppressed: no consent": 1, "suppressed: erased": 1, "suppressed: over the frequency cap": 1,
        "suppressed: suppressed: complaint": 1,
    }  # fmt: skip
    assert got == {"p5@x.test", "p6@x.test"}
