"""What every provider's call is read into: a whole mail, and its envelope as the provider tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.outbound.events.event import Call, Fetch


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail of one call.

    `id` is the same when the call is repeated. `sender` is the envelope's, empty for the null sender and None where the
    provider does not say. `verdicts` are its findings about the sender, as methods of RFC 8601: ("dmarc", "fail").
    """

    id: str
    mail: bytes
    sender: str | None
    recipients: tuple[str, ...]
    verdicts: tuple[tuple[str, str], ...] = ()


class Vendor(Protocol):
    """One provider's way to prove and to hand over."""

    def check(self, call: Call, key: str, now: datetime, fetch: Fetch) -> None:
        """Raise Refused unless the call is the provider's own, by `key`. `now` is the real time."""
        ...

    def by_body(self, key: str) -> bool:
        """Whether `check` looks at the body. If not, a call may be refused before its body is read."""
        ...

    def read(self, call: Call) -> Letter | None:
        """The letter of a checked call; None where it brings none and needs none. Raises NoMail, Unreadable."""
        ...

    def confirm(self, call: Call) -> str | None:
        """The address to get when the provider asks whether we want its mail; else None."""
        ...


class NoMail(Exception):
    """The call is proven and holds no mail: an event, whose address is another one, or nothing at all. Nothing is lost
    by refusing it."""
