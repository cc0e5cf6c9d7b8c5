"""What the SMTP sink shares between connections: its options, its log, what it accepted."""

from __future__ import annotations

import json
import os
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.smtp_script import Script


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted mail as the log has it; `answered` is False where the 250 was withheld by script.

    `t` is Unix time, `attempt` how often this Message-ID was accepted by now, `sha` the SHA-256 of the content without
    dot-stuffing, `lone_dot` an empty content.
    """

    t: float
    conn: int
    sender: str
    rcpt: list[str]
    message_id: str
    size: int
    sha: str
    answered: bool = True
    lone_dot: bool = False
    bare: bool = False
    tls: bool = False
    attempt: int = 1


@dataclass(slots=True)
class Options:
    """How the sink presents itself. `user` set: MAIL needs AUTH. `keep`: contents stay in `Sink.contents`."""

    size: int = 0
    pipelining: bool = True
    eightbit: bool = True
    smtputf8: bool = False
    mail_max: int = 0
    domain_max: int = 0
    chunking: bool = False
    starttls: bool = False
    implicit_tls: bool = False
    context: ssl.SSLContext | None = None
    user: str = ""
    password: str = ""
    script: Script = field(default_factory=Script)
    log: Path | None = None
    keep: bool = False


class Sink:
    """What all connections share: options, log, counters."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.accepted: list[Accepted] = []
        self.contents: list[bytes] = []
        self.commands: list[str] = []  # kept with `keep`: every command line, in order
        self.seen: Counter[str] = Counter()  # accepted mails by Message-ID
        self.lone_dots = 0
        self.connections = 0
        self.open: dict[int, Callable[[], None]] = {}  # connection number → how to cut it
        self.port = 0
        how = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._log = os.open(options.log, how, 0o644) if options.log else -1
        self._opened = os.open(f"{options.log}.open", how, 0o644) if options.log else -1

    def record(self, mail: Accepted, content: bytes) -> None:
        """Into the log with one write, before anybody is answered."""
        if self._log >= 0:
            line = {name: getattr(mail, name) for name in Accepted.__slots__}
            os.write(self._log, json.dumps(line).encode() + b"\n")
        if self.options.keep:
            self.accepted.append(mail)
            self.contents.append(content)

    def count_open(self) -> None:
        """How many connections are open, a line in a file beside the log at each change."""
        if self._opened >= 0:
            os.write(self._opened, f"{len(self.open)}\n".encode())

    def drop_all(self) -> None:
        """Cut every connection."""
        for drop in list(self.open.values()):
            drop()

    def close(self) -> None:
        """Close the log."""
        for file in (self._log, self._opened):
            if file >= 0:
                os.close(file)
        self._log = self._opened = -1
