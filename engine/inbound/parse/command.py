"""Commands that a person mails: a whole first line or a whole subject, never a word inside a sentence."""

from __future__ import annotations

import re

_COMMANDS = {
    "stop": "stop", "unsubscribe": "stop", "leave": "stop", "stopp": "stop", "remove me": "stop", "opt out": "stop",
    "abmelden": "stop", "désabonner": "stop", "arrêt": "stop", "baja": "stop",
    "pause": "pause", "mute": "pause", "snooze": "pause",
    "skip": "skip", "pass": "skip", "skip today": "skip", "not today": "skip", "nothing today": "skip",
    "help": "help", "hilfe": "help", "aide": "help", "ayuda": "help", "?": "help",
}  # fmt: skip
_PAUSE = re.compile(
    r"(?:pause|mute|snooze)(?: (?:me|until|for|till|bis|jusqu'au|hasta) ?[\w .,/-]{0,30})?", re.IGNORECASE
)
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|sv|fwd?|antw|rép|res|odp)\s*:\s*)+", re.IGNORECASE)


def command(reply_text: str, subject: str) -> str | None:
    """stop, pause, skip or help where the first line of the reply is that word and nothing else, or, in a mail
    without a Re: (a prompt's subject comes back with one), the subject is. Else None."""
    first = next((line for line in reply_text.split("\n", 50)[:50] if line.strip()), "")
    found = _one(first)
    if found is None and not _PREFIX.match(subject):
        found = _one(subject)
    return found


def _one(line: str) -> str | None:
    text = " ".join(line.strip(" \t.!*_\"'“”").lower().split())
    if len(text) > 60:
        return None
    if text in _COMMANDS:
        return _COMMANDS[text]
    if line.strip() == "?":
        return "help"
    return "pause" if _PAUSE.fullmatch(text) else None
