"""One relay as the engine uses it: what `relays` finds, by a workspace's rows or by the instance's settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from engine.transports.smtp import presets

Tls = Literal["none", "starttls", "tls"]
TLS: tuple[Tls, ...] = ("none", "starttls", "tls")
Purpose = Literal["transactional", "bulk"]
USES = ("all", "transactional", "bulk")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTerms:
    """What is said of a relay beside its place and its secrets. Caps that are None do not hold.

    `rank` 1 steps in while the breaker of rank 0 is open.
    """

    name: str = ""
    preset: str = "smarthost"
    uses: str = "all"
    rank: int = 0
    per_connection: int = 100
    per_second: int | None = None
    per_day: int | None = None
    warmup_from: date | None = None
    warmup_first: int = 200
    warmup_growth: int = 50
    visible: bool = False
    chunking: bool = False
    idempotency_header: str = ""
    stream: str = ""


@dataclass(frozen=True, slots=True)
class RelaySettings(RelayTerms):
    """One relay as the engine uses it, and where that was said: workspace, instance or catcher.

    `lane` names it in the rows that all workers share: "relay:<id>" of a workspace's own, else "instance", with a
    `slot` "instance:second" or "instance:bulk".
    """

    host: str
    port: int
    tls: Tls
    user: str | None
    password: str | None = field(repr=False)
    connections: int
    source: Literal["workspace", "instance", "catcher"]
    id: int | None = None
    slot: str = ""
    hook_secret: str | None = field(default=None, repr=False)  # of an instance's relay alone; rows keep theirs sealed

    @property
    def lane(self) -> str:
        """Its name in pace and seat."""
        if self.id is not None:
            return f"relay:{self.id}"
        return f"instance:{self.slot}" if self.slot else "instance"

    @property
    def stamp(self) -> presets.Stamp:
        """What mails through it carry, and what a signature of ours leaves out."""
        return presets.stamp(self.preset, self.stream, self.idempotency_header)

    @property
    def key(self) -> str:
        """Its name in the address to which its provider sends events: the number of the row, or the lane's name."""
        return str(self.id) if self.id is not None else self.lane.replace(":", "-")

    @property
    def event_source(self) -> str:
        """Its name in provider_event: "sendgrid:12", "ses:instance"."""
        return f"{self.preset}:{self.key}"

    @property
    def hook_path(self) -> str:
        """Where its provider is to send events."""
        return f"/hooks/events/{self.preset}/{self.key}"
