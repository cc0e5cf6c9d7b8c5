"""Mailboxes by a real Dovecot: what is fetched, what is not, and what stands in the mailbox afterwards."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, select, text

from engine import db
from engine import models as m
from engine.inbound.retrieve import imap_line
from tests.engine.inbound.retrieve.following import box, connected, following, kept, mail, raws, until
from tests.engine.inbound.world import OWN, inbound, take
from tests.fakes.certificate import self_signed
from tests.fakes.database import Databases
from tests.fakes.dovecot import PASSWORD, Dovecot
from tests.fakes.wire import Wire, wire

SEEN = {b"\\Seen"}


@pytest.fixture
def line(dovecot: Dovecot) -> Iterator[Wire]:
    """A line to the module's server."""
    with wire(dovecot.port) as made:
        yield made


def idles(line: Wire) -> None:
    until(lambda: line.got.rstrip().endswith(b"+ idling"), "the mailbox is idled upon")


def test_only_mail_that_came_after_the_first_connection_is_fetched(
    engine_db: Engine, dovecot: Dovecot, user: str
) -> None:
    dovecot.deliver(user, mail("old"))
    with following(engine_db, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail("new"))
        until(lambda: raws(engine_db), "the new mail is kept")

    assert raws(engine_db) == [mail("new")]
    assert dovecot.flags(user) == {1: set(), 2: SEEN}


def test_a_mail_arrives_within_seconds_by_idle(engine_db: Engine, dovecot: Dovecot, user: str, line: Wire) -> None:
    with following(engine_db, dovecot.url(user, port=line.port)) as process:
        idles(line)
        began = time.monotonic()
        dovecot.deliver(user, mail(1))
        until(lambda: process.offered, "the task is hinted at it")
        took = time.monotonic() - began

    [row], at = kept(engine_db), box(engine_db, dovecot.name(user, port=line.port))
    assert took < 5
    assert process.offered == [row.id]
    assert (row.state, row.envelope_to) == ("received", [])
    assert row.external_id == f"{at.name}/{at.uidvalidity}/1"
    assert (at.fetched, at.waiting, at.failure) == (1, 0, "")


def test_without_idle_the_mailbox_is_looked_at_again_and_again(
    engine_db: Engine, own_dovecot: Dovecot, user: str
) -> None:
    own_dovecot.more = "imap_capability = IMAP4rev1 LITERAL+ AUTH=PLAIN"
    own_dovecot.start()
    with wire(own_dovecot.port) as line, following(engine_db, own_dovecot.url(user, port=line.port), poll=0.2):
        connected(engine_db, own_dovecot.name(user, port=line.port))
        own_dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "it is kept")

        assert b"IDLE" not in line.sent


def test_idling_is_renewed_at_each_look(engine_db: Engine, dovecot: Dovecot, user: str, line: Wire) -> None:
    with following(engine_db, dovecot.url(user, port=line.port), poll=0.2):
        until(lambda: line.sent.count(b"DONE\r\n") >= 3, "it idles a fourth time")

    assert imap_line.RENEW < 29 * 60
    assert line.connections == 1


def test_what_a_person_has_read_is_fetched_too(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1), flags=[b"\\Seen"])
        until(lambda: raws(engine_db), "it is kept")


