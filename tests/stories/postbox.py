"""Mails as the local catcher keeps them, for stories that read what people get."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from pathlib import Path


class Mailbox:
    """What the local catcher has got, by recipient and kind of mail."""

    def __init__(self, folder: Path, domain: str) -> None:
        self._folder, self._domain = folder, domain

    def mails(self, subject: str = "") -> dict[str, list[bytes]]:
        """Raw mails of the team by recipient; with `subject`, only those whose subject contains it."""
        found: dict[str, list[bytes]] = {}
        for envelope in sorted(self._folder.glob("*.json")):
            raw = envelope.with_suffix(".eml").read_bytes()
            [to] = json.loads(envelope.read_text())["to"]
            if to.endswith(self._domain) and subject in header(raw, "Subject"):
                found.setdefault(to, []).append(raw)
        return found


def header(raw: bytes, name: str) -> str:
    """One header of a mail."""
    return str(message_from_bytes(raw, policy=policy.default)[name] or "")
