"""What people read about an incident: a title by its kind, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TITLES = {
    "lag": "Work that is due waits",
    "stuck": "Mail does not move",
    "held": "Mail is held",
    "doubts": "Nobody knows whether mail arrived",
    "health": "Too much mail is refused or unwanted",
    "watchdog": "A queue is not consumed",
    "imap": "A mailbox is not fetched from",
    "webhook": "Mail by webhook is refused",
    "dnsbl": "An address of ours is on a block list",
    "leaving": "Many unsubscribed at once, by machines",
}
ADVICE = {
    "lag": "See whether scheduler and workers are up: /readyz and `sixpm doctor` say which is not.",
    "stuck": "See whether the relay or service can be reached and takes our login. It is tried again by itself.",
    "held": "Mend the cause, then let the run go on. Nothing is lost; what is no longer useful expires.",
    "doubts": "Look for the recipients in the relay's log, then settle each, or send the run's doubts once more.",
    "health": "Stop sending to addresses that refuse or complain, before the receivers stop taking the rest.",
    "watchdog": "Workers end and start again by themselves. If it stays: is a worker of this queue running at all?",
    "imap": "See whether SIXPM_IMAP_URL is right: host, name, password. It is tried again by itself; nothing is lost.",
    "webhook": "Set the key and restart `sixpm web`: providers come again for hours. If none of yours does, block it.",
    "dnsbl": "Find out what was sent from it, end that, then ask the list to take it off.",
    "leaving": "Say under Held, Held unsubscriptions, whether they leave or stay. Until then they go on getting mail.",
}


def headline(opened: Sequence[Any], over: Sequence[Any]) -> str:
    """One line for all that a message tells."""
    first = opened or over
    title = TITLES[first[0].kind]
    more = f" and {len(opened) + len(over) - 1} more" if len(opened) + len(over) > 1 else ""
    return f"{title}{more}" if opened else f"Over: {title[0].lower()}{title[1:]}{more}"


def chat(opened: Sequence[Any], over: Sequence[Any], base_url: str) -> str:
    """The message for a chat service: plain text."""
    lines = [f"{TITLES[row.kind]}. {row.words}\n{ADVICE[row.kind]}" for row in opened]
    lines += [f"Over: {TITLES[row.kind][0].lower()}{TITLES[row.kind][1:]}. It was: {row.words}" for row in over]
    return "\n\n".join([*lines, base_url])