def test_fetching_a_mail_marks_it_only_after_the_commit(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    line.hold = b" STORE "
    with following(engine_db, dovecot.url(user, port=line.port)) as process:
        connected(engine_db, dovecot.name(user, port=line.port))
        dovecot.deliver(user, mail(1))
        assert line.held.wait(30)

        assert raws(engine_db) == [mail(1)]
        assert dovecot.flags(user) == {1: set()}
        line.close()  # the next session cannot begin; nothing waits for an answer
        process.stop()


def test_a_flag_that_could_not_be_set_is_set_in_the_next_session(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    line.hold = b" STORE "
    with following(engine_db, dovecot.url(user, port=line.port), poll=0.5):
        connected(engine_db, dovecot.name(user, port=line.port))
        dovecot.deliver(user, mail(1))
        assert line.held.wait(30)
        line.release()

        until(lambda: dovecot.flags(user) == {1: SEEN}, "the flag is set")

    assert raws(engine_db) == [mail(1)]


def test_folders_have_any_name(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    folder = "Antworten für die Übersicht & 今日"
    with dovecot.client(user) as client:
        client.create_folder(folder)
    with following(engine_db, dovecot.url(user, folder=folder)):
        connected(engine_db, dovecot.name(user, folder))
        dovecot.deliver(user, mail(1), folder=folder)
        until(lambda: raws(engine_db), "it is kept")

    assert dovecot.flags(user, folder) == {1: SEEN}


def test_a_folder_that_is_not_there_is_said(engine_db: Engine, dovecot: Dovecot, user: str, line: Wire) -> None:
    with following(engine_db, dovecot.url(user, folder="Nowhere", port=line.port)):
        name = dovecot.name(user, "Nowhere", port=line.port)
        row = until(lambda: (row := box(engine_db, name)) and row.failure and row, "it is said")

    assert f"127.0.0.1 has no folder Nowhere for {user}" in row.failure
    assert row.connected_at is None
    assert line.connections == 1


def test_a_wrong_password_is_said_and_not_tried_again_and_again(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire, capfd: pytest.CaptureFixture[str]
) -> None:
    with following(engine_db, dovecot.url(user, password="wrong-of-ada", port=line.port), poll=0.1):
        name = dovecot.name(user, port=line.port)
        row = until(lambda: (row := box(engine_db, name)) and row.failure and row, "it is said")
        Event().wait(1.5)  # the time in which a broken connection would be tried again

    assert f"refuses the login of {user}" in row.failure
    assert row.failed_at is not None
    assert line.connections == 1
    assert "wrong-of-ada" not in row.failure + "".join(capfd.readouterr())


def test_a_mail_that_is_too_large_is_parked_by_its_header_and_stays_unread(
    engine_db: Engine, dovecot: Dovecot, user: str
) -> None:
    with following(engine_db, dovecot.url(user), imap_size=2000) as process:
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1), mail("large", "x" * 3000), mail(3))
        first, large, third = until(lambda: len(mails := kept(engine_db)) == 3 and mails, "all three are here")
        offers = [first.id, third.id]
        until(lambda: sorted(process.offered) == offers, "the others are hinted at")
        until(lambda: dovecot.flags(user) == {1: SEEN, 2: set(), 3: SEEN}, "the others are marked")

    assert large.raw.startswith(b"From: Ada <ada@example.org>\r\nMessage-ID: <large@example.org>")
    assert len(large.raw) < 200
    assert large.state == "parked"
    assert large.reason.startswith("Too large to fetch: 0.0 MB of 0.0 allowed. Only its header is here")
    assert f"unread in {dovecot.name(user)} as mail 2" in large.reason
    assert sorted(process.offered) == offers


def test_hundreds_are_fetched_in_order_and_once(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)) as process:
        connected(engine_db, dovecot.name(user))
        with dovecot.client(user) as client:
            client.multiappend("INBOX", [mail(n) for n in range(330)])
        until(lambda: len(process.offered) == 330, "all are hinted at")

    assert raws(engine_db) == [mail(n) for n in range(330)]
    assert set(map(frozenset, dovecot.flags(user).values())) == {frozenset(SEEN)}
    at = box(engine_db, dovecot.name(user))
    assert (at.fetched, at.waiting, at.waiting_since) == (330, 0, None)


def test_two_processes_keep_each_mail_once(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)) as one, following(engine_db, dovecot.url(user)) as other:
        connected(engine_db, dovecot.name(user))
        for first in range(0, 200, 20):
            with dovecot.client(user) as client:
                client.multiappend("INBOX", [mail(n) for n in range(first, first + 20)])
        until(lambda: len(one.offered) + len(other.offered) == 200, "all are hinted at")

    assert sorted(raws(engine_db)) == sorted(mail(n) for n in range(200))
    assert sorted(one.offered + other.offered) == [row.id for row in kept(engine_db)]
    assert box(engine_db, dovecot.name(user)).fetched == 200


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


def test_a_server_that_comes_back_is_found(engine_db: Engine, own_dovecot: Dovecot, user: str) -> None:
    own_dovecot.start()
    with following(engine_db, own_dovecot.url(user)):
        connected(engine_db, own_dovecot.name(user))
        own_dovecot.stop()
        row = until(lambda: (row := box(engine_db, own_dovecot.name(user))).failure and row, "it is said")
        own_dovecot.start()
        own_dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "it is kept")
        until(lambda: not box(engine_db, own_dovecot.name(user)).failure, "the failure is over")

    assert "The connection to 127.0.0.1" in row.failure
    assert row.failed_at is not None


def test_a_connection_that_ends_without_a_word_while_idling_is_noticed_at_once(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    with following(engine_db, dovecot.url(user, port=line.port), poll=300):
        idles(line)
        line.release()
        until(lambda: line.connections >= 2, "the next session begins")
        dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "it is kept")


