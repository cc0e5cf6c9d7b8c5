"""Every write of a page or client has an id of its own, so that doing it again does nothing and answers the same.

The first one is 201. A repeat, be it a second click, a reload or a client that lost the answer, is 200 with what was
answered then. The same id with other words is refused (engine.errors.Reused, 409).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.conversations import events
from engine.conversations.parts import NOTHING, Done
from engine.conversations.queries import acting
from engine.db import Conn
from engine.errors import Invalid, Reused
from engine.outbound.followup import FollowUp

FIRST, AGAIN = 201, 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: 201 or 200, the words of the first one, and what is to be done after the commit."""

    status: int
    response: Mapping[str, Any]
    followup: FollowUp = NOTHING


def once(
    conn: Conn, workspace_id: int, actor_id: int, action_id: UUID, request: Mapping[str, Any], now: datetime,
    act: Callable[[], Done],
) -> Answer:  # fmt: skip
    """Do `act` unless it is done; last in a transaction, since it writes the log. Raises Reused, and what `act` raises.

    `request` is plain JSON: what is asked for. `actor_id`: the account; of a contact without one, less than 0.
    Somebody who sends the same at the same time waits here until the first one has committed.
    """
    asked = hashlib.sha256(json.dumps(dict(request), sort_keys=True).encode()).digest()
    if not acting.begin(conn, workspace_id, actor_id, action_id, asked, now):
        before = acting.done(conn, workspace_id, actor_id, action_id)
        if before.request_hash != asked:
            raise Reused("This was sent before with other words. Open the page again, and send it from there.")
        return Answer(AGAIN, before.response)
    done = act()
    acting.finish(conn, workspace_id, actor_id, action_id, FIRST, done.response)
    events.write(conn, [replace(change, action_id=action_id) for change in done.changes], now)
    return Answer(FIRST, done.response, done.followup)


def fresh(now: datetime) -> UUID:
    """A new id for a form (UUIDv7, RFC 9562 section 5.7): its time, then chance."""
    stamp = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    chance = secrets.randbits(74)
    return UUID(int=stamp << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & ((1 << 62) - 1))


def read(text: str) -> UUID:
    """The id that a form or client sent. Raises Invalid for none of version 7."""
    try:
        found = UUID(text)
    except ValueError:
        found = UUID(int=0)
    if found.version != 7:
        raise Invalid("This form has no valid action id. Open the page again, and send it from there.")
    return found
