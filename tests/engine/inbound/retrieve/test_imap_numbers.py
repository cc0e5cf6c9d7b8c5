"""Numbers of mails that begin anew, as a real Dovecot gives them: no mail is lost, and none is two."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from engine import db
from engine.inbound.retrieve import imap_line
from tests.engine.inbound.retrieve.following import SEEN, box, connected, following, kept, mail, raws, until
from tests.engine.inbound.world import OWN, inbound, take
from tests.fakes.dovecot import Dovecot


def test_a_folder_made_anew_loses_nothing_and_its_old_mails_are_the_same_mails(
    engine_db: Engine, dovecot: Dovecot, user: str
) -> None:
    folder, now = "Answers", datetime.now(UTC)
    with dovecot.client(user) as client:
        client.create_folder(folder)
    with following(engine_db, dovecot.url(user, folder=folder), poll=0.3):
        first = connected(engine_db, dovecot.name(user, folder))
        dovecot.deliver(user, mail(1), mail(2), folder=folder)
        until(lambda: len(kept(engine_db)) == 2, "both are here")
        with dovecot.client(user) as client:
            client.delete_folder(folder)
            client.create_folder(folder)
            client.append(folder, mail("long before us"), (), now - timedelta(days=40))
            client.append(folder, mail("just before us"), (), now - timedelta(hours=2))
            for number in (3, 2, 1):
                client.append(folder, mail(number))
        until(lambda: len(kept(engine_db)) == 5, "all of the new folder are here")
        dovecot.deliver(user, mail(4), folder=folder)
        until(lambda: len(kept(engine_db)) == 6, "the next one is here")

    at = box(engine_db, dovecot.name(user, folder))
    assert at.uidvalidity != first.uidvalidity
    assert raws(engine_db) == [mail(n) for n in (1, 2, 3, 2, 1, 4)]
    with engine_db.begin() as conn:
        states = [take_one(conn, row.id) for row in kept(engine_db)]
    assert [state for state, _ in states] == ["held", "held", "held", "repeated", "repeated", "held"]


def take_one(conn: db.Conn, ident: int) -> tuple[str, str]:
    take(conn, ident, own=OWN)
    row = inbound(conn, ident)
    return row.state, row.reason


def test_a_server_restored_from_a_backup_gives_numbers_again_and_no_mail_is_lost(
    engine_db: Engine, own_dovecot: Dovecot, user: str, tmp_path: Path
) -> None:
    own_dovecot.start()
    with following(engine_db, own_dovecot.url(user)):
        connected(engine_db, own_dovecot.name(user))
        own_dovecot.deliver(user, mail(1))
        until(lambda: own_dovecot.flags(user) == {1: SEEN}, "the first is here")
    own_dovecot.stop()
    stored = own_dovecot.folder / "mail" / user
    shutil.copytree(stored, tmp_path / "backup")
    own_dovecot.start()
    with following(engine_db, own_dovecot.url(user)):
        own_dovecot.deliver(user, mail(2), mail(3))
        until(lambda: len(kept(engine_db)) == 3, "three are here")
    own_dovecot.stop()

    own_dovecot.restore(user, tmp_path / "backup")
    own_dovecot.start()
    own_dovecot.deliver(user, mail(4))
    with following(engine_db, own_dovecot.url(user)):
        until(lambda: mail(4) in raws(engine_db), "what came under an old number is here")

    assert [row.external_id.rpartition("/")[2] for row in kept(engine_db)] == ["1", "2", "3", "1", "2"]


def test_a_place_that_another_process_moved_meanwhile_is_no_sign_of_new_numbers(
    engine_db: Engine, dovecot: Dovecot, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = imap_line.Line.open
    name = dovecot.name(user)

    def open_and_be_overtaken(line: imap_line.Line) -> imap_line.Opened:
        found = opened(line)
        with engine_db.begin() as conn:  # what the other one commits between our SELECT and our look at the row
            conn.execute(text("UPDATE imap_box SET last_uid = 2 WHERE name = :n AND last_uid = 1"), {"n": name})
        if box(engine_db, name).last_uid == 2:
            dovecot.deliver(user, mail(2), mail(3))
            monkeypatch.undo()
        return found

    with following(engine_db, dovecot.url(user)):
        connected(engine_db, name)
        dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "the first is here")
    monkeypatch.setattr(imap_line.Line, "open", open_and_be_overtaken)
    with following(engine_db, dovecot.url(user)):
        until(lambda: mail(3) in raws(engine_db), "what came after the other one's is here")

    assert raws(engine_db) == [mail(1), mail(3)]
    assert box(engine_db, name).life == 1
