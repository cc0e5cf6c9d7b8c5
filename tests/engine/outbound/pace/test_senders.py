"""What a relay says of one envelope sender is about that sender's mail, and about nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from engine.outbound.send import Sender
from tests.engine.outbound.world import Office
from tests.fakes.smtp_sink import sink_process

BAD = "b+bad@reply.test"


def give(sender: Sender, run_id: int, address: str) -> None:
    """Have the mails of one run leave with this envelope sender."""
    make = sender.makers.mail

    def mail(batch: Any, row: Any) -> Any:
        made = make(batch, row)
        return made._replace(envelope_sender=address) if row.run_id == run_id else made

    sender.makers.mail = mail  # type: ignore[method-assign]


def test_a_refused_sender_holds_that_run_alone(engine_db: Engine, tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(f'{{"{BAD}": "mail550"}}')
    with sink_process(tmp_path / "sink.log", "--script", str(script)) as sink:
        office = Office.open(engine_db, sink.port)
        good = office.plan([f"late=0.05+{n}@x.test" for n in range(20)])
        bad = office.plan(["a@x.test"])
        with office.sender() as sender:
            give(sender, bad.run_id, BAD)
            sender.work(10)

    assert office.states(good.run_id) == {"sent": 20}
    assert office.value("SELECT state FROM run WHERE id = :r", r=bad.run_id) == "held"


def test_a_sender_refused_for_now_defers_its_own_mail_and_keeps_nobody_waiting(
    engine_db: Engine, tmp_path: Path
) -> None:
    script = tmp_path / "script.json"
    script.write_text(f'{{"{BAD}": "mail450=4.1.8"}}')
    with sink_process(tmp_path / "sink.log", "--script", str(script)) as sink:
        office = Office.open(engine_db, sink.port)
        bad = office.plan([f"{n}@x.test" for n in range(10)])
        good = office.plan([f"{n}@x.test" for n in range(20)])
        with office.sender() as sender:
            give(sender, bad.run_id, BAD)
            sender.work(10)

    assert office.states(good.run_id) == {"sent": 20}
    assert office.states(bad.run_id) == {"deferred": 10}
    assert office.value("SELECT state FROM run WHERE id = :r", r=bad.run_id) == "open"
    assert office.value("SELECT count(*) FROM pace WHERE breaker <> 'closed'") == 0
