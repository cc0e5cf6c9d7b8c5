"""Replies as people's mail programs write them, to a mail of ours: for the demo, the mailbox page and the tests.

Shaped after what the programs are known to produce; every word here is our own.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

CLIENTS = ("gmail", "outlook", "apple", "thunderbird", "mobile", "attachments")

# A PNG of one blue pixel.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63902fdf020002"
    "03014b2bfdf20d0000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class _Prompt:
    """What a reply takes from the mail it answers."""

    to: str
    sender_name: str
    sender: str
    subject: str
    message_id: str
    references: str
    sent: datetime
    text: str


def reply_to(prompt_raw: bytes, client: str, text: str, from_: str, *, at: datetime | None = None) -> bytes:
    """A raw mail, CRLF line ends: `text` as `client` (one of CLIENTS) sends it in answer to the mail `prompt_raw`.

    `from_` is the sender, with or without a display name; `at` is its Date, now unless given.
    """
    prompt = _read(prompt_raw)
    mail = EmailMessage(policy=policy.SMTP)
    _head(mail, prompt, client, from_, at or datetime.now(UTC))
    _BODIES[client](mail, prompt, text.strip("\n"))
    return mail.as_bytes()


def reply_address(prompt_raw: bytes) -> str:
    """The address that an answer to `prompt_raw` goes to: its Reply-To, else From."""
    return _read(prompt_raw).to


def _read(raw: bytes) -> _Prompt:
    mail = message_from_bytes(raw, policy=policy.default)
    body = mail.get_body(("plain", "html"))
    name, sender = parseaddr(str(mail["From"] or ""))
    date = mail["Date"].datetime if mail["Date"] else datetime.now(UTC)
    return _Prompt(
        to=parseaddr(str(mail["Reply-To"] or mail["From"] or ""))[1],
        sender_name=name or sender,
        sender=sender,
        subject=str(mail["Subject"] or ""),
        message_id=str(mail["Message-ID"] or "").strip(),
        references=" ".join(str(mail["References"] or "").split()),
        sent=date,
        text=body.get_content().replace("\r\n", "\n").strip("\n") if body is not None else "",
    )


def _head(mail: EmailMessage, prompt: _Prompt, client: str, from_: str, at: datetime) -> None:
    name, address = parseaddr(from_)
    local, _, domain = address.rpartition("@")
    mail["From"] = Address(name, local, domain)
    mail["To"] = prompt.to
    subject = prompt.subject
    prefix = "RE" if client == "outlook" else "Re"
    mail["Subject"] = subject if subject.lower().startswith("re:") else f"{prefix}: {subject}"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{secrets.token_hex(12)}@{domain}>"
    if prompt.message_id:
        mail["In-Reply-To"] = prompt.message_id
        mail["References"] = f"{prompt.references} {prompt.message_id}".strip()


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _html(text: str) -> str:
    return "".join(f"<div>{html.escape(line) or '<br>'}</div>" for line in text.split("\n"))


def _gmail(mail: EmailMessage, prompt: _Prompt, text: str) -> None:
    """Text and HTML, the quotation in div.gmail_quote below; the intro line is wrapped at 78 in the text part."""
    who = f"{prompt.sender_name} <{prompt.sender}>"
    intro = f"On {prompt.sent:%a, %b} {prompt.sent.day}, {prompt.sent:%Y at %-I:%M %p} {who}"
    mail.set_content(f"{text}\n\n{intro}\nwrote:\n\n{_quoted(prompt.text)}\n")
    mail.add_alternative(
        f'<div dir="ltr">{_html(text)}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{html.escape(intro)} wrote:<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid;padding-left:1ex">'
        f"{_html(prompt.text)}</blockquote></div>\n",
        subtype="html",
    )


def _outlook(mail: EmailMessage, prompt: _Prompt, text: str) -> None:
    """HTML alone, paragraphs of Word's classes, and a block of bold labels above the quotation."""
    lines = "".join(f'<p class="MsoNormal">{html.escape(line) or "&nbsp;"}</p>' for line in text.split("\n"))
    labels = {
        "From": f"{prompt.sender_name} <{prompt.sender}>",
        "Sent": f"{prompt.sent:%A, %B} {prompt.sent.day}, {prompt.sent:%Y %-I:%M %p}",
        "To": str(mail["From"]),
        "Subject": prompt.subject,
    }
    block = "<br>".join(f"<b>{label}:</b> {html.escape(value)}" for label, value in labels.items())
    mail.set_content(
        f'<html><body lang="EN-US"><div class="WordSection1">{lines}<p class="MsoNormal">&nbsp;</p>'
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
        f'<p class="MsoNormal">{block}</p></div>{_html(prompt.text)}</div></body></html>\n',
        subtype="html",
    )


def _apple(mail: EmailMessage, prompt: _Prompt, text: str) -> None:
    """Text, the intro line quoted with the rest."""
    who = f"{prompt.sender_name} <{prompt.sender}>"
    intro = f"On {prompt.sent.day} {prompt.sent:%b %Y, at %H:%M}, {who} wrote:"
    mail.set_content("\n".join([text, "", _quoted("\n".join([intro, "", prompt.text])), ""]))


def _thunderbird(mail: EmailMessage, prompt: _Prompt, text: str) -> None:
    """Text below the quotation."""
    intro = f"On {prompt.sent:%m/%d/%y %H:%M}, {prompt.sender_name} wrote:"
    mail.set_content(f"{intro}\n{_quoted(prompt.text)}\n\n{text}\n")


def _mobile(mail: EmailMessage, prompt: _Prompt, text: str) -> None:
    """Text with the telephone's signature between the words and the quotation."""
    who = f"{prompt.sender_name} <{prompt.sender}>"
    intro = f"On {prompt.sent:%b} {prompt.sent.day}, {prompt.sent:%Y, at %-I:%M %p}, {who} wrote:"
    quoted = _quoted("\n".join([intro, "", prompt.text]))
    mail.set_content("\n".join([text, "", "Sent from my iPhone", "", quoted, ""]))


def _attachments(mail: EmailMessage, prompt: _Prompt, text: str) -> None:
    """As Apple Mail, with a picture and a table attached."""
    _apple(mail, prompt, text)
    mail.add_attachment(_PIXEL, maintype="image", subtype="png", filename="screenshot.png")
    mail.add_attachment(b"day,builds\r\nMon,3\r\n", maintype="text", subtype="csv", filename="builds.csv")


_BODIES: dict[str, Callable[[EmailMessage, _Prompt, str], None]] = {
    "gmail": _gmail,
    "outlook": _outlook,
    "apple": _apple,
    "thunderbird": _thunderbird,
    "mobile": _mobile,
    "attachments": _attachments,
}
