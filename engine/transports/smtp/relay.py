"""Where mail is handed over and how: one relay's address, login, limits and patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engine.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait; those of RFC 5321 section 4.5.3.2 unless said otherwise."""

    step: float = 30.0  # one step of opening: connect, greeting, EHLO, TLS handshake, AUTH (ours, shorter)
    session: float = 90.0  # all steps of opening together (ours)
    command: float = 300.0  # MAIL and RCPT
    data: float = 120.0  # the 354
    block: float = 180.0  # one piece of content
    dot: float = 600.0  # the reply to the final dot; giving up sooner makes doubts
    behind: float = 10.0  # announced behind a content without an answer: then another connection may have it (ours)
    idle: float = 8.0  # a session without mail; SES closes after about 10 s (ours)
    quit: float = 5.0  # the farewell (ours)


@dataclass(frozen=True, slots=True)
class Relay:
    """One SMTP relay.

    `tls`: "none" sends the password in clear text; "starttls" and "tls" always verify the certificate.
    `hello` is the name given in EHLO. `connections` are of all workers together. `ca_file`, if given, holds the only
    authorities that are believed. 100 messages a connection is what SendGrid asks for and Postfix tolerates.
    `chunking`: content goes by BDAT (RFC 3030) where the server announces it.
    """

    host: str
    port: int = 587
    tls: Literal["none", "starttls", "tls"] = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    hello: str = "localhost"
    connections: int = 4
    messages_per_connection: int = 100
    chunking: bool = False
    timeouts: Timeouts = Timeouts()
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self.user and self.password is None:
            raise ConfigError("The relay has a user but no password. Set SIXPM_RELAY_PASSWORD or unset the user.")
        if self.connections < 1 or self.messages_per_connection < 1:
            raise ConfigError("A relay needs at least one connection and one message per connection.")
