"""Orders by mail: what a reply may ask of us in place of saying something."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine.db import Conn
from engine.inbound.outcome import Arrived, Outcome, Ruling, Sender
from engine.inbound.parse.command import command
from engine.inbound.parse.mail import ParsedMail

Pause = Callable[[Conn, int, int, datetime], object]
"""(connection, workspace_id, membership_id, now): pause this membership's mails, as one-click unsubscribe does."""


def obeyed(conn: Conn, arrived: Arrived, sender: Sender, pause: Pause | None) -> Outcome | None:
    """Do what the mail orders; None when it orders nothing that this sender may, and its words are words."""
    if pause is None or sender.membership_id is None or sender.proof == "from" or not _says_stop(arrived.parsed):
        return None
    pause(conn, sender.workspace_id, sender.membership_id, arrived.now)
    return Outcome(Ruling("route", "Paused, as the mail asked.", sender.workspace_id))


def _says_stop(parsed: ParsedMail) -> bool:
    """Whether the whole reply (or, in a mail without words, the subject) is `stop` or `pause`. More words are words."""
    lines = [line for line in parsed.reply_text.splitlines() if line.strip()]
    order = parsed.command if not lines else command(lines[0], "Re:") if len(lines) == 1 else None
    return order == "stop" or (order == "pause" and (not lines or len(lines[0].split()) == 1))
