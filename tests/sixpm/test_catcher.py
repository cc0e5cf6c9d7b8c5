"""The local mail catcher, over real SMTP."""

from __future__ import annotations

import asyncio
import json
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from threading import Thread

import pytest

from engine.errors import NotFound
from sixpm import catcher
from web import mailbox


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a catcher that keeps mails in tmp_path/mailbox."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(catcher.listen(tmp_path / "mailbox", "127.0.0.1", 0))
    thread = Thread(target=loop.run_forever)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def mail(subject: str = "Wie läuft's?") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Sixpm <checkin@s.test>", "ann@team.test", subject
    made.set_content("What did you do?\n")
    made.add_alternative("<p>What did you do?</p>", subtype="html")
    made.add_attachment(b"1,2", maintype="text", subtype="csv", filename="zählen.csv")
    return made


def test_a_mail_is_kept_with_its_envelope(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("bounce+1@s.test", ["ann@team.test", "bob@team.test"], mail().as_bytes())

    (name,) = (path.stem for path in (tmp_path / "mailbox").glob("*.json"))
    envelope = json.loads((tmp_path / "mailbox" / f"{name}.json").read_text())
    assert envelope["from"] == "bounce+1@s.test"
    assert envelope["to"] == ["ann@team.test", "bob@team.test"]
    assert envelope["received_at"].endswith("+00:00")
    assert (tmp_path / "mailbox" / f"{name}.eml").stat().st_mode & 0o077 == 0


def test_the_content_is_kept_byte_for_byte(port: int, tmp_path: Path) -> None:
    content = b"Subject: x\r\n\r\n.dot\r\ntrailing  \r\n\xff\xfe\r\n"

    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("a@s.test", ["b@s.test"], content)

    (kept,) = (tmp_path / "mailbox").glob("*.eml")
    assert kept.read_bytes() == content


@pytest.mark.parametrize(
    ("address", "code", "enhanced"),
    [
        ("bounce-511@x.test", 511, "5.1.1"),
        ("bounce-554@x.test", 554, "5.7.1"),
        ("defer-451@x.test", 451, "4.7.1"),
        ("ann+defer-450@x.test", 450, "4.2.0"),
        ("bounce-9@x.test", 550, "5.1.1"),
    ],
)
def test_an_address_rehearses_a_refusal(port: int, address: str, code: int, enhanced: str) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        client.mail("a@s.test")
        answer, text = client.rcpt(address)

    assert answer == code
    assert text.decode().startswith(enhanced)


def test_a_refused_recipient_does_not_stop_the_others(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        refused = client.sendmail("a@s.test", ["bounce-550@x.test", "ann@team.test"], mail().as_bytes())

    assert list(refused) == ["bounce-550@x.test"]
    (caught,) = mailbox.list_mails(tmp_path / "mailbox")
    assert caught.recipients == ("ann@team.test",)


def test_the_newest_mail_is_listed_first_and_the_list_is_limited(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for subject in ("one", "two", "three"):
            client.sendmail("a@s.test", ["b@s.test"], mail(subject).as_bytes())

    assert [m.subject for m in mailbox.list_mails(tmp_path / "mailbox", limit=2)] == ["three", "two"]


def test_a_mail_is_opened_with_its_parts_decoded(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("a@s.test", ["b@s.test"], mail().as_bytes())
    (caught,) = mailbox.list_mails(tmp_path / "mailbox")

    opened = mailbox.read_mail(tmp_path / "mailbox", caught.id)

    assert caught.subject == "Wie läuft's?"
    assert opened.text is not None
    assert opened.text.strip() == "What did you do?"
    assert opened.html is not None
    assert "<p>" in opened.html
    assert opened.attachments == ("zählen.csv",)
    assert ("From", "Sixpm <checkin@s.test>") in opened.headers


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x" * 29, "00000000000000000000-00000000"])
def test_an_unknown_or_crafted_id_is_not_found(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        mailbox.read_mail(tmp_path, name)


def test_a_half_written_mail_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "00000000000000000001-aaaaaaaa.eml").write_bytes(b"Subject: x\r\n\r\n")
    (tmp_path / "00000000000000000002-aaaaaaaa.json").write_bytes(b'{"id":')

    assert mailbox.list_mails(tmp_path) == []


def test_a_mail_with_an_unknown_charset_is_still_shown(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    content = b"Subject: =?x-unknown?q?a?=\r\nContent-Type: text/plain; charset=x-nope\r\n\r\nhello\r\n"
    name = catcher.keep(tmp_path, content, "a@s.test", ["b@s.test"], datetime(2026, 1, 1, tzinfo=UTC))

    opened = mailbox.read_mail(tmp_path, name)

    assert opened.text == "hello\r\n"
