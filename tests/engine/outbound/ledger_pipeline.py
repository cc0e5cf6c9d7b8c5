"""The small world of ledger_sim with the real wire in it: pipelined sessions over a transport and a server in memory.

The server answers when it is told to, so a crash, a stall or a flush finds a session at any point between two replies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from engine.db import Conn
from engine.outbound.desk import Desk
from engine.outbound.drafts import Row
from engine.outbound.lanes import Bell, DeskPermit, DeskSource
from engine.outbound.queries.claiming import Claimed, Lane
from engine.transports.base import Key, Mail, Outcome, Verdict
from engine.transports.smtp.envelope import PIECE
from engine.transports.smtp.pipeline import Pipeline
from engine.transports.smtp.protocol import Link
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.session import Features, Session
from engine.transports.smtp.transaction import Refusals
from tests.engine.outbound.ledger_server import Server
from tests.engine.outbound.ledger_sim import SLOTS, Process, Slot, World

T = TypeVar("T")
RELAY = Relay("x.test", messages_per_connection=5, chunking=True)  # short sessions: their ends are met often
LARGE = b"x" * 76 + b"\r\n"


@dataclass
class Line(Slot):
    """A slot with its session, if it has one."""

    server: Server | None = None
    link: Link | None = None
    pipeline: Pipeline | None = None


class PipelinedWorld(World):
    """The same world; take, leave and reply move real pipelines."""

    chunking = False

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

        lane = Lane(f"smtp:{self.workspace_id}")
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
            assert line.server is not None
            self.zombies += line.server.unanswered()  # we hung up; what the kernel has may still arrive
            line.pipeline = line.link = line.server = None
        if line.pipeline is not None:
            line.pipeline.advance()
            return
        source, report = self.sources[process.desk.owner]
        mail = source.take()
        if mail is None:
            return
        line.server = Server()
        line.link = line.server.link = Link(cast(asyncio.Transport, line.server))
        permit = DeskPermit(process.desk, Bell())
        session = Session(line.link, Features(pipelining=True, chunking=self.chunking))
        line.pipeline = Pipeline(session, RELAY, source, permit, report, lambda trouble: None, Refusals())
        line.pipeline.begin(mail)

    def reply(self, n: int, s: int, answer: str) -> None:
        """The server answers what it was asked first, a content or a group, in one of ledger_server.ANSWERS.

        Where content waits for room, it is taken first, or the line breaks inside it.
        """
        line = cast(Line, self.processes[n].slots[s])
        server = line.server
        if server is None or server.closing:
            return
        had_content = server.content_waits()
        said, accepted = server.answer(answer)
        if accepted:
            self.accepted[accepted] += 1
        if had_content and said == b"":
            self.allowance += 1
        if self.chunking and answer == "stray":
            self.allowance += 1  # answers out of step, seen when a content is out
        self._in_loop(lambda: self._hear(line, said))

    def _hear(self, line: Line, said: bytes | None) -> None:
        assert line.link is not None
        if said is None:
            line.link.resume_writing()
        elif said:
            line.link.data_received(said)
        else:
            line.link.connection_lost(None)

    def crash(self, n: int) -> None:
        """The process is gone; contents that were written and not answered may still arrive."""
        lines = [cast(Line, slot) for slot in self.processes[n].slots]
        super().crash(n)
        self.zombies += [seq for line in lines if line.server for seq in line.server.unanswered()]

    def _announce(self, n: int, s: int) -> None:
        self.take(n, s)
        self.reply(n, s, "250")


class ChunkedWorld(PipelinedWorld):
    """The same with BDAT in place of DATA."""

    chunking = True


def _mail(claimed: Claimed, row: Row) -> Mail:
    """Every third is so large that it goes out in pieces."""
    text = LARGE * (PIECE // len(LARGE) + 2) if row.seq % 3 == 0 else b"hello\r\n"
    return Mail(Key(claimed.id, row.seq, row.attempt), "b@x.test", row.address, b"Subject: x\r\n\r\n" + text)
