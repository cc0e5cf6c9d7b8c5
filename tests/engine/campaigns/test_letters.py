"""What leaves, and the last look at whether somebody may still have it; with a real loop and a real sink."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, text

from engine.campaigns.letters import campaign_mails
from engine.campaigns.watching import start_due
from engine.errors import Invalid
from engine.outbound import record
from engine.outbound.content import UNMADE
from engine.outbound.drafts import Draft, LetterDraft, Row, Unmade
from engine.outbound.render import Press
from engine.outbound.send import Sender
from engine.people import suppression
from tests.engine.campaigns.scene import Scene
from tests.engine.outbound.mails import parsed, pressed
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


BODY = """Dear {{ first_name|default("you") }}, the hall in {{ attributes.city }} opens [on Friday](https://hall.example/open).

Or see <https://hall.example/map>."""


class Read(NamedTuple):
    """A mail as its recipient has it."""

    head: EmailMessage
    text: str
    html: str


def read(draft: Draft, row: Row) -> Read:
    assert isinstance(draft, LetterDraft)
    mail = parsed(pressed(draft, Press(), row))
    parts = [mail.get_body((kind,)) for kind in ("plain", "html")]
    plain, html = (part.get_content() if part else "" for part in parts)
    return Read(mail, plain, html)


def test_each_has_their_own_words_and_links_and_who_is_not_tracked_has_them_as_written(engine_db: Engine) -> None:
    scene = Scene.make(engine_db, people=4, track_links=True, track_opens=True)
    scene.do("INSERT INTO attribute (workspace_id, name, kind, label) VALUES (:w, 'city', 'text', 'City')")
    scene.do("""UPDATE contact SET attributes = '{"city": "Kiel"}' WHERE workspace_id = :w AND email <> 'p2@x.test'""")
    scene.do("UPDATE contact SET tracked = false WHERE email = 'p3@x.test' AND workspace_id = :w")
    made = scene.campaign(query='email in ("p1@x.test", "p2@x.test", "p3@x.test")')
    with engine_db.begin() as conn:
        scene.write(conn, made, BODY)

    of = scene.launch(made)
    with engine_db.begin() as conn:
        found = conn.execute(text("SELECT run_id, seq, recipient, about, transport, address, attempt, useful_until"
                                  " FROM delivery WHERE run_id = :r"), {"r": of.run_id})  # fmt: skip
        rows = [Row(*row) for row in found]
        drafts = {row.address: (campaign_mails(conn, scene.workspace_id, rows)[row.seq], row) for row in rows}
    first, third = (read(*drafts.pop(address)) for address in ("p1@x.test", "p3@x.test"))

    for mail in (first, third):
        assert "Dear Person, the hall in Kiel opens" in " ".join(mail.text.split())
        assert mail.head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "/leave/" in mail.head["List-Unsubscribe"]
        assert "/preferences/" in mail.text
        assert "<r+" in mail.head["Reply-To"]
    assert 'href="https://hall' not in first.html
    assert "hall.example/open" not in first.text
    assert first.html.count("/l/") == 3
    assert first.html.count("/o/") == 1
    assert 'href="https://hall.example/open"' in third.html
    assert "https://hall.example/map." in third.text
    assert "/l/" not in third.html + third.text
    assert "/o/" not in third.html
    ((unmade, _),) = drafts.values()
    assert isinstance(unmade, Unmade)
    assert "attributes.city" in unmade.reason


def test_one_whose_mail_cannot_be_made_fails_with_the_reason_and_the_others_get_theirs(
    engine_db: Engine, tmp_path: Path
) -> None:
    scene = Scene.make(engine_db, people=3)
    scene.do("UPDATE contact SET name = '' WHERE workspace_id = :w AND email = 'p2@x.test'")
    made = scene.campaign()
    with engine_db.begin() as conn:
        scene.write(conn, made, "Dear {{ name }}")

    with sink_process(tmp_path / "sink.log") as sink:
        of = scene.launch(made)
        with sending(engine_db, sink.port) as sender:
            sender.work(20)
        got = sorted(mail.rcpt[0] for mail in read_log(sink.log))

    assert got == ["p1@x.test", "p3@x.test"]
    failed = scene.value("SELECT reply FROM delivery_event WHERE run_id = :r AND to_state = 'failed'", r=of.run_id)
    assert failed.startswith(UNMADE)
    assert "name" in failed


def test_an_attribute_that_goes_after_the_save_stops_the_launch_or_fails_the_rows_with_the_reason(
    engine_db: Engine,
) -> None:
    scene = Scene.make(engine_db, people=3)
    city = "INSERT INTO attribute (workspace_id, name, kind, label) VALUES (:w, 'city', 'text', 'City')"
    scene.do(city)
    made = scene.campaign(send_when="at", send_at=scene.now() + timedelta(hours=1))
    with engine_db.begin() as conn:
        scene.write(conn, made, "Come to {{ attributes.city | default('us') }}")
    scene.launch(made)
    scene.do("DELETE FROM attribute")  # nobody has a value, so it may go

    with pytest.raises(Invalid, match="is not known here"):
        scene.launch(made)
    with engine_db.begin() as conn:
        start_due(conn, scene.now() + timedelta(hours=2))
    stopped = scene.get(made)
    scene.do(city)
    of = scene.launch(made, scene.now() + timedelta(hours=2))
    scene.do("DELETE FROM attribute")
    with engine_db.begin() as conn:
        ((_, rows),) = record.claim(conn, "me", scene.now() + timedelta(hours=3), 10, 30.0)
        drafts = campaign_mails(conn, scene.workspace_id, rows)

    assert (stopped.state, of.state) == ("draft", "running")
    assert "is not known here" in stopped.reason
    assert [type(draft) for draft in drafts.values()] == [Unmade] * 3
