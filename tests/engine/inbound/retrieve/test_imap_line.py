"""The line to a mailbox by a real Dovecot: secure or not taken, who is let in, which folder, and waiting for mail."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from engine.inbound.retrieve import imap_line
from tests.engine.inbound.retrieve.following import SEEN, Pauses, box, connected, following, kept, mail, raws, until
from tests.fakes.certificate import self_signed
from tests.fakes.dovecot import PASSWORD, Dovecot
from tests.fakes.wire import Wire, wire


def idles(line: Wire) -> None:
    until(lambda: line.got.rstrip().endswith(b"+ idling"), "the mailbox is idled upon")


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


def test_a_connection_that_ends_without_a_word_while_idling_is_noticed_at_once(
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire
) -> None:
    with following(engine_db, dovecot.url(user, port=line.port), poll=300):
        idles(line)
        line.release()
        until(lambda: line.connections >= 2, "the next session begins")
        dovecot.deliver(user, mail(1))
        until(lambda: raws(engine_db), "it is kept")


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
    engine_db: Engine, dovecot: Dovecot, user: str, line: Wire, pauses: Pauses, capfd: pytest.CaptureFixture[str]
) -> None:
    with following(engine_db, dovecot.url(user, password="wrong-of-ada", port=line.port), poll=0.1):
        name = dovecot.name(user, port=line.port)
        row = until(lambda: (row := box(engine_db, name)) and row.failure and row, "it is said")

    [(kind, seconds)] = pauses
    assert (kind, seconds >= 225) == ("login", True)
    assert f"refuses the login of {user}" in row.failure
    assert row.failed_at is not None
    assert line.connections == 1
    assert "wrong-of-ada" not in row.failure + "".join(capfd.readouterr())


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
