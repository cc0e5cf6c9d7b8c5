"""`sixpm inbound import`: what is kept of files, that a second run doubles nothing, and that nothing is sent for it."""

from __future__ import annotations

import mailbox
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from engine import config, db
from engine import models as m
from engine.outbound.followup import FollowUp
from sixpm.__main__ import main
from sixpm.inbound import bring, progress
from tests import factories as make
from tests.engine.inbound.world import SECRET, World, inbound, take, texts, world

JUNE = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A folder for .eml files."""
    path = tmp_path / "box"
    path.mkdir()
    return path


def mail(number: int, at: datetime = JUNE, more: str = "") -> bytes:
    head = f"Date: {format_datetime(at)}\r\nFrom: ada@example.org\r\nMessage-ID: <{number}@example.org>\r\n{more}"
    return f"{head}Subject: {number}\r\n\r\nWords {number}.\r\n".encode()


def fill(box: Path, *numbers: int, more: str = "") -> None:
    for number in numbers:
        (box / f"{number:04}.eml").write_bytes(mail(number, more=more))


@dataclass(frozen=True)
class Ran:
    """What one run said and offered, and how it ended."""

    tally: bring.Tally
    out: str
    err: str
    offered: list[int]


@pytest.fixture
def run(engine_db: Engine, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the import; `more` are wishes."""

    def made(*paths: Path, **more: Any) -> Ran:
        offered: list[int] = []
        wish = bring.Wish(paths, 5000, **more)
        with progress.shown(wish.dry_run) as says:
            tally = bring.bring(wish, engine_db.begin, offered.extend, says)
        return Ran(tally, *capsys.readouterr(), offered)

    return made


Run = Callable[..., Ran]


def rows(engine: Engine) -> list[Any]:
    i = m.Inbound
    columns = (i.source, i.envelope_from, i.envelope_to, i.received_at, i.raw, i.state)
    with engine.begin() as conn:
        return list(conn.execute(select(*columns).order_by(i.id)))


def test_mails_are_kept_as_they_lie_with_the_time_they_arrived(engine_db: Engine, box: Path, run: Run) -> None:
    fill(box, 1, more="Return-Path: <ada@bounces.test>\r\nDelivered-To: r+x@reply.test\r\n")

    result = run(box)

    assert result.tally.failed == 0
    assert result.out.endswith("1 of 1: 1 new, 0 already here, 0 failed\n")
    assert len(result.offered) == 1
    [(source, sender, to, at, raw, state)] = rows(engine_db)
    assert (source, sender, to, at, state) == ("import", "ada@bounces.test", [], JUNE, "received")
    assert raw == (box / "0001.eml").read_bytes()


def test_a_second_run_and_a_copy_of_a_file_change_nothing(engine_db: Engine, box: Path, run: Run) -> None:
    fill(box, 1, 2, 3)
    (box / "copy.eml").write_bytes(mail(2))
    first = run(box)
    fill(box, 4)
    second = run(box)

    assert first.out.endswith("4 of 4: 3 new, 1 already here, 0 failed\n")
    assert second.out.endswith("5 of 5: 1 new, 4 already here, 0 failed\n")
    assert len(rows(engine_db)) == 4


def test_what_is_bad_is_named_with_its_reason_and_the_rest_comes_in(engine_db: Engine, box: Path, run: Run) -> None:
    fill(box, 1, 2)
    (box / "empty.eml").write_bytes(b"\r\n")
    (box / "huge.eml").write_bytes(b"x" * 5001)
    (box / "loop.eml").symlink_to(box / "loop.eml")

    result = run(box, box / "gone")

    assert result.tally.failed == 4
    assert result.out.endswith("2 new, 0 already here, 4 failed\n")
    assert f"failed: {box}/empty.eml: it is empty\n" in result.err
    assert f"failed: {box}/huge.eml: its 5001 bytes are more than the 5000 of SIXPM_SMTPD_SIZE\n" in result.err
    assert f"failed: {box}/loop.eml: " in result.err
    assert "gone is not there" in result.err
    assert len(rows(engine_db)) == 2


def test_a_path_without_mail_is_no_success(box: Path, run: Run) -> None:
    result = run(box)

    assert result.tally.failed == 1
    assert "there is no mail in it" in result.err


def test_a_dry_run_counts_and_keeps_nothing(engine_db: Engine, box: Path, run: Run) -> None:
    fill(box, 1)
    run(box)
    fill(box, 2, 3)

    result = run(box, dry_run=True)

    assert result.out.endswith("3 of 3: 2 would be new, 1 already here, 0 failed\n")
    assert len(rows(engine_db)) == 1


