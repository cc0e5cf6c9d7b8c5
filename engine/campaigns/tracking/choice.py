"""What a contact's own link speaks of: whose choice, about which topic on which channel. It needs no membership."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.models.audience import CHANNELS
from engine.tokens import Keys, read_leave, sign_leave

WHOLE = 0  # in the place of a topic: the channel as a whole
MAIL = CHANNELS[0]


@dataclass(frozen=True, slots=True)
class Choice:
    """One contact, and what a mail to them was of."""

    workspace_id: int
    contact_id: int
    channel: str = MAIL
    topic_id: int = WHOLE


def what(channel: str, topic_id: int | None) -> int:
    """Topic and channel as a token has them: the same for all recipients of a campaign."""
    return (topic_id or WHOLE) * 4 + CHANNELS.index(channel)


def token(keys: Keys, choice: Choice, expires: date) -> str:
    """The token of leave_link and preferences_link (engine.outbound.sign), good until the end of that day."""
    of = what(choice.channel, choice.topic_id)
    return sign_leave(keys, choice.workspace_id, choice.contact_id, of, expires)


def opened(keys: Keys, text: str, today: date) -> Choice:
    """Whose choice a token is. Raises TokenError; its `expired` is True for an own token past its day."""
    workspace_id, contact_id, of = read_leave(keys, text, today)
    return Choice(workspace_id, contact_id, CHANNELS[min(of % 4, len(CHANNELS) - 1)], of // 4)


__all__ = ["MAIL", "WHOLE", "Choice", "opened", "token", "what"]
