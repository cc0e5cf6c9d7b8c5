"""Answers a caught mail as a mail client does: a real mail, by SMTP, to the inbound listener."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, getaddresses, make_msgid

from web.mailbox import Opened

PATIENCE = 15.0  # seconds; the listener commits the mail before it answers


@dataclass(frozen=True, slots=True)
class Said:
    """What the listener answered. `accepted` is its 250 to the content; `words` its last reply, code first."""

    accepted: bool
    words: str


def can_reply(mail: Opened) -> bool:
    """Whether the mail names an address that takes replies."""
    return _address(_header(mail, "reply-to")) != ""


def reply_to(mail: Opened, text: str, now: datetime) -> EmailMessage:
    """The reply to `mail`: from whom it was for, to its Reply-To, threaded (RFC 5322 3.6.4), quoting the original."""
    message = EmailMessage(policy=SMTP)
    sender = mail.caught.recipients[0] if mail.caught.recipients else _address(mail.caught.mail_to)
    name = next((name for name, address in getaddresses([mail.caught.mail_to]) if address == sender), "")
    message["From"] = formataddr((name, sender))
    message["To"] = _header(mail, "reply-to") or mail.caught.mail_from
    message["Subject"] = _re(mail.caught.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
    if answered := _header(mail, "message-id").strip():
        message["In-Reply-To"] = answered
        message["References"] = f"{_header(mail, 'references')} {answered}".strip()
    message.set_content(f"{text.strip()}\n\n{_quoted(mail)}")
    return message


def send(message: EmailMessage, host: str, port: int) -> Said:
    """Hand the mail to the listener and say what it answered; a refusal at any step is its words."""
    sender, to = _address(str(message["From"])), _address(str(message["To"]))
    try:
        with smtplib.SMTP(host, port, timeout=PATIENCE) as session:
            session.ehlo_or_helo_if_needed()
            for answer in (session.mail(sender), session.rcpt(to)):
                if answer[0] >= 400:
                    return _said(answer)
            return _said(session.data(message.as_bytes()))
    except smtplib.SMTPResponseException as error:
        return Said(False, f"{error.smtp_code} {_text(error.smtp_error)}")
    except (OSError, smtplib.SMTPException) as error:
        return Said(False, f"The listener at {host}:{port} cannot be reached: {error}")


def _said(answer: tuple[int, bytes]) -> Said:
    return Said(answer[0] < 400, f"{answer[0]} {_text(answer[1])}")


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _header(mail: Opened, name: str) -> str:
    return " ".join(next((value for key, value in mail.headers if key.lower() == name), "").split())


def _address(text: str) -> str:
    return next((address for _, address in getaddresses([text]) if "@" in address), "")


def _re(subject: str) -> str:
    subject = " ".join(subject.split())
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _quoted(mail: Opened) -> str:
    when = f"{mail.caught.received_at:%d.%m.%Y, %H:%M}"
    lines = (mail.text or "").rstrip().splitlines()
    quoted = [f"> {line}".rstrip() if not line.startswith(">") else f">{line}" for line in lines]
    return "\n".join([f"On {when}, {' '.join(mail.caught.mail_from.split())} wrote:", *quoted])
