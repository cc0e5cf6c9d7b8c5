"""The kinds of run: how urgent each is, and what happens to its doubts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.people.relays import Purpose


@dataclass(frozen=True, slots=True)
class Kind:
    """`urgency` 0 goes first. `doubt_policy`: hold for a person, or resend once after the set time (H15).

    `again` is how long a row that a person sends once more stays useful, unless they say otherwise.
    `purpose` chooses among a workspace's relays: some senders keep what people wait for apart from the rest.
    """

    name: str
    urgency: int
    doubt_policy: str
    again: timedelta = timedelta(days=1)
    purpose: Purpose = "transactional"


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("notice", 0, "resend"),  # transactional: invitations, test mails, "you were paused"
        Kind("prompt", 1, "resend", again=timedelta(hours=6)),
        Kind("nudge", 2, "resend", again=timedelta(hours=3)),
        Kind("post", 3, "hold"),  # chat: a second copy is worse than a listed doubt
        Kind("digest", 4, "resend", purpose="bulk", again=timedelta(hours=12)),
    )
}
BULK = tuple(kind.name for kind in KINDS.values() if kind.purpose == "bulk")
BULK_URGENCY = min(KINDS[name].urgency for name in BULK)  # of the first of them; all other kinds are more urgent