def test_mails_from_before_a_day_stay_out(engine_db: Engine, box: Path, run: Run) -> None:
    (box / "1.eml").write_bytes(mail(1, JUNE - timedelta(days=1)))
    (box / "2.eml").write_bytes(mail(2, JUNE))

    result = run(box, since=JUNE.replace(hour=0, minute=0))

    assert result.out.endswith("2 of 2: 1 new, 0 already here, 1 too old, 0 failed\n")
    assert [row.received_at for row in rows(engine_db)] == [JUNE]


def test_a_recipient_is_given_to_mails_that_name_none(engine_db: Engine, box: Path, run: Run) -> None:
    fill(box, 1, more="Delivered-To: r+x@reply.test\r\n")
    fill(box, 2)

    run(box, to="rockets@reply.test")
    run(box, to="bakers@reply.test")

    assert [row.envelope_to for row in rows(engine_db)] == [[], ["rockets@reply.test"], ["bakers@reply.test"]]


def test_each_slice_is_one_transaction_of_few_statements(
    engine_db: Engine, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bring, "SLICE_MAILS", 4)
    fill(box, *range(10))
    offered: list[list[int]] = []
    stands: list[int] = []
    says = bring.Says(lambda *_: None, lambda tally: stands.append(tally.done))

    bring.bring(bring.Wish([box], 5000), engine_db.begin, offered.append, says)

    assert [len(ids) for ids in offered] == [4, 4, 2]
    assert stands == [4, 8, 10]


def test_an_imported_reply_is_an_answer_of_its_day_and_nothing_is_posted(
    engine_db: Engine, box: Path, run: Run
) -> None:
    with engine_db.begin() as conn:
        here = world(conn)
        make.channel(conn, here.team)
    (box / "reply.eml").write_bytes(here.reply("Said while nobody listened."))

    run(box)

    with engine_db.begin() as conn:
        [ident] = conn.scalars(select(m.Inbound.id))
        followup = take(conn, ident, now=db.now(conn))
        assert inbound(conn, ident).state == "routed"
        assert texts(conn) == ["Said while nobody listened."]
        assert followup == FollowUp()
        assert list(conn.scalars(select(m.Run.kind).where(m.Run.kind == "post"))) == []


def test_more_mails_of_one_person_than_a_loop_would_write_are_no_loop(engine_db: Engine, box: Path, run: Run) -> None:
    with engine_db.begin() as conn:
        here: World = world(conn)
    for number in range(35):
        (box / f"{number}.eml").write_bytes(here.reply(f"Number {number}."))

    run(box)

    with engine_db.begin() as conn:
        for ident in conn.scalars(select(m.Inbound.id).order_by(m.Inbound.id)).all():
            take(conn, ident, now=db.now(conn))
        assert len(texts(conn)) == 35


def test_the_command_brings_mails_in_while_the_broker_is_away_and_fails_when_one_did(
    engine_db: Engine, db_url: str, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"DATABASE_URL": db_url, "SECRET_KEY": SECRET, "BROKER_URL": "amqp://127.0.0.1:1//"}.items():
        monkeypatch.setenv(f"SIXPM_{name}", value)
    config.settings.cache_clear()
    fill(box, 1, 2)
    (box / "1.eml").write_bytes(mail(1, JUNE - timedelta(days=1)))
    (box / "empty.eml").touch()
    try:
        result = CliRunner().invoke(main, ["inbound", "import", str(box), "--since", "2026-06-01", "--to", "r@x.test"])
    finally:
        db.engine().dispose()
        db.engine.cache_clear()

    assert result.exit_code == 1
    assert "empty.eml: it is empty" in result.stderr
    assert result.stdout.endswith("4 of 4: 2 new, 0 already here, 1 too old, 1 failed\n")
    assert [row.envelope_to for row in rows(engine_db)] == [["r@x.test"]] * 2


def test_an_mbox_comes_in_whole_and_once(engine_db: Engine, tmp_path: Path, run: Run) -> None:
    box = mailbox.mbox(tmp_path / "inbox")
    for number in range(3):
        box.add(mail(number))
    box.close()

    first, second = run(tmp_path / "inbox"), run(tmp_path / "inbox")

    assert (first.tally.new, second.tally.new, second.tally.there) == (3, 0, 3)
    assert [row.received_at for row in rows(engine_db)] == [JUNE] * 3
