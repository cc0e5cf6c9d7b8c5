"""Posts mails to a listener over some connections at once, and keeps what was taken: each mail until its 250.

A connection that breaks is opened again, and the mail it carried is posted again, as any sending server would do.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

LINE = 60.0  # seconds a reply may take
RETRY = 0.1


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail: its number, to whom, and the bytes with CRLF and dots doubled, without the last dot."""

    number: int
    to: str
    data: bytes


@dataclass
class Round:
    """What a round of posting came to. `taken` are the numbers that got a 250; `again` were posted more than once."""

    taken: list[int] = field(default_factory=list)
    again: int = 0
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0
    slowest: float = 0.0

    @property
    def rate(self) -> float:
        """Mails a second that were taken."""
        return len(self.taken) / self.seconds if self.seconds else 0.0


def post(port: int, letters: Sequence[Letter], sessions: int) -> Round:
    """Post all of them; returns when each has a 250 or a refusal for good."""
    return asyncio.run(_post(port, letters, sessions))


async def _post(port: int, letters: Sequence[Letter], sessions: int) -> Round:
    done, left = Round(), deque(letters)
    began = time.monotonic()
    await asyncio.gather(*(_session(port, left, done) for _ in range(sessions)))
    done.seconds = time.monotonic() - began
    return done


async def _session(port: int, left: deque[Letter], done: Round) -> None:
    while left:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(RETRY)
            continue
        try:
            await _said(reader, "220")
            writer.write(b"EHLO bench.example\r\n")
            await _said(reader, "250")
            while left:
                await _one(reader, writer, left, done)
            writer.write(b"QUIT\r\n")
        except (OSError, EOFError, TimeoutError, _Later):
            await asyncio.sleep(RETRY)
        finally:
            writer.close()


class _Later(Exception):
    """A 4xx, or something that is no reply: try again on another connection."""


async def _one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: deque[Letter], done: Round
) -> None:  # fmt: skip
    letter = left.popleft()
    began = time.monotonic()
    try:
        writer.write(b"MAIL FROM:<someone@example.org>\r\n")
        await _said(reader, "250")
        writer.write(f"RCPT TO:<{letter.to}>\r\n".encode())
        await _said(reader, "250")
        writer.write(b"DATA\r\n")
        await _said(reader, "354")
        writer.write(letter.data + b".\r\n")
        await _said(reader, "250")
    except PermissionError as refusal:
        done.refused.append(str(refusal))
        raise _Later from refusal
    except (OSError, EOFError, TimeoutError, _Later):
        left.append(letter)
        done.again += 1
        raise
    done.taken.append(letter.number)
    done.slowest = max(done.slowest, time.monotonic() - began)


async def _said(reader: asyncio.StreamReader, wanted: str) -> None:
    """One reply, its last line."""
    while True:
        line = (await asyncio.wait_for(reader.readline(), LINE)).decode("latin-1")
        if not line.endswith("\n"):
            raise EOFError
        if line[3:4] == "-":
            continue
        if line.startswith(wanted):
            return
        if line.startswith("5"):
            raise PermissionError(line.strip())
        raise _Later(line)
