"""A person without an account opens their own conversation by a signed link, reads it and answers.

The link of every mail to them names one row, which says until when it is good and whether it was taken back. What it
shows is what was mailed or said between both sides: never a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from engine.conversations import actions, hearing
from engine.conversations.actions import Answer
from engine.conversations.parts import Change, Done, Said, Thread
from engine.conversations.post import post
from engine.conversations.queries import entering
from engine.conversations.queries.entering import Door, Heard
from engine.conversations.queries.looking_after import Cared
from engine.db import Conn
from engine.errors import Invalid, TokenError
from engine.people import throttle
from engine.people.principal import Principal
from engine.people.throttle import Limit
from engine.tokens import Keys, Purpose, read, sign

GOOD_FOR = timedelta(days=90)
AT_LEAST = timedelta(days=60)  # a mail is not sent with a link that is over sooner
LONGEST = 20_000  # characters
ANSWERS = Limit(10, 360.0)  # of one conversation: ten at once, then ten an hour
OVER = "This link no longer works. Answer the mail that it was in, or write to us."


class TooOften(Invalid):
    """More than one person writes; the text says how long to wait."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a person sees of their conversation."""

    door: Door
    messages: tuple[Heard, ...]


def keep_open(conn: Conn, cared: Cared, now: datetime) -> None:
    """Make a link for the person where there is none that lasts."""
    entering.make(conn, cared.workspace_id, cared.id, cared.contact_id, now, now + GOOD_FOR, now + AT_LEAST)


def token(keys: Keys, workspace_id: int, door_id: int, until: datetime) -> str:
    """The token of a link."""
    return sign(keys, Purpose.TALK, workspace_id, door_id, until.date())


def enter(conn: Conn, keys: Keys, text: str, now: datetime) -> Door:
    """The door that a token opens. Raises TokenError for one that is not ours, is over, or was taken back."""
    workspace_id, door_id = read(keys, text, Purpose.TALK, now.date())
    found = entering.door(conn, workspace_id, door_id, now)
    if found is None:
        raise TokenError(OVER, expired=True)
    return found


def looked(conn: Conn, door: Door) -> Opened:
    """The conversation behind a door, oldest message first."""
    return Opened(door, tuple(entering.heard(conn, door.workspace_id, door.conversation_id)))


def answer(conn: Conn, door: Door, text: str, action_id: UUID, now: datetime) -> Answer:
    """What the person writes there; last in a transaction. Raises Invalid, Reused."""
    words = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not words:
        raise Invalid("Write at least one word.", field="text")
    if len(words) > LONGEST:
        raise Invalid(f"This is longer than {LONGEST} characters. Shorten it.", field="text")
    asked = {"act": "answer", "conversation": door.conversation_id, "text": words}

    def act() -> Done:
        if wait := throttle.take(conn, f"door:{door.conversation_id}", ANSWERS, now):
            raise TooOften(f"These are many messages. Wait {wait / 60:.0f} minutes, then send this one.", field="text")
        thread = Thread(door.conversation_id, door.workspace_id, door.team_id)
        said = Said("contact", door.contact_id, "chat", words, "web", f"{thread.id}/{action_id}", now, "link")
        posted = post(conn, thread, said)
        assert posted is not None  # the id is new, or `once` would have known it
        followup = hearing.tell(conn, thread, now)
        return Done({"conversation": thread.id, "no": posted.no}, posted.changes, followup)

    return actions.once(conn, door.workspace_id, -door.contact_id, action_id, asked, now, act)


def close(conn: Conn, who: Principal, cared: Cared, now: datetime) -> Done:
    """Take the person's links back; the next mail to them has a new one."""
    ended = entering.revoke(conn, cared.workspace_id, cared.id, now)
    if not ended:
        return Done({"ended": 0})
    told = Change(
        cared.workspace_id, "conversation.link_ended", cared.id, "conversation", cared.id, actor_id=who.account_id
    )
    return Done({"ended": ended}, (told,))
