"""One client's conversation with the SMTP sink."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from typing import cast

from tests.fakes.smtp_login import Login
from tests.fakes.smtp_record import Accepted, Sink
from tests.fakes.smtp_script import Action

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(rb"[^:]*:\s*<([^>]*)>(.*)\Z", re.DOTALL)
_BDAT = re.compile(rb"BDAT (\d+) LAST\Z", re.IGNORECASE)
OK = Action("ok")


class Conversation(Login):
    """One client. Commands are taken one at a time from the buffer, so pipelined groups are just more buffer."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self.sink, self.options = sink, sink.options
        self.buffer = bytearray()
        self.out: list[bytes] = []
        self.blocked = False
        self.number = 0
        self.tls = self.options.implicit_tls
        self.authenticated = not self.options.user
        self.script = OK  # of the connection
        self._forget()

    def _forget(self) -> None:
        self.sender: str | None = None
        self.rcpt: list[str] = []
        self.action = OK
        self.in_body = False
        self.searched = 0
        self.chunk: int | None = None  # octets that a BDAT announced; None: the content ends with a dot

    # asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.sink.connections += 1
        self.number = self.sink.connections
        self.sink.open[self.number] = self._cut
        self.sink.count_open()
        self.script = action = self.options.script.next_connection()
        if action.name == "connectdrop":
            self.transport.abort()
        elif refusal := action.reply_at("connect"):
            self._say(refusal)
            self._hang_up()
        else:
            self._say("220 sink.localhost ESMTP")
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.open.pop(self.number, None)
        self.sink.count_open()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._pump()

    def _pump(self) -> None:
        while self.buffer and not self.blocked and not self.transport.is_closing():
            if self.in_body:
                if not self._body():
                    break
                continue
            end = self.buffer.find(b"\n")
            if end < 0:
                break
            line = bytes(self.buffer[:end]).rstrip(b"\r")
            del self.buffer[: end + 1]
            self._command(line)
        self._flush()

    def _flush(self) -> None:
        if self.out:
            self.transport.write(b"".join(self.out))
            self.out = []

    def _say(self, reply: str) -> None:
        self.out.append(reply.encode() + b"\r\n")

    def _cut(self) -> None:
        if self.upgrade is not None:
            self.upgrade.cancel()
        self.transport.abort()

    def _hang_up(self) -> None:
        self._flush()
        self.transport.close()

    def _pause(self, seconds: float, then: str | None = None) -> None:
        """Take nothing for `seconds`, then say `then` and go on."""
        self.blocked = True
        self._flush()
        asyncio.get_running_loop().call_later(seconds, self._resume, then)

    def _resume(self, then: str | None) -> None:
        self.blocked = False
        if not self.transport.is_closing():
            self.transport.resume_reading()
            if then:
                self._say(then)
            self._pump()

    # commands

    def _command(self, line: bytes) -> None:
        if self.options.keep:
            self.sink.commands.append(line.decode("utf-8", "replace"))
        if self.dialogue:
            self._auth_step(line.decode())
            return
        verb = line[:4].upper()
        known = getattr(self, f"_on_{verb.decode('ascii', 'replace').lower().strip()}", None)
        if known is None:
            self._say("500 5.5.2 what?")
        else:
            known(line)

    def _on_ehlo(self, line: bytes) -> None:
        if self.script.name == "ehlodrop":
            self.transport.abort()
        elif refusal := self.script.reply_at("ehlo"):
            self._refuse(refusal)
        else:
            self._announce()

    def _announce(self) -> None:
        options = self.options
        said = ["sink.localhost", "ENHANCEDSTATUSCODES"]
        said += ["PIPELINING"] * options.pipelining + ["8BITMIME"] * options.eightbit
        said += ["SMTPUTF8"] * options.smtputf8 + [f"SIZE {options.size}"] * bool(options.size)
        limits = [("MAILMAX", options.mail_max), ("RCPTDOMAINMAX", options.domain_max)]
        said += ["LIMITS " + " ".join(f"{name}={most}" for name, most in limits if most)] * any(m for _, m in limits)
        said += ["CHUNKING"] * options.chunking
        said += ["STARTTLS"] * (options.starttls and not self.tls)
        said += ["AUTH PLAIN LOGIN"] * bool(options.user and (self.tls or not options.starttls))
        for name in said[:-1]:
            self._say(f"250-{name}")
        self._say(f"250 {said[-1]}")
        self._forget()

    def _on_helo(self, line: bytes) -> None:
        self._say("250 sink.localhost")

    def _on_noop(self, line: bytes) -> None:
        self._say("250 2.0.0 Ok")

    def _on_rset(self, line: bytes) -> None:
        self._say(self.action.reply_at("rset") or "250 2.0.0 Ok")
        self._forget()

    def _on_quit(self, line: bytes) -> None:
        self._say("221 2.0.0 Bye")
        self._hang_up()

    def _on_mail(self, line: bytes) -> None:
        found = _PATH.match(line)
        if not self.authenticated:
            self._say("530 5.7.0 Authentication required")
        elif found is None:
            self._say("501 5.1.7 bad sender")
        elif self.sender is not None:
            self._say("503 5.5.1 nested MAIL")
        else:
            self._begin(found[1].decode(), found[2])

    def _begin(self, sender: str, parameters: bytes) -> None:
        action = self.options.script.of(sender)
        size = re.search(rb"SIZE=(\d+)", parameters)
        if action.name == "dropmail":
            self._hang_up()
        elif refusal := action.reply_at("mail"):
            self._refuse(refusal)
        elif size and self.options.size and int(size[1]) > self.options.size:
            self._say("552 5.3.4 too big")
        else:
            self.sender = sender
            self._say("250 2.1.0 Ok")

    def _refuse(self, reply: str) -> None:
        self._say(reply)
        if reply.startswith("421"):
            self._hang_up()

    def _on_rcpt(self, line: bytes) -> None:
        found = _PATH.match(line)
        if self.sender is None:
            self._say("503 5.5.1 MAIL first")
            return
        if found is None:
            self._say("501 5.1.3 bad recipient")
            return
        address = found[1].decode()
        self.action = action = self.options.script.of(address)
        if action.name == "droprcpt":
            self.transport.abort()
        elif refusal := action.reply_at("rcpt"):
            self._refuse(refusal)
        elif action.name == "greylist" and self.options.script.greylisted(self.sender, address):
            self._say("451 4.7.1 greylisted, come back")
        else:
            self.rcpt.append(address)
            self._say("250 2.1.5 Ok")
            if action.name == "stray421rcpt":
                self._flush()
                self._refuse("421 4.3.2 shutting down")

    def _on_data(self, line: bytes) -> None:
        action = self.action
        if self.sender is None or (not self.rcpt and action.name != "data354"):
            self._say("554 5.5.1 no valid recipients" if self.sender is not None else "503 5.5.1 MAIL first")
        elif action.name == "dropdata":
            self.transport.abort()
        elif action.name != "data354" and (refusal := action.reply_at("data")):
            self._refuse(refusal)
        else:
            self._say("354 go on")
            self.in_body, self.searched = True, 0
            self._before_body(action)

    def _before_body(self, action: Action) -> None:
        if action.name == "stray421data":
            self._flush()
            self._say("421 4.3.2 shutting down")
            self._hang_up()
        elif action.name == "stall":
            self.transport.pause_reading()
            self._pause(action.seconds())

    def _on_bdat(self, line: bytes) -> None:
        """One chunk, the last: its octets are taken whatever becomes of it (RFC 3030 section 2)."""
        found = _BDAT.match(line)
        if found is None or not self.options.chunking:
            self._say("500 5.5.2 what?")
        elif self.action.name == "dropdata":
            self.transport.abort()
        else:
            self.in_body, self.chunk = True, int(found[1])
            self._before_body(self.action)

    # content

    def _body(self) -> bool:
        """Take the content if it is whole; False to wait for more."""
        buffer, name = self.buffer, self.action.name
        if name == "dropbody":
            self.transport.abort()
            return False
        if name == "early552":
            self._say("552 5.3.4 that is enough")
            self._hang_up()
            return False
        if self.chunk is not None:
            return self._chunk(self.chunk)
        if buffer.startswith(b".\r\n"):
            end, length = 0, 3
        else:
            at = buffer.find(b"\r\n.\r\n", max(self.searched - 4, 0))
            if at < 0:
                self.searched = len(buffer)
                return False
            end, length = at + 2, 3
        content = bytes(buffer[:end])
        del buffer[: end + length]
        self.in_body = False
        self._whole(content)
        return True

    def _chunk(self, size: int) -> bool:
        if len(self.buffer) < size:
            return False
        content = bytes(self.buffer[:size])
        del self.buffer[:size]
        self.in_body, self.chunk = False, None
        if stuck := self.action.reply_at("stuck"):
            self._say(stuck)  # and the envelope still stands
        elif self.sender is None:
            self._say("503 5.5.1 MAIL first")
        else:
            self._whole(content, chunked=True)
        return True

    def _whole(self, content: bytes, chunked: bool = False) -> None:
        action, self.action = self.action, OK
        refusal = action.reply_at("dot") or (action.reply_at("data") if chunked else None)
        if not self.rcpt:
            self.sink.lone_dots += not content
            self._say("554 5.5.1 no valid recipients")
        elif refusal:
            self._refuse(refusal)
        elif action.name == "losedot":
            self.transport.abort()
        else:
            plain = content if chunked else _unstuffed(content)
            self._accept(content, plain, answered=action.name not in {"dropdot", "hang"})
            self._answer(action)
        self._forget()

    def _accept(self, content: bytes, plain: bytes, answered: bool) -> None:
        self.sink.lone_dots += not content
        ends = content.count(b"\r\n")
        bare = content.count(b"\n") != ends or content.count(b"\r") != ends
        found = _MESSAGE_ID.search(plain, 0, plain.find(b"\r\n\r\n") + 2 or len(plain))
        message_id = found[1].decode("utf-8", "replace") if found else ""
        self.sink.seen[message_id] += 1
        self.sink.record(
            Accepted(
                t=time.time(),
                conn=self.number,
                sender=self.sender or "",
                rcpt=self.rcpt,
                message_id=message_id,
                size=len(plain),
                sha=hashlib.sha256(plain).hexdigest(),
                answered=answered,
                lone_dot=not content,
                bare=bare,
                tls=self.tls,
                attempt=self.sink.seen[message_id],
            ),
            plain,
        )

    def _answer(self, action: Action) -> None:
        good = "250 2.0.0 Ok: queued as SINK"
        if action.name == "dropdot":
            self.transport.abort()
        elif action.name == "hang":
            self.blocked = True
        elif action.name == "late":
            self._pause(action.seconds(), good)
        elif action.name == "slow":
            self._drip(good.encode() + b"\r\n")
        elif action.name == "queued":
            self._say("250 " + action.argument.replace("_", " "))
        else:
            self._say(good)
            self._stray(action.name)

    def _stray(self, name: str) -> None:
        if name == "twice":
            self._say("250 2.0.0 stray")
        elif name == "stray421":
            self._flush()
            asyncio.get_running_loop().call_later(0.02, self._stray_goodbye)

    def _stray_goodbye(self) -> None:
        if self.blocked and not self.transport.is_closing():  # never inside a reply that comes byte by byte
            asyncio.get_running_loop().call_later(0.02, self._stray_goodbye)
        elif not self.transport.is_closing():
            self._say("421 4.4.2 unasked goodbye")
            self._hang_up()

    def _drip(self, rest: bytes) -> None:
        self.blocked = True
        self.transport.write(rest[:1])
        if len(rest) > 1 and not self.transport.is_closing():
            asyncio.get_running_loop().call_later(0.002, self._drip, rest[1:])
        else:
            self._resume(None)


def _unstuffed(content: bytes) -> bytes:
    plain = content.replace(b"\r\n..", b"\r\n.")
    return plain[1:] if plain.startswith(b"..") else plain
