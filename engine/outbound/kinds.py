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
    `posts`: it goes to channels. `contacts`: its recipients are contacts; of other mails they are memberships.
    """

    name: str
    urgency: int
    doubt_policy: str
    again: timedelta = timedelta(days=1)
    purpose: Purpose = "transactional"
    posts: bool = False
    contacts: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("notice", 0, "resend", contacts=True),  # transactional: invitations, test mails, "you were paused"
        Kind("prompt", 1, "resend", again=timedelta(hours=6)),
        # A person's own words: a second copy reads as if they had said it twice.
        Kind("talk", 1, "hold", again=timedelta(days=2), contacts=True),
        # To who looks after a conversation: at once, or once a day.
        Kind("talk_notice", 2, "resend", again=timedelta(hours=12), contacts=True),
        Kind("talk_digest", 4, "resend", purpose="bulk", again=timedelta(hours=12), contacts=True),
        Kind("nudge", 2, "resend", again=timedelta(hours=3)),
        Kind("comment", 2, "resend", again=timedelta(hours=12)),  # on an entry, to its author
        # Chat: a second copy is worse than a listed doubt.
        Kind("post", 3, "hold", posts=True),  # one answer as it comes
        Kind("round_post", 3, "hold", posts=True),  # a round that closed
        Kind("digest_post", 3, "hold", posts=True),  # what a team's digest says, in a channel
        Kind("correction", 3, "hold", posts=True),  # of a post that is out; edited in place it is planned as `resend`
        Kind("campaign_post", 3, "hold", posts=True, again=timedelta(days=2)),  # a campaign to a channel
        Kind("digest", 4, "resend", purpose="bulk", again=timedelta(hours=12)),
        # A second copy to thousands is worse than a list of doubts.
        Kind("campaign", 6, "hold", purpose="bulk", again=timedelta(days=5), contacts=True),
    )
}
POSTS = tuple(kind.name for kind in KINDS.values() if kind.posts)
TO_CHANNELS = f"({', '.join(repr(name) for name in POSTS)})"  # as SQL has it: the recipient is a channel
TO_CONTACTS = f"({', '.join(repr(kind.name) for kind in KINDS.values() if kind.contacts)})"
BULK = tuple(kind.name for kind in KINDS.values() if kind.purpose == "bulk")
BULK_URGENCY = min(KINDS[name].urgency for name in BULK)  # of the first of them; all other kinds are more urgent
