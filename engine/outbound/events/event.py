"""What every vendor's format reads and gives: a call as it came in, and the events in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

# A call may be repeated for a day (SendGrid; Mailgun 8 hours, SNS 6), with the time of its first try. One that we have
# taken changes nothing when it is replayed; one that we have not is what its sender meant to say.
OLDEST = timedelta(hours=26)


class Kind(StrEnum):
    """What happened. All but OTHER prove that the provider had taken the mail."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"  # given up, whatever the vendor calls it: blocked, dropped, rejected
    COMPLAINED = "complained"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Call:
    """One POST: header names in lower case, the body as it came, HTTP Basic's user and password if any, and what its
    address ends with after the hook's own."""

    headers: Mapping[str, str]
    body: bytes
    login: tuple[str, str] | None = field(default=None, repr=False)
    tail: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `id` is the vendor's own where it has one, unique for one source.

    `token` is the id our mail gave along, `message_id` our Message-ID, `remote_id` the vendor's id of the mail; empty
    where the event does not say. `code` is an enhanced or basic reply code. `dead`: the vendor says that no mail will
    ever reach the address. `at` is None where the event does not say.
    """

    id: str
    kind: Kind
    at: datetime | None
    token: str = ""
    message_id: str = ""
    remote_id: str = ""
    address: str = ""
    code: str = ""
    words: str = ""
    dead: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


Fetch = Callable[[str], bytes]
"""Gets a page by https from a host that the format has checked. Raises TransportError."""


class Format(Protocol):
    """One vendor's way to prove and to say what happened."""

    def check(self, call: Call, key: str, now: datetime, fetch: Fetch) -> None:
        """Raise Refused unless the call is the vendor's own, by `key`. `now` is the real time."""
        ...

    def read(self, call: Call) -> tuple[Event, ...]:
        """The events of a checked call. Raises Unreadable."""
        ...

    def confirm(self, call: Call) -> str | None:
        """The address to get when the vendor asks whether we want its events; else None."""
        ...


class Refused(Exception):
    """The call proves nothing; the text is for the vendor's log, and for who looks there."""


class Unreadable(Exception):
    """The call is proven, but not in the vendor's form."""
