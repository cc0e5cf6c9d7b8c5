"""Drafts of the mails we ship, and what makes two mails the same: every header and both bodies as clients show them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from engine import tokens
from engine.config import shipped
from engine.outbound.drafts import LetterDraft, MailDraft, Row
from engine.outbound.render import Press, Sign
from engine.transports.smtp.envelope import normal

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
SIGN = Sign(
    "Acme & Co", "sixpm <checkin@acme.example>", "reply.acme.example", "https://acme.example", tokens.Keys.of("k" * 40)
)
ROW = Row(12345, 678, 9, 9, "smtp", "bikram@example.org", 0, NOW)
FOLDER = shipped("templates") / "email"
MAILS = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
PERSONAL = ("first_name", "until", "token", "recorded", "mend", "way")


def sample(mail: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / mail / "sample.json").read_text())
    return found


def draft(mail: str, **changed: Any) -> MailDraft:
    context = sample(mail)
    personal = {name: context.pop(name) for name in PERSONAL if name in context}
    member = mail in ("prompt", "nudge", "digest", "comment")
    made = MailDraft(mail, context, "Bikram Thapa", personal)
    if mail in ("welcome", "notice_paused", "order_done", "receipt"):
        made = replace(made, membership_id=7, unsubscribe=False)
    if member:
        made = replace(made, membership_id=7, list_id="team-7", list_name="Platform", reply_until=date(2026, 4, 1))
    return replace(made, **changed)


def pressed(made: MailDraft | LetterDraft, press: Press, row: Row = ROW, sign: Sign = SIGN) -> bytes:
    return press.mail(made, row, 3, 4, sign, NOW).content


def parsed(mail: bytes) -> EmailMessage:
    return message_from_bytes(mail, policy=policy.default)


def headers(mail: EmailMessage) -> list[tuple[str, object]]:
    return [(name, said(name, str(value))) for name, value in mail.raw_items() if name != "Content-Type"]


def said(name: str, raw: str) -> object:
    """What a client shows. Not email.headerregistry's parser, which puts spaces between the encoded words of a name."""
    unfolded = raw.encode("utf-8", "surrogateescape").decode().replace("\r\n", "")
    if name in ("From", "To", "Reply-To"):
        return [(decoded(shown), address) for shown, address in getaddresses([unfolded])]
    return " ".join(decoded(unfolded).split())


def decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def bodies(mail: EmailMessage) -> list[str]:
    return [part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()]


def document(html: str) -> str:
    return LexborHTMLParser(html).html or ""


def assert_same(ours: bytes, theirs: bytes) -> None:
    got, want = parsed(ours), parsed(theirs)
    assert headers(got) == headers(want)
    assert [part.get_content_type() for part in got.walk()] == [part.get_content_type() for part in want.walk()]
    assert bodies(got)[0] == bodies(want)[0]
    assert document(bodies(got)[1]) == document(bodies(want)[1])
    assert not list(got.defects)
    assert_lines(ours)


def assert_lines(mail: bytes) -> None:
    assert normal(mail) == mail  # what Mail.normal vouches for
    assert not mail.startswith(b".")
    assert b"\r\n." not in mail
    lines = mail.split(b"\r\n")
    assert not [line for line in lines if b"\r" in line or b"\n" in line]
    assert max(map(len, lines)) <= 998
    assert max(map(len, mail.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
