"""A forward in the frame of each program and language: whose it was, of what, and what stands above it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.inbound.parse import parse
from engine.inbound.parse.mail import ParsedMail
from tests.engine.inbound.parse import forwards

CORPUS = Path(__file__).parents[3] / "corpus" / "forwards"
BODY = "The tests are green.\n\nShall we ship on Friday?\n"
COMMENT = "Ada, please look at this."
SENDER = "Bo Berg <bo@example.org>"


def apple(labels: tuple[str, ...]) -> tuple[str, str]:
    begin, from_, subject, date, to = labels
    fields = f"{from_}: {SENDER}\n{subject}: Week\n{date}: 3 March 2026 at 10:15:00 GMT\n{to}: ada@example.com"
    quoted = "\n".join(f"> {line}".rstrip() for line in [begin, "", *fields.split("\n"), "", *BODY.split("\n")])
    return "Fwd: Week", quoted


def thunderbird(labels: tuple[str, ...]) -> tuple[str, str]:
    begin, from_, subject, date, to = labels
    fields = (
        f"{subject}: \tWeek\n{date}: \tTue, 3 Mar 2026 10:15:00 +0000\n{from_}: \t{SENDER}\n{to}: \tada@example.com"
    )
    return "Fwd: Week", f"{begin}\n{fields}\n\n\n{BODY}"


def gmail(from_: str) -> tuple[str, str]:
    fields = (
        f"{from_}: Bo Berg <bo@example.org>\nDate: Tue, Mar 3, 2026 at 10:15 AM\nSubject: Week\nTo: <ada@example.com>"
    )
    return "Fwd: Week", f"---------- Forwarded message ---------\n{fields}\n\n\n{BODY}"


def outlook(labels: tuple[str, ...]) -> tuple[str, str]:
    prefix, from_, sent, to, subject = labels
    fields = f"{from_}: {SENDER}\n{sent}: Tuesday, March 3, 2026 10:15 AM\n{to}: ada@example.com\n{subject}: Week"
    return f"{prefix}: Week", f"{fields}\n\n{BODY}"


def yahoo(labels: tuple[str, ...]) -> tuple[str, str]:
    begin, from_, to, sent, subject = labels
    fields = f"{from_}: {SENDER}{to}: Ada <ada@example.com>{sent}: Tuesday, March 3, 2026, 10:15:00 AM{subject}: Week"
    return "Fw: Week", f"   {begin} {fields}\n\n{BODY}"


def intro(line: str) -> tuple[str, str]:
    return "FW: Week", f"{line}\n\n" + "\n".join(f"    {part}" for part in BODY.split("\n"))


def written(path: Path) -> tuple[str, str]:
    head, _, text = path.read_text("utf-8").partition("\n\n")
    return head.split("Subject: ")[1].split("\n")[0], text.removeprefix(COMMENT).lstrip("\n")


FRAMES: dict[str, tuple[str, str]] = {
    **{f"apple {lang}": apple(row) for lang, row in forwards.APPLE.items()},
    **{f"thunderbird {lang}": thunderbird(row) for lang, row in forwards.THUNDERBIRD.items()},
    **{f"gmail {lang}": gmail(row) for lang, row in forwards.GMAIL.items()},
    **{f"outlook {lang}": outlook(row) for lang, row in forwards.OUTLOOK.items()},
    **{f"yahoo {lang}": yahoo(row) for lang, row in forwards.YAHOO.items()},
    **{f"intro {lang}": intro(line) for lang, line in forwards.INTROS.items()},
    **{path.stem: written(path) for path in sorted(CORPUS.glob("*.eml"))},
}


def read(subject: str, text: str) -> ParsedMail:
    head = f"From: Cy <cy@example.com>\nTo: r+t@in.example.net\nSubject: {subject}\n"
    return parse((head + "Content-Type: text/plain; charset=utf-8\n\n" + text).encode())


@pytest.mark.parametrize("frame", FRAMES)
def test_a_forward_names_its_sender_and_keeps_the_comment(frame: str) -> None:
    subject, carried = FRAMES[frame]

    mail = read(subject, f"{COMMENT}\n\n{carried}")

    assert mail.kind == "forward"
    assert mail.forward is not None
    assert mail.forward.original_from is not None
    assert mail.forward.original_from.address == "bo@example.org"
    assert mail.forward.original_from.name == "Bo Berg"
    assert mail.forward.comment == COMMENT
    assert mail.forward.original_subject in ("Week", "")
    assert "Shall we ship on Friday?" in mail.forward.body
    assert "bo@example.org" not in mail.reply_text


@pytest.mark.parametrize("frame", FRAMES)
def test_a_forward_without_a_comment_is_a_forward_too(frame: str) -> None:
    subject, carried = FRAMES[frame]

    mail = read(subject, carried)

    assert mail.kind == "forward"
    assert mail.forward is not None
    assert mail.forward.comment == ""
    assert "The tests are green." in mail.reply_text
