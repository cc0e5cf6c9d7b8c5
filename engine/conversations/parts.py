"""What conversations are made of, as they are handed around: a thread, what was said, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.outbound.followup import FollowUp

NOTHING = FollowUp()


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as it is written to. `team_id` None: with the workspace."""

    id: int
    workspace_id: int
    team_id: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote. `kind`: mail, sms, chat, note. `external_id` is what the platform calls it.

    `proof` says why it is taken for its author's (engine.models.conversations.Message). `run_id` and `seq` name the
    delivery that carries it out, or that it answers; `campaign_id` the campaign that it answers.
    """

    author_kind: str
    author_id: int
    kind: str
    body: str
    platform: str
    external_id: str | None
    at: datetime
    proof: str = ""
    subject: str = ""
    inbound_id: int | None = None
    campaign_id: int | None = None
    run_id: int | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a conversation, its message (object_id: its number), or a member.

    `who` is the member whose row changed with it ("contact:7"), or empty. `patch` is what a client needs to show it.
    """

    workspace_id: int
    kind: str
    conversation_id: int
    object_type: str  # conversation, message, member
    object_id: int
    rev: int = 0
    who: str = ""
    patch: Mapping[str, Any] = field(default_factory=dict)
    actor_id: int | None = None
    action_id: UUID | None = None

    @property
    def audience(self) -> str:
        """Who is told: whoever may see the conversation; of how far an account has read, that account alone."""
        own = self.object_type == "member" and self.who.startswith("account:")
        return f"acct:{self.object_id}" if own else f"conv:{self.conversation_id}"


@dataclass(frozen=True, slots=True)
class Done:
    """What an act in a conversation did: what it answers (plain JSON), what changed, and what is left to be done.

    Whoever called it writes `changes` last of all (engine.conversations.events).
    """

    response: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    followup: FollowUp = NOTHING
