"""The kinds of run: how urgent each is, and what happens to its doubts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """`urgency` 0 goes first. `doubt_policy`: hold for a person, or resend once after the set time (H15)."""

    name: str
    urgency: int
    doubt_policy: str


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("notice", 0, "resend"),  # transactional: invitations, test mails, "you were paused"
        Kind("prompt", 1, "resend"),
        Kind("nudge", 2, "resend"),
        Kind("post", 3, "hold"),  # chat: a second copy is worse than a listed doubt
        Kind("digest", 4, "resend"),
    )
}