def test_a_connection_cut_in_the_middle_of_a_slice_loses_nothing_and_doubles_nothing(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    with following(engine_db, dovecot.url(user, port=line.port), poll=0.5):
        connected(engine_db, dovecot.name(user, port=line.port))
        line.cut = 90_000  # in the third slice
        with dovecot.client(user) as client:
            client.multiappend("INBOX", [mail(n, "x" * 700) for n in range(200)])
        until(lambda: len(kept(engine_db)) == 200, "all are here")

    assert line.cuts == 1
    assert line.connections == 2
    assert raws(engine_db) == [mail(n, "x" * 700) for n in range(200)]


def test_while_the_database_is_away_nothing_is_marked_and_all_comes_later(
    databases: Databases, dovecot: Dovecot, user: str
) -> None:
    url = databases.create()
    name, engine = url.rpartition("/")[2], db.create_engine(url)
    try:
        with following(engine, dovecot.url(user), poll=0.3):
            connected(engine, dovecot.name(user))
            databases.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
            databases.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            dovecot.deliver(user, mail(1), mail(2))
            Event().wait(1.5)  # looks at the mailbox that find no database
            assert dovecot.flags(user) == {1: set(), 2: set()}
            databases.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
            until(lambda: dovecot.flags(user) == {1: SEEN, 2: SEEN}, "both are marked")

        assert raws(engine) == [mail(1), mail(2)]
    finally:
        engine.dispose()
        databases.drop(url)


def test_a_commit_that_fails_marks_nothing(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        with engine_db.begin() as conn:
            conn.execute(text("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'"))
            conn.execute(
                text("CREATE CONSTRAINT TRIGGER no AFTER INSERT ON inbound DEFERRABLE INITIALLY DEFERRED"
                     " FOR EACH ROW EXECUTE FUNCTION no()")
            )  # fmt: skip
        dovecot.deliver(user, mail(1))
        until(lambda: box(engine_db, dovecot.name(user)).failure, "it is said")
        assert dovecot.flags(user) == {1: set()}
        with engine_db.begin() as conn:
            conn.execute(text("DROP TRIGGER no ON inbound"))
        until(lambda: dovecot.flags(user) == {1: SEEN}, "it is kept and marked")


def test_one_mailbox_that_fails_does_not_hold_up_another(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    bad = dovecot.url(f"{user}-other", password="no")
    with following(engine_db, bad, dovecot.url(user)):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "it is kept")
        until(lambda: box(engine_db, dovecot.name(f"{user}-other")).failure, "the other one's trouble is said")


@pytest.mark.parametrize("how", ["imaps", "starttls"])
def test_lines_are_encrypted_and_certificates_are_checked(
    engine_db: Engine, own_dovecot: Dovecot, user: str, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = own_dovecot.secure(*self_signed(tmp_path))
    own_dovecot.start()
    with wire(secure if how == "imaps" else own_dovecot.port) as line:
        url = own_dovecot.url(user, port=line.port).replace("imap://", "imaps://" if how == "imaps" else "imap://")
        with following(engine_db, url):
            name = own_dovecot.name(user, port=line.port)
            row = until(lambda: (row := box(engine_db, name)) and row.failure and row, "the stranger is refused")
            assert "No secure connection" in row.failure
            assert "certificate verify failed" in row.failure
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        with following(engine_db, url):
            connected(engine_db, name)
            own_dovecot.deliver(user, mail(1))
            until(lambda: raws(engine_db), "it is kept")

    assert b"LOGIN" not in line.sent
    assert b"AUTHENTICATE" not in line.sent


def test_a_password_goes_over_no_open_line(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_line, "LOOPBACK", ())
    with following(engine_db, dovecot.url(user, port=line.port)):
        name = dovecot.name(user, port=line.port)
        row = until(lambda: (row := box(engine_db, name)) and row.failure and row, "it is said")

    assert "offers no STARTTLS" in row.failure
    assert b"AUTHENTICATE" not in line.sent
    assert PASSWORD.encode() not in line.sent


def test_a_broker_that_fails_or_hangs_costs_no_mail(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    release = Event()

    def enqueue(ident: int) -> None:
        release.wait(60)
        raise ConnectionError("no broker")

    with following(engine_db, dovecot.url(user), enqueue=enqueue):
        connected(engine_db, dovecot.name(user))
        dovecot.deliver(user, mail(1), mail(2))
        until(lambda: dovecot.flags(user) == {1: SEEN, 2: SEEN}, "both are kept and marked")
        release.set()


def test_the_process_proves_that_it_lives_and_ends_at_once(engine_db: Engine, dovecot: Dovecot, user: str) -> None:
    with following(engine_db, dovecot.url(user)) as process:
        connected(engine_db, dovecot.name(user))
        began = time.monotonic()
        process.stop()

    assert time.monotonic() - began < 4
    with engine_db.begin() as conn:
        assert conn.execute(select(m.Heartbeat.role)).scalars().all() == ["imap"]


def test_without_a_mailbox_the_process_waits(engine_db: Engine) -> None:
    with following(engine_db) as process:
        until(process.thread.is_alive, "it runs")


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
