"""Mails as the catcher keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from sixpm.catcher import keep

HTML = (
    '<!doctype html><html><head><meta name="color-scheme" content="light dark"><title>Today</title></head>'
    '<body style="font-family:sans-serif;padding:24px"><h2>What did you get done today?</h2>'
    '<p>Reply to this mail, one thing a line.</p><p><a href="http://127.0.0.1/me/x">Your own page</a></p>'
    "<script>parent.document.title = 'taken over'</script></body></html>"
)
TEXT = "What did you get done today?\n\nReply to this mail, one thing a line.\nYour own page: http://127.0.0.1/me/x\n"
WHEN = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)


def catch(
    folder: Path,
    *,
    to: str = "ann@example.org",
    subject: str = "Platform: what did you get done today?",
    reply_to: str | None = "sixpm <r+abc123@reply.sixpm.localhost>",
    received_at: datetime = WHEN,
) -> str:
    """Put a mail into the mailbox; its id."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "sixpm for Acme <checkin@sixpm.localhost>"
    mail["To"] = f"Ann Example <{to}>"
    mail["Subject"] = subject
    mail["Message-ID"] = "<7.1.0123456789abcdef@reply.sixpm.localhost>"
    mail["References"] = "<day.2026-03-04@reply.sixpm.localhost>"
    if reply_to:
        mail["Reply-To"] = reply_to
    mail.set_content(TEXT)
    mail.add_alternative(HTML, subtype="html")
    return keep(folder, mail.as_bytes(), "b+xyz@reply.sixpm.localhost", [to], received_at)
