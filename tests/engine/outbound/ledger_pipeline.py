"""The small world of ledger_sim with the real wire in it: pipelined sessions over a transport and a server in memory.

The server answers when it is told to, so a crash, a stall or a flush finds a session at any point between two replies.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from engine.db import Conn
from engine.outbound.desk import Desk
from engine.outbound.drafts import Row
from engine.outbound.lanes import Bell, DeskPermit, DeskSource
from engine.outbound.queries.claiming import Claimed
from engine.transports.base import Key, Mail, Outcome, Verdict
from engine.transports.smtp.pipeline import Pipeline
from engine.transports.smtp.protocol import Link
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.session import Features, Session
from engine.transports.smtp.transaction import Refusals
from tests.engine.outbound.ledger_sim import ROWS, SLOTS, Process, Slot, World

T = TypeVar("T")
RELAY = Relay("x.test", messages_per_connection=5)  # short sessions, so that their ends are met often
REFUSALS = {"450": b"450 4.2.0 later\r\n", "550": b"550 5.1.1 nobody\r\n"}


@dataclass
class Server:
    """The other end of one connection, and the transport our end writes to. `asked` has (command, seq) unanswered."""

    asked: deque[tuple[str, int]] = field(default_factory=deque)
    closing: bool = False
    _text: bytes = b""
    _seq: int = 0
    _content: bool = False

    def write(self, data: bytes) -> None:
        """Cut into commands and contents."""
        self._text += data
        while True:
            end = b"\r\n.\r\n" if self._content else b"\r\n"
            head, found, rest = self._text.partition(end)
            if not found:
                return
            self._text = rest
            self._command(head)

    def _command(self, line: bytes) -> None:
        if self._content:
            self._content = False
            self.asked.append(("dot", self._seq))
            return
        if line.startswith(b"RCPT"):
            self._seq = int(line.partition(b"<")[2].partition(b"@")[0])
        self.asked.append((line[:4].decode(), self._seq))

    def answer(self, how: str) -> tuple[bytes, int]:
        """(what the server says to the oldest dot or group, the seq it accepted or 0); "" when the line breaks."""
        command, seq = self.asked[0]
        if command == "dot":
            self.asked.popleft()
            taken = seq if how in ("250", "lost") else 0
            return (b"" if how in ("lost", "broken") else REFUSALS.get(how, b"250 2.0.0 ok\r\n")), taken
        said = b""
        while self.asked and self.asked[0][0] != "dot":
            said += self._of_group(self.asked.popleft()[0], how)
        return (b"" if how in ("lost", "broken") else said), 0

    def _of_group(self, command: str, how: str) -> bytes:
        refused = REFUSALS.get(how)
        if command == "RCPT" and refused:
            return refused
        if command == "DATA":
            self._content = refused is None
            return b"554 no recipients\r\n" if refused else b"354 go on\r\n"
        return b"250 ok\r\n"

    def is_closing(self) -> bool:
        """Whether our end has dropped it."""
        return self.closing

    def abort(self) -> None:
        """Our end drops the connection; what is written may still arrive."""
        self.closing = True


@dataclass
class Line(Slot):
    """A slot with its session, if it has one."""

    server: Server | None = None
    link: Link | None = None
    pipeline: Pipeline | None = None


class PipelinedWorld(World):
    """The same world; take, leave and reply move real pipelines."""

    def __init__(self, conn: Conn, workspace_id: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.sources: dict[str, tuple[DeskSource, Callable[[Outcome], None]]] = {}
        super().__init__(conn, workspace_id)
        self.doubts_a_crash = 2 * SLOTS

    def close(self) -> None:
        """End the loop."""
        self.loop.close()

    def _in_loop(self, act: Callable[[], T]) -> T:
        async def acting() -> T:
            found = act()
            await asyncio.sleep(0)
            return found

        return self.loop.run_until_complete(acting())

    def _spawn(self) -> Process:
        self.born += 1
        process = Process(Desk(f"p{self.born}"), [Line() for _ in range(SLOTS)])

        def report(outcome: Outcome) -> None:
            if outcome.verdict in (Verdict.SENT, Verdict.DEFERRED, Verdict.BOUNCED):
                process.said[outcome.key.seq, outcome.key.attempt] = outcome.verdict
            process.desk.report(outcome)

        lane = (self.workspace_id, "smtp")
        source = DeskSource(process.desk, lane, _mail, lambda: self.now, Bell(), Bell(), report)
        self.sources[process.desk.owner] = source, report
        return process

    def take(self, n: int, s: int) -> None:
        """Stir a slot: it opens a session if there is mail, else does what it may."""
        self._in_loop(lambda: self._stir(self.processes[n], cast(Line, self.processes[n].slots[s])))

    leave = take

    def _stir(self, process: Process, line: Line) -> None:
        if line.pipeline is not None and line.pipeline.over.done():
            line.pipeline.over.result()  # a fault of ours would be raised here
            line.pipeline = line.link = line.server = None
        if line.pipeline is not None:
            line.pipeline.advance()
            return
        source, report = self.sources[process.desk.owner]
        mail = source.take()
        if mail is None:
            return
        line.server = Server()
        line.link = Link(cast(asyncio.Transport, line.server))
        permit = DeskPermit(process.desk, Bell())
        session = Session(line.link, Features(pipelining=True))
        line.pipeline = Pipeline(session, RELAY, source, permit, report, lambda trouble: None, Refusals())
        line.pipeline.begin(mail)

    def reply(self, n: int, s: int, answer: str) -> None:
        """The server answers what it was asked first: a content's dot, or a whole group; or the line breaks."""
        line = cast(Line, self.processes[n].slots[s])
        if line.server is None or not line.server.asked or line.server.closing:
            return
        was_dot = line.server.asked[0][0] == "dot"
        said, accepted = line.server.answer(answer)
        if accepted:
            self.accepted[accepted] += 1
        if not said and was_dot:
            self.allowance += 1
        self._in_loop(lambda: self._hear(line, said))

    def _hear(self, line: Line, said: bytes) -> None:
        assert line.link is not None
        if said:
            line.link.data_received(said)
        else:
            line.link.connection_lost(None)

    def crash(self, n: int) -> None:
        """The process is gone; contents that were written and not answered may still arrive."""
        lines = [cast(Line, slot) for slot in self.processes[n].slots]
        out = [seq for line in lines if line.server for command, seq in line.server.asked if command == "dot"]
        super().crash(n)
        self.zombies += out

    def _end_well(self, n: int) -> None:
        self.see(n)
        self.drain(n, True)
        for _ in range(6):
            self._round(n)
            if not self.processes[n].desk.held:
                return

    def _work_off(self, n: int) -> None:
        for _ in range(4 * ROWS):
            if not self.processes[n].desk.held:
                return
            self._round(n)

    def _round(self, n: int) -> None:
        for s in range(SLOTS):
            self.take(n, s)
            self.reply(n, s, "250")
        self.flush(n)
        self.see(n)
        for s in range(SLOTS):
            self.leave(n, s)
            self.reply(n, s, "250")
        self.flush(n)
        self.see(n)
        self.let_go(n)


def _mail(claimed: Claimed, row: Row) -> Mail:
    return Mail(Key(claimed.id, row.seq, row.attempt), "b@x.test", row.address, b"Subject: x\r\n\r\nhello\r\n")
