"""The SMTP sink's STARTTLS and AUTH."""

from __future__ import annotations

import asyncio
import base64
import ssl

from tests.fakes.smtp_record import Options
from tests.fakes.smtp_script import Action


class Login(asyncio.Protocol):
    """What a conversation does until somebody may send."""

    options: Options
    transport: asyncio.Transport
    buffer: bytearray
    tls: bool
    authenticated: bool
    blocked: bool
    script: Action  # of the connection

    def __init__(self) -> None:
        self.dialogue: list[str] = []  # what AUTH LOGIN still asks for
        self.upgrade: asyncio.Task[None] | None = None

    def _say(self, reply: str) -> None:
        raise NotImplementedError

    def _refuse(self, reply: str) -> None:
        raise NotImplementedError

    def _flush(self) -> None:
        raise NotImplementedError

    def _forget(self) -> None:
        raise NotImplementedError

    def _pump(self) -> None:
        raise NotImplementedError

    def _on_star(self, line: bytes) -> None:
        if self.options.context is None or self.tls:
            self._say("502 5.5.1 no TLS here")
            return
        if refusal := self.script.reply_at("starttls"):
            self._refuse(refusal)
            return
        self._say("220 2.0.0 go ahead")
        self._flush()
        self.blocked = True
        if self.script.name in {"tlsdrop", "tlsbreak"}:
            self.transport.write(b"no TLS after all\r\n" * (self.script.name == "tlsbreak"))
            self.transport.close()
            return
        self.buffer.clear()
        self.upgrade = asyncio.get_running_loop().create_task(self._start_tls(self.options.context))

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(self.transport, self, context, server_side=True)
        except OSError:  # the client does not trust us; that is what some tests are about
            self.transport.abort()
            return
        if upgraded is not None:
            self.transport, self.tls, self.blocked = upgraded, True, False
            self._forget()
            self._pump()  # the client may have spoken before this task came to run

    def _on_auth(self, line: bytes) -> None:
        if refusal := self.script.reply_at("auth"):
            self._refuse(refusal)
            return
        _, mechanism, initial = [*line.decode().split(" ", 2), "", ""][:3]
        if mechanism.upper() == "PLAIN" and initial:
            self._login(base64.b64decode(initial).decode().split("\0")[1:])
        elif mechanism.upper() == "LOGIN" and initial:
            self.dialogue = [base64.b64decode(initial).decode()]
            self._say("334 UGFzc3dvcmQ6")
        else:
            self._say("504 5.5.4 PLAIN or LOGIN with an initial response")

    def _auth_step(self, line: str) -> None:
        given = [*self.dialogue, base64.b64decode(line).decode()]
        self.dialogue = []
        self._login(given)

    def _login(self, given: list[str]) -> None:
        self.authenticated = given == [self.options.user, self.options.password]
        self._say("235 2.7.0 welcome" if self.authenticated else "535 5.7.8 wrong password")
