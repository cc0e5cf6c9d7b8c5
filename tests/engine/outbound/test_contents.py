"""What is loaded for a batch: kept apart by lease, and one fault stops nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from engine import db
from engine.outbound import record
from engine.outbound.content import Makers
from engine.outbound.drafts import MailDraft, Row
from tests.engine.outbound.world import Office, plain_drafts
from tests.fakes.smtp_sink import sink_process


def test_letting_an_old_lease_go_keeps_the_contents_of_the_new_one(engine_db: Engine) -> None:
    """Else all its rows would expire with nothing left to say."""
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test"])
    makers = Makers(office.settings, {"prompt": plain_drafts})
    with engine_db.begin() as conn:
        [(old, found)] = record.claim(conn, "me", db.now(conn), 5, 30)
        new = replace(old, epoch=old.epoch + 1)
        makers.load(conn, old, found)
        makers.load(conn, new, found)

    makers.forget(old)

    assert planned.size == 1
    assert makers.refusal(new, found[0]) is None


def broken_for(*seqs: int) -> Any:
    def contents(conn: db.Conn, workspace_id: int, rows: list[Row]) -> dict[int, MailDraft]:
        for row in rows:
            if row.seq in seqs:
                conn.execute(text("SELECT 1 / 0"))
        return plain_drafts(conn, workspace_id, rows)

    return contents


def test_one_row_whose_content_raises_keeps_nobody_else_from_being_asked(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        office = Office.open(engine_db, sink.port)
        planned = office.plan(["a@x.test", "b@x.test", "c@x.test"])
        with office.sender() as sender:
            sender.makers._contents = {"prompt": broken_for(2)}
            sender.work(20)

    assert office.column(planned.run_id, "state") == ["sent", "failed", "sent"]
    assert "division by zero" in office.column(planned.run_id, "reason")[1]


def test_contents_that_raise_for_every_row_are_our_fault_and_rest_for_a_minute(engine_db: Engine) -> None:
    office = Office.open(engine_db, 1)
    planned = office.plan(["a@x.test", "b@x.test"])
    office.run_sql("UPDATE batch SET next_at = next_at - interval '3 hours'")

    with office.sender() as sender:
        sender.makers._contents = {"prompt": broken_for(1, 2)}
        more = sender.work(20)

    assert not more
    assert office.states(planned.run_id) == {"queued": 2}
    assert office.value("SELECT epoch FROM batch") == 1, "it was claimed once, not over and over"
    assert 30 < office.value("SELECT extract(epoch FROM next_at - now()) FROM batch") <= 60


def test_a_relay_that_cannot_be_used_keeps_no_other_workspace_waiting(engine_db: Engine, tmp_path: Path) -> None:
    with sink_process(tmp_path / "sink.log") as sink:
        bad, good = Office.open(engine_db, sink.port), Office.open(engine_db, sink.port)
        theirs, ours = bad.plan(["a@x.test"]), good.plan(["b@x.test"])
        bad.relay(sink.port, username="a user and no password")
        with good.sender() as sender:
            sender.work(20)
        states = bad.states(theirs.run_id), good.states(ours.run_id)

    assert states == ({"queued": 1}, {"sent": 1})
    assert good.value("SELECT count(*) FROM batch WHERE owner IS NOT NULL") == 0
